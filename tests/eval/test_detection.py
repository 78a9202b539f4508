"""Recall by width, and what is found that is no face."""

from itertools import count

import numpy as np
import pytest

from patrol.eval.boxes import Boxed
from patrol.eval.detection import Detected, measure
from patrol.values import Float32

BLANK = np.zeros((200, 300, 3), np.uint8)


def boxed(*boxes: tuple[float, ...], covered: tuple[int, ...] = ()) -> Boxed:
    boxes_xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    return Boxed("a.png", BLANK, boxes_xyxy, np.array([place not in covered for place in range(len(boxes))], bool))


def found(picture: Boxed, *boxes: tuple[float, ...]) -> Detected:
    seconds = count()
    boxes_xyxy: Float32 = np.array(boxes, np.float32).reshape(-1, 4)
    return measure([picture], lambda _pixels: boxes_xyxy, lambda: next(seconds) / 100)


def test_nothing_there_and_nothing_found() -> None:
    told = found(boxed()).to_json()
    assert (told["pictures"], told["faces"], told["false_faces"]) == (1, 0, 0)
    assert told["precision"] is None
    assert told["recall_by_width"] == []


def test_faces_are_counted_by_their_width() -> None:
    done = found(
        boxed((10, 10, 24, 28), (50, 50, 75, 80), (100, 100, 126, 130)), (11, 10, 25, 28), (101, 100, 127, 130)
    )
    told = {(band.from_px, band.to_px): (band.n_found, band.n) for band in done.bands if band.n}
    assert told == {(12, 16): (1, 1), (20, 28): (1, 2)}
    assert done.precision == 1.0
    assert done.ms == [pytest.approx(10.0)]


def test_a_face_wider_than_any_band_is_in_the_last() -> None:
    assert [band.n for band in found(boxed((0, 0, 12_000, 9_000))).bands] == [0, 0, 0, 0, 0, 0, 1]


def test_what_is_found_where_no_face_is_counts_as_false() -> None:
    done = found(boxed((10, 10, 30, 34)), (10, 10, 30, 34), (200, 100, 220, 124))
    assert (done.n_true, done.n_false) == (1, 1)
    assert done.precision == 0.5
    assert done.worst == ["a.png"]


def test_a_second_box_on_a_face_is_false_only_where_it_hardly_touches_it() -> None:
    assert found(boxed((10, 10, 30, 34)), (10, 10, 30, 34), (14, 12, 34, 36)).n_false == 0


def test_a_covered_face_is_neither_missed_nor_false() -> None:
    covered = boxed((10, 10, 30, 34), covered=(0,))
    assert sum(band.n for band in found(covered).bands) == 0
    assert found(covered, (10, 10, 30, 34)).n_false == 0


def test_a_face_that_the_edge_cuts_off_is_not_false() -> None:
    assert found(boxed(), (0, 50, 20, 74)).n_false == 0


def test_no_false_face_in_one_picture_leaves_the_rate_wide_open() -> None:
    low, high = found(boxed()).false_per_picture
    assert low == 0.0
    assert high == pytest.approx(3.69, abs=0.01)
