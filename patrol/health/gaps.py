"""Times in which a camera was not watched: written as its state changes, and read as an answer to "at 15:40?".

A gap goes from the last picture to the first one after. What is doubtful counts as not watched.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from patrol.store.beats import ALIVE_FOR
from patrol.store.tables import StreamGap, StreamHour, StreamState
from patrol.values import Stream

STARTING = "starting"  #: no picture has come yet
STOPPED = "stopped"  #: patrol was stopped, or the stream was opened anew after an edit
DISABLED = "disabled"  #: switched off in streams.yaml, or taken out of it
WORKER_ENDED = "worker_ended"  #: without a word
OURS = (STOPPED, DISABLED, WORKER_ENDED)  # no fault of the camera's

#: A camera that comes and goes is one gap: better that too little counts as watched than too much, and a camera that
#: flaps every few seconds writes no thousands of rows a day.
JOINED_WITHIN = timedelta(seconds=10)
#: Longer than a worker leaves a state unwritten while nothing changes, which is 5 s: a shorter pause is no gap.
UNSAID_FOR = timedelta(seconds=7)
AT_ONCE = 1000  # rows in one transaction

Watched = Literal["yes", "no", "unknown", "future"]


@dataclass(frozen=True, slots=True)
class Said:
    """What stood in a stream's row before a worker writes it anew."""

    state: str
    updated_at: datetime

    @classmethod
    def of(cls, row: StreamState | None) -> "Said | None":
        return None if row is None or row.state is None else cls(row.state, row.updated_at)


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without pictures, cut to what was asked for."""

    began_at: datetime
    ended_at: datetime | None  #: None: it goes on
    reason: str  #: code of words/streams.json


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a camera was watched at a moment; the gap where it was not."""

    watched: Watched
    gap: Gap | None = None
    known_since: datetime | None = None  #: before that nothing is written down


def follow(
    session: Session,
    stream: Stream,
    before: Said | None,
    *,
    state: str,
    error: str | None,
    picture_at: datetime | None,
    now: datetime,
    is_first: bool = False,
) -> None:
    """Open or close a stream's gap as its state changes; for whoever writes the state, in the same transaction.

    before: what was written last. picture_at: when the newest picture came. is_first: this worker writes of this
    stream for the first time, so what it says now tells nothing of the time before.
    """
    was_live = before is not None and before.state == "live"
    if is_first and (before is None or (was_live and now - before.updated_at > UNSAID_FOR)):
        open_gap(session, stream, *((before.updated_at, WORKER_ENDED) if before else (now, STARTING)))
        was_live = False
    if state == "live":
        close_gap(session, stream.id, picture_at or now)
        return
    saw_until = (picture_at or before.updated_at) if before and was_live else now
    open_gap(session, stream, min(saw_until, now), error or STARTING)


def open_gap(session: Session, stream: Stream, began_at: datetime, reason: str) -> None:
    """A gap from then on; where one stands, or has ended just now, it goes on.

    What a camera's own error is to blame for is a gap of its own behind one of ours, and so is what is switched off.
    """
    newest = _newest(session, stream.id)
    if newest is not None and _goes_on(newest, began_at, reason):
        newest.reason = reason if newest.reason == STARTING else newest.reason
        newest.ended_at = None
        return
    if newest is not None and newest.ended_at is None:
        newest.ended_at = max(newest.began_at, began_at)
    session.add(StreamGap(stream_id=stream.id, site_id=stream.site.id, began_at=began_at, reason=reason))
    session.flush()


def _goes_on(gap: StreamGap, began_at: datetime, reason: str) -> bool:
    is_same_blame = gap.reason not in OURS or reason in (*OURS, STARTING)
    if gap.ended_at is not None:
        return is_same_blame and began_at - gap.ended_at < JOINED_WITHIN
    return is_same_blame and (reason != DISABLED or gap.reason == DISABLED)


def close_gap(session: Session, stream_id: str, ended_at: datetime) -> None:
    """The first picture has come; nothing happens where no gap stands."""
    newest = _newest(session, stream_id)
    if newest is not None and newest.ended_at is None:
        newest.ended_at = max(ended_at, newest.began_at)


