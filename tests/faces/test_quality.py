import json

import cv2
import numpy as np
import pytest

from patrol.faces.quality import (
    ENROLMENT,
    VIDEO,
    Bar,
    Shortfall,
    exposure_of,
    inside,
    judged,
    measure,
    pitch_of,
    remembered,
    roll_of,
    sharpness_of,
    shortfalls,
    value_of,
    yaw_of,
)
from patrol.values import Float32, Uint8

FRAME_WH = (1920, 1080)
BOX = np.array([100, 100, 200, 225], np.float32)
SHARP_BGR = np.random.default_rng(0).integers(90, 160, (112, 112, 3), dtype=np.uint8)
SHARP = SHARP_BGR[:, :, 0].copy()


def landmarks(eyes_px: float = 40.0, nose: float = 0.5) -> Float32:
    """Five points with the nose at a share of the way from eye to eye."""
    x, y = 130.0, 150.0
    points = [(x, y), (x + eyes_px, y), (x + nose * eyes_px, y + 25), (x + 5, y + 45), (x + eyes_px - 5, y + 45)]
    return np.array(points, np.float32)


def shifted(by: int) -> Uint8:
    """A chip of every brightness, darker or brighter."""
    grey = np.random.default_rng(1).integers(0, 256, (112, 112, 1))
    return np.clip(np.repeat(grey, 3, axis=2) + by, 0, 255).astype(np.uint8)


def refusals(
    box: Float32 = BOX, points: Float32 | None = None, chip: Uint8 = SHARP_BGR, bar: object = VIDEO
) -> tuple[str, ...]:
    points = landmarks() if points is None else points
    return measure(box, points, chip, FRAME_WH, bar).refusals  # type: ignore[arg-type]


def test_a_good_look_is_not_refused() -> None:
    assert refusals() == refusals(bar=ENROLMENT) == ()


@pytest.mark.parametrize(
    ("reason", "look"),
    [
        ("too_small", {"points": landmarks(eyes_px=7.9)}),
        ("blurred", {"chip": np.full((112, 112, 3), 128, np.uint8)}),
        ("turned_away", {"points": landmarks(nose=1.0)}),
        ("turned_away", {"points": landmarks(nose=-0.2)}),
        ("cut_off", {"box": BOX - np.array([150, 0, 150, 0], np.float32)}),
        ("cut_off", {"box": BOX + np.array([0, 950, 0, 950], np.float32)}),
    ],
)
def test_a_look_is_refused_for_its_reason_alone(reason: str, look: dict[str, object]) -> None:
    assert refusals(**look) == (reason,)  # type: ignore[arg-type]


def test_every_reason_is_given_at_once() -> None:
    grey = np.full((112, 112, 3), 128, np.uint8)
    assert refusals(BOX - np.float32(150), landmarks(2.0, nose=2.0), grey) == (
        "too_small",
        "blurred",
        "turned_away",
        "cut_off",
    )


