"""One sender speaks for a bot; the next follows within the lease, and after a kick only when a person says so."""

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.dispatch import leases
from patrol.dispatch.leases import LEASE, BotKey
from patrol.store.engine import Database
from patrol.store.tables import Alarm, Bot, Group, GroupChat
from tests.postgres import empty

KEY = BotKey("telegram", "", "guards-bot")


def add_chat(database: Database, now: datetime, group_id: str, address: str, **more: object) -> uuid.UUID:
    """A group with one chat on a bot."""
    with database.write() as session:
        group = Group(id=group_id, name=group_id, latitude=0, longitude=0, created_at=now)
        fields = {"kind": "telegram", "address": address, "secret": "guards-bot"} | more
        chat = GroupChat(group=group, **fields)
        session.add(group)
    return chat.id


def hold(database: Database, owner: str, now: datetime) -> bool:
    with database.write() as session:
        return leases.hold(session, KEY, owner, now)


def alarms(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None)))
        return [(alarm.code, alarm.subject) for alarm in rows]


def test_without_chats_no_bot_is_wanted(any_database: Database) -> None:
    with any_database.read() as session:
        assert leases.bots_wanted(session) == {}


def test_chats_of_one_secret_and_server_share_a_bot(any_database: Database, now: datetime) -> None:
    add_chat(any_database, now, "gate", "-1001")
    add_chat(any_database, now, "exit", "-1002")
    add_chat(any_database, now, "roof", "https://bots.example.org/-1003")
    add_chat(any_database, now, "yard", "-1004", secret="other-bot")
    add_chat(any_database, now, "shop", "-1005", removed_at=now, secret="gone-bot")
    add_chat(any_database, now, "room", "https://example.org/!room", kind="matrix")
    with any_database.read() as session:
        assert set(leases.bots_wanted(session)) == {
            KEY,
            BotKey("telegram", "https://bots.example.org", "guards-bot"),
            BotKey("telegram", "", "other-bot"),
        }


def test_a_bot_is_one_senders_until_its_lease_ends(any_database: Database, now: datetime) -> None:
    assert hold(any_database, "a", now)
    assert hold(any_database, "a", now + LEASE / 2)
    assert not hold(any_database, "b", now + LEASE)
    assert hold(any_database, "b", now + LEASE * 1.5)
    assert not hold(any_database, "a", now + LEASE * 1.5)


def test_a_bot_given_back_is_free_at_once(any_database: Database, now: datetime) -> None:
    hold(any_database, "a", now)
    with any_database.write() as session:
        leases.let_go(session, KEY, "b")
    assert not hold(any_database, "b", now)
    with any_database.write() as session:
        leases.let_go(session, KEY, "a")
    assert hold(any_database, "b", now)


def test_only_the_holder_says_where_reading_goes_on(any_database: Database, now: datetime) -> None:
    hold(any_database, "a", now)
    with any_database.write() as session:
        leases.save_cursor(session, KEY, "a", "17")
        leases.save_cursor(session, KEY, "b", "4")
        assert leases.cursor_of(session, KEY) == "17"


def test_the_holder_alone_sends_to_the_bots_chats(any_database: Database, now: datetime) -> None:
    chat_id = add_chat(any_database, now, "gate", "-1001")
    add_chat(any_database, now, "yard", "-1004", secret="other-bot")
    hold(any_database, "a", now)
    with any_database.read() as session:
        assert leases.chats_held(session, "a", now) == {chat_id}
        assert leases.chats_held(session, "b", now) == set()
        assert leases.chats_held(session, "a", now + LEASE) == set()


def test_after_a_kick_nobody_connects_until_a_person_says_so(any_database: Database, now: datetime) -> None:
    chat_id = add_chat(any_database, now, "gate", "-1001")
    hold(any_database, "a", now)
    with any_database.write() as session:
        leases.note_kick(session, KEY, now)
        assert leases.chats_held(session, "a", now) == set()
    later = now + timedelta(hours=8)
    assert not hold(any_database, "a", later)
    assert not hold(any_database, "b", later)
    assert alarms(any_database) == [("bot_kicked", "bot:telegram:guards-bot")]
    with any_database.write() as session:
        leases.reconnect(session, session.get_one(GroupChat, chat_id), later)
    assert alarms(any_database) == []
    assert hold(any_database, "b", later)


def test_asking_to_reconnect_what_was_not_kicked_changes_nothing(any_database: Database, now: datetime) -> None:
    room = add_chat(any_database, now, "room", "https://example.org/!room", kind="matrix")
    gate = add_chat(any_database, now, "gate", "-1001")
    hold(any_database, "a", now)
    with any_database.write() as session:
        for chat_id in (room, gate):
            leases.reconnect(session, session.get_one(GroupChat, chat_id), now)
        assert session.scalars(select(Bot)).one().owner == "a"


@pytest.mark.postgres
def test_two_senders_that_meet_a_bot_at_once_share_one_row(postgres_database: Database, now: datetime) -> None:
    empty(postgres_database)
    with postgres_database.write() as first:
        assert leases.hold(first, KEY, "a", now)
    assert not hold(postgres_database, "b", now)
    with postgres_database.read() as session:
        assert len(session.scalars(select(Bot)).all()) == 1
