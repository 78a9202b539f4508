"""Cutting heads out of photos."""

import cv2
import numpy as np
import pytest

from patrol.demo.heads import CUT_EYES_APART_PX, HeadPhoto, cut_head
from tests.demo.drawn import drawn_photo


def turned(photo: HeadPhoto, degrees: float, zoom: float) -> HeadPhoto:
    """The same photo turned and scaled, on a larger sheet."""
    turn = cv2.getRotationMatrix2D((160, 200), degrees, zoom)
    turn[:, 2] += 340
    pixels = cv2.warpAffine(photo.pixels_bgr, turn, (1000, 1000), borderMode=cv2.BORDER_REPLICATE)
    landmarks = cv2.transform(photo.landmarks_xy[None], turn)[0].astype(np.float32)
    return HeadPhoto(photo.person, np.asarray(pixels, np.uint8), landmarks)


def test_the_face_is_kept_and_the_wall_is_not() -> None:
    head = cut_head(drawn_photo("Ada"))
    x, y = (round(value) for value in head.eyes_xy)
    assert head.coverage[y + 30, x] == 255
    assert head.coverage[5, 5] == 0
    assert head.coverage[y, -3] == 0


def test_the_face_lies_in_its_box() -> None:
    head = cut_head(drawn_photo("Ada"))
    left, top, right, bottom = head.face_xyxy
    assert left < head.eyes_xy[0] < right
    assert top < head.eyes_xy[1] < bottom
    assert 1.8 < (right - left) / CUT_EYES_APART_PX < 2.6


@pytest.mark.parametrize(("degrees", "zoom"), [(0, 2.0), (25, 1.0), (-20, 1.6)])
def test_a_tilted_or_larger_photo_gives_the_same_head(degrees: float, zoom: float) -> None:
    straight = cut_head(drawn_photo("Ada"))
    again = cut_head(turned(drawn_photo("Ada"), degrees, zoom))
    assert again.face_xyxy == pytest.approx(straight.face_xyxy, abs=2.0)
    middle = np.s_[100:260, 80:210]
    assert np.abs(again.pixels_bgr[middle].astype(int) - straight.pixels_bgr[middle]).mean() < 6


def test_the_skin_is_measured_below_the_eyes() -> None:
    assert cut_head(drawn_photo("Ada", tone=150)).skin_bgr == pytest.approx((110, 150, 210), abs=6)
