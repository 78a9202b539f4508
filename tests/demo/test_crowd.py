"""Plans of a busy hall: everybody once, and ways that cover and cross each other."""

from itertools import combinations

import numpy as np
import pytest

from patrol.demo.crowd import SCENE_S, WIDE, busy_scene, crowd
from patrol.demo.scene import Walk

PEOPLE = tuple(f"P{number:02}" for number in range(18))


def test_an_empty_hall_is_planned_for_nobody() -> None:
    assert crowd((), 20, seed=1) == ()


@pytest.mark.parametrize("seed", range(5))
def test_everybody_walks_once_within_the_scene(seed: int) -> None:
    walks = crowd(PEOPLE, SCENE_S, seed)
    assert sorted(walk.person for walk in walks) == sorted(PEOPLE)
    assert all(walk.starts_s >= 0 and walk.ends_s <= SCENE_S for walk in walks)


def test_an_odd_person_walks_alone() -> None:
    assert len(crowd(PEOPLE[:3], SCENE_S, seed=1)) == 3


def test_who_would_walk_longer_than_the_scene_is_left_out() -> None:
    assert crowd(PEOPLE, 2.0, seed=1) == ()


def test_pairs_cross_each_others_way_in_the_picture() -> None:
    walks = crowd(PEOPLE, SCENE_S, seed=1)
    swaps = sum(_swap_places(one, other) for one, other in combinations(walks, 2))
    assert swaps >= 6  # each third pair meets, each third one overtakes; strangers' ways cross besides


def _swap_places(one: Walk, other: Walk) -> bool:
    """Whether the two change sides while both are in view."""
    begins, ends = max(one.starts_s, other.starts_s), min(one.ends_s, other.ends_s)
    if ends <= begins:
        return False
    sides = [_screen_x(one, at) - _screen_x(other, at) for at in (begins, ends)]
    return bool(np.sign(sides[0]) != np.sign(sides[1]))


def _screen_x(walk: Walk, at_s: float) -> float:
    x, z = walk.place(at_s)
    return WIDE.to_screen((x, 1.6, z))[0]


def test_the_same_seed_plans_the_same_scene() -> None:
    assert busy_scene(PEOPLE, 3) == busy_scene(PEOPLE, 3) != busy_scene(PEOPLE, 4)
