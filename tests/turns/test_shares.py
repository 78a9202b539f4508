"""Fair shares: nobody starves, key cameras have four times as much, and idleness saves nothing up."""

from dataclasses import dataclass

import pytest

from patrol.turns.shares import KEY_WEIGHT, MOST_SAVED_S, charge, forget_idleness, in_turn


@dataclass(eq=False)
class Camera:
    cost_s: float
    is_key: bool = False
    spent_s: float = 0.0
    n_turns: int = 0


def served(cameras: list[Camera], seconds: float) -> list[float]:
    """Seconds each got of a thread that always has everybody waiting."""
    got = dict.fromkeys(map(id, cameras), 0.0)
    while sum(got.values()) < seconds:
        forget_idleness(cameras, cameras)
        camera = in_turn(cameras)[0]
        charge(camera, camera.cost_s)
        got[id(camera)] += camera.cost_s
    return [got[id(camera)] for camera in cameras]


def test_a_camera_whose_turns_are_dear_gets_fewer_of_them() -> None:
    cheap, dear = served([Camera(0.02), Camera(0.3)], 60)
    assert cheap == pytest.approx(dear, rel=0.02)


def test_a_key_camera_gets_a_larger_share() -> None:
    key, *others = served([Camera(0.05, is_key=True), *(Camera(0.05) for _ in range(8))], 120)
    assert key / others[0] == pytest.approx(KEY_WEIGHT, rel=0.05)
    assert min(others) == pytest.approx(max(others), rel=0.05)


def test_who_was_idle_for_an_hour_does_not_take_the_thread_for_itself() -> None:
    busy, idle = Camera(0.05), Camera(0.05)
    served([busy], 3600)
    got_busy, got_idle = served([busy, idle], 20)
    assert got_idle - got_busy <= MOST_SAVED_S + 0.1
