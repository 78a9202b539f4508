"""What is cut out of a frame, and which boxes are the others'."""

from datetime import datetime

import cv2
import numpy as np
import pytest

from patrol.hits.evidence import crop_around, encode_jpeg, other_boxes, take_evidence
from patrol.values import Float32
from tests.hits.sightings import FRAME_WH, track


def boxes(*rows: tuple[float, ...]) -> Float32:
    return np.array(rows, np.float32).reshape(-1, 4)


OWN = boxes((200, 100, 260, 180))[0]


@pytest.mark.parametrize(
    ("all_boxes", "others"),
    [
        (boxes(), boxes()),
        (boxes(OWN), boxes()),
        (boxes(OWN, (10, 10, 40, 50)), boxes((10, 10, 40, 50))),
        (boxes((10, 10, 40, 50)), boxes((10, 10, 40, 50))),
        (boxes((202, 101, 261, 182), (230, 100, 290, 180)), boxes((230, 100, 290, 180))),  # the tracker's box drifts
        (boxes((0, 0, 0, 0), OWN), boxes((0, 0, 0, 0))),
    ],
)
def test_the_matched_face_is_not_among_the_others(all_boxes: Float32, others: Float32) -> None:
    assert np.array_equal(other_boxes(all_boxes, OWN), others)


@pytest.mark.parametrize(
    ("box", "crop"),
    [
        ((200, 100, 260, 180), (152, 52, 308, 228)),
        ((0, 0, 60, 80), (0, 0, 108, 128)),
        ((600, 300, 660, 380), (552, 252, 640, 360)),
        ((-50, -50, -10, -10), (0, 0, 14, 14)),
        ((700, 400, 760, 480), (639, 352, 640, 360)),
    ],
)
def test_a_crop_has_room_around_the_face_and_stays_in_the_frame(
    box: tuple[float, ...], crop: tuple[int, ...]
) -> None:
    assert crop_around(np.array(box, np.float32), FRAME_WH) == crop


def test_the_crop_shows_the_frame_at_its_own_resolution(now: datetime) -> None:
    seen = track(now)
    evidence = take_evidence(seen)
    left, top, right, bottom = evidence.crop_xyxy
    crop = cv2.imdecode(np.frombuffer(evidence.face_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert crop is not None
    assert crop.shape == (bottom - top, right - left, 3)
    part_of_frame = seen.best_frame.picture.bgr()[top:bottom, left:right]
    assert np.abs(crop.astype(int) - part_of_frame).mean() < 2


def test_a_crop_of_one_pixel_is_still_a_picture() -> None:
    assert encode_jpeg(np.zeros((1, 1, 3), np.uint8), 90).startswith(b"\xff\xd8\xff")
