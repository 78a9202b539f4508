"""Pictures with boxes: from a list, or from a video with its truth."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from patrol.eval.boxes import read_boxed, videos_in
from patrol.eval.refusals import CannotMeasure
from patrol.eval.truth import Passage, Sighting, Truth
from tests.eval.drawn import photo, write
from tests.eval.test_recording import write_video


def folder(path: Path, lines: str) -> Path:
    write(path / "a.png", photo(1, 1))
    write(path / "b.png", photo(2, 1))
    (path / "boxes.csv").write_text(lines, encoding="utf-8")
    return path


def test_a_list_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_bytes("picture,x0,y0,x1,y1\n王.png,1,2,3,4\n".encode("gbk"))
    with pytest.raises(CannotMeasure, match="file_not_utf8"):
        next(read_boxed(tmp_path))


def test_a_list_gives_each_picture_with_its_boxes(tmp_path: Path) -> None:
    listed = "picture,x0,y0,x1,y1\na.png,1,2,11,12\na.png,20,2,30.5,12\nb.png,,,,\n"
    first, second = read_boxed(folder(tmp_path, listed))
    assert first.boxes_xyxy.tolist() == [[1, 2, 11, 12], [20, 2, 30.5, 12]]
    assert first.is_clear.all()
    assert second.boxes_xyxy.shape == (0, 4)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("picture,x0,y0\na.png,1,2\n", "boxes_without_columns"),
        ("picture,x0,y0,x1,y1\na.png,1,2,x,4\n", "box_unreadable"),
        ("picture,x0,y0,x1,y1\na.png,9,2,3,4\n", "box_unreadable"),
        ("picture,x0,y0,x1,y1\na.png,1,2,inf,4\n", "box_unreadable"),
        ("picture,x0,y0,x1,y1\na.png,nan,2,3,4\n", "box_unreadable"),
        ("picture,x0,y0,x1,y1\na.png,1,2,1e39,4\n", "box_unreadable"),
        ("picture,x0,y0,x1,y1\nmissing.png,1,2,3,4\n", "picture_unreadable"),
    ],
)
def test_a_list_that_cannot_be_read_says_where(tmp_path: Path, lines: str, code: str) -> None:
    with pytest.raises(CannotMeasure) as refused:
        list(read_boxed(folder(tmp_path, lines)))
    assert refused.value.code == code


def test_a_video_gives_a_frame_a_look_with_the_boxes_of_its_truth(tmp_path: Path) -> None:
    video = write_video(tmp_path / "hall.mp4", 10)
    sightings = (Sighting(0, (1, 2, 11, 12)), Sighting(5, (3, 2, 13, 12), 0.9))
    truth = Truth(25, 10, (96, 64), (Passage("Ada", sightings),))
    video.with_suffix(".json").write_bytes(to_json(truth))
    first, second = read_boxed(tmp_path, looks_per_s=5)
    assert first.boxes_xyxy.tolist() == [[1, 2, 11, 12]]
    assert second.is_clear.tolist() == [False]
    assert first.pixels_bgr.shape == (64, 96, 3)


def to_json(truth: Truth) -> bytes:
    return TypeAdapter(Truth).dump_json(truth)


def test_a_video_without_its_truth_is_refused(tmp_path: Path) -> None:
    write_video(tmp_path / "hall.mp4", 2)
    with pytest.raises(CannotMeasure, match="no_truth"):
        list(read_boxed(tmp_path / "hall.mp4"))


@pytest.mark.parametrize(("name", "code"), [("nowhere", "no_such_folder"), ("", "no_videos")])
def test_a_folder_without_videos_is_refused(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(CannotMeasure, match=code):
        videos_in(tmp_path / name)


def test_arrays_of_a_picture_without_faces_are_empty_not_missing(tmp_path: Path) -> None:
    (only,) = read_boxed(folder(tmp_path, "picture,x0,y0,x1,y1\nb.png,,,,\n"))
    assert only.boxes_xyxy.dtype == np.float32
    assert only.is_clear.shape == (0,)
