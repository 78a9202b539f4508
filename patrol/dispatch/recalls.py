"""What calls guards off must arrive: by the group's next chat where its own fails, and else an alarm sounds."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from patrol.dispatch.reach import PAGE
from patrol.dispatch.telling import in_order
from patrol.store import alarms
from patrol.store.tables import Delivery, GroupChat

WITHDRAWAL_NOT_DELIVERED = "withdrawal_not_delivered"  #: alarm
NOTICE = "withdraw"  # part of a status that says in another chat what a withdrawal could not say
PARTS = (NOTICE, "ended")


def calls_off(row: Delivery) -> bool:
    """Whether it tells its group to stop: a withdrawal, its notice, or the end of the case."""
    is_notice = row.kind == "status" and row.part in PARTS
    return row.hit_id is not None and row.chat.kind != PAGE and (row.kind == "withdraw" or is_notice)


def say_by_next_chat(session: Session, row: Delivery, now: datetime) -> list[Delivery]:
    """Queue the same words for the first chat of the group that has not tried to say them, while there is time."""
    if now >= row.expires_at or _is_said(session, row):
        return []
    same = select(Delivery.chat_id).where(_calls_off(row), Delivery.group_id == row.group_id)
    tried = set(session.scalars(same).all())
    left = [chat for chat in in_order(row.group) if chat.id not in tried]
    made = [_notice(row, chat, now) for chat in left[:1]]
    session.add_all(made)
    session.flush()
    return made


def alarm_where_unsaid(session: Session, rows: Iterable[Delivery], now: datetime) -> None:
    """Guards may still be after somebody who is not to be stopped: a person has to call them."""
    for row in rows:
        if row.hit is not None and calls_off(row) and not _is_said(session, row):
            detail = {"number": row.hit.number, "site_id": row.hit.site_id, "group_id": row.group_id}
            alarms.sound(session, WITHDRAWAL_NOT_DELIVERED, f"hit:{row.hit_id}", now, **detail)


def mend(session: Session, row: Delivery, now: datetime) -> None:
    """Its group has been called off after all: the alarm is over, unless another group has not."""
    other = select(Delivery.id).where(_calls_off(row), Delivery.group_id != row.group_id)
    unsaid = other.where(Delivery.state.in_(("failed", "expired", "unknown")), Delivery.ended_at.is_not(None))
    if calls_off(row) and session.scalar(unsaid.limit(1)) is None:
        alarms.clear(session, WITHDRAWAL_NOT_DELIVERED, f"hit:{row.hit_id}", now)


def _is_said(session: Session, row: Delivery) -> bool:
    """Whether a chat of the group beside its page has said it, or another one than this may still."""
    may_still = and_(Delivery.state.in_(("queued", "sending", "unknown")), Delivery.ended_at.is_(None))
    in_another = and_(may_still, Delivery.chat_id != row.chat_id)
    said = select(Delivery.id).join(Delivery.chat).where(_calls_off(row), Delivery.group_id == row.group_id)
    said = said.where(GroupChat.kind != PAGE, or_(in_another, Delivery.state == "sent"))
    return session.scalar(said.limit(1)) is not None


def _calls_off(row: Delivery) -> ColumnElement[bool]:
    """What calls guards off about the same hit."""
    is_notice = and_(Delivery.kind == "status", Delivery.part.in_(PARTS))
    return and_(Delivery.hit_id == row.hit_id, or_(Delivery.kind == "withdraw", is_notice))


def _notice(row: Delivery, chat: GroupChat, now: datetime) -> Delivery:
    return Delivery(
        id=uuid4(),
        kind="status",
        hit=row.hit,
        episode_id=row.episode_id,
        group=row.group,
        chat=chat,
        part=NOTICE if row.kind == "withdraw" else row.part,
        lane=row.lane,
        state="queued",
        next_try_at=now,
        expires_at=row.expires_at,
        text=row.text,
        created_at=now,
    )
