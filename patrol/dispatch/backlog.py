"""What is queued, on its way and over: deliveries found for a reader, and how each chat keeps up."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import Select, String, cast, func, or_, select
from sqlalchemy.orm import Session, joinedload

from patrol.chats.chat import Rate
from patrol.dispatch import rates
from patrol.store.tables import Delivery, Group, GroupChat, Hit
from patrol.values import PatrolError

State = Literal["queued", "sending", "sent", "unknown", "failed", "expired", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
LEAST_LETTERS = 4  # of an id that is not written out


class DeliveryUnknown(PatrolError):
    """There is no such delivery."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries a reader asks for; None is any."""

    state: State | None = None
    group_id: str | None = None
    hit_number: int | None = None
    hit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How one chat keeps up."""

    chat: GroupChat
    n_queued: int
    oldest_at: datetime | None  #: since when the oldest of them waits
    left: int | None  #: how many more hits it may take now; None where its platform itself says when to wait
    rates: tuple[Rate, ...]
    free_at: datetime | None  #: where nothing is left: when the next one may leave


def find(session: Session, wanted: Wanted, sites: Collection[str] | None = None, limit: int = 100) -> list[Delivery]:
    """The deliveries asked for, newest first; of these sites only, where they are named."""
    query = _seen_from(sites).order_by(Delivery.created_at.desc(), Delivery.part, Delivery.id).limit(limit)
    if wanted.state is not None:
        query = query.where(Delivery.state == wanted.state)
    if wanted.group_id is not None:
        query = query.where(Delivery.group_id == wanted.group_id)
    if wanted.hit_number is not None:
        query = query.where(Hit.number == wanted.hit_number)
    if wanted.hit_id is not None:
        query = query.where(Delivery.hit_id == wanted.hit_id)
    return list(session.scalars(query))


def read(session: Session, id: UUID, sites: Collection[str] | None = None) -> Delivery:
    """One delivery; DeliveryUnknown where there is none, or it is another site's."""
    row = session.scalars(_seen_from(sites).where(Delivery.id == id)).one_or_none()
    if row is None:
        raise DeliveryUnknown(f"there is no delivery {id}; 'patrol deliveries list' shows them")
    return row


def read_short(session: Session, start: str) -> Delivery:
    """The one delivery whose id begins so, as people copy it from a list."""
    letters = start.replace("-", "").lower()
    id = func.replace(cast(Delivery.id, String), "-", "")
    begins = _seen_from(None).where(id.like(letters + "%")).limit(2)
    found = session.scalars(begins).all() if len(letters) >= LEAST_LETTERS and letters.isalnum() else []
    if len(found) == 1:
        return found[0]
    how_many = "several deliveries begin" if found else "no delivery begins"
    raise DeliveryUnknown(f"{how_many} with {start!r}; 'patrol deliveries list' shows their ids")


def short(id: UUID) -> str:
    """Enough of an id to tell it from others, and to copy it."""
    return str(id)[:13]


def backlogs(session: Session, now: datetime, sites: Collection[str] | None = None) -> list[Backlog]:
    """Every chat in use, group by group in its order of preference."""
    waiting = {row.chat_id: (row.n, row.oldest_at) for row in session.execute(_WAITING)}
    chats = select(GroupChat).join(GroupChat.group).where(GroupChat.removed_at.is_(None), Group.is_active)
    if sites is not None:
        chats = chats.where(or_(Group.site_id.is_(None), Group.site_id.in_(sites)))
    rows = session.scalars(chats.order_by(Group.id, GroupChat.position).options(joinedload(GroupChat.group)))
    return [_backlog(session, chat, *waiting.get(chat.id, (0, None)), now) for chat in rows]


def _backlog(session: Session, chat: GroupChat, n_queued: int, oldest_at: datetime | None, now: datetime) -> Backlog:
    used = rates.allowances(session, chat, now)
    left = min((it.left(rates.HIT) for it in used), default=None)
    free_at = rates.free_at(session, chat, rates.HIT, now) if left == 0 else None
    return Backlog(chat, n_queued, oldest_at, left, tuple(it.rate for it in used), free_at)


_WAITING = (
    select(
        Delivery.chat_id,
        func.count().label("n"),
        func.min(Delivery.created_at, type_=Delivery.created_at.type).label("oldest_at"),
    )
    .where(Delivery.ended_at.is_(None))
    .group_by(Delivery.chat_id)
)


def _seen_from(sites: Collection[str] | None) -> Select[Delivery]:
    """A delivery belongs to the site of its hit; one without a hit, to that of its group."""
    query = select(Delivery).join(Delivery.group).outerjoin(Delivery.hit)
    query = query.options(joinedload(Delivery.hit), joinedload(Delivery.group), joinedload(Delivery.chat))
    if sites is None:
        return query
    site = func.coalesce(Hit.site_id, Group.site_id)
    return query.where(or_(site.is_(None), site.in_(sites)))
