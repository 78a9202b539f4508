"""Minutes by a site's table, and who is nearer where it says nothing."""

import pytest

from patrol.dispatch.walking import Ground, Nearness, Ways, nearness, steps_of
from patrol.values import Building, Place, Site, Walk

ESCALATOR, GATE = Place("north", "3F", "escalator"), Place("north", "2F", "gate")
NORTH = Building("north", "North hall", ("B1", "1F", "2F", "3F"))
MALL = Site("mall", "East Mall", 31.2304, 121.4737, "Asia/Shanghai", (NORTH, Building("south", "South hall")))
GROUND = Ground.of(MALL)


def place(words: str) -> Place:
    return Place(*words.split("/")) if words else Place()


def minutes(table: dict[tuple[str, str], float], here: str, there: str) -> float | None:
    ways = Ways(Walk(place(one), place(other), spent) for (one, other), spent in table.items())
    return ways.from_place(place(here)).minutes_to(place(there))


@pytest.mark.parametrize(
    ("here", "steps"),
    [
        (Place(), ()),
        (Place("north"), ("north",)),
        (Place("north", "3F"), ("north", "3F")),
        (ESCALATOR, ("north", "3F", "escalator")),
        (Place("north", None, "escalator"), ("north",)),
    ],
)
def test_a_place_is_known_down_to_its_first_gap(here: Place, steps: tuple[str, ...]) -> None:
    assert steps_of(here) == steps


def test_without_a_table_nobody_knows_the_minutes() -> None:
    assert minutes({}, "north/3F", "north/2F") is None


def test_a_walk_takes_as_long_either_way() -> None:
    table = {("north/3F/escalator", "north/2F/gate"): 2.0}
    assert minutes(table, "north/3F/escalator", "north/2F/gate") == 2.0
    assert minutes(table, "north/2F/gate", "north/3F/escalator") == 2.0


def test_the_shortest_way_over_several_walks_counts() -> None:
    table = {("a/1F/x", "a/1F/y"): 9.0, ("a/1F/x", "a/1F/z"): 2.0, ("a/1F/z", "a/1F/y"): 3.0}
    assert minutes(table, "a/1F/x", "a/1F/y") == 5.0


def test_who_stands_at_the_post_itself_is_there() -> None:
    assert minutes({("a/1F/x", "a/1F/y"): 9.0}, "a/1F/x", "a/1F/x") == 0.0
    assert minutes({}, "a/1F/x", "a/1F/x") == 0.0


@pytest.mark.parametrize(("here", "there"), [("a/1F", "a/1F"), ("a/1F", "a/1F/x"), ("a", "a/1F/x"), ("", "a/1F")])
def test_a_place_within_the_other_has_no_minutes_of_the_table(here: str, there: str) -> None:
    assert minutes({("a/1F/x", "a/2F"): 1.0, ("a", "b"): 5.0}, here, there) is None
    assert minutes({("a/1F/x", "a/2F"): 1.0, ("a", "b"): 5.0}, there, here) is None


@pytest.mark.parametrize(
    ("here", "there", "spent"),
    [
        ("a/3F/escalator", "a/2F/gate", 2.0),  # the table names the floor, not the gate
        ("a/3F", "a/2F", 2.0),  # a camera of which only the floor is known
        ("a/3F/escalator", "a/1F/door", 5.0),  # over two floors, each known another way
        ("a/2F/gate", "b/1F", 7.0),
        ("a", "b", 7.0),
        ("a/3F/escalator", "b/2F", 7.0),
    ],
)
def test_a_place_known_coarsely_stands_for_all_within_it(here: str, there: str, spent: float) -> None:
    table = {("a/3F/escalator", "a/2F"): 2.0, ("a/2F/gate", "a/1F/door"): 3.0, ("a", "b"): 7.0}
    assert minutes(table, here, there) == spent


def test_a_way_out_of_a_building_says_nothing_of_its_own_floors() -> None:
    assert minutes({("a", "b"): 7.0}, "a/3F", "a/1F") is None


def test_a_way_out_of_a_floor_says_nothing_of_another_post_on_it() -> None:
    assert minutes({("a/3F", "a/2F"): 2.0}, "a/3F/x", "a/3F/y") is None
    assert minutes({("a/3F", "a/2F"): 2.0, ("a/3F/x", "a/3F/y"): 1.0}, "a/3F/x", "a/3F/y") == 1.0


def test_a_place_the_table_does_not_reach_has_none() -> None:
    assert minutes({("a/1F", "a/2F"): 2.0, ("b/1F", "b/2F"): 1.0}, "a/1F", "b/2F") is None


def test_the_reach_of_a_place_is_worked_out_once() -> None:
    ways = Ways([Walk(ESCALATOR, GATE, 2.0)])
    assert ways.from_place(ESCALATOR) is ways.from_place(Place("north", "3F", "escalator"))


@pytest.mark.parametrize(
    ("here", "there", "floors"),
    [
        ("north/2F", "north/2F/gate", 0),
        ("north/2F", "north/3F", 1),
        ("north/2F", "north/B1", -2),
        ("north/2F", "north", None),
        ("north/2F", "north/roof", None),
        ("north/2F", "south/2F", None),
        ("south/x", "south/x", 0),  # a building without a list of floors
        ("", "", None),
    ],
)
def test_floors_are_counted_within_a_building(here: str, there: str, floors: int | None) -> None:
    assert GROUND.floors_to(place(here), place(there)) == floors


def near(there: str, metres: float = 0.0, *, is_same_site: bool = True) -> Nearness:
    return nearness(GROUND, place("north/2F"), place(there), metres, is_same_site=is_same_site)


def test_nearer_is_the_same_floor_then_fewer_floors_then_the_same_building_then_metres() -> None:
    order = [
        near("north/2F", 90),
        near("north/3F", 0),  # comes down
        near("north/1F", 0),
        near("north/B1", 0),
        near("north", 0),
        near("south/2F", 30),
        near("", 31),
        near("north/2F", 0, is_same_site=False),
    ]
    backwards = order[::-1]
    assert sorted(backwards) == order


def test_the_walk_is_estimated_from_metres_and_floors() -> None:
    assert near("north/2F", 160).minutes == 2.0
    assert near("north/B1", 80).minutes == 3.0
