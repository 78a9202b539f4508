"""Who is found by looks of which quality; drawn people, known again through blur."""

from pathlib import Path

import numpy as np
import pytest

from patrol.eval import quality
from patrol.eval.defects import DEFECTS
from patrol.eval.folder import Folder, read_folder
from patrol.eval.quality import MEASURES, QualityCurves, measure_quality, sides_of
from patrol.eval.refusals import CannotMeasure
from tests.eval.drawn import DrawnEyes, empty_photo, people, write, write_folder

N_MATED, N_OTHERS = 4, 24


@pytest.fixture(autouse=True)
def few_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "N_COHORT", 8)
    monkeypatch.setattr(quality, "LEAST_STRANGERS", 10)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    write_folder(tmp_path, people(N_MATED, 2, "M") | people(N_OTHERS, 1, "S"))
    return read_folder(tmp_path)


@pytest.fixture
def curves(folder: Folder) -> QualityCurves:
    return measure_quality(folder, sides_of(folder, N_MATED), DrawnEyes())


def test_those_with_two_photos_are_enrolled_and_the_others_are_strangers(folder: Folder) -> None:
    sides = sides_of(folder, 3)
    assert sides.mated == ("M000", "M001", "M002")
    assert len(sides.others) == N_OTHERS + 1
    assert sides.n_steps == 2 * 3 + N_OTHERS + 1


@pytest.mark.parametrize("n_strangers", [0, 17])
def test_too_few_strangers_are_refused(tmp_path: Path, n_strangers: int) -> None:
    write_folder(tmp_path, people(1, 2, "M") | people(n_strangers, 1, "S"))
    with pytest.raises(CannotMeasure, match=f"too_few_for_quality.*strangers={n_strangers}"):
        sides_of(read_folder(tmp_path), 1)


def test_photos_without_a_face_carry_no_curve(tmp_path: Path) -> None:
    write_folder(tmp_path, people(N_MATED, 2, "M") | people(N_OTHERS, 1, "S"))
    for photo in tmp_path.glob("*/*.png"):
        write(photo, empty_photo())
    folder = read_folder(tmp_path)
    with pytest.raises(CannotMeasure, match=r"too_few_faces_for_quality.*mated=0, strangers=0, needed=18"):
        measure_quality(folder, sides_of(folder, N_MATED), DrawnEyes())


def test_every_look_is_counted_in_one_bin_of_each_measure(curves: QualityCurves) -> None:
    assert (curves.n_people, curves.n_strangers) == (N_MATED, N_OTHERS - 8)
    counted = {name: sum(row.n for row in curves.rows if row.measure == name) for name in MEASURES}
    assert counted["value"] == N_MATED * (1 + len(DEFECTS)) - sum(round(N_MATED * part) for part in missed(curves))
    assert counted["yaw_deg"] == N_MATED
    for row in curves.rows:
        assert row.low < row.high
        assert row.interval.low <= row.found <= row.interval.high


def missed(curves: QualityCurves) -> list[float]:
    return list(curves.missed.values())


def test_what_is_too_dark_is_not_found_and_what_is_clean_is(curves: QualityCurves) -> None:
    assert curves.missed["dark 0.04"] == 1.0
    assert curves.missed["clean 0"] == 0.0
    (clean,) = [row for row in curves.rows if row.measure == "yaw_deg"]
    assert (clean.found, clean.n) == (1.0, N_MATED)


def test_a_gate_says_what_it_refuses_of_clean_photos(curves: QualityCurves) -> None:
    (gate,) = [gate for gate in curves.gates if gate.bar == "enrolment"]  # drawn eyes are 20 px apart
    assert (gate.lack, gate.of_clean) == ("too_small", 1.0)
    assert gate.n == next(sum(row.n for row in curves.rows if row.measure == name) for name in ("value",))


def test_the_figures_are_plain_values(curves: QualityCurves) -> None:
    rows = curves.as_json()["rows"]
    assert rows[-1]["high"] is None
    assert not any(isinstance(value, float) and np.isinf(value) for row in rows for value in row.values())


def test_a_person_whose_photos_show_nobody_is_passed_over(tmp_path: Path, folder: Folder) -> None:
    write(tmp_path / "M000" / "M000_0000.png", empty_photo())
    write(tmp_path / "M001" / "M001_0001.png", empty_photo())
    (tmp_path / "M002" / "M002_0001.png").write_bytes(b"no picture")
    steps: list[int] = []
    curves = measure_quality(folder, sides_of(folder, N_MATED), DrawnEyes(), steps.append)
    assert curves.n_people == N_MATED - 1
    assert sum(row.n for row in curves.rows if row.measure == "yaw_deg") == 1
    assert sum(steps) == sides_of(folder, N_MATED).n_steps
