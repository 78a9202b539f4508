"""Whether anybody watches, and whether anybody sends; nobody else would say that all of them have died."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from patrol.store import alarms
from patrol.store.tables import SenderBeat, Worker

ALIVE_FOR = timedelta(seconds=15)  # after a worker's last beat, which comes every second
SILENT_AFTER = timedelta(seconds=30)  # a worker that is started again has read its weights by then
FORGOTTEN_AFTER = timedelta(days=1)


def tell_silence(session: Session, *, is_wanted: bool, since: datetime, now: datetime) -> None:
    """Alarm while streams are to be watched and no worker beats, counted from `since` at the earliest."""
    newest = session.scalar(select(func.max(Worker.beat_at))) or since
    if is_wanted and now - max(newest, since) > SILENT_AFTER:
        alarms.sound(session, "worker_silent", "workers", now)
    elif now - newest <= SILENT_AFTER or not is_wanted:
        alarms.clear(session, "worker_silent", "workers", now)


def newest_embedder(session: Session) -> str | None:
    """The embedder that is at work, by the worker that beat last; None where none has ever."""
    return session.scalar(select(Worker.embedder).order_by(Worker.beat_at.desc()).limit(1))


def beat_sender(session: Session, id: str, started_at: datetime, now: datetime) -> None:
    """Write down that a sender is at work; those that have been silent for a day are forgotten."""
    session.merge(SenderBeat(id=id, started_at=started_at, beat_at=now))
    session.execute(delete(SenderBeat).where(SenderBeat.beat_at < now - FORGOTTEN_AFTER))


def tell_no_sender(session: Session, *, since: datetime, now: datetime) -> None:
    """Alarm while nobody sends, counted from `since` at the earliest; for the workers to call, who are alive."""
    newest = sender_beat(session) or since
    if now - max(newest, since) > SILENT_AFTER:
        alarms.sound(session, "sender_silent", "senders", now)
    elif now - newest <= SILENT_AFTER:
        alarms.clear(session, "sender_silent", "senders", now)


def sender_beat(session: Session) -> datetime | None:
    """When a sender was last at work; None where none ever was."""
    return session.scalar(select(func.max(SenderBeat.beat_at)))


def has_sender(session: Session, now: datetime) -> bool:
    """Whether a sender is at work just now."""
    newest = sender_beat(session)
    return newest is not None and now - newest < ALIVE_FOR
