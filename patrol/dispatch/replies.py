"""What members answer: who said it, to which message, counted once, written down at the hit.

What an answer does is in answers.py.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from patrol.chats.table import LIMITS
from patrol.dispatch import answers, running, sightings
from patrol.dispatch.attachments import is_shed, store
from patrol.dispatch.members import (
    NO_SUCH_CHAT,
    NO_SUCH_MESSAGE,
    NOT_ON_ROSTER,
    ReplyRefused,
    Speaker,
    speaker_at,
    speaker_in,
)
from patrol.hits.reasons import NOT_HIM
from patrol.store import events
from patrol.store.blobs import Blobs
from patrol.store.tables import Delivery, Episode, GroupChat, GroupReply, Hit, Person, Phone
from patrol.values import Media, PatrolError, Reply, ReplyKind

__all__ = ["NOT_HIM", "ReplyRefused", "TooManyReplies", "receive", "receive_from_page"]

TOLD = ("sending", "sent", "unknown", "withdrawn")  # who reads fast answers before we hear that it was accepted
TO_US = ("bot", "callback")  # where members speak to patrol alone or by its name, and not just to each other
LATELY = timedelta(minutes=30)  # what is said without naming a hit is about one of these
ANSWERED = ("hit", "exercise", "drill", "status")  # kinds of delivery that an answer may be about
THE_DRILL = 0  # "#0000 1" answers the newest drill; hits are numbered from 1
PAGE_MOST_A_MINUTE = 30  # a team's answers to a hit come in less; a phone that has gone wild, or worse, in more
LONGEST_TEXT = 1_000
LONGEST_MEMBER = 200


class TooManyReplies(PatrolError):
    """The group's page has given as many answers in the last minute as are taken."""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: what, by whom, in which chat."""

    chat: GroupChat
    reply: Reply
    speaker: Speaker
    place: Mapping[str, Any] = field(default_factory=dict)  #: picked on the page


def receive(session: Session, blobs: Blobs, chat_id: UUID, reply: Reply, now: datetime) -> GroupReply | None:
    """Write an answer down and act on it; None where the same one came before.

    It must answer a message of the very chat it came from, or name a hit the chat's group was told of, and come
    from the group's roster where it has one: ReplyRefused otherwise, so that a stranger, or another group's
    guard, moves nothing.
    """
    chat = session.get(GroupChat, chat_id)
    if chat is None:
        raise ReplyRefused(f"no chat {chat_id}", NO_SUCH_CHAT)
    reply = _storable(reply)
    speaker = speaker_in(session, chat, reply.member)
    if speaker is None:
        who = f"group {chat.group_id}: the answer {reply.event_ref!r} is of nobody on its roster"
        raise ReplyRefused(who, NOT_ON_ROSTER, chat_id=chat.id, reply_kind=reply.kind)
    return _take(session, blobs, Said(chat, reply, speaker), now)


def receive_from_page(
    session: Session,
    blobs: Blobs,
    group_id: str,
    delivery_id: UUID,
    kind: ReplyKind,
    *,
    event_ref: str,
    now: datetime,
    text: str = "",
    member: str = "",
    phone: Phone | None = None,
    media: Sequence[Media] = (),
    place: Mapping[str, Any] | None = None,
    said_at: datetime | None = None,
) -> GroupReply | None:
    """Write down an answer given on a group's page, to a message that page shows.

    phone: the bound phone that said it. place: where the person was sighted, as the column `place` of an answer.
    said_at: when it was given, where it had to wait for a network.
    """
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.group_id != group_id or delivery.chat.kind != "page":
        what = f"group {group_id}: delivery {delivery_id} is none of its messages"
        raise ReplyRefused(what, NO_SUCH_MESSAGE, reply_kind=kind)
    chat = delivery.chat
    speaker = speaker_at(session, group_id, _without_control(member), phone)
    if speaker is None:
        who = f"group {group_id}: the answer {event_ref!r} is of no phone that its members have bound"
        raise ReplyRefused(who, NOT_ON_ROSTER, chat_id=chat.id, reply_kind=kind)
    _require_calm(session, chat.id, now)
    reply = Reply(kind, member, event_ref, said_at or now, text, in_reply_to=delivery.message_ref, media=tuple(media))
    return _take(session, blobs, Said(chat, _storable(reply), speaker, place or {}), now)


def _take(session: Session, blobs: Blobs, said: Said, now: datetime) -> GroupReply | None:
    delivery = _delivery_answered(session, said.chat, said.reply)
    if delivery is None:
        what = f"group {said.chat.group_id}: the answer {said.reply.event_ref!r} is about no message it was sent"
        raise ReplyRefused(what, NO_SUCH_MESSAGE, chat_id=said.chat.id, reply_kind=said.reply.kind)
    is_exercise = delivery.exercise_id is not None  # what is said to a drill or a self-test moves nobody
    hit = None if is_exercise else _locked(session, delivery.hit_id, said.reply.kind)
    if _came_before(session, said.chat.id, said.reply.event_ref):
        return None
    received = _written(delivery, said, now)
    if not is_shed(session, delivery.hit_id):
        received.media = store(session, blobs, said.reply.media, now)
    if hit is not None:
        received.is_late = answers.why_late(session, hit, delivery, now) is not None
    delivery.read_at = delivery.read_at or now
    session.add(received)
    session.flush()
    _record(session, hit, received, now)
    if hit is not None:
        place, hit_ids = sightings.place_of(said.reply, said.place), running.hits_of(session, hit)
        answers.act(answers.Answer(session, hit, delivery, received, said.chat, place, hit_ids, now))
    session.flush()
    return received


