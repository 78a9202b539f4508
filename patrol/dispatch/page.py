"""What a group's page shows: the group's messages of the last hours, and nothing that was withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from patrol.dispatch import wording
from patrol.dispatch.queue import standing_decision
from patrol.store.blobs import Blobs, PictureGone
from patrol.store.tables import Delivery, GroupChat, GroupReply

SHOWN_FOR = timedelta(hours=12)  # the longest shift; who starts after that gets what is current, not what was

MOST = 100  # messages on one page; a phone scrolls no further


@dataclass(frozen=True, slots=True)
class PageReply:
    """One answer under a message."""

    kind: str
    text: str
    member: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class PageMessage:
    """One message as the page shows it."""

    delivery_id: UUID
    number: int
    text: str
    sent_at: datetime
    is_withdrawn: bool
    is_repeat: bool
    has_picture: bool
    replies: tuple[PageReply, ...]


def messages(session: Session, group_id: str, now: datetime) -> list[PageMessage]:
    """The group's messages, newest first."""
    shown = session.scalars(_shown(group_id, now).order_by(Delivery.sent_at.desc(), Delivery.id).limit(MOST)).all()
    replies = _replies(session, shown)
    return [_message(session, delivery, replies[delivery.id]) for delivery in shown]


def picture(session: Session, blobs: Blobs, group_id: str, delivery_id: UUID, now: datetime) -> bytes:
    """The JPEG of one message of this group; PictureGone where it is not, or no longer, to be seen."""
    delivery = session.scalars(_shown(group_id, now).where(Delivery.id == delivery_id)).one_or_none()
    if delivery is None or delivery.picture_key is None or is_withdrawn(session, delivery):
        raise PictureGone(f"delivery {delivery_id}: its picture is withdrawn, past its time or not this group's")
    return blobs.get(delivery.picture_key)


def is_withdrawn(session: Session, delivery: Delivery) -> bool:
    """A decision ends a message in the moment it is made, before any sender reads it."""
    if delivery.state != "sent" or delivery.hit_id is None:
        return True
    return standing_decision(session, delivery.hit_id).verdict != "confirmed"


def _shown(group_id: str, now: datetime) -> Select[Delivery]:
    return (
        select(Delivery)
        .join(Delivery.chat)
        .where(
            Delivery.group_id == group_id,
            Delivery.kind == "hit",
            Delivery.state.in_(("sent", "withdrawn")),
            Delivery.sent_at > now - SHOWN_FOR,
            GroupChat.kind == "page",
        )
        .options(joinedload(Delivery.hit), joinedload(Delivery.group))
    )


def _message(session: Session, delivery: Delivery, replies: tuple[PageReply, ...]) -> PageMessage:
    hit, sent_at = delivery.hit, delivery.sent_at
    assert hit is not None
    assert sent_at is not None
    ended = is_withdrawn(session, delivery)
    language = wording.language_of(delivery.group)
    return PageMessage(
        delivery_id=delivery.id,
        number=hit.number,
        text=wording.withdrawal_text(hit, language) if ended else wording.text_of(delivery),
        sent_at=sent_at,
        is_withdrawn=ended,
        is_repeat=delivery.is_repeat,
        has_picture=delivery.picture_key is not None and not ended,
        replies=replies,
    )


def _replies(session: Session, shown: Sequence[Delivery]) -> dict[UUID, tuple[PageReply, ...]]:
    """Every answer to these messages, oldest first, by delivery."""
    ids = [delivery.id for delivery in shown]
    rows = session.scalars(
        select(GroupReply).where(GroupReply.delivery_id.in_(ids)).order_by(GroupReply.said_at, GroupReply.id)
    ).all()
    return {
        asked: tuple(PageReply(r.kind, r.text, r.member, r.said_at) for r in rows if r.delivery_id == asked)
        for asked in ids
    }
