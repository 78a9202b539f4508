"""Whether anything moves, by packets and by small pictures: noise, light and rain do not open the gate for ever."""

from collections.abc import Iterable
from datetime import timedelta

import numpy as np
import pytest

from patrol.streams.motion import AUDIT_EVERY, EVERYTHING, LUMA_WH, STIRRED_FROM, Gate, LumaMotion, PacketStir
from patrol.values import Uint8
from tests.streams.rings import BEGAN_AT


def stirs(groups: Iterable[Iterable[int]]) -> list[float]:
    stir = PacketStir()
    said = []
    for group in groups:
        for size in group:
            stir.note(size)
        said.append(stir.finish())
    return said


def quiet(rng: np.random.Generator, usual: int = 4000) -> list[int]:
    return [int(size) for size in rng.normal(usual, usual / 10, 49)]


def test_a_walker_is_seen_in_the_packets_of_a_camera_that_sends_what_changes() -> None:
    rng = np.random.default_rng(1)
    walking = quiet(rng)
    walking[20:30] = [9000] * 10
    *_, before, with_walker, after = stirs([*(quiet(rng) for _ in range(8)), walking, quiet(rng)])
    assert before < STIRRED_FROM < with_walker
    assert after < STIRRED_FROM


def test_nothing_is_still_before_it_is_known_what_is_usual() -> None:
    rng = np.random.default_rng(2)
    assert stirs(quiet(rng) for _ in range(3)) == [np.inf] * 3


def test_rain_becomes_usual() -> None:
    rng = np.random.default_rng(3)
    said = stirs([*(quiet(rng) for _ in range(10)), *(quiet(rng, 9000) for _ in range(30))])
    assert said[10] > STIRRED_FROM
    assert max(said[-5:]) < STIRRED_FROM


def test_pictures_that_are_all_key_frames_tell_nothing() -> None:
    assert stirs([[]] * 10) == [np.inf] * 10


# small pictures


def hall(rng: np.random.Generator, noise: float = 2.0, light: float = 0.0) -> Uint8:
    """A hall with a pattern, noise of so many grey levels, and more or less light; a tenth of 1080p."""
    rows, columns = np.mgrid[0:108, 0:192]
    scene = 90 + 40 * np.sin(columns / 9) + 20 * np.cos(rows / 7) + light
    return np.clip(scene + rng.normal(0, noise, scene.shape), 0, 255).astype(np.uint8)


def with_walker(scene: Uint8, x: int) -> Uint8:
    scene = scene.copy()
    scene[40:90, x : x + 14] = 20
    return scene


def settled(rng: np.random.Generator, noise: float = 2.0) -> LumaMotion:
    motion = LumaMotion()
    for _ in range(12):
        motion.look(hall(rng, noise))
    return motion


@pytest.mark.parametrize("noise", [1.0, 4.0, 10.0])
def test_an_empty_hall_is_still_whatever_the_sensors_noise(noise: float) -> None:
    rng = np.random.default_rng(4)
    motion = settled(rng, noise)
    assert sum(motion.look(hall(rng, noise)) is not None for _ in range(50)) <= 1


@pytest.mark.parametrize("noise", [1.0, 4.0])
def test_somebody_who_walks_is_seen_at_every_look(noise: float) -> None:
    rng = np.random.default_rng(5)
    motion = settled(rng, noise)
    assert all(motion.look(with_walker(hall(rng, noise), x)) for x in range(10, 170, 25))
    assert not motion.look(hall(rng, noise)) or not motion.look(hall(rng, noise))


def test_it_is_said_where_something_moves_with_room_around_it() -> None:
    rng = np.random.default_rng(12)
    motion = settled(rng)
    part = motion.look(with_walker(hall(rng), 100))
    assert part is not None
    x0, y0, x1, y1 = part
    assert 0.35 < x0 < 100 / 192
    assert 114 / 192 < x1 < 0.75
    assert y0 < 40 / 108 - 0.1
    assert y1 > 90 / 108


def test_light_that_goes_on_is_one_movement_and_then_usual() -> None:
    rng = np.random.default_rng(6)
    motion = settled(rng)
    first, *later = [motion.look(hall(rng, light=60.0)) for _ in range(6)]
    assert not any(later)
    assert first in (None, EVERYTHING)  # the same everywhere: nothing stands out of it


def test_a_camera_that_switches_to_night_is_still_again_within_half_a_minute() -> None:
    rng = np.random.default_rng(7)
    motion = settled(rng)
    said = [motion.look((hall(rng) // 3 + 10).astype(np.uint8)) for _ in range(18)]
    assert said[0]
    assert not any(said[-3:])


def test_leaves_that_never_rest_open_the_gate_for_a_minute_at_most() -> None:
    rng = np.random.default_rng(8)
    motion = settled(rng)
    said = []
    for _ in range(60):
        scene = hall(rng)
        scene[5:25, 100:150] = rng.integers(40, 180, (20, 50))
        said.append(motion.look(scene))
    assert said[0]
    assert sum(part is not None for part in said[30:]) <= 6


def test_what_stands_still_becomes_part_of_the_hall() -> None:
    rng = np.random.default_rng(9)
    motion = settled(rng)
    said = [motion.look(with_walker(hall(rng), 80)) for _ in range(90)]
    assert said[0]
    assert not any(said[-5:])


def test_what_moves_under_a_mask_is_not_seen() -> None:
    rng = np.random.default_rng(10)
    motion, hidden = settled(rng), np.zeros(LUMA_WH[::-1], bool)
    hidden[:, 30:60] = True
    assert not motion.look(with_walker(hall(rng), 80), hidden)
    assert motion.look(with_walker(hall(rng), 150), hidden)


# the gate


def test_packets_are_believed_after_they_have_told_of_three_movements() -> None:
    gate, now = Gate(), BEGAN_AT
    for number in range(4):
        assert gate.is_trusted == (number > 2)
        gate.audit(2.0, now, moved=True)
    assert not gate.lets_pass(1.0, now + timedelta(seconds=2))
    assert gate.lets_pass(2.0, now + timedelta(seconds=2))


def test_a_movement_that_the_packets_hid_opens_the_gate_again() -> None:
    gate, now = Gate(), BEGAN_AT
    for _ in range(3):
        gate.audit(2.0, now, moved=True)
    gate.audit(1.0, now, moved=True)
    assert gate.lets_pass(1.0, now + timedelta(seconds=2))


def test_a_closed_gate_opens_every_few_seconds() -> None:
    gate, now = Gate(), BEGAN_AT
    for _ in range(3):
        gate.audit(2.0, now, moved=True)
    assert not gate.lets_pass(1.0, now + AUDIT_EVERY / 2)
    assert gate.lets_pass(1.0, now + AUDIT_EVERY)
