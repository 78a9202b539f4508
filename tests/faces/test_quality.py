import cv2
import numpy as np
import pytest

from patrol.faces.quality import ENROLMENT, VIDEO, inside, measure, sharpness_of, value_of, yaw_of
from patrol.values import Float32, Uint8

FRAME_WH = (1920, 1080)
BOX = np.array([100, 100, 200, 225], np.float32)
SHARP_BGR = np.random.default_rng(0).integers(90, 160, (112, 112, 3), dtype=np.uint8)


def landmarks(eyes_px: float = 40.0, nose: float = 0.5) -> Float32:
    """Five points with the nose at a share of the way from eye to eye."""
    x, y = 130.0, 150.0
    points = [(x, y), (x + eyes_px, y), (x + nose * eyes_px, y + 25), (x + 5, y + 45), (x + eyes_px - 5, y + 45)]
    return np.array(points, np.float32)


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
        ("turned_away", {"points": landmarks(nose=0.99)}),
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


@pytest.mark.parametrize("points", [landmarks(eyes_px=20.0), landmarks(nose=0.82)])
def test_enrolment_refuses_what_video_takes(points: Float32) -> None:
    assert refusals(points=points) == ()
    assert refusals(points=points, bar=ENROLMENT) != ()


@pytest.mark.parametrize(("nose", "yaw"), [(0.5, 0.0), (0.0, -1.0), (1.0, 1.0), (0.25, -0.5), (3.0, 1.0)])
def test_yaw_follows_the_nose(nose: float, yaw: float) -> None:
    assert yaw_of(landmarks(nose=nose)) == pytest.approx(yaw)


def test_yaw_of_eyes_that_fall_together_is_a_number() -> None:
    assert -1.0 <= yaw_of(np.zeros((5, 2), np.float32)) <= 1.0


@pytest.mark.parametrize("size", [(1, 9), (9, 1), (9, 9)])
def test_blur_in_any_direction_takes_sharpness(size: tuple[int, int]) -> None:
    assert sharpness_of(cv2.blur(SHARP_BGR, size)) < 0.5 * sharpness_of(SHARP_BGR)


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
    assert value_of(0, 0, 1) > 0
