"""Answers that name their chat: one chat's, or of several the one that they are most likely from."""

import pytest
from sqlalchemy import select

from patrol.dispatch.arrivals import Arrivals
from patrol.dispatch.drafts import ChatDraft, MemberDraft
from patrol.store.tables import Delivery, GroupReply
from patrol.values import Reply
from tests.dispatch.cascade import Cascade

GUARDS = {"north": "gus", "south": "gil", "east": "gina"}


@pytest.fixture
def parties(cascade: Cascade) -> Cascade:
    """Three groups behind one WeCom app, each a party of which WeCom tells no members, each with a roster."""
    for number, (group_id, identity) in enumerate(GUARDS.items()):
        chat = ChatDraft("wecom_app", f"1000002/party:{number}", "w")
        members = (MemberDraft(identity.title(), identities={"wecom_app": identity}),)
        cascade.scene.group(group_id, chat, members=members)
    cascade.told()
    return cascade


def keep(parties: Cascade, member: str, ref: str = "e1") -> bool | None:
    arrivals = Arrivals(parties.scene.database, parties.scene.blobs, parties.clock)
    reply = Reply("seen", member, ref, parties.clock(), hit_number=1, chat_address=f"1000002/{member}")
    return arrivals.keep_named("wecom_app", "w", reply)


def test_an_answer_is_its_members_groups(parties: Cascade) -> None:
    assert keep(parties, "gil") is True
    with parties.scene.database.read() as session:
        assert [row.group_id for row in session.scalars(select(GroupReply))] == ["south"]


def test_where_nobody_fits_it_is_refused_once_and_no_group_is_bothered(parties: Cascade) -> None:
    assert keep(parties, "max") is None
    assert [(event["why"], event["group_id"]) for event in parties.events("reply.refused")] == [
        ("not_on_roster", None)
    ]
    with parties.scene.database.read() as session:
        assert session.scalars(select(Delivery).where(Delivery.kind == "status")).all() == []


def test_what_is_said_in_a_chat_that_no_group_has_is_refused_by_none(parties: Cascade) -> None:
    arrivals = Arrivals(parties.scene.database, parties.scene.blobs, parties.clock)
    reply = Reply("seen", "gus", "e1", parties.clock(), hit_number=1, chat_address="1000009/gus")
    assert arrivals.keep_named("wecom_app", "w", reply) is None
    assert parties.events("reply.refused") == []
