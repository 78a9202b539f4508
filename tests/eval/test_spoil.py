import cv2
import numpy as np
import pytest

from patrol.eval.spoil import ENLARGED, WIDTHS, spoil
from patrol.values import Float32, Uint8

BOX = np.array([70, 60, 180, 200], np.float32)  # 110 px wide


def scene() -> Uint8:
    """A photo of 250 x 250 with edges all over."""
    coarse = np.random.default_rng(0).integers(0, 255, (25, 25, 3), np.uint8)
    return np.asarray(coarse.repeat(10, axis=0).repeat(10, axis=1), np.uint8)


def spoilt(width_px: float, seed: int = 1, box_xyxy: Float32 = BOX) -> Uint8:
    return spoil(scene(), box_xyxy, width_px, np.random.default_rng(seed))


@pytest.mark.parametrize("width_px", [28, 40, 60])
def test_the_face_becomes_as_wide_as_asked_within_the_drawn_range_and_threefold(width_px: int) -> None:
    widths = [spoilt(width_px, seed).shape[1] / 250 * 110 / ENLARGED for seed in range(20)]
    assert min(widths) >= width_px * WIDTHS[0] - 1
    assert max(widths) <= width_px * WIDTHS[1] + 1
    assert np.ptp(widths) > 0.1 * width_px


def test_the_same_seed_spoils_alike_and_another_does_not() -> None:
    assert np.array_equal(spoilt(40, 7), spoilt(40, 7))
    assert spoilt(40, 7).tobytes() != spoilt(40, 8).tobytes()


def test_less_of_the_photo_is_left_the_fewer_the_pixels() -> None:
    def likeness(width_px: float) -> float:
        back = cv2.resize(spoilt(width_px), (250, 250), interpolation=cv2.INTER_AREA)
        return float(np.corrcoef(back.ravel(), scene().ravel())[0, 1])

    assert 1.0 > likeness(60) > likeness(30) > likeness(15) > 0.3


def test_light_changes_by_no_more_than_said() -> None:
    brightness = [spoilt(40, seed).mean() / scene().mean() for seed in range(20)]
    assert 0.83 < min(brightness) < 0.92
    assert 1.0 < max(brightness) < 1.12


def test_a_box_of_no_width_is_no_crash() -> None:
    tiny = spoilt(1, box_xyxy=np.array([5, 5, 5, 5], np.float32))
    assert tiny.ndim == 3
