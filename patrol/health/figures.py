"""What a scrape tells, in one snapshot: counts and ages by stream, worker and state. No person and no address."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from patrol.store.beats import sender_beat
from patrol.store.tables import Alarm, Delivery, Hit, StreamDay, StreamState, Worker
from patrol.store.tables.hits import IS_WAITING

RECENT = timedelta(minutes=5)  # a worker that has been silent for longer is told no more


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits, and since when the oldest of it has."""

    n: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything of one scrape. `streams` and `workers` are rows of columns by the tables' names."""

    streams: Sequence[Row[Any]]
    passages: Mapping[str, int]  #: by stream, on the newest day that was counted
    workers: Sequence[Row[Any]]
    sender_beat_at: datetime | None
    hits: Mapping[tuple[str, str], int]  #: by grade and verdict, or "waiting", or "unreviewed" where it is too late
    review: Queue
    deliveries: Mapping[str, int]  #: by state
    sending: Queue
    alarms: Mapping[str, int]  #: that stand, by code


def read_figures(session: Session, stream_ids: Collection[str], now: datetime) -> Figures:
    """Read a scrape, of the streams that are watched; on a database of 500 it takes some milliseconds."""
    states = select(*StreamState.__table__.columns).where(StreamState.stream_id.in_(stream_ids))
    return Figures(
        streams=session.execute(states).all(),
        passages=_passages(session, now),
        workers=session.execute(select(*Worker.__table__.columns).where(Worker.beat_at > now - RECENT)).all(),
        sender_beat_at=sender_beat(session),
        hits=_hits(session),
        review=_queue(session, Hit, Hit.recorded_at, IS_WAITING),
        deliveries=_by(session, Delivery.state),
        sending=_queue(session, Delivery, Delivery.created_at, Delivery.state.in_(("queued", "sending"))),
        alarms=_by(session, Alarm.code, Alarm.cleared_at.is_(None)),
    )


def _passages(session: Session, now: datetime) -> dict[str, int]:
    """Of each stream's newest day, which is today's at its site or, before anybody came, yesterday's."""
    days = select(StreamDay.stream_id, StreamDay.n_passages).order_by(StreamDay.day)
    recent = days.where(StreamDay.day >= (now - timedelta(days=2)).date())
    return {stream_id: n for stream_id, n in session.execute(recent)}  # noqa: C416 - a later day overwrites


def _hits(session: Session) -> dict[tuple[str, str], int]:
    verdict = case((IS_WAITING, "waiting"), else_=func.coalesce(Hit.verdict, "unreviewed")).label("counted_as")
    counted = select(Hit.grade, verdict, func.count()).group_by(Hit.grade, "counted_as")
    return {(grade, said): n for grade, said, n in session.execute(counted)}


def _by(session: Session, column: Any, *which: Any) -> dict[str, int]:
    counted = select(column, func.count()).where(*which).group_by(column)
    return {key: n for key, n in session.execute(counted)}  # noqa: C416 - a row is no pair to mypy


def _queue(session: Session, table: Any, began_at: Any, which: Any) -> Queue:
    n, oldest_at = session.execute(select(func.count(), func.min(began_at)).select_from(table).where(which)).one()
    return Queue(n, oldest_at)
