"""`patrol eval` on videos and boxes as its user sees it."""

import json
from pathlib import Path

import numpy as np
import pytest

from patrol.cli.evaluation_paces import detection_lines
from patrol.faces.weights import listing
from tests.cli.terminal import MODELS, Terminal
from tests.eval.drawn import people, write, write_folder
from tests.eval.test_recording import write_video

TRUTH = '{"fps": 25, "n_frames": %d, "resolution_wh": [96, 64], "passages": [%s]}'
ADA = '{"person": "%s", "sightings": [{"frame": 1, "box_xyxy": [1, 1, 20, 20]}]}'


@pytest.fixture
def weights() -> None:
    absent = [listed.name for listed in listing(MODELS) if listed.weights.is_default and listed.state != "present"]
    if absent:
        pytest.skip(f"no weights in {MODELS}: run `patrol weights pull`")


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    """A video of a dark hall, through which five of the drawn people are said to walk."""
    write_folder(tmp_path / "people", people(9, 1))
    write_video(tmp_path / "hall.mp4", 10)
    (tmp_path / "hall.json").write_text(TRUTH % (10, ",".join(ADA % f"P00{n}" for n in range(5))), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.mp4",), "nowhere.mp4: no such folder"),
        (("people",), "people holds neither a video"),
        (("hall.mp4", "--truth", "no.json"), "no.json: no such file; a video needs its ground truth"),
        (("hall.mp4", "--truth", "hall.mp4"), "hall.mp4 is no ground truth"),
        (("hall.mp4", "--truth", "nobody.json"), "nobody.json says that nobody is to be seen"),
        (("hall.mp4", "--truth", "strangers.json"), "1 people walk by, 0 of them with a portrait"),
    ],
)
def test_what_cannot_be_measured_is_said_before_anything_is_looked_at(
    arguments: tuple[str, ...], said: str, terminal: Terminal, hall: Path
) -> None:
    (hall / "nobody.json").write_text(TRUTH % (10, ""), encoding="utf-8")
    (hall / "strangers.json").write_text(TRUTH % (10, ADA % "王伟"), encoding="utf-8")
    complaint = terminal.complaint("eval", "passages", *arguments, "--portraits-of", "people")
    assert said in complaint
    assert "Traceback" not in complaint


def test_a_video_is_measured_by_its_passages_without_saying_so(terminal: Terminal, hall: Path) -> None:
    (hall / "hall.json").unlink()
    assert "hall.json: no such file" in terminal.complaint("eval", "hall.mp4", "--portraits-of", "people")


@pytest.mark.weights
@pytest.mark.usefixtures("weights")
def test_the_truth_of_another_video_and_a_broken_one_are_told(terminal: Terminal, hall: Path) -> None:
    (hall / "hall.json").write_text((hall / "hall.json").read_text().replace('"n_frames": 10', '"n_frames": 99'))
    asked = ("eval", "passages", "hall.mp4", "--portraits-of", "people")
    assert "hall.mp4 is 10 x 96x64, but its ground truth is of a video of 99 x 96x64" in terminal.complaint(*asked)
    (hall / "hall.mp4").write_bytes(b"\0" * 500)
    assert "hall.mp4 cannot be decoded" in terminal.complaint(*asked)


@pytest.mark.weights
@pytest.mark.usefixtures("weights")
def test_what_was_seen_of_passers_by_goes_with_the_run_unless_it_is_to_be_kept(
    terminal: Terminal, hall: Path
) -> None:
    asked = ("eval", "passages", "hall.mp4", "--portraits-of", "people")
    recordings = hall / "data" / "eval-recordings"
    (hall / "hall.json").write_text((hall / "hall.json").read_text().replace('"n_frames": 10', '"n_frames": 99'))
    assert "keeps the templates of everybody in the videos" in terminal.complaint(*asked, "--keep")
    assert len(list(recordings.iterdir())) == 1
    assert "are deleted; --keep keeps them" in terminal.complaint(*asked)
    assert not list(recordings.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("passages", "hall.mp4", "--portraits-of", "people"),
        ("walks", "people", "--out", "out"),
        ("detect", "hall.mp4"),
        ("scatter", "people", "--out", "out"),
    ],
)
def test_faces_are_found_by_the_detector_that_is_set(
    arguments: tuple[str, ...], terminal: Terminal, hall: Path
) -> None:
    terminal.set("PATROL_DETECTOR", "magic")
    assert "'magic'" in terminal.complaint("eval", *arguments)


