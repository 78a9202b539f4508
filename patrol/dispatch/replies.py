"""What members answer: counted once, written down at the hit; "not him" puts the hit on top of the queue again."""

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.tables import Delivery, GroupChat, GroupReply, Hit
from patrol.values import PatrolError, Reply, ReplyKind

NOT_HIM = "not_him"  #: kind of reply, and the hit's alarm that it raises
TOLD = ("sent", "unknown", "withdrawn")
PAGE_MOST_A_MINUTE = 30  # a team's answers to a hit come in less; a phone that has gone wild, or worse, in more
LONGEST_TEXT = 1_000
LONGEST_MEMBER = 200


class ReplyRefused(PatrolError):
    """The answer is about no message this group was sent."""


class TooManyReplies(PatrolError):
    """The group's page has given as many answers in the last minute as are taken."""


def receive(session: Session, chat_id: UUID, reply: Reply, now: datetime) -> GroupReply | None:
    """Write an answer down; None where the same one came before.

    It must answer a message of the very chat it came from, or name a hit the chat's group was told of:
    ReplyRefused otherwise, so that a stranger, or another group's guard, moves nothing.
    """
    chat = session.get(GroupChat, chat_id)
    if chat is None:
        raise ReplyRefused(f"no chat {chat_id}")
    reply = _storable(reply)
    delivery = _delivery_answered(session, chat, reply)
    if delivery is None:
        raise ReplyRefused(f"group {chat.group_id}: the answer {reply.event_ref!r} is about no message it was sent")
    hit = session.scalars(select(Hit).where(Hit.id == delivery.hit_id).with_for_update(of=Hit)).one()
    if _came_before(session, chat_id, reply.event_ref):
        return None
    received = _written(delivery, chat, reply, now)
    session.add(received)
    reopens = reply.kind == NOT_HIM and hit.verdict == "confirmed"
    if reopens:
        hit.round, hit.verdict, hit.alarm = hit.round + 1, None, NOT_HIM
    session.flush()
    _record(session, hit, received, now, reopens=reopens)
    return received


def receive_from_page(
    session: Session,
    group_id: str,
    delivery_id: UUID,
    kind: ReplyKind,
    *,
    event_ref: str,
    now: datetime,
    text: str = "",
    member: str = "",
) -> GroupReply | None:
    """Write down an answer given on a group's page, to a message that page shows."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.group_id != group_id or delivery.chat.kind != "page":
        raise ReplyRefused(f"group {group_id}: delivery {delivery_id} is none of its messages")
    _require_calm(session, delivery.chat_id, now)
    reply = Reply(kind, member, event_ref, said_at=now, text=text, in_reply_to=delivery.message_ref)
    return receive(session, delivery.chat_id, reply, now)


def _require_calm(session: Session, chat_id: UUID, now: datetime) -> None:
    recent = select(func.count()).where(
        GroupReply.chat_id == chat_id, GroupReply.received_at > now - timedelta(minutes=1)
    )
    if (session.scalar(recent) or 0) >= PAGE_MOST_A_MINUTE:
        raise TooManyReplies


def _delivery_answered(session: Session, chat: GroupChat, reply: Reply) -> Delivery | None:
    """The message that was answered in this chat, else the newest one about the hit that was named."""
    told = (
        select(Delivery)
        .where(
            Delivery.group_id == chat.group_id,
            Delivery.kind == "hit",
            Delivery.state.in_(TOLD),
        )
        .order_by(Delivery.created_at.desc())
        .limit(1)
    )
    if reply.in_reply_to is not None:
        answered = told.where(Delivery.chat_id == chat.id, Delivery.message_ref == reply.in_reply_to)
        if (delivery := session.scalars(answered).one_or_none()) is not None:
            return delivery
    if reply.hit_number is None:
        return None
    return session.scalars(told.join(Delivery.hit).where(Hit.number == reply.hit_number)).one_or_none()


def _storable(reply: Reply) -> Reply:
    """Without control characters and halves of characters: PostgreSQL stores no NUL, and nothing stores a half."""
    return replace(
        reply,
        event_ref=_without_control(reply.event_ref),
        member=_without_control(reply.member),
        text=_without_control(reply.text),
        in_reply_to=_without_control(reply.in_reply_to) if reply.in_reply_to is not None else None,
    )


def _without_control(text: str) -> str:
    return "".join(it for it in text if it in "\n\t" or unicodedata.category(it) not in ("Cc", "Cs"))


def _came_before(session: Session, chat_id: UUID, event_ref: str) -> bool:
    same = select(GroupReply.id).where(GroupReply.chat_id == chat_id, GroupReply.event_ref == event_ref)
    return session.scalar(same) is not None


def _written(delivery: Delivery, chat: GroupChat, reply: Reply, now: datetime) -> GroupReply:
    return GroupReply(
        delivery_id=delivery.id,
        hit_id=delivery.hit_id,
        group_id=chat.group_id,
        chat_id=chat.id,
        event_ref=reply.event_ref,
        kind=reply.kind,
        text=reply.text[:LONGEST_TEXT],
        member=reply.member[:LONGEST_MEMBER],
        said_at=reply.said_at,
        received_at=now,
    )


def _record(session: Session, hit: Hit, received: GroupReply, now: datetime, *, reopens: bool) -> None:
    actor, subject = f"group:{received.group_id}", f"hit:{hit.id}"
    body = {"hit_id": str(hit.id), "number": hit.number, "group_id": received.group_id}
    about = {"delivery_id": str(received.delivery_id), "reply_id": str(received.id), "reply_kind": received.kind}
    events.append(
        session, "reply.received", actor=actor, subject=subject, now=now, site_id=hit.site_id, **body, **about
    )
    if reopens:
        events.append(
            session,
            "hit.reopened",
            actor=actor,
            subject=subject,
            now=now,
            site_id=hit.site_id,
            **body,
            round=hit.round,
            alarm=NOT_HIM,
        )
