"""How many looks a passage asks for: few of nobody, more of who is near to somebody, none once it is sure."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from patrol.faces.track import Followed
from patrol.turns.asking import ENOUGH_OF_NOBODY, ENOUGH_OF_UNCERTAIN, GROWN, MORE, Asking, around
from patrol.values import Grade

ADA = uuid4()
WH = (1000, 500)


def seen(n_usable: int, width_px: float = 60.0, *, is_usable: bool = True, is_seen: bool = True) -> Followed:
    return Followed(ADA, n_usable, (400.0, 300.0, 400.0 + width_px, 300.0 + width_px), is_seen, is_seen and is_usable)


def of(grade: Grade | None) -> dict[UUID, Grade]:
    return {ADA: grade} if grade else {}


def n_looks_asked(grade: Grade | None) -> int:
    asking = Asking()
    return sum(asking.interest([seen(n)], of(grade).get, WH).near for n in range(1, 30))


def test_an_empty_view_asks_for_nothing() -> None:
    interest = Asking().interest([], {}.get, WH)
    assert (interest.anybody, interest.near, interest.gone) == (False, False, False)


@pytest.mark.parametrize(("grade", "n"), [(None, ENOUGH_OF_NOBODY), ("uncertain", ENOUGH_OF_UNCERTAIN)])
def test_looks_are_asked_for_until_there_are_enough(grade: Grade | None, n: int) -> None:
    assert n_looks_asked(grade) == n - 1


def test_who_is_surely_somebody_needs_no_further_look() -> None:
    assert n_looks_asked("sure") == 0


def test_who_comes_nearer_is_looked_at_anew() -> None:
    asking = Asking()
    for n in range(1, ENOUGH_OF_NOBODY + 1):
        asking.interest([seen(n, width_px=40)], {}.get, WH)
    grown = 40 * GROWN + 1
    asked = [asking.interest([seen(n, width_px=grown)], {}.get, WH).near for n in range(5, 15)]
    assert sum(asked) == MORE
    assert asked[0]


def test_a_face_that_says_nothing_now_is_waited_for() -> None:
    interest = Asking().interest([seen(1, is_usable=False)], {}.get, WH)
    assert (interest.anybody, interest.near, interest.gone) == (True, False, False)


def test_who_left_before_enough_was_seen_is_asked_back_from_the_ring() -> None:
    assert Asking().interest([seen(1, is_seen=False)], {}.get, WH).gone
    assert Asking().interest([seen(0, is_seen=False)], {}.get, WH).gone


def test_who_left_after_enough_was_seen_or_was_far_away_is_not() -> None:
    assert not Asking().interest([seen(ENOUGH_OF_NOBODY, is_seen=False)], {}.get, WH).gone
    assert not Asking().interest([seen(1, is_seen=False)], of("sure").get, WH).gone
    assert not Asking().interest([seen(0, width_px=12, is_seen=False)], {}.get, WH).gone


def test_those_who_have_left_are_forgotten() -> None:
    asking = Asking()
    asking.interest([seen(ENOUGH_OF_NOBODY)], {}.get, WH)
    asking.interest([], {}.get, WH)
    assert asking.interest([seen(1)], {}.get, WH).near


def test_the_next_look_is_where_they_may_have_got_to() -> None:
    far, near = replace(seen(1), box_xyxy=(100, 100, 120, 120)), replace(seen(1), box_xyxy=(700, 200, 760, 270))
    assert around([far], WH) == pytest.approx((0.05, 0.1, 0.17, 0.34))
    assert around([far, near], WH) == pytest.approx((0.05, 0.1, 0.91, 0.84))
    assert around([replace(seen(1), box_xyxy=(0, 0, 300, 300))], WH) == (0, 0, 1, 1)
    assert around([], WH) is None


def test_only_those_who_are_to_be_seen_again_say_where_to_look() -> None:
    assert Asking().interest([seen(1)], of("sure").get, WH).where is None
    assert Asking().interest([seen(1, is_seen=False)], {}.get, WH).where is None
    assert Asking().interest([seen(1)], {}.get, WH).where is not None


def test_everywhere_is_searched_while_somebody_who_is_to_be_seen_again_is_not_seen() -> None:
    missed = replace(seen(1, is_seen=False), passage_id=uuid4())
    assert Asking().interest([seen(1), missed], {}.get, WH).where is None