def gaps_between(
    session: Session, begin: datetime, end: datetime, now: datetime, stream_ids: Sequence[str]
) -> dict[str, list[Gap]]:
    """Every stream's gaps in a time, oldest first, cut to it; one that goes on now has no end.

    A worker that ended without a word leaves a gap that nobody has written yet: it is told all the same.
    """
    rows = session.scalars(
        select(StreamGap)
        .where(StreamGap.stream_id.in_(stream_ids), StreamGap.began_at < end)
        .where(or_(StreamGap.ended_at.is_(None), StreamGap.ended_at > begin))
        .order_by(StreamGap.began_at)
    )
    found: dict[str, list[Gap]] = {id: [] for id in stream_ids}
    for row in rows:
        found[row.stream_id].append(_cut(row.began_at, row.ended_at, row.reason, begin, end))
    for id, since in _silent(session, stream_ids, now).items():
        if since < end and not any(gap.ended_at is None for gap in found[id]):
            found[id].append(_cut(since, None, WORKER_ENDED, begin, end))
    return found


def watched_at(
    session: Session, stream_id: str, at: datetime, now: datetime, lasts: timedelta = timedelta(microseconds=1)
) -> Answer:
    """Whether pictures of a stream came in all the time from a moment on, as far as anything is written down."""
    if at > now:
        return Answer("future")
    if found := gaps_between(session, at, at + lasts, now, [stream_id])[stream_id]:
        silent_since = _silent(session, [stream_id], now).get(stream_id, at)
        whole = _whole(session, stream_id, found[0].began_at)
        return Answer("no", whole or Gap(silent_since, None, WORKER_ENDED))
    since = known_since(session, [stream_id]).get(stream_id)
    return Answer("unknown" if since is None or at < since else "yes", None, since)


def known_since(session: Session, stream_ids: Sequence[str]) -> dict[str, datetime]:
    """Since when something is written down of each stream; those of which nothing is are left out.

    That is its first gap, which every stream begins with, or its first whole hour where older gaps are not kept.
    """
    of = StreamState.stream_id
    first_gap = select(func.min(StreamGap.began_at)).where(StreamGap.stream_id == of).scalar_subquery()
    first_hour = select(func.min(StreamHour.hour)).where(StreamHour.stream_id == of).scalar_subquery()
    known: dict[str, datetime] = {}
    for id, gap_at, hour in session.execute(select(of, first_gap, first_hour).where(of.in_(stream_ids))):
        if found := [at for at in (gap_at, hour and hour + timedelta(hours=1)) if at is not None]:
            known[id] = min(found)
    return known


def forget(session: Session, before: datetime) -> int:
    """Delete gaps that ended before then; return how many."""
    old = session.scalars(select(StreamGap).where(StreamGap.ended_at < before).limit(AT_ONCE)).all()
    for row in old:
        session.delete(row)
    return len(old)


def forget_streams(session: Session, stream_ids: Collection[str], before: datetime) -> None:
    """Delete how other streams than these were, and their gaps, where nothing was said of them since then."""
    unknown = StreamState.stream_id.not_in(stream_ids)
    old = session.scalars(select(StreamState).where(unknown, StreamState.updated_at < before).limit(AT_ONCE)).all()
    session.execute(delete(StreamGap).where(StreamGap.stream_id.in_([row.stream_id for row in old])))
    for row in old:
        session.delete(row)


def _newest(session: Session, stream_id: str) -> StreamGap | None:
    of_stream = select(StreamGap).where(StreamGap.stream_id == stream_id)
    return session.scalar(of_stream.order_by(StreamGap.began_at.desc()).limit(1))


def _silent(session: Session, stream_ids: Sequence[str], now: datetime) -> dict[str, datetime]:
    """The streams that were live when their worker last spoke, too long ago: since when."""
    said = select(StreamState).where(
        StreamState.stream_id.in_(stream_ids),
        StreamState.state == "live",
        StreamState.updated_at <= now - ALIVE_FOR,
    )
    return {row.stream_id: row.updated_at for row in session.scalars(said)}


def _whole(session: Session, stream_id: str, at: datetime) -> Gap | None:
    """The gap around a moment from its own beginning to its own end."""
    row = session.scalar(
        select(StreamGap)
        .where(StreamGap.stream_id == stream_id, StreamGap.began_at <= at)
        .where(or_(StreamGap.ended_at.is_(None), StreamGap.ended_at > at))
        .order_by(StreamGap.began_at)
        .limit(1)
    )
    return None if row is None else Gap(row.began_at, row.ended_at, row.reason)


def _cut(began_at: datetime, ended_at: datetime | None, reason: str, begin: datetime, end: datetime) -> Gap:
    return Gap(max(began_at, begin), ended_at and min(ended_at, end), reason)
