"""Who may do what on a group's page: by its link, by a phone, by a captain's phone; a stranger nothing."""

from datetime import datetime, timedelta

import pytest

from patrol.dispatch import groups, phones, readers
from patrol.dispatch.drafts import GroupDraft
from patrol.dispatch.readers import Reader
from patrol.dispatch.replies import TooManyReplies
from patrol.store import events
from patrol.store.engine import Database
from patrol.store.tables import Group, GroupChat, GroupReply, Member


@pytest.fixture
def link(any_database: Database, now: datetime) -> str:
    with any_database.write() as session:
        groups.create(session, GroupDraft("gate", "Gate", 31.23, 121.47, site_id="mall"), "ada", now)
        return groups.new_link(session, "gate", "ada", now)


def phone(database: Database, now: datetime, name: str, role: str) -> str:
    with database.write() as session:
        member = Member(group_id="gate", name=name, role=role, created_at=now)
        session.add(member)
        session.flush()
        return phones.bind(session, phones.invite(session, member.id, "user:ada", now), "", now)


def reader(database: Database, token: str) -> Reader:
    with database.read() as session:
        found = readers.reader_of(session, token)
    assert found is not None
    return found


def rights(found: Reader) -> tuple[bool, bool, bool]:
    return found.may_answer, found.leads, found.is_captain


def test_until_phones_are_bound_the_link_answers_and_leads(any_database: Database, link: str) -> None:
    found = reader(any_database, link)
    assert rights(found) == (True, True, False)
    assert (found.actor, found.name) == ("group:gate", "")


def test_from_the_first_phone_on_only_phones_answer(any_database: Database, link: str, now: datetime) -> None:
    gus = phone(any_database, now, "Gus", "member")
    assert rights(reader(any_database, link)) == (False, True, False)
    assert rights(reader(any_database, gus)) == (True, False, False)
    assert reader(any_database, gus).actor == "member:Gus"


def test_from_the_first_captains_phone_on_captains_lead(any_database: Database, link: str, now: datetime) -> None:
    cleo = phone(any_database, now, "Cleo", "captain")
    assert rights(reader(any_database, link)) == (False, False, False)
    assert rights(reader(any_database, cleo)) == (True, True, True)


def test_when_the_last_phone_ends_the_link_still_takes_no_answers(
    any_database: Database, link: str, now: datetime
) -> None:
    bound = reader(any_database, phone(any_database, now, "Cleo", "captain")).phone
    assert bound is not None
    with any_database.write() as session:
        phones.revoke(session, bound.id, "user:ada", now)
    assert rights(reader(any_database, link)) == (False, False, False)


def test_a_stranger_is_nobody(any_database: Database, link: str, now: datetime) -> None:
    token = phone(any_database, now, "Gus", "member")
    with any_database.write() as session:
        session.get_one(Group, "gate").is_active = False
    with any_database.read() as session:
        assert [readers.reader_of(session, wrong) for wrong in ("", "x", link, token)] == [None] * 4


def test_a_refusal_is_recorded_once_a_minute_by_whom_and_why(
    any_database: Database, link: str, now: datetime
) -> None:
    gus = reader(any_database, phone(any_database, now, "Gus", "member"))
    for after_s, who, why in (
        *((0, gus, "not_captain"), (59, gus, "not_captain"), (59, gus, "no_such_message"), (61, gus, "not_captain")),
        *((0, None, "link_unknown"), (30, None, "link_unknown")),
    ):
        at = now + timedelta(seconds=after_s)
        with any_database.write() as session:
            if not readers.was_recorded(session, "page.refused", why, at, who):
                readers.record_refusal(session, "page.refused", why, at, who)
    with any_database.read() as session:
        said = [
            (row.actor, row.body["why"], row.site_id) for row in events.after(session, 0) if "refused" in row.kind
        ]
    assert said == [
        ("member:Gus", "not_captain", "mall"),
        ("member:Gus", "no_such_message", "mall"),
        ("member:Gus", "not_captain", "mall"),
        ("stranger", "link_unknown", None),
    ]


def test_a_phone_answers_so_often_a_minute_and_the_link_as_its_group_does(
    any_database: Database, link: str, now: datetime
) -> None:
    gus = reader(any_database, phone(any_database, now, "Gus", "member"))
    assert gus.phone is not None
    with any_database.write() as session:
        chat = GroupChat(group_id="gate", kind="page", address="other")
        session.add(chat)
        session.flush()
        said = {"group_id": "gate", "chat_id": chat.id, "kind": "seen", "said_at": now, "received_at": now}
        for n in range(readers.MOST_A_MINUTE):
            readers.require_calm(session, gus, now)
            session.add(GroupReply(event_ref=str(n), phone_id=gus.phone.id, **said))
        with pytest.raises(TooManyReplies):
            readers.require_calm(session, gus, now)
        readers.require_calm(session, reader(any_database, link), now)
        readers.require_calm(session, gus, now + timedelta(seconds=61))
