"""Whether any worker watches at all; nobody else would say that all of them have died."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.store import alarms
from patrol.store.tables import Worker

ALIVE_FOR = timedelta(seconds=15)  # after a worker's last beat, which comes every second
SILENT_AFTER = timedelta(seconds=30)  # a worker that is started again has read its weights by then


def tell_silence(session: Session, *, is_wanted: bool, since: datetime, now: datetime) -> None:
    """Alarm while streams are to be watched and no worker beats, counted from `since` at the earliest."""
    newest = session.scalar(select(func.max(Worker.beat_at))) or since
    if is_wanted and now - max(newest, since) > SILENT_AFTER:
        alarms.sound(session, "worker_silent", "workers", now)
    elif now - newest <= SILENT_AFTER or not is_wanted:
        alarms.clear(session, "worker_silent", "workers", now)