@pytest.mark.parametrize(
    ("reason", "look"),
    [
        ("too_small", {"points": landmarks(eyes_px=20.0)}),
        ("turned_away", {"points": landmarks(nose=0.95)}),
        (
            "looks_up_or_down",
            {"points": landmarks() + np.array([[0, 0], [0, 0], [0, 30], [0, 0], [0, 0]], np.float32)},
        ),
        ("too_dark", {"chip": shifted(-60)}),
        ("too_bright", {"chip": shifted(60)}),
        ("flat", {"chip": SHARP_BGR // np.uint8(4) * np.uint8(2) + np.uint8(40)}),
        ("cut_off", {"box": BOX - np.array([110, 0, 110, 0], np.float32)}),
    ],
)
def test_enrolment_refuses_what_video_takes(reason: str, look: dict[str, object]) -> None:
    assert refusals(**look) == ()  # type: ignore[arg-type]
    assert refusals(**look, bar=ENROLMENT) == (reason,)  # type: ignore[arg-type]


@pytest.mark.parametrize(("nose", "yaw"), [(0.5, 0.0), (0.0, -1.0), (1.0, 1.0), (0.25, -0.5), (3.0, 1.0)])
def test_yaw_follows_the_nose(nose: float, yaw: float) -> None:
    assert yaw_of(landmarks(nose=nose)) == pytest.approx(yaw)


def test_yaw_of_eyes_that_fall_together_is_a_number() -> None:
    assert -1.0 <= yaw_of(np.zeros((5, 2), np.float32)) <= 1.0


@pytest.mark.parametrize("size", [(1, 9), (9, 1), (9, 9)])
def test_blur_in_any_direction_takes_sharpness(size: tuple[int, int]) -> None:
    assert sharpness_of(np.asarray(cv2.blur(SHARP, size), np.uint8)) < 0.5 * sharpness_of(SHARP)


@pytest.mark.parametrize(
    ("box", "part"),
    [
        ((0, 0, 10, 10), 1.0),
        ((-5, 0, 5, 10), 0.5),
        ((-5, -5, 5, 5), 0.25),
        ((-20, 0, -10, 10), 0.0),
        ((5, 5, 5, 5), 0),
    ],
)
def test_the_part_of_a_box_in_the_frame(box: tuple[int, ...], part: float) -> None:
    assert inside(np.array(box, np.float32), FRAME_WH) == pytest.approx(part)


def test_value_grows_with_size_and_sharpness_and_falls_with_turning() -> None:
    assert 0 < value_of(5, 1, 0) < value_of(10, 5, 0) < value_of(20, 5, 0) < value_of(20, 20, 0) <= 1
    assert value_of(20, 20, 0.9) < value_of(20, 20, -0.3) < value_of(20, 20, 0)
    assert value_of(500, 5000, 0) == 1.0
    assert value_of(0, 0, 1, 1) > 0


def test_what_is_white_counts_for_nothing() -> None:
    assert value_of(40, 50, 0, 0.5) == pytest.approx(0.5 * value_of(40, 50, 0))


@pytest.mark.parametrize(
    ("level", "exposure"),
    [
        (0, (1.0, 0.0, 0.0)),
        (25, (1.0, 0.0, 0.0)),
        (26, (0.0, 0.0, 0.0)),
        (246, (0.0, 0.0, 0.0)),
        (255, (0.0, 1.0, 0.0)),
    ],
)
def test_exposure_counts_what_is_black_and_white(level: int, exposure: tuple[float, ...]) -> None:
    assert exposure_of(np.full((112, 112), level, np.uint8)) == exposure


def test_what_lies_outside_of_the_picture_is_not_dark() -> None:
    half = np.full((112, 112), 100, np.uint8)
    half[:, :56] = 0
    assert exposure_of(half)[0] == pytest.approx(0.5)
    assert exposure_of(half, is_cut=True) == (0.0, 0.0, 0.0)
    assert exposure_of(np.zeros((112, 112), np.uint8), is_cut=True) == (0.0, 0.0, 0.0)


def test_the_dynamic_range_is_the_entropy_in_bits() -> None:
    every_level = np.tile(np.arange(256, dtype=np.uint8), 49).reshape(112, 112)
    assert exposure_of(every_level)[2] == pytest.approx(8.0, abs=0.05)
    assert exposure_of(np.asarray(100 + every_level % 2, np.uint8))[2] == pytest.approx(1.0, abs=0.01)


def nodding(nose: float) -> Float32:
    """Five points with the nose at a share of the way from the eyes to the mouth."""
    return np.array([(130, 150), (170, 150), (150, 150 + nose * 46), (135, 196), (165, 196)], np.float32)


def test_pitch_follows_the_nose_between_eyes_and_mouth() -> None:
    assert pitch_of(nodding(0.55)) == pytest.approx(0.0, abs=0.01)
    assert -1.0 <= pitch_of(nodding(0.2)) < pitch_of(nodding(0.4)) < 0 < pitch_of(nodding(0.6)) <= 1.0
    assert -1.0 <= pitch_of(np.zeros((5, 2), np.float32)) <= 1.0


def test_roll_is_the_lean_of_the_eyes() -> None:
    assert roll_of(landmarks()) == 0.0
    assert roll_of(np.array([(0, 0), (10, 10), (5, 9), (0, 12), (4, 16)], np.float32)) == pytest.approx(45.0)


@pytest.mark.parametrize(
    ("reason", "bar"),
    [
        ("too_dark", {"max_under_exposure": -0.1}),
        ("too_bright", {"max_over_exposure": -0.1}),
        ("flat", {"min_dynamic_range_bits": 8.1}),
        ("looks_up_or_down", {"max_pitch": 0.0}),
    ],
)
def test_light_and_pitch_are_refused_where_a_bar_asks_for_them(reason: str, bar: dict[str, float]) -> None:
    quality = measure(BOX, landmarks(), SHARP_BGR, FRAME_WH, Bar(0.0, 0.0, 1.0, 0.0))
    assert quality.refusals == ()
    assert judged(quality, Bar(0.0, 0.0, 1.0, 0.0, **bar)).refusals == (reason,)


def test_bad_light_is_told_before_the_blur_it_makes() -> None:
    black = np.zeros((112, 112, 3), np.uint8)
    bar = Bar(0.0, 1.0, 1.0, 0.0, max_under_exposure=0.5)
    assert measure(BOX, landmarks(), black, FRAME_WH, bar).refusals == ("too_dark", "blurred")


def test_what_is_kept_of_a_look_is_plain_numbers_by_name() -> None:
    kept = measure(BOX, landmarks(eyes_px=40.04, nose=0.75), SHARP_BGR, FRAME_WH, VIDEO).measures()
    assert (kept["eye_distance_px"], kept["yaw_deg"], kept["inside"]) == (40.0, 27, 1.0)
    assert set(kept) >= {
        "sharpness",
        "pitch_deg",
        "roll_deg",
        "under_exposure",
        "over_exposure",
        "dynamic_range_bits",
    }
    assert json.loads(json.dumps(kept)) == kept


def test_what_was_kept_is_judged_as_the_face_was() -> None:
    quality = measure(BOX, landmarks(eyes_px=20.0, nose=0.95), SHARP_BGR, FRAME_WH, ENROLMENT)
    kept = remembered(quality.measures())
    assert judged(kept, ENROLMENT).refusals == quality.refusals == ("too_small", "turned_away")
    assert judged(kept, VIDEO).refusals == ()


def test_a_shortfall_says_what_was_found_and_what_is_needed() -> None:
    quality = measure(BOX, landmarks(eyes_px=23.97, nose=0.95), SHARP_BGR, FRAME_WH, ENROLMENT)
    assert shortfalls(quality, ENROLMENT) == (
        Shortfall("too_small", 23.9, 24.0),
        Shortfall("turned_away", 42.0, 40.0),
    )
    assert shortfalls(quality, VIDEO) == ()
