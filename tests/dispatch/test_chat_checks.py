"""Chats are read side by side, one that fails hides no other, and a kicked bot may come back when a person asks."""

from datetime import datetime

import pytest
from sqlalchemy import select

from patrol.chats.chat import Look, SendError
from patrol.dispatch import chat_checks, leases
from patrol.dispatch.groups import GroupUnknown
from patrol.store.engine import Database
from patrol.store.tables import Bot, Delivery, GroupChat
from tests.dispatch.test_drills import make_group

REFUSED = SendError("unauthorised", "example.org answered 401", is_permanent=True)


class LookedAt:
    """A chat that says what it is, or that it would take nothing."""

    def __init__(self, error: SendError | None) -> None:
        self.error = error

    def look(self) -> Look:
        if self.error:
            raise self.error
        return Look("Night shift", 7)


class Chats:
    def __init__(self, **errors: SendError) -> None:
        self.errors = errors
        self.opened: list[str] = []

    def open(self, kind: str, address: str, secret: str | None) -> LookedAt:
        self.opened.append(kind)
        return LookedAt(self.errors.get(kind))


def rows(database: Database, *group_ids: str) -> list[GroupChat]:
    with database.read() as session:
        return [chat for group in chat_checks.chosen(session, group_ids) for chat in group.chats]


def test_each_chat_is_looked_at_and_one_that_fails_hides_no_other(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now, "matrix", "webhook")
    chats = rows(any_database)
    looked = chat_checks.look_at(Chats(matrix=REFUSED), chats)  # type: ignore[arg-type]
    found = [chat_checks.checked(chat, None, looked[chat.id]) for chat in chats]
    assert [(it.kind, it.is_well, it.name, it.n_members) for it in found] == [
        ("matrix", False, "", None),
        ("webhook", True, "Night shift", 7),
    ]
    assert found[0].error == str(REFUSED)


def test_a_bots_only_connection_is_the_senders_while_one_runs(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now, "wecom_aibot", "matrix")
    chats = Chats()
    looked = chat_checks.look_at(chats, rows(any_database), is_alone=False)  # type: ignore[arg-type]
    assert chats.opened == ["matrix"]
    aibot = next(chat for chat in rows(any_database) if chat.kind == "wecom_aibot")
    assert not chat_checks.checked(aibot, None, looked.get(aibot.id)).is_looked_at
    chat_checks.look_at(chats, rows(any_database), is_alone=True)  # type: ignore[arg-type]
    assert chats.opened.count("wecom_aibot") == 1


def test_a_bot_that_was_kicked_may_connect_again(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now, "wecom_aibot")
    with any_database.write() as session:
        chat = session.scalars(select(GroupChat)).one()
        chat.secret = "bot"
        key = leases.key_of(chat)
        leases.hold(session, key, "send-1", now)
        leases.note_kick(session, key, now)
    with any_database.write() as session:
        chat_checks.start(session, chat_checks.chosen(session, ["east"]), "cli", now)
    with any_database.read() as session:
        assert session.scalars(select(Bot.kicked_at)).one() is None


@pytest.mark.parametrize(
    ("state", "said"),
    [("queued", "queued"), ("sent", "accepted"), ("failed", "refused"), ("unknown", "unknown"), ("expired", "late")],
)
def test_what_became_of_the_test_message(any_database: Database, now: datetime, state: str, said: str) -> None:
    make_group(any_database, "east", now, "matrix")
    with any_database.write() as session:
        exercise = chat_checks.start(session, chat_checks.chosen(session, []), "cli", now)
        assert not chat_checks.is_over(session, exercise, now)
        row = session.scalars(select(Delivery)).one()
        row.state, row.ended_at = state, None if state == "queued" else now
        row.error = None if state == "sent" else "busy: later"
        session.flush()
        (found,) = chat_checks.report(session, exercise, {})
        assert chat_checks.is_over(session, exercise, now) == (state != "queued")
    assert (found.state, found.is_well, found.took_s) == (said, state == "sent", 0.0 if state == "sent" else None)


def test_an_unknown_group_is_named(any_database: Database) -> None:
    with any_database.read() as session, pytest.raises(GroupUnknown, match="night-watch"):
        chat_checks.chosen(session, ["night-watch"])
