"""Who answers: in a chat by the platform's id of them, on the page by a phone that a member has bound."""

from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from patrol.dispatch.members import speaker_at, speaker_in
from patrol.store.engine import Database
from patrol.store.tables import Group, GroupChat, Member, Phone


@pytest.fixture
def group(any_database: Database, now: datetime) -> str:
    """A group with a page and a Matrix room, and nobody on its roster."""
    with any_database.write() as session:
        group = Group(id="gate", name="Gate", latitude=0, longitude=0, created_at=now)
        group.chats = [GroupChat(kind="page"), GroupChat(kind="matrix", address="https://x/!r", secret="m")]
        session.add(group)
    return group.id


def member(session: Session, name: str, now: datetime, **identities: str) -> Member:
    row = Member(group_id="gate", name=name, created_at=now, identities=identities)
    session.add(row)
    session.flush()
    return row


def phone(session: Session, owner: Member, now: datetime, **more: object) -> Phone:
    row = Phone(member=owner, group_id="gate", token_hash=uuid4().hex, bound_at=now, **more)
    session.add(row)
    session.flush()
    return row


def room(session: Session) -> GroupChat:
    return next(chat for chat in session.get_one(Group, "gate").chats if chat.kind == "matrix")


@pytest.mark.usefixtures("group")
def test_without_a_roster_everybody_in_the_chat_counts(any_database: Database) -> None:
    with any_database.read() as session:
        speaker = speaker_in(session, room(session), "@anybody:x")
        assert speaker is not None
        assert (speaker.name, speaker.member) == ("@anybody:x", None)
        assert speaker_at(session, "gate", "Gus", None) is not None


@pytest.mark.usefixtures("group")
def test_with_a_roster_for_this_kind_of_chat_only_those_on_it(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        gus = member(session, "Gus", now, matrix="@gus:x")
        member(session, "Gina", now, wecom_app="gina")
        speaker = speaker_in(session, room(session), "@gus:x")
        assert speaker is not None
        assert (speaker.name, speaker.member) == ("Gus", gus)
        for stranger in ("@max:x", "gina", "", "@GUS:x"):
            assert speaker_in(session, room(session), stranger) is None


@pytest.mark.usefixtures("group")
def test_who_was_taken_off_the_roster_counts_no_more_and_a_stranger_no_more_for_that(
    any_database: Database, now: datetime
) -> None:
    with any_database.write() as session:
        member(session, "Gus", now, matrix="@gus:x").removed_at = now
        session.flush()
        assert [speaker_in(session, room(session), who) for who in ("@gus:x", "@max:x")] == [None, None]
        member(session, "Gil", now, matrix="@gil:x")
        assert speaker_in(session, room(session), "@gus:x") is None


@pytest.mark.usefixtures("group")
def test_a_roster_that_knows_nobody_in_a_chat_hears_nobody_there(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        member(session, "Gina", now, wecom_app="gina")
        assert speaker_in(session, room(session), "@anybody:x") is None


@pytest.mark.usefixtures("group")
def test_on_the_page_only_bound_phones_once_there_are_any(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        gus = member(session, "Gus", now)
        own = phone(session, gus, now)
        speaker = speaker_at(session, "gate", "somebody else", own)
        assert speaker is not None
        assert (speaker.name, speaker.phone) == ("Gus", own)
        assert speaker_at(session, "gate", "Gus", None) is None


@pytest.mark.usefixtures("group")
def test_a_revoked_phone_and_the_phone_of_who_left_are_refused(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        gus, gil = member(session, "Gus", now), member(session, "Gil", now)
        revoked = phone(session, gus, now, revoked_at=now)
        left = phone(session, gil, now)
        gil.removed_at = now
        session.flush()
        assert speaker_at(session, "gate", "", revoked) is None
        assert speaker_at(session, "gate", "", left) is None
        assert speaker_at(session, "gate", "somebody", None) is None
