import numpy as np
import pytest

from patrol.faces.motion import FASTEST_PER_S, Motion
from patrol.values import Float32


def box_at(x: float, y: float = 300.0, width: float = 50.0) -> Float32:
    return np.array([x - width / 2, y - width * 0.625, x + width / 2, y + width * 0.625], np.float32)


def moved(*xs: float, every_s: float = 0.5) -> Motion:
    motion = Motion.first(box_at(xs[0]))
    for x in xs[1:]:
        motion = motion.after(box_at(x), every_s)
    return motion


def test_a_face_seen_once_may_go_either_way() -> None:
    motion = Motion.first(box_at(500))
    assert motion.surprise(box_at(700), 0.5) == pytest.approx(motion.surprise(box_at(300), 0.5))


def test_a_face_seen_twice_is_expected_farther_on() -> None:
    motion = moved(100, 300)
    assert motion.surprise(box_at(500), 0.5) < motion.surprise(box_at(300), 0.5) < motion.surprise(box_at(100), 0.5)


def test_the_longer_nobody_looked_the_less_a_place_surprises() -> None:
    motion = moved(100, 100, 100)
    assert motion.surprise(box_at(400), 2.0) < motion.surprise(box_at(400), 0.5)


def test_a_face_of_another_size_is_another_face() -> None:
    motion = moved(100, 300)
    assert motion.surprise(box_at(500, width=100), 0.5) > motion.surprise(box_at(500), 0.5) + 1.0


@pytest.mark.parametrize("elapsed_s", [0.0, -1.0])
def test_no_time_between_two_looks_makes_no_velocity(elapsed_s: float) -> None:
    assert Motion.first(box_at(100)).after(box_at(300), elapsed_s).velocity_xy is None


def test_nobody_is_faster_than_a_sprinter() -> None:
    velocity_xy = moved(0, 1900).velocity_xy
    assert velocity_xy is not None
    assert np.linalg.norm(velocity_xy) == pytest.approx(FASTEST_PER_S * 50.0)
