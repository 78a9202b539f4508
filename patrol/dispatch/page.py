"""What a group's page shows: the group's messages while it may look at them, and nothing that was withdrawn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from patrol.dispatch import wording
from patrol.hits.record import is_looked_for
from patrol.store.blobs import Blobs, PictureGone
from patrol.store.tables import Decision, Delivery, Episode, Group, GroupChat, GroupReply

SHOWN_FOR = timedelta(hours=12)  # the longest shift: pictures are kept no longer, whatever a group may look back at

MOST = 100  # messages on one page; a phone scrolls no further
ABOUT_A_HIT = ("hit", "exercise")
KINDS = (*ABOUT_A_HIT, "drill", "status", "alarm", "bulletin", "test")  #: a withdrawal shows as what it cancels
ANSWERABLE = (*ABOUT_A_HIT, "drill")
CALLED_OFF = "called_off"  # outcome
HELP = "need_help"  # part of a notice that calls a group which may never have been told of the hit


@dataclass(frozen=True, slots=True)
class PageReply:
    """One answer under a message."""

    id: UUID
    kind: str
    text: str
    member: str
    said_at: datetime
    place: str  #: where he was sighted, in words
    position: tuple[float, float] | None  #: latitude and longitude, where the phone knew
    media: tuple[str, ...]  #: "photo" or "voice", in the order they came
    is_late: bool


@dataclass(frozen=True, slots=True)
class PageMessage:
    """One message as the page shows it."""

    delivery_id: UUID
    kind: str
    case_id: UUID  #: messages of one case share it
    number: int | None  #: of the hit; None where the message is about none
    update_number: int
    site_id: str | None
    text: str
    sent_at: datetime
    is_withdrawn: bool
    calls_for_help: bool  #: a guard needs help at a case that still stands
    outcome: str | None  #: how its case ended
    is_repeat: bool
    has_picture: bool
    replies: tuple[PageReply, ...]
    forwarded_to: tuple[str, ...]  #: names of groups

    @property
    def is_over(self) -> bool:
        return self.is_withdrawn or self.outcome is not None

    @property
    def may_be_answered(self) -> bool:
        return (self.kind in ANSWERABLE or self.calls_for_help) and not self.is_over


def messages(session: Session, group_id: str, now: datetime) -> list[PageMessage]:
    """The group's messages, newest first."""
    query = _shown(session, group_id, now).order_by(Delivery.sent_at.desc(), Delivery.id)
    shown = session.scalars(query.limit(MOST)).all()
    around = _Around(session, group_id, shown, now)
    return [_message(delivery, around) for delivery in shown]


def picture(session: Session, blobs: Blobs, group_id: str, delivery_id: UUID, now: datetime) -> bytes:
    """The JPEG of one message of this group; PictureGone where it is not, or no longer, to be seen."""
    delivery = session.scalars(_shown(session, group_id, now).where(Delivery.id == delivery_id)).one_or_none()
    is_shown = delivery is not None and not _Around(session, group_id, [delivery], now).is_over(delivery)
    if delivery is None or delivery.picture_key is None or not is_shown:
        raise PictureGone(f"delivery {delivery_id}: its picture is withdrawn, past its time or not this group's")
    return blobs.get(delivery.picture_key)


def media(session: Session, blobs: Blobs, group_id: str, reply_id: UUID, n: int, now: datetime) -> tuple[bytes, str]:
    """What came with an answer, the `n`th of it, and its content type: to be seen as long as what was answered."""
    answers = (said for shown in messages(session, group_id, now) if not shown.is_over for said in shown.replies)
    reply = session.get(GroupReply, reply_id) if any(said.id == reply_id for said in answers) else None
    if reply is None or not 0 <= n < len(reply.media):
        raise PictureGone(f"reply {reply_id}: it has no such picture, or what it answered is over")
    return blobs.get(reply.media[n]["key"]), reply.media[n]["content_type"]


class _Around:
    """What hangs on some messages, read with one query a table, however many they are."""

    def __init__(self, session: Session, group_id: str, shown: Sequence[Delivery], now: datetime) -> None:
        self.verdicts = _standing_verdicts(session, {row.hit_id for row in shown if row.hit_id})
        self.outcomes = _outcomes(session, {id for row in shown if (id := _episode_of(row))})
        self.now = now
        self.replies = _replies(session, group_id, shown)
        self.forwards = _forwards(session, [row.id for row in shown])

    def is_withdrawn(self, delivery: Delivery) -> bool:
        """A decision ends a message in the moment it is made, before any sender reads it."""
        if delivery.state != "sent":
            return True
        return delivery.kind in ABOUT_A_HIT and not self.is_standing(delivery)

    def is_standing(self, delivery: Delivery) -> bool:
        return self.verdicts.get(delivery.hit_id) == "confirmed"

    def outcome(self, delivery: Delivery) -> str | None:
        """How its case ended; who is not looked for any more is called off, before any sender has closed the case."""
        hit = delivery.hit
        is_abandoned = hit is not None and not is_looked_for(hit.person, self.now)
        return self.outcomes.get(_episode_of(delivery)) or (CALLED_OFF if is_abandoned else None)

    def is_over(self, delivery: Delivery) -> bool:
        """Where a case has ended there is nobody to look for, and so nothing to look at."""
        return self.is_withdrawn(delivery) or self.outcome(delivery) is not None

    def replies_to(self, delivery: Delivery) -> tuple[PageReply, ...]:
        """The group's answers to this message, by whichever of its chats they came."""
        return tuple(
            _reply(row)
            for row in self.replies
            if row.delivery_id == delivery.id
            or (delivery.kind in ABOUT_A_HIT and row.hit_id is not None and row.hit_id == delivery.hit_id)
        )


