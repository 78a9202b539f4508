"""A frozen picture is told from a quiet scene, both coded as cameras code them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import av
import cv2
import numpy as np
import pytest

from patrol.streams.still import Stillness, largest_block
from tests.streams.cameras import encoded

START = datetime(2026, 3, 2, tzinfo=UTC)
N_PICTURES = 150  # 6 s
FROZEN_AFTER_S = 4.0


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """uint8 (270, 480), brightness: soft shapes, lines and texture, as a street has them."""
    chance = np.random.default_rng(1)
    soft = cv2.resize(chance.uniform(40, 210, (18, 32)).astype(np.float32), (480, 270), interpolation=cv2.INTER_CUBIC)
    texture = cv2.GaussianBlur(chance.normal(0, 30, (270, 480)).astype(np.float32), (0, 0), 1.5)
    return np.clip(soft + texture, 0, 255).astype(np.uint8)


def frozen(scene: np.ndarray) -> Iterator[np.ndarray]:
    for _ in range(N_PICTURES):
        yield scene


def noisy(scene: np.ndarray) -> Iterator[np.ndarray]:
    """Nothing moves, but the sensor has noise of 1.5 grey levels."""
    chance = np.random.default_rng(2)
    noise = chance.normal(0, 1.5, scene.shape).astype(np.float32)
    for _ in range(N_PICTURES):
        shift = tuple(chance.integers(0, 100, 2))
        yield np.clip(scene + np.roll(noise, shift, axis=(0, 1)), 0, 255).astype(np.uint8)


def walked_through(scene: np.ndarray) -> Iterator[np.ndarray]:
    """A noiseless view, through which somebody walks who is a tenth as high as the picture."""
    for number in range(N_PICTURES):
        pixels = scene.copy()
        left = number * 3 % 450
        pixels[150:177, left : left + 10] = 20
        yield pixels


def watched(pictures: Iterator[np.ndarray], bit_rate: int) -> tuple[Stillness, datetime]:
    """The stillness after the pictures were coded, decoded and looked at, and the time it is then."""
    stillness, now = Stillness(FROZEN_AFTER_S), START
    with av.open(encoded(pictures, bit_rate=bit_rate)) as container:
        for number, picture in enumerate(container.decode(video=0)):
            now = START + timedelta(seconds=number / 25)
            stillness.look(picture, now)
    return stillness, now


def test_before_the_first_picture_nothing_is_frozen() -> None:
    assert not Stillness(FROZEN_AFTER_S).is_frozen(START)


@pytest.mark.parametrize("bit_rate", [300_000, 1_000_000])
def test_one_picture_sent_again_and_again_is_frozen(scene: np.ndarray, bit_rate: int) -> None:
    stillness, now = watched(frozen(scene), bit_rate)
    assert stillness.is_frozen(now)
    assert stillness.changed_at == START


@pytest.mark.parametrize("bit_rate", [300_000, 1_000_000])
def test_an_empty_place_before_a_live_camera_is_not_frozen(scene: np.ndarray, bit_rate: int) -> None:
    stillness, now = watched(noisy(scene), bit_rate)
    assert not stillness.is_frozen(now)


def test_somebody_small_who_walks_through_a_noiseless_view_is_a_change(scene: np.ndarray) -> None:
    stillness, now = watched(walked_through(scene), 1_000_000)
    assert not stillness.is_frozen(now)
    assert stillness.changed_at is not None
    assert (now - stillness.changed_at).total_seconds() < 1


def test_a_frozen_picture_that_moves_again_is_alive_at_once(scene: np.ndarray) -> None:
    stillness, now = watched(frozen(scene), 1_000_000)
    for number, pixels in enumerate((scene, np.roll(scene, 40, axis=1), np.roll(scene, 80, axis=1))):
        picture = av.VideoFrame.from_ndarray(pixels, format="gray")
        stillness.look(picture, now + timedelta(seconds=number + 1))
    assert not stillness.is_frozen(now + timedelta(seconds=3))


def test_an_interruption_does_not_count_as_time_without_change(scene: np.ndarray) -> None:
    stillness, now = watched(walked_through(scene), 1_000_000)
    picture = av.VideoFrame.from_ndarray(scene, format="gray")
    later = now + timedelta(hours=1)
    stillness.resume(later)
    stillness.look(picture, later)
    assert not stillness.is_frozen(later)


def test_a_frozen_picture_stays_frozen_over_an_interruption(scene: np.ndarray) -> None:
    stillness, now = watched(frozen(scene), 1_000_000)
    later = now + timedelta(hours=1)
    stillness.resume(later)
    assert stillness.is_frozen(later)


def test_another_size_is_another_picture(scene: np.ndarray) -> None:
    stillness, now = watched(frozen(scene), 1_000_000)
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(scene[:180, :320]), format="gray")
    stillness.look(picture, now + timedelta(seconds=1))
    assert not stillness.is_frozen(now + timedelta(seconds=1))


def test_the_largest_block_is_a_mean_over_sixteen_samples_and_the_rest_of_the_edge_is_left_out() -> None:
    difference = np.zeros((9, 10), np.int16)
    assert largest_block(difference) == 0
    difference[0, 0], difference[8, 9] = -160, 250
    assert largest_block(difference) == 10
