"""`patrol eval quality FOLDER` as its user sees it."""

from pathlib import Path

from patrol.cli.evaluation_quality import lines
from patrol.eval.quality import Gate, QualityCurves, Row
from patrol.matching.intervals import Interval
from tests.cli.terminal import Terminal
from tests.eval.drawn import people, write_folder

CURVES = QualityCurves(
    n_people=12,
    n_strangers=300,
    threshold=0.2,
    missed={"small 14": 0.25, "clean 0": 0.0},
    rows=(Row("sharpness", 8.0, float("inf"), 40, 0.95, Interval(0.83, 0.99), 0.9, 0.8, 0.97),),
    gates=(Gate("video", "blurred", of_clean=0.01, n=30, found=0.1, gain=-0.012),),
)


def test_too_few_people_are_told_at_once(terminal: Terminal, tmp_path: Path) -> None:
    write_folder(tmp_path / "few", people(2, 2))
    assert "2 people have two photos and 0 others are left" in terminal.complaint("eval", "quality", "few")
    assert "no such folder" in terminal.complaint("eval", "quality", "nowhere")


def test_the_table_says_who_is_found_and_what_the_gates_cost() -> None:
    said = list(lines(CURVES, "en"))
    assert said[0].startswith("12 people enrolled")
    assert " ".join(said[1].split()) == "sharpness 8..inf n 40 95.0% [83.0%, 99.0%] 90.0% 80.0% -> 97.0%"
    assert said[2].startswith("video: blurred refuses 1.0% of clean photos, 30 looks in all")
    assert said[2].endswith("-1.2%")
    assert said[3] == "No face found: small 14 25%"
    assert next(lines(CURVES, "zh")).startswith("12 人")
