"""What waits for review and what was decided, in order and by page, and one hit with everything said of it.

Alarms come first: guards stand before the wrong person. Then sure matches before uncertain ones, since a
reviewer's minute finds more people among them; then the newest, since only a fresh sighting can still be
followed: so what a recording showed comes behind. Hits of somebody whom a guard is with already come last.
What is never reached leaves the queue with its pictures, by its own clock: see retention.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from patrol.hits.review import HitUnknown
from patrol.store.tables import Delivery, GroupReply, Hit
from patrol.store.tables.hits import IS_WAITING

State = Literal["waiting", "decided", "all"]

#: 0 alarm, 1 sure, 2 uncertain, 3 recording, 4 quiet: where a waiting hit stands before its number counts.
RANK = case(
    (Hit.alarm.is_not(None), 0), (Hit.is_quiet, 4), (Hit.origin == "replay", 3), (Hit.grade == "sure", 1), else_=2
)


@dataclass(frozen=True, slots=True)
class WholeHit:
    """A hit with its decisions loaded, and what was sent and answered."""

    hit: Hit
    deliveries: tuple[Delivery, ...]
    replies: tuple[GroupReply, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list; `next` is the `before` of the following page, None at the end."""

    hits: tuple[Hit, ...]
    next: int | None


def waiting(session: Session, sites: Collection[str] | None, *, before: int | None = None, limit: int = 50) -> Page:
    """The queue: what waits for a decision, in the order to review it. `sites` None is all sites."""
    return find(session, sites, state="waiting", before=before, limit=limit)


def n_waiting(session: Session, sites: Collection[str] | None) -> int:
    query = _of_state(select(func.count()).select_from(Hit), "waiting")
    return session.scalar(_of_sites(query, sites)) or 0


def find(
    session: Session,
    sites: Collection[str] | None,
    *,
    state: State = "all",
    verdict: str | None = None,
    site_id: str | None = None,
    stream_id: str | None = None,
    watchlist_id: uuid.UUID | None = None,
    person_id: uuid.UUID | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Page:
    """The hits a reader asked for: waiting ones in the order of the queue, others newest first.

    `before` is the number of the last hit on the page before. It marks a place in the order, so that hits
    that arrive or are decided meanwhile neither repeat nor hide others.
    """
    query = _of_sites(_of_state(select(Hit), state), sites)
    for column, wanted in (
        (Hit.verdict, verdict),
        (Hit.site_id, site_id),
        (Hit.stream_id, stream_id),
        (Hit.watchlist_id, watchlist_id),
        (Hit.person_id, person_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(_behind(session, before, is_queue=state == "waiting"))
    order = (RANK, Hit.number.desc()) if state == "waiting" else (Hit.number.desc(),)
    loaded = query.options(selectinload(Hit.decisions)).order_by(*order).limit(limit + 1)
    hits = session.scalars(loaded).all()
    return Page(tuple(hits[:limit]), hits[limit - 1].number if len(hits) > limit else None)


def read(session: Session, hit_id: uuid.UUID, sites: Collection[str] | None) -> WholeHit:
    """One hit with everything; HitUnknown where there is none, or it is another site's."""
    query = _of_sites(select(Hit).where(Hit.id == hit_id), sites)
    hit = session.scalar(query.options(selectinload(Hit.decisions)))
    if hit is None:
        raise HitUnknown(f"there is no hit {hit_id}, or it is another site's")
    return with_everything(session, [hit])[0]


def with_everything(session: Session, hits: Sequence[Hit]) -> list[WholeHit]:
    """Add what was sent and answered: two queries for a page, however long."""
    ids = [hit.id for hit in hits]
    sent = select(Delivery).where(Delivery.hit_id.in_(ids)).order_by(Delivery.created_at, Delivery.id)
    said = select(GroupReply).where(GroupReply.hit_id.in_(ids)).order_by(GroupReply.said_at, GroupReply.id)
    deliveries: dict[uuid.UUID | None, list[Delivery]] = defaultdict(list)
    for delivery in session.scalars(sent.options(joinedload(Delivery.group), joinedload(Delivery.chat))):
        deliveries[delivery.hit_id].append(delivery)
    replies: dict[uuid.UUID | None, list[GroupReply]] = defaultdict(list)
    for reply in session.scalars(said):
        replies[reply.hit_id].append(reply)
    return [WholeHit(hit, tuple(deliveries[hit.id]), tuple(replies[hit.id])) for hit in hits]


def _of_state(query: Select[Any], state: State) -> Select[Any]:
    if state == "waiting":
        return query.where(IS_WAITING)
    return query.where(Hit.verdict.is_not(None)) if state == "decided" else query


def _of_sites(query: Select[Any], sites: Collection[str] | None) -> Select[Any]:
    return query if sites is None else query.where(Hit.site_id.in_(sites))


def _behind(session: Session, before: int, *, is_queue: bool) -> ColumnElement[bool]:
    """Hold the hits behind the one with number `before`; behind its number where it is gone."""
    rank = session.scalar(select(RANK).where(Hit.number == before)) if is_queue else None
    if rank is None:
        return Hit.number < before
    return or_(rank < RANK, and_(rank == RANK, Hit.number < before))
