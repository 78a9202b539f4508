"""A roster: what cannot be, and who stays when it changes."""

from dataclasses import replace

import pytest

from patrol.dispatch import groups
from patrol.dispatch.drafts import GroupDraft, MemberDraft
from patrol.dispatch.rosters import MOST_MEMBERS, mistakes_of
from patrol.store.tables import Group, Member, Phone
from tests.dispatch.scene import Scene

GUS = MemberDraft("Gus", "captain", "+86 138 0013 8000", {"matrix": "@gus:example.org"})
LI = MemberDraft("李娜")
GATE = GroupDraft("gate", "Gate", 31.2304, 121.4737, members=(GUS, LI))


@pytest.mark.parametrize(
    "member",
    [
        GUS,
        LI,
        MemberDraft("王强", phone="8001"),
        MemberDraft("Gus", phone="021-5555 0110"),
        MemberDraft("Gus", identities={"feishu": "ou_1", "telegram": "12345"}),
    ],
)
def test_a_member_who_can_be(member: MemberDraft) -> None:
    assert list(mistakes_of([member])) == []


WRONG: list[tuple[MemberDraft, str, str]] = [
    (MemberDraft(""), "members[0].name", "bad_member_name"),
    (MemberDraft("x" * 101), "members[0].name", "bad_member_name"),
    (MemberDraft("Guard, Gus"), "members[0].name", "bad_member_name"),
    (MemberDraft("Gus\nLi"), "members[0].name", "bad_member_name"),
    (MemberDraft("Gus", role="boss"), "members[0].role", "not_one_of"),
    (MemberDraft("Gus", phone=""), "members[0].phone", "bad_phone"),
    (MemberDraft("Gus", phone="12"), "members[0].phone", "bad_phone"),
    (MemberDraft("Gus", phone="1234567890123456"), "members[0].phone", "bad_phone"),
    (MemberDraft("Gus", phone="call me"), "members[0].phone", "bad_phone"),
    (MemberDraft("Gus", identities={"fax": "1"}), "members[0].identities.fax", "not_one_of"),
    (MemberDraft("Gus", identities={"page": "1"}), "members[0].identities.page", "not_one_of"),
    (MemberDraft("Gus", identities={"matrix": ""}), "members[0].identities.matrix", "bad_identity"),
    (MemberDraft("Gus", identities={"matrix": " @g:h"}), "members[0].identities.matrix", "bad_identity"),
    (MemberDraft("Gus", identities={"matrix": 12}), "members[0].identities.matrix", "bad_identity"),  # type: ignore[dict-item]
]


@pytest.mark.parametrize(("member", "field", "code"), WRONG)
def test_a_member_who_cannot_be(member: MemberDraft, field: str, code: str) -> None:
    [mistake] = mistakes_of([member])
    assert (mistake.field, mistake.code) == (field, code)
    assert mistake.say("en") != mistake.say("zh")


def test_two_of_one_name_or_one_identity_are_refused() -> None:
    assert [it.code for it in mistakes_of([LI, LI])] == ["name_twice"]
    [taken] = mistakes_of([GUS, replace(GUS, name="August")])
    assert (taken.field, taken.code, taken.more["other"]) == ("members[1].identities.matrix", "identity_taken", "Gus")


def test_a_roster_beyond_the_largest_group_is_refused() -> None:
    many = [MemberDraft(f"m{n}") for n in range(MOST_MEMBERS + 1)]
    assert [it.code for it in mistakes_of(many)] == ["too_many"]


def test_who_stays_keeps_their_row_and_their_phone_and_who_goes_loses_it(scene: Scene) -> None:
    with scene.database.write() as session:
        group = groups.create(session, GATE, "ada", scene.now)
        rows = {member.name: member for member in group.members}
        for name, row in rows.items():
            row.phones.append(Phone(group_id="gate", token_hash=name, bound_at=scene.now))
        session.flush()
        ids = {name: row.id for name, row in rows.items()}
    renamed = replace(GUS, name="August", id=ids["Gus"])
    with scene.database.write() as session:
        groups.change(session, "gate", replace(GATE, members=(renamed, MemberDraft("Max"))), "ada", scene.now)
    with scene.database.read() as session:
        august, li = session.get_one(Member, ids["Gus"]), session.get_one(Member, ids["李娜"])
        assert (august.name, august.removed_at, august.phones[0].revoked_at) == ("August", None, None)
        assert (li.phone, li.identities) == (None, {})
        assert (li.removed_at, li.phones[0].revoked_at, li.phones[0].revoked_by) == (scene.now, scene.now, "user:ada")
        assert [member.name for member in groups.draft_of(groups.find(session, "gate")).members] == ["August", "Max"]


def test_who_comes_back_is_somebody_new_and_needs_a_phone_of_their_own(scene: Scene) -> None:
    with scene.database.write() as session:
        groups.create(session, GATE, "ada", scene.now)
        groups.change(session, "gate", replace(GATE, members=()), "ada", scene.now)
        groups.change(session, "gate", GATE, "ada", scene.now)
        group = session.get_one(Group, "gate")
        assert len(group.members) == 4
        assert len(groups.draft_of(group).members) == 2


def test_a_member_of_another_group_is_not_taken_over_by_their_id(scene: Scene) -> None:
    with scene.database.write() as session:
        gate = groups.create(session, GATE, "ada", scene.now)
        stolen = MemberDraft("Gus", id=gate.members[0].id)
        groups.create(session, replace(GATE, id="metro", members=(stolen,)), "ada", scene.now)
        assert len(groups.draft_of(gate).members) == 2
