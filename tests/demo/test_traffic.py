"""Halls with a known traffic."""

from itertools import pairwise

import pytest

from patrol.demo.traffic import IN_VIEW_S, WIDEST_FACE_PX, in_view_s, traffic_scene, widest_face_px

CAST = ("Ada", "Ben", "Cleo", "Dan")


def test_an_empty_hall_has_nobody() -> None:
    assert traffic_scene(CAST, None, seed=1, duration_s=30).walks == ()


@pytest.mark.parametrize(("every_s", "n_walks"), [(30.0, 2), (5.0, 12)])
def test_a_minute_has_as_many_passages_as_its_traffic_says(every_s: float, n_walks: int) -> None:
    assert len(traffic_scene(CAST, every_s, seed=1).walks) == n_walks


@pytest.mark.parametrize("seed", range(4))
def test_faces_are_in_view_for_seconds_and_grow_to_a_known_width(seed: int) -> None:
    scene = traffic_scene(CAST, 5.0, seed)
    for walk in scene.walks:
        assert IN_VIEW_S[0] <= in_view_s(walk, scene.view) <= IN_VIEW_S[1]
        assert WIDEST_FACE_PX[0] <= widest_face_px(walk, scene.view) <= WIDEST_FACE_PX[1]


@pytest.mark.parametrize("seed", range(4))
def test_everybody_comes_after_the_beginning_and_is_gone_before_the_end(seed: int) -> None:
    scene = traffic_scene(CAST, 5.0, seed)
    assert all(0 < walk.starts_s < walk.ends_s < scene.duration_s for walk in scene.walks)


def test_people_come_by_turns_and_nobody_meets_themself() -> None:
    walks = traffic_scene(CAST, 5.0, seed=1).walks
    assert [walk.person for walk in walks[:4]] == list(CAST)
    for person in CAST:
        own = [walk for walk in walks if walk.person == person]
        assert all(one.ends_s < after.starts_s for one, after in pairwise(own))


def test_the_same_seed_plans_the_same_and_another_plans_another() -> None:
    assert traffic_scene(CAST, 5.0, seed=1) == traffic_scene(CAST, 5.0, seed=1)
    assert traffic_scene(CAST, 5.0, seed=1).walks != traffic_scene(CAST, 5.0, seed=4).walks


def test_a_scene_too_short_for_a_walk_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        traffic_scene(CAST, 2.0, seed=1, duration_s=3.0)
