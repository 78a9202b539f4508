"""Whether patrol can do its work just now: what is missing, in codes."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from patrol.store.beats import ALIVE_FOR, has_sender
from patrol.store.engine import Database, is_migrated
from patrol.store.tables import Worker

DATABASE, NOT_MIGRATED, NO_WORKER, NO_SENDER = "database", "not_migrated", "no_worker", "no_sender"


def missing(database: Database, *, is_watching_wanted: bool, now: datetime) -> tuple[str, ...]:
    """What is missing, the most basic first; empty where patrol is ready."""
    try:
        if not is_migrated(database):
            return (NOT_MIGRATED,)
        with database.read() as session:
            return _absent(session, is_watching_wanted, now)
    except SQLAlchemyError:
        return (DATABASE,)


def _absent(session: Session, is_watching_wanted: bool, now: datetime) -> tuple[str, ...]:
    newest = session.scalar(select(func.max(Worker.beat_at)))
    has_worker = newest is not None and now - newest < ALIVE_FOR
    absent = {NO_WORKER: is_watching_wanted and not has_worker, NO_SENDER: not has_sender(session, now)}
    return tuple(code for code, is_absent in absent.items() if is_absent)
