"""What is doubtful about a group is said when it is saved."""

from dataclasses import replace
from typing import Any

import pytest

from patrol.dispatch import groups
from patrol.dispatch.drafts import ChatDraft, GroupDraft, MemberDraft
from patrol.dispatch.group_warnings import Facts, gaps, sites_of, warnings_of
from patrol.store.tables import Member, Phone
from tests.dispatch.premises import PREMISES
from tests.dispatch.scene import Scene

PAGE, MATRIX = ChatDraft("page"), ChatDraft("matrix", "https://h/!r:h", "token")
GUS = MemberDraft("Gus", identities={"matrix": "@gus:h"})
GATE = GroupDraft("gate", "Gate", 31.2304, 121.4737, site_id="mall", chats=(MATRIX, PAGE), members=(GUS,))
FACTS = Facts(frozenset({"linked"}), frozenset({"phoned"}), frozenset({"emptied"}), frozenset({"ended"}), PREMISES)

CASES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, []),
    ({"members": ()}, [("members", "empty_roster")]),
    ({"members": (MemberDraft("Gus"),)}, [("chats[0]", "nobody_known")]),
    ({"members": (MemberDraft("Gus"), GUS)}, []),
    ({"chats": (ChatDraft("wecom_robot", "", "r"),), "members": (MemberDraft("Gus"),)}, []),  # it hears nothing
    ({"chats": (PAGE,)}, [("chats", "not_reachable")]),
    ({"chats": ()}, [("chats", "not_reachable")]),
    ({"id": "linked", "chats": (PAGE,)}, []),
    ({"id": "phoned", "chats": (PAGE,)}, []),
    ({"covers": ({"site": "mall", "building": "south"},)}, [("covers[0]", "covers_nothing")]),
    ({"covers": ({"stream": "gate-b"}, {"site": "mall", "post": "gate-x"})}, [("covers[1]", "covers_nothing")]),
    ({"site_id": None}, [("covers", "covers_no_place")]),
    ({"site_id": None, "is_default": True}, []),
    ({"site_id": None, "level": "maintenance"}, []),
    ({"parent_id": "ended"}, [("parent", "parent_inactive")]),
    ({"id": "emptied", "members": ()}, [("members", "emptied_roster")]),
    ({"members": (), "chats": (), "is_active": False}, []),
]


@pytest.mark.parametrize(("fields", "doubts"), CASES)
def test_every_doubt_is_named(fields: dict[str, Any], doubts: list[tuple[str, str]]) -> None:
    found = warnings_of(replace(GATE, **fields), FACTS)
    assert [(doubt.field, doubt.code) for doubt in found] == doubts
    assert all(doubt.say("en") != doubt.say("zh") for doubt in found)


def test_the_facts_come_from_the_database(scene: Scene) -> None:
    for id in ("linked", "phoned", "ended", "other"):
        scene.group(id, is_active=id != "ended")  # type: ignore[arg-type]
    with scene.database.write() as session:
        groups.new_link(session, "linked", "ada", scene.now)
        groups.new_link(session, "other", "ada", scene.now)
        groups.revoke_links(session, "other", "ada", scene.now)
        phoned, member = groups.find(session, "phoned"), Member(name="Gus", created_at=scene.now)
        phoned.members.append(member)
        member.phones.append(Phone(group_id="phoned", token_hash="x", bound_at=scene.now))
    with scene.database.read() as session:
        facts = Facts.of(session, None)
    phoned = frozenset({"phoned"})
    assert facts == Facts(frozenset({"linked"}), phoned, phoned, frozenset({"ended"}), None)


@pytest.mark.parametrize(
    ("fields", "sites"),
    [
        ({}, {"mall"}),
        ({"site_id": None}, set()),
        ({"site_id": None, "covers": ({"stream": "gate-b"},)}, {"mall"}),
        ({"covers": ({"site": "metro"}, {"stream": "unknown"})}, {"metro"}),
    ],
)
def test_where_a_group_covers_something(fields: dict[str, Any], sites: set[str]) -> None:
    assert sites_of(replace(GATE, **fields), PREMISES) == sites


def shifts(days: str, begins: str, ends: str) -> dict[str, Any]:
    return {"weekly": [{"days": days.split(), "from": begins, "to": ends}]}


EVERY_DAY = "mon tue wed thu fri sat sun"
DAY, NIGHT = shifts(EVERY_DAY, "08:00", "20:00"), shifts(EVERY_DAY, "20:00", "08:00")
LATE = shifts(EVERY_DAY, "20:00", "07:30")
NOT_SUNDAY = shifts("mon tue wed thu fri sat", "08:00", "20:00")


@pytest.mark.parametrize(
    ("rotas", "gap"),
    [
        ([], None),
        ([{}], None),
        ([DAY, {}], None),
        ([DAY, NIGHT], None),
        ([DAY, LATE], ("2026-03-03", "07:30", "08:00")),
        ([NOT_SUNDAY, NIGHT], ("2026-03-08", "08:00", "20:00")),
        ([DAY], ("2026-03-02", "20:00", "08:00")),
        ([NIGHT], ("2026-03-02", "09:30", "20:00")),  # now: Monday 09:30 in Shanghai
    ],
)
def test_hours_with_nobody_on_shift_are_named(
    scene: Scene, rotas: list[dict[str, Any]], gap: tuple[str, str, str] | None
) -> None:
    with scene.database.write() as session:
        for n, rota in enumerate(rotas):
            groups.create(session, replace(GATE, id=f"g{n}", chats=(), shifts=rota), "ada", scene.now)
        elsewhere = replace(GATE, id="metro", site_id="metro", chats=())
        groups.create(session, elsewhere, "ada", scene.now)
        for level in ("maintenance", "shopkeepers"):
            groups.create(session, replace(GATE, id=level, level=level, chats=()), "ada", scene.now)
        found = gaps(session, {"mall"}, PREMISES, scene.now)
    said = [(doubt.more["day"], doubt.more["begins"], doubt.more["ends"]) for doubt in found]
    assert said == ([gap] if gap else [])
