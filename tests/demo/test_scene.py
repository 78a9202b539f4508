"""Plans of who walks when, and the truth file."""

from itertools import combinations
from pathlib import Path

import pytest

from patrol.demo.scene import Passage, Scene, Sighting, Truth, Walk, read_truth, stroll
from patrol.demo.site import CAMERAS, scene_of
from tests.demo.drawn import SMALL

PEOPLE = ("Ada", "Ben", "Cleo", "Dan", "Eve")


def test_nobody_walks_where_nobody_is_named() -> None:
    assert stroll((), 20, seed=1) == ()


def test_a_scene_too_short_for_a_walk_stays_empty() -> None:
    assert stroll(PEOPLE, 1.0, seed=1) == ()


@pytest.mark.parametrize("seed", range(5))
def test_everybody_comes_and_leaves_within_the_scene(seed: int) -> None:
    walks = stroll(PEOPLE, 20, seed)
    assert {walk.person for walk in walks} == set(PEOPLE)
    assert all(walk.starts_s >= 0 and walk.ends_s <= 20 for walk in walks)


@pytest.mark.parametrize("seed", range(5))
def test_nobody_is_in_two_places_at_once(seed: int) -> None:
    for one, other in combinations(stroll(PEOPLE, 20, seed), 2):
        if one.person == other.person:
            assert one.ends_s < other.starts_s or other.ends_s < one.starts_s


def test_several_people_walk_at_once() -> None:
    walks = stroll(PEOPLE, 20, seed=1)
    assert max(sum(walk.starts_s <= at < walk.ends_s for walk in walks) for at in range(20)) >= 3


def test_the_same_seed_makes_the_same_plan() -> None:
    assert stroll(PEOPLE, 20, seed=4) == stroll(PEOPLE, 20, seed=4) != stroll(PEOPLE, 20, seed=5)


@pytest.mark.parametrize(
    ("walk", "heading"),
    [
        (Walk("Ada", 0, (-3, 6), (3, 6.2)), "across"),
        (Walk("Ada", 0, (-1, 12), (1, 2)), "towards"),
    ],
)
def test_a_walk_heads_where_it_goes(walk: Walk, heading: str) -> None:
    assert walk.heading == heading
    assert walk.place(walk.starts_s) == pytest.approx(walk.from_xz)
    assert walk.place(walk.ends_s) == pytest.approx(walk.to_xz)


def test_the_view_is_wide_as_far_as_it_is_deep() -> None:
    edge = SMALL.half_width_m(7.0)
    assert SMALL.to_screen((edge, 1.0, 7.0))[0] == pytest.approx(SMALL.resolution_wh[0])


def test_the_truth_comes_back_from_its_file(tmp_path: Path) -> None:
    sighting = Sighting(frame=3, box_xyxy=(1.0, 2.0, 3.5, 4.0), covered=0.25)
    truth = Truth(25, 10, (640, 360), 1, (Passage("Ada", "across", (sighting,)),))
    (tmp_path / "truth.json").write_bytes(truth.to_json())
    assert read_truth(tmp_path / "truth.json") == truth
    assert truth.faces_at(3) == [("Ada", sighting)]
    assert truth.faces_at(4) == []


def test_an_empty_scene_has_its_frames() -> None:
    assert Scene((), 20, seed=1).n_frames == 500


def test_the_demos_scenes_let_everybody_walk_twice() -> None:
    for camera in CAMERAS:
        assert len(scene_of(camera).walks) == 2 * len(camera.cast)