@pytest.mark.parametrize("looks", ["0", "-1"])
def test_looks_that_are_no_pace_are_refused(looks: str, terminal: Terminal, hall: Path) -> None:
    complaint = terminal.complaint("eval", "passages", "hall.mp4", "--portraits-of", "people", "--looks", looks)
    assert "--looks" in complaint
    assert "Traceback" not in complaint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("picture,x0\na.png,1\n", "lacks the columns x1, y0, y1"),
        ("picture,x0,y0,x1,y1\na.png,5,5,1,1\n", "line 2: 5,5,1,1 is no box"),
    ],
)
@pytest.mark.weights
@pytest.mark.usefixtures("weights")
def test_boxes_that_cannot_be_read_are_told(content: str, said: str, terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text(content, encoding="utf-8")
    assert said in terminal.complaint("eval", "detect", ".")


@pytest.mark.weights
@pytest.mark.usefixtures("weights")
def test_pictures_without_a_face_have_nothing_found_in_them(terminal: Terminal, tmp_path: Path) -> None:
    write(tmp_path / "a.png", np.full((200, 300, 3), 90, np.uint8))
    (tmp_path / "boxes.csv").write_text("picture,x0,y0,x1,y1\na.png,,,,\n", encoding="utf-8")
    told = json.loads(terminal.answer("eval", "detect", ".", "--json"))
    assert (told["pictures"], told["faces"], told["false_faces"], told["precision"]) == (1, 0, 0, None)


def test_the_figures_of_detection_can_be_read() -> None:
    band = {"from_px": 20, "to_px": 28, "n": 50, "recall": 0.94, "recall_interval": [0.83, 0.99]}
    told = {
        **{"pictures": 60, "faces": 50, "recall_by_width": [band], "precision": 1.0, "false_faces": 0},
        **{"false_faces_per_picture_interval": [0.0, 0.06], "ms_per_picture": 21.5, "runtime": "none"},
    }
    assert "50 faces, found 94.0 % (83.0 % .. 99.0 %)" in detection_lines(told, "en")[1]
    assert "误检 0 处" in detection_lines(told, "zh")[2]


def test_too_few_people_to_film_are_told(terminal: Terminal, hall: Path) -> None:
    if not (MODELS / "yunet-2023mar.onnx").exists():
        pytest.skip(f"no weights in {MODELS}: run `patrol weights pull`")
    complaint = terminal.complaint("eval", "walks", "people", "--out", "out", "--scenes", "1", "--people", "2")
    assert "2 people are to walk, and 0 have two photos" in complaint


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.weights
@pytest.mark.usefixtures("weights")
def test_people_of_a_folder_walk_by_and_are_found(terminal: Terminal, shared_data: Path, tmp_path: Path) -> None:
    faces = str(shared_data / "faces" / "lfw10")
    filmed = ("--out", "walks", "--scenes", "1", "--people", "4", "--seconds", "9")
    terminal.answer("eval", "walks", faces, *filmed)
    assert len(list((tmp_path / "walks").glob("*.json"))) == 1
    asked = ("eval", "passages", "walks", "--portraits-of", faces, "--cohort", "2", "--splits", "2", "--looks", "4")
    told = json.loads(terminal.answer(*asked, "--json"))
    (pace,) = told["paces"]
    assert (told["passages"], told["portraits"]) == (4, 10)
    assert pace["mixed_tracks"] == pace["false_tracks"] == 0
    assert pace["fta"] <= 0.25
