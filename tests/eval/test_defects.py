import numpy as np
import pytest

from patrol.eval.defects import CLEAN, DEFECTS, FACE_PX, KINDS, LEVELS, Defect, Spoilt, with_defect
from patrol.values import Float32, Uint8

FACE = np.array([100, 60, 260, 240], np.float32)
NOISE_BGR = np.random.default_rng(0).integers(60, 200, (300, 360, 3), dtype=np.uint8)
GREY_BGR = np.full((300, 360, 3), 100, np.uint8)


def spoil(kind: str, level: float, pixels_bgr: Uint8 = NOISE_BGR, box: Float32 = FACE) -> Spoilt:
    return with_defect(pixels_bgr, box, Defect(kind, level), np.random.default_rng(1))


def test_a_clean_photo_stays_as_it_is() -> None:
    spoilt = with_defect(NOISE_BGR, FACE, CLEAN, np.random.default_rng(1))
    assert np.array_equal(spoilt.pixels_bgr, NOISE_BGR)
    assert spoilt.centre_xy.tolist() == [180.0, 150.0]


@pytest.mark.parametrize("defect", DEFECTS, ids=str)
def test_every_defect_gives_a_picture_and_is_the_same_in_every_run(defect: Defect) -> None:
    once, again = (with_defect(NOISE_BGR, FACE, defect, np.random.default_rng(2)) for _ in range(2))
    assert once.pixels_bgr.dtype == np.uint8
    assert np.array_equal(once.pixels_bgr, again.pixels_bgr)


def test_every_kind_has_levels() -> None:
    assert set(KINDS) == set(LEVELS)


@pytest.mark.parametrize("width_px", [20, 40])
def test_small_is_so_many_pixels_across_the_face(width_px: int) -> None:
    spoilt = spoil("small", width_px)
    assert spoilt.pixels_bgr.shape[:2] == (round(300 * width_px / 160), 360 * width_px / 160)
    assert spoilt.centre_xy == pytest.approx(np.array([180, 150]) * width_px / 160)


def test_a_cut_takes_its_part_of_the_face_off_the_left() -> None:
    spoilt = spoil("cut", 0.25)
    scale = FACE_PX / 160
    assert spoilt.pixels_bgr.shape[1] == pytest.approx(scale * (360 - 100 - 0.25 * 160), abs=1)
    assert spoilt.centre_xy[0] == pytest.approx(0.25 * FACE_PX, abs=1)


@pytest.mark.parametrize(("kind", "level", "mean"), [("dark", 0.3, 30), ("glaring", 4.0, 253), ("hazy", 0.1, 154)])
def test_light_changes_as_its_level_says(kind: str, level: float, mean: float) -> None:
    assert spoil(kind, level, GREY_BGR).pixels_bgr.mean() == pytest.approx(mean, abs=3)


@pytest.mark.parametrize("kind", ["blurred", "smeared"])
def test_more_blur_leaves_less_detail(kind: str) -> None:
    detail = [float(spoil(kind, level).pixels_bgr.std()) for level in LEVELS[kind]]
    assert detail == sorted(detail, reverse=True)
