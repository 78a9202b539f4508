"""What a group may say it covers, held against the sites and streams there are."""

from dataclasses import replace
from typing import Any

import pytest

from patrol.dispatch.coverage import MOST_COVERS, mistakes_of, takes_in
from patrol.dispatch.drafts import GroupDraft
from tests.dispatch.premises import ESCALATOR, GATE_B, PREMISES

GATE = GroupDraft("gate", "Gate", 31.2304, 121.4737, site_id="mall", building="north", floor="1F", post="gate-b")
RIGHT: list[dict[str, Any]] = [
    {},
    {"site_id": None, "building": None, "floor": None, "post": None},
    {"building": None, "floor": None},
    {"covers": ({"site": "mall"}, {"site": "mall", "building": "north"}, {"stream": "gate-b"})},
    {"covers": ({"site": "mall", "building": "north", "floor": "B1", "post": "anywhere"},)},
    {"covers": ({"site": "mall", "post": "car park"},)},
    {"radius_m": 200.0},
]


@pytest.mark.parametrize("fields", RIGHT)
def test_what_a_group_may_cover(fields: dict[str, Any]) -> None:
    assert list(mistakes_of(replace(GATE, **fields), PREMISES)) == []


WRONG: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"site_id": "moon"}, [("site", "unknown_site")]),
    ({"site_id": None}, [("building", "needs")]),
    ({"building": None}, [("floor", "needs")]),
    ({"building": "west"}, [("building", "unknown_building")]),
    ({"building": "south", "floor": "2F"}, [("floor", "unknown_floor")]),
    ({"post": "a/b"}, [("post", "not_text")]),
    ({"radius_m": 0.0}, [("radius_m", "not_between")]),
    ({"radius_m": float("nan")}, [("radius_m", "not_between")]),
    ({"radius_m": 60_000.0}, [("radius_m", "not_between")]),
    ({"covers": ("mall",)}, [("covers[0]", "not_a_mapping")]),
    ({"covers": ({},)}, [("covers[0]", "site_or_stream")]),
    ({"covers": ({"building": "north"},)}, [("covers[0]", "site_or_stream")]),
    ({"covers": ({"site": "mall", "stream": "gate-b"},)}, [("covers[0]", "site_or_stream")]),
    ({"covers": ({"stream": "gate-b", "floor": "1F"},)}, [("covers[0]", "site_or_stream")]),
    ({"covers": ({"site": "mall", "room": "1"},)}, [("covers[0].room", "unknown_key")]),
    ({"covers": ({"site": "moon"},)}, [("covers[0].site", "unknown_site")]),
    ({"covers": ({"site": "mall", "floor": "1F"},)}, [("covers[0].floor", "needs")]),
    ({"covers": ({"site": "mall", "building": "north", "floor": "9F"},)}, [("covers[0].floor", "unknown_floor")]),
    ({"covers": ({"site": "mall", "building": 1},)}, [("covers[0].building", "not_text")]),
    ({"covers": ({"stream": "gate-c"},)}, [("covers[0].stream", "unknown_stream")]),
    ({"covers": ({"stream": None},)}, [("covers[0].stream", "not_text")]),
    ({"covers": ({"site": "mall"}, {"site": "mall"})}, [("covers[1]", "twice")]),
]


@pytest.mark.parametrize(("fields", "wrong"), WRONG)
def test_what_cannot_be_covered_is_named(fields: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
    found = list(mistakes_of(replace(GATE, **fields), PREMISES))
    assert [(mistake.field, mistake.code) for mistake in found] == wrong
    assert all(mistake.say("en") != mistake.say("zh") for mistake in found)


def test_a_list_without_end_is_refused() -> None:
    covers = tuple({"site": "mall", "post": str(n)} for n in range(MOST_COVERS + 1))
    assert [it.code for it in mistakes_of(replace(GATE, covers=covers), PREMISES)] == ["too_many"]


def test_without_a_streams_file_names_are_not_held_against_anything() -> None:
    draft = replace(GATE, site_id="moon", covers=({"stream": "dark-side"},))
    assert list(mistakes_of(draft, None)) == []


@pytest.mark.parametrize(
    ("cover", "streams"),
    [
        ({"site": "mall"}, [GATE_B, ESCALATOR]),
        ({"site": "mall", "building": "north"}, [GATE_B, ESCALATOR]),
        ({"site": "mall", "building": "north", "floor": "3F"}, [ESCALATOR]),
        ({"site": "mall", "building": "south"}, []),
        ({"site": "mall", "post": "gate-b"}, [GATE_B]),
        ({"stream": "gate-b"}, [GATE_B]),
        ({"site": "metro"}, []),
    ],
)
def test_which_streams_a_place_takes_in(cover: dict[str, str], streams: list[Any]) -> None:
    assert [stream for stream in (GATE_B, ESCALATOR) if takes_in(cover, stream)] == streams
