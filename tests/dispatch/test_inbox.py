"""Answers are read from every chat that has them, each from where reading stopped."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from patrol.chats.chat import Replies, SendError
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.inbox import Inbox
from patrol.dispatch.replies import receive
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.tables import Alarm, Delivery, GroupChat, GroupReply, Hit
from patrol.values import Reply
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import FakeChats, Scene

MATRIX = ChatDraft("matrix", "https://example.org/!room", "m")
ROBOT = ChatDraft("wecom_robot", "", "w")


@pytest.fixture
def told(scene: Scene, sender: Sender) -> Delivery:
    scene.group("gate", MATRIX, ROBOT)
    scene.confirmed_hit()
    run(sender)
    return next(row for row in scene.deliveries() if row.chat.kind == "matrix")


@pytest.fixture
def inbox(scene: Scene, chats: FakeChats, clock: Clock) -> Inbox:
    return Inbox(scene.database, scene.blobs, chats, clock)  # type: ignore[arg-type]


def script(chats: FakeChats, *steps: Callable[[str | None], Replies]) -> list[str | None]:
    """Let the Matrix room answer with these steps; returns the cursors it was asked with, filled as it goes."""
    left, asked = list(steps), []

    def replies(cursor: str | None) -> Replies:
        asked.append(cursor)
        return left.pop(0)(cursor) if left else Replies((), cursor)

    chats.open("matrix", MATRIX.address, "m").replies = replies  # type: ignore[method-assign]
    return asked


def cursor_of(scene: Scene, told: Delivery) -> str | None:
    with scene.database.read() as session:
        return session.get_one(GroupChat, told.chat_id).cursor


def fails(_cursor: str | None) -> Replies:
    raise SendError("unreachable", "example.org cannot be reached")


def test_without_chats_there_is_nothing_to_read(inbox: Inbox) -> None:
    assert not inbox.read_once()


def test_an_answer_lands_at_its_hit_and_reading_goes_on_behind_it(
    scene: Scene, told: Delivery, inbox: Inbox, chats: FakeChats
) -> None:
    answer = Reply("not_him", "@gus:x", "$e1", scene.now, in_reply_to=told.message_ref)
    asked = script(chats, lambda _: Replies((answer,), "s1"), lambda _: Replies((answer,), "s2"))
    assert inbox.read_once()
    assert not inbox.read_once()  # the same answer again is none
    assert asked == [None, "s1"]
    assert cursor_of(scene, told) == "s2"
    with scene.database.read() as session:
        assert session.get_one(Hit, told.hit_id).alarm == "not_him"


def test_a_strangers_answer_stops_no_reading(scene: Scene, told: Delivery, inbox: Inbox, chats: FakeChats) -> None:
    stranger = Reply("not_him", "@max:x", "$e1", scene.now, in_reply_to="$elsewhere")
    friend = Reply("seen", "@gus:x", "$e2", scene.now, in_reply_to=told.message_ref)
    script(chats, lambda _: Replies((stranger, friend), "s1"))
    assert inbox.read_once()
    assert cursor_of(scene, told) == "s1"
    with scene.database.read() as session:
        assert session.get_one(Hit, told.hit_id).verdict == "confirmed"


def test_a_chat_that_cannot_be_read_rests_longer_each_time(
    told: Delivery, inbox: Inbox, chats: FakeChats, clock: Clock
) -> None:
    asked = script(chats, *[fails] * 3)
    for wait_s in (1, 2, 3, 4, 5, 8):
        inbox.read_once()
        clock.forward(wait_s)
    assert len(asked) == 3
    inbox.read_once()
    assert len(asked) == 4


def test_only_chats_that_have_answers_are_read(told: Delivery, inbox: Inbox, chats: FakeChats) -> None:
    def never(_cursor: str | None) -> Replies:
        raise AssertionError

    chats.open("wecom_robot", "", "w").replies = never  # type: ignore[method-assign]
    chats.open("page", "", None).replies = never  # type: ignore[method-assign]
    assert not inbox.read_once()


OTHER_ROOM = ChatDraft("matrix", "https://example.org/!other", "m")


def alarms(scene: Scene) -> list[tuple[str, str, str]]:
    with scene.database.read() as session:
        rows = session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None)))
        return [(row.code, row.subject, row.detail["error"]) for row in rows]


def breaks(_cursor: str | None) -> Replies:
    raise ZeroDivisionError


def test_a_room_that_makes_us_stumble_silences_no_other(
    scene: Scene, told: Delivery, inbox: Inbox, chats: FakeChats
) -> None:
    scene.group("exit", OTHER_ROOM)
    script(chats, breaks)
    asked: list[str | None] = []
    chats.open("matrix", OTHER_ROOM.address, "m").replies = lambda cursor: (  # type: ignore[method-assign]
        asked.append(cursor) or Replies((), cursor)
    )
    inbox.read_once()
    assert asked == [None]


def test_a_room_that_cannot_be_read_for_a_minute_sounds_an_alarm_until_it_can(
    scene: Scene, told: Delivery, inbox: Inbox, chats: FakeChats, clock: Clock
) -> None:
    script(chats, *[fails] * 4, breaks, breaks)
    for _reading in range(5):
        inbox.read_once()
        clock.forward(33)
    assert alarms(scene) == []
    inbox.read_once()
    assert alarms(scene) == [("answers_unread", "group:gate", "internal")]
    clock.forward(61)
    inbox.read_once()
    assert alarms(scene) == []


def test_an_answer_that_cannot_be_kept_is_left_out_and_the_next_one_counts(
    scene: Scene, told: Delivery, inbox: Inbox, chats: FakeChats, monkeypatch: pytest.MonkeyPatch
) -> None:
    def receive_good(session: Session, blobs: Blobs, chat_id: UUID, reply: Reply, now: datetime) -> GroupReply | None:
        if reply.event_ref == "$bad":
            raise ValueError
        return receive(session, blobs, chat_id, reply, now)

    monkeypatch.setattr("patrol.dispatch.arrivals.receive", receive_good)
    answers = [Reply("seen", "@gus:x", ref, scene.now, in_reply_to=told.message_ref) for ref in ("$bad", "$good")]
    script(chats, lambda _: Replies(tuple(answers), "s1"))
    assert inbox.read_once()
    assert cursor_of(scene, told) == "s1"


def test_an_answer_is_read_again_where_the_database_was_busy(
    scene: Scene, told: Delivery, inbox: Inbox, chats: FakeChats, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    def busy(*_: object) -> None:
        raise OperationalError("INSERT", None, Exception("database is locked"))

    answer = Reply("seen", "@gus:x", "$e1", scene.now, in_reply_to=told.message_ref)
    script(chats, *[lambda _: Replies((answer,), "s1")] * 2)
    with monkeypatch.context() as patched:
        patched.setattr("patrol.dispatch.arrivals.receive", busy)
        assert not inbox.read_once()
    assert cursor_of(scene, told) is None
    clock.forward(3)
    assert inbox.read_once()
