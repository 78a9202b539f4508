"""Whatever others write, it is read or left, and never trips us."""

from datetime import UTC, datetime

import pytest

from patrol.chats.payload import items, moment, part, position, text, whole

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
NONSENSE = [None, "x", 4, [], [1], {}, True]


@pytest.mark.parametrize("value", NONSENSE)
def test_a_part_is_an_object_or_empty(value: object) -> None:
    assert part({"a": value}, "a") == (value if isinstance(value, dict) else {})
    assert part({"a": value}, "a", "b", "c") == {}


def test_a_part_lies_as_deep_as_it_is_named() -> None:
    assert part({"a": {"b": {"c": 1}}}, "a", "b") == {"c": 1}
    assert part({}) == {}


def test_items_are_the_objects_of_a_list() -> None:
    assert items({"a": [{"b": 1}, 2, None, {"c": 3}]}, "a") == [{"b": 1}, {"c": 3}]
    assert [items({"a": value}, "a") for value in NONSENSE] == [[]] * len(NONSENSE)


def test_a_text_may_be_a_number() -> None:
    assert [text({"a": value}, "a") for value in ("x", 4, True, None, [], 1.5)] == ["x", "4", "", "", "", ""]


def test_a_whole_number_is_neither_text_nor_truth() -> None:
    assert [whole({"a": value}, "a") for value in (4, 0, True, "4", None, 1.5)] == [4, 0, None, None, None, None]


POSITIONS = [
    ({"latitude": 31.23, "longitude": 121.47}, (31.23, 121.47)),
    ({"latitude": "31.23", "longitude": "121.47"}, (31.23, 121.47)),
    ({"latitude": 31.23}, None),
    ({"latitude": "north", "longitude": 0}, None),
    ({"latitude": 91, "longitude": 0}, None),
    ({"latitude": 0, "longitude": "inf"}, None),
    ({"latitude": "nan", "longitude": 0}, None),
    ({"latitude": [], "longitude": {}}, None),
]


@pytest.mark.parametrize(("content", "expected"), POSITIONS)
def test_a_position_is_on_the_globe(content: dict[str, object], expected: object) -> None:
    assert position(content) == expected


@pytest.mark.parametrize("stamp", [10**18, 1e300, "yesterday", None, [], float("nan"), 1_900_000_000, "9" * 400])
def test_a_time_that_cannot_be_is_now(stamp: object) -> None:
    assert moment(stamp, NOW) == NOW


def test_a_time_is_counted_in_parts_of_a_second() -> None:
    earlier = datetime(2026, 3, 2, 1, 29, tzinfo=UTC)
    assert moment(1_772_414_940, NOW) == moment("1772414940000", NOW, per_s=1000) == earlier
