"""How many looks a passage asks for: few of nobody, more of who is near to somebody, none once it is sure."""

from uuid import UUID, uuid4

import pytest

from patrol.faces.track import Followed
from patrol.turns.asking import ENOUGH_OF_NOBODY, ENOUGH_OF_UNCERTAIN, GROWN, MORE, Asking
from patrol.values import Grade

ADA = uuid4()


def seen(n_usable: int, width_px: float = 60.0, *, is_usable: bool = True, is_seen: bool = True) -> Followed:
    return Followed(ADA, n_usable, width_px, is_seen, is_seen and is_usable)


def of(grade: Grade | None) -> dict[UUID, Grade]:
    return {ADA: grade} if grade else {}


def n_looks_asked(grade: Grade | None) -> int:
    asking = Asking()
    return sum(asking.interest([seen(n)], of(grade).get).near for n in range(1, 30))


def test_an_empty_view_asks_for_nothing() -> None:
    interest = Asking().interest([], {}.get)
    assert (interest.anybody, interest.near, interest.gone) == (False, False, False)


@pytest.mark.parametrize(("grade", "n"), [(None, ENOUGH_OF_NOBODY), ("uncertain", ENOUGH_OF_UNCERTAIN)])
def test_looks_are_asked_for_until_there_are_enough(grade: Grade | None, n: int) -> None:
    assert n_looks_asked(grade) == n - 1


def test_who_is_surely_somebody_needs_no_further_look() -> None:
    assert n_looks_asked("sure") == 0


def test_who_comes_nearer_is_looked_at_anew() -> None:
    asking = Asking()
    for n in range(1, ENOUGH_OF_NOBODY + 1):
        asking.interest([seen(n, width_px=40)], {}.get)
    grown = 40 * GROWN + 1
    asked = [asking.interest([seen(n, width_px=grown)], {}.get).near for n in range(5, 15)]
    assert sum(asked) == MORE
    assert asked[0]


def test_a_face_that_says_nothing_now_is_waited_for() -> None:
    interest = Asking().interest([seen(1, is_usable=False)], {}.get)
    assert (interest.anybody, interest.near, interest.gone) == (True, False, False)


def test_who_left_before_enough_was_seen_is_asked_back_from_the_ring() -> None:
    assert Asking().interest([seen(1, is_seen=False)], {}.get).gone
    assert Asking().interest([seen(0, is_seen=False)], {}.get).gone


def test_who_left_after_enough_was_seen_or_was_far_away_is_not() -> None:
    assert not Asking().interest([seen(ENOUGH_OF_NOBODY, is_seen=False)], {}.get).gone
    assert not Asking().interest([seen(1, is_seen=False)], of("sure").get).gone
    assert not Asking().interest([seen(0, width_px=12, is_seen=False)], {}.get).gone


def test_those_who_have_left_are_forgotten() -> None:
    asking = Asking()
    asking.interest([seen(ENOUGH_OF_NOBODY)], {}.get)
    asking.interest([], {}.get)
    assert asking.interest([seen(1)], {}.get).near