def _locked(session: Session, hit_id: UUID | None, kind: ReplyKind) -> Hit | None:
    """The hit an answer is about, held with all that the answer may change; None for a drill.

    Everybody locks in this order, hit, person, case, and only then takes the events' turn.
    """
    if hit_id is None:
        return None
    query = select(Hit).where(Hit.id == hit_id).with_for_update(of=Hit, key_share=True)
    hit = session.scalars(query.execution_options(populate_existing=True)).one()
    if kind == "stopped":
        session.execute(select(Person.id).where(Person.id == hit.person_id).with_for_update(key_share=True))
    if hit.episode_id is not None:
        session.get(Episode, hit.episode_id, with_for_update={"key_share": True}, populate_existing=True)
    return hit


def _require_calm(session: Session, chat_id: UUID, now: datetime) -> None:
    recent = select(func.count()).where(
        GroupReply.chat_id == chat_id, GroupReply.received_at > now - timedelta(minutes=1)
    )
    if (session.scalar(recent) or 0) >= PAGE_MOST_A_MINUTE:
        raise TooManyReplies


def _delivery_answered(session: Session, chat: GroupChat, reply: Reply) -> Delivery | None:
    """The message that was answered in this chat, else the newest one about the hit that was named."""
    in_chat = _told(chat).where(Delivery.chat_id == chat.id)
    named = ((Delivery.id, uuid_of(reply.message_key)), (Delivery.message_ref, reply.in_reply_to))
    for column, value in named:
        found = session.scalars(in_chat.where(column == value)).one_or_none() if value is not None else None
        if found is not None:
            return found
    if reply.hit_number is None:
        return _only_one(session, chat, reply.said_at) if LIMITS[chat.kind].hears in TO_US else None
    if reply.hit_number == THE_DRILL:
        return session.scalars(_told(chat).where(Delivery.kind == "drill")).one_or_none()
    of_hits = _told(chat).join(Delivery.hit).where(Delivery.kind != "status", Hit.number == reply.hit_number)
    return session.scalars(of_hits).one_or_none()


def _only_one(session: Session, chat: GroupChat, said_at: datetime) -> Delivery | None:
    """What a photo, a place or a bare "2" is about where a chat was told of one hit lately; None where of more."""
    lately = (Delivery.chat_id == chat.id, Delivery.created_at > said_at - LATELY)
    of_group = select(Delivery.hit_id).where(Delivery.group_id == chat.group_id, Delivery.state.in_(TOLD), *lately)
    hit_ids = session.scalars(of_group.where(Delivery.hit_id.is_not(None)).distinct().limit(2)).all()
    if len(hit_ids) != 1:
        return None
    return session.scalars(_told(chat).where(*lately, Delivery.hit_id == hit_ids[0])).one_or_none()


def _told(chat: GroupChat) -> Select[Delivery]:
    """What a group was sent that can be answered, the newest first."""
    of_group = select(Delivery).where(Delivery.group_id == chat.group_id, Delivery.state.in_(TOLD))
    is_about = or_(Delivery.hit_id.is_not(None), Delivery.exercise_id.is_not(None))
    return of_group.where(Delivery.kind.in_(ANSWERED), is_about).order_by(Delivery.created_at.desc()).limit(1)


def uuid_of(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


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


def _written(delivery: Delivery, said: Said, now: datetime) -> GroupReply:
    reply, speaker = said.reply, said.speaker
    return GroupReply(
        delivery_id=delivery.id,
        hit_id=delivery.hit_id,
        group_id=said.chat.group_id,
        chat_id=said.chat.id,
        event_ref=reply.event_ref,
        kind=reply.kind,
        text=reply.text[:LONGEST_TEXT],
        member=speaker.name[:LONGEST_MEMBER],
        member_id=speaker.member.id if speaker.member else None,
        phone_id=speaker.phone.id if speaker.phone else None,
        said_at=reply.said_at,
        received_at=now,
    )


def _record(session: Session, hit: Hit | None, received: GroupReply, now: datetime) -> None:
    body = {"hit_id": str(hit.id), "number": hit.number} if hit else {}
    events.append(
        session,
        "reply.received",
        actor=f"group:{received.group_id}",
        subject=f"hit:{hit.id}" if hit else f"delivery:{received.delivery_id}",
        now=now,
        site_id=hit.site_id if hit else None,
        **body,
        group_id=received.group_id,
        delivery_id=str(received.delivery_id),
        reply_id=str(received.id),
        reply_kind=received.kind,
        is_late=received.is_late,
    )
