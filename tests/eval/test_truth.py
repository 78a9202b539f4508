"""Ground-truth files: read, or refused with what is wrong in them."""

import json
from pathlib import Path

import numpy as np
import pytest

from patrol.demo.scene import Passage as Filmed
from patrol.demo.scene import Sighting as FilmedSighting
from patrol.demo.scene import Truth as FilmedTruth
from patrol.eval.refusals import CannotMeasure
from patrol.eval.truth import Passage, Sighting, Truth, frames_of, overlaps, pair_up, read_truth

ADA = Passage("Ada", (Sighting(3, (0.0, 0.0, 10.0, 10.0)), Sighting(4, (5.0, 0.0, 15.0, 10.0), 0.7)))
WRITTEN = (
    '{"fps": %d, "n_frames": 9, "resolution_wh": [64, 36], '
    '"passages": [{"person": "Ada", "sightings": [{"frame": 1, "box_xyxy": [%s]}]}]}'
)
BEN = Passage("Ben", (Sighting(4, (50.0, 0.0, 60.0, 10.0)),))


def test_what_the_generator_writes_is_read(tmp_path: Path) -> None:
    filmed = FilmedTruth(
        25, 10, (640, 360), 1, (Filmed("Ada", "across", (FilmedSighting(3, (1, 2, 3.5, 4), 0.25),)),)
    )
    (tmp_path / "a.json").write_bytes(filmed.to_json())
    truth = read_truth(tmp_path / "a.json")
    assert truth == Truth(25, 10, (640, 360), (Passage("Ada", (Sighting(3, (1, 2, 3.5, 4), 0.25),)),))
    assert truth.length_s == 0.4


def test_how_much_is_covered_may_be_left_out(tmp_path: Path) -> None:
    sighting = {"frame": 0, "box_xyxy": [1, 2, 3, 4]}
    content = {
        "fps": 25,
        "n_frames": 2,
        "resolution_wh": [64, 36],
        "passages": [{"person": "王", "sightings": [sighting]}],
    }
    (tmp_path / "a.json").write_text(json.dumps(content), encoding="utf-8")
    assert read_truth(tmp_path / "a.json").passages[0].sightings[0].covered == 0.0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "no_truth"),
        ("not json", "truth_unreadable"),
        ('{"fps": 25}', "truth_unreadable"),
        ('{"fps": 25, "n_frames": 1, "resolution_wh": [1, 1], "passages": []}', "truth_without_passages"),
        (WRITTEN % (0, "1, 2, 3, 4"), "truth_unreadable"),
        (WRITTEN % (-25, "1, 2, 3, 4"), "truth_unreadable"),
        (WRITTEN % (25, "1, 2, Infinity, 4"), "truth_unreadable"),
        (WRITTEN % (25, "1, 2, 1e39, 4"), "truth_unreadable"),
    ],
)
def test_what_is_no_truth_is_refused(tmp_path: Path, content: str | None, code: str) -> None:
    if content is not None:
        (tmp_path / "a.json").write_text(content, encoding="utf-8")
    with pytest.raises(CannotMeasure) as refused:
        read_truth(tmp_path / "a.json")
    assert refused.value.code == code


def test_faces_are_gathered_by_frame() -> None:
    there = frames_of(Truth(25, 10, (64, 36), (ADA, BEN)))
    assert sorted(there) == [3, 4]
    assert there[4].passages == (0, 1)
    assert there[4].covered.tolist() == pytest.approx([0.7, 0.0])


@pytest.mark.parametrize(
    ("other", "share"),
    [((0, 0, 10, 10), 1.0), ((5, 0, 15, 10), 1 / 3), ((10, 0, 20, 10), 0.0), ((90, 0, 99, 9), 0.0)],
)
def test_overlap_is_intersection_over_union(other: tuple[float, ...], share: float) -> None:
    boxes = np.array([[0, 0, 10, 10]], np.float32), np.array([other], np.float32)
    assert overlaps(*boxes)[0, 0] == pytest.approx(share)


def test_no_boxes_pair_with_nothing() -> None:
    none = np.empty((0, 4), np.float32)
    assert pair_up(none, none) == pair_up(none, np.ones((1, 4), np.float32)) == {}


def test_each_box_is_one_face_and_the_best_overlap_goes_first() -> None:
    there = np.array([[0, 0, 10, 10], [6, 0, 16, 10]], np.float32)
    found = np.array([[4, 0, 14, 10], [0, 0, 10, 10], [80, 0, 90, 10]], np.float32)
    assert pair_up(found, there) == {1: 0, 0: 1}
