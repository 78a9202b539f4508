"""What the tracker followed, held against who was there."""

import numpy as np
import pytest

from patrol.eval.following import NOBODY, follow
from tests.eval.walked import recorded
from tests.faces.walkers import Walker, face_at, template_of

Y = 400.0


def to_the_right(second: float) -> tuple[float, float]:
    return 100 + 400 * second, Y


def to_the_left(second: float) -> tuple[float, float]:
    return 1800 - 400 * second, Y + 10


def standing(second: float) -> tuple[float, float]:
    return 900.0, Y


@pytest.mark.parametrize("looks_per_s", [2.0, 5.0, 10.0])
def test_people_who_cross_are_one_trail_each(looks_per_s: float) -> None:
    followed = follow(*recorded([Walker(1, to_the_right), Walker(2, to_the_left)], 4), looks_per_s)
    assert sorted(trail.shows for trail in followed.trails) == [0, 1]
    assert (followed.n_switches, followed.n_mixed, followed.n_fragments) == (0, 0, 0)
    assert followed.acquired == {0, 1}


def test_somebody_hidden_for_long_is_a_fragment() -> None:
    followed = follow(*recorded([Walker(1, standing, hidden=[(1, 6)])], 8), 5)
    assert len(followed.trails) == 2
    assert followed.n_fragments == 1


def test_a_passage_without_one_good_look_is_not_acquired() -> None:
    followed = follow(*recorded([Walker(1, to_the_right, blurred=[(0, 9)])], 4), 5)
    assert [trail.shows for trail in followed.trails] == [0]
    assert followed.acquired == set()


def test_a_trail_that_goes_over_to_somebody_else_is_a_switch_and_mixed_only_if_both_looks_count() -> None:
    first, second = Walker(1, standing, hidden=[(1, 9)]), Walker(1, standing, hidden=[(0, 1)])
    followed = follow(*recorded([first, second], 2), 5)  # the same face: nothing tells the second from the first
    assert followed.n_switches == 1
    assert followed.n_mixed == 1


def test_what_is_no_face_is_counted_as_false_away_from_the_edge() -> None:
    ghost = face_at((500, 800), template_of(9, 0.3, np.random.default_rng(1)))
    at_edge = face_at((1895, 800))
    followed = follow(*recorded([Walker(1, to_the_right)], 2, [ghost, at_edge]), 5)
    assert followed.n_false_faces == followed.n_looks == 10
    assert followed.n_false_tracks == 2
    assert [trail.shows for trail in followed.trails].count(NOBODY) == 2


def test_an_empty_video_follows_nobody() -> None:
    followed = follow(*recorded([], 1), 5)
    assert followed.trails == ()
    assert followed.n_looks == 5
