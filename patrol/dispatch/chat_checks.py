"""Tries every chat of a group: reads what can be read of it, then sends a test message that says it is one."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from patrol import words
from patrol.chats.chat import Look, SendError
from patrol.chats.table import LIMITS, Chats
from patrol.dispatch import exercises, leases, wording
from patrol.dispatch.groups import GroupUnknown
from patrol.dispatch.plain_messages import chats_of, message
from patrol.dispatch.record import record
from patrol.store.tables import Delivery, Exercise, Group, GroupChat

CHECK = "check"
WITHIN = timedelta(seconds=60)  # a platform that is asked to wait longer is said to be waiting, not well
AT_ONCE = 8  # looks wait for the network, not for the processor


@dataclass(frozen=True, slots=True)
class Looked:
    """What a platform told of a chat without a message."""

    look: Look | None
    error: SendError | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """One chat, tried."""

    group_id: str
    group_name: str
    kind: str
    address: str
    is_looked_at: bool
    name: str  #: as the platform calls the chat; empty where it does not say
    n_members: int | None
    state: str  #: not_sent, queued, accepted, refused, unknown or late
    error: str | None  #: code and words: why it would not or did not take a message
    took_s: float | None  #: from the test message's start until it was accepted

    @property
    def is_well(self) -> bool:
        return self.error is None and self.state in ("not_sent", "accepted")


def chosen(session: Session, group_ids: Collection[str]) -> Sequence[Group]:
    """The named groups, or every active one; GroupUnknown names those that are not there."""
    query = select(Group).order_by(Group.id).options(selectinload(Group.chats).joinedload(GroupChat.group))
    query = query.where(Group.id.in_(group_ids)) if group_ids else query.where(Group.is_active)
    groups = session.scalars(query).all()
    if unknown := set(group_ids) - {group.id for group in groups}:
        raise GroupUnknown(f"no group is called {', '.join(sorted(unknown))}; `patrol groups list` shows them all")
    return groups


def look_at(chats: Chats, rows: Sequence[GroupChat], *, is_alone: bool = True) -> dict[UUID, Looked]:
    """Read every chat at once. is_alone: no sender runs, so that a bot's only connection may be ours."""
    may = [row for row in rows if is_alone or not LIMITS[row.kind].has_one_connection]
    with ThreadPoolExecutor(AT_ONCE, "look") as pool:
        return dict(zip([row.id for row in may], pool.map(lambda row: _look(chats, row), may), strict=True))


def _look(chats: Chats, row: GroupChat) -> Looked:
    try:
        return Looked(chats.open(row.kind, row.address, row.secret).look())
    except SendError as error:
        return Looked(None, error)


def start(session: Session, groups: Sequence[Group], by: str, now: datetime) -> Exercise:
    """Queue a test message for every chat of these groups. A bot that was kicked may connect again: a person asks."""
    exercise = exercises.begin(session, CHECK, by, now, now + WITHIN, [group.id for group in groups])
    chats = [chat for group in groups for chat in chats_of(group)]
    made = [message("test", chat, test_text(chat), now, WITHIN, exercise_id=exercise.id) for chat in chats]
    session.add_all(made)
    session.flush()
    for chat in chats:
        leases.reconnect(session, chat, now)
    record(session, made, now, actor=by)
    exercises.say(session, exercise, "started", now, by=by, n_groups=len(groups))
    return exercise


def test_text(chat: GroupChat) -> str:
    return words.say("health.test", wording.language_of(chat.group), group=chat.group.name)


def is_over(session: Session, exercise: Exercise, now: datetime) -> bool:
    """Whether every test message has come to an end, or the time is up."""
    return now >= exercise.ends_at or all(it.ended_at for it in exercises.deliveries(session, exercise))


def report(session: Session, exercise: Exercise, looked: Mapping[UUID, Looked]) -> list[Checked]:
    """How it stands, chat by chat in the order of the groups."""
    return [checked(it.chat, it, looked.get(it.chat_id)) for it in exercises.deliveries(session, exercise)]


def checked(chat: GroupChat, sent: Delivery | None, looked: Looked | None) -> Checked:
    """One chat's result, from what was read and what was sent; either may be missing."""
    look = looked.look if looked else None
    refusal = sent.error if sent is not None and sent.state != "sent" else None
    state = STATES[sent.state] if sent is not None else "not_sent"
    is_accepted = sent is not None and sent.state == "sent"
    return Checked(
        group_id=chat.group_id,
        group_name=chat.group.name,
        kind=chat.kind,
        address=chat.address,
        is_looked_at=looked is not None,
        name=look.name if look else "",
        n_members=look.n_members if look else None,
        state=state,
        error=refusal or (str(looked.error) if looked and looked.error else None),
        took_s=_took_s(sent) if is_accepted else None,
    )


STATES = {
    "queued": "queued",
    "sending": "queued",
    "sent": "accepted",
    "unknown": "unknown",
    "failed": "refused",
    "expired": "late",
    "withdrawn": "refused",
}


def _took_s(sent: Delivery | None) -> float | None:
    if sent is None or sent.ended_at is None:
        return None
    return max(0.0, round((sent.ended_at - sent.created_at).total_seconds(), 3))