def _shown(session: Session, group_id: str, now: datetime) -> Select[Delivery]:
    keep_h = session.scalar(select(Group.keep_h).where(Group.id == group_id)) or 0.0
    return (
        select(Delivery)
        .join(Delivery.chat)
        .where(
            Delivery.group_id == group_id,
            Delivery.kind.in_(KINDS),
            Delivery.state.in_(("sent", "withdrawn")),
            Delivery.sent_at > now - timedelta(hours=keep_h),
            GroupChat.kind == "page",
        )
        .options(joinedload(Delivery.hit), joinedload(Delivery.group))
    )


def _message(delivery: Delivery, around: _Around) -> PageMessage:
    hit, sent_at = delivery.hit, delivery.sent_at
    assert sent_at is not None
    ended = around.is_withdrawn(delivery)
    return PageMessage(
        delivery_id=delivery.id,
        kind=delivery.kind,
        case_id=_episode_of(delivery) or delivery.hit_id or delivery.exercise_id or delivery.id,
        number=hit.number if hit else None,
        update_number=hit.update_number if hit else 0,
        site_id=hit.site_id if hit else delivery.group.site_id,
        text=_text(delivery, is_withdrawn=ended),
        sent_at=sent_at,
        is_withdrawn=ended,
        calls_for_help=delivery.part == HELP and around.is_standing(delivery),
        outcome=around.outcome(delivery),
        is_repeat=delivery.is_repeat,
        has_picture=delivery.picture_key is not None and not around.is_over(delivery),
        replies=around.replies_to(delivery),
        forwarded_to=around.forwards.get(delivery.id, ()),
    )


def _text(delivery: Delivery, *, is_withdrawn: bool) -> str:
    if is_withdrawn and delivery.hit is not None:
        return wording.withdrawal_text(delivery.hit, wording.language_of(delivery.group))
    return "" if is_withdrawn else wording.text_of(delivery)


def _episode_of(delivery: Delivery) -> UUID | None:
    return delivery.episode_id or (delivery.hit.episode_id if delivery.hit else None)


def _standing_verdicts(session: Session, hit_ids: Collection[UUID]) -> Mapping[UUID | None, str]:
    """By hit, what holds now: the newest decision, released or not."""
    said = select(Decision.hit_id, Decision.verdict).where(Decision.hit_id.in_(hit_ids))
    return {row.hit_id: row.verdict for row in session.execute(said.order_by(Decision.round, Decision.seat))}


def _outcomes(session: Session, episode_ids: Collection[UUID]) -> Mapping[UUID | None, str]:
    ended = select(Episode.id, Episode.outcome).where(Episode.id.in_(episode_ids), Episode.closed_at.is_not(None))
    return {row.id: row.outcome for row in session.execute(ended) if row.outcome}


def _replies(session: Session, group_id: str, shown: Sequence[Delivery]) -> Sequence[GroupReply]:
    """Every answer of the group to these messages or about their hits, oldest first."""
    is_about = or_(
        GroupReply.delivery_id.in_([row.id for row in shown]),
        GroupReply.hit_id.in_({row.hit_id for row in shown if row.hit_id}),
    )
    query = select(GroupReply).where(GroupReply.group_id == group_id, is_about)
    return session.scalars(query.order_by(GroupReply.said_at, GroupReply.id)).all()


def _forwards(session: Session, delivery_ids: Collection[UUID]) -> Mapping[UUID, tuple[str, ...]]:
    """By message, the names of the groups it was forwarded to."""
    query = select(Delivery.parent_id, Group.name).join(Delivery.group).where(Delivery.parent_id.in_(delivery_ids))
    found: dict[UUID, dict[str, None]] = {}
    for parent_id, name in session.execute(query.order_by(Delivery.created_at, Group.name)):
        assert parent_id is not None
        found.setdefault(parent_id, {})[name] = None
    return {parent_id: tuple(names) for parent_id, names in found.items()}


def _reply(row: GroupReply) -> PageReply:
    return PageReply(
        id=row.id,
        kind=row.kind,
        text=row.text,
        member=row.member,
        said_at=row.said_at,
        place=place_words(row.place),
        position=_position(row.place),
        media=tuple(each["kind"] for each in row.media),
        is_late=row.is_late,
    )


def place_words(place: Mapping[str, Any]) -> str:
    """A sighting's place as a guard reads it: words chosen or written, else building, floor and post."""
    parts = (place.get(name) for name in ("building", "floor", "post"))
    return str(place.get("words") or " ".join(str(part) for part in parts if part))


def _position(place: Mapping[str, Any]) -> tuple[float, float] | None:
    if place.get("latitude") is None or place.get("longitude") is None:
        return None
    return float(place["latitude"]), float(place["longitude"])
