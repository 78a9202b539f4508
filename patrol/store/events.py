"""The append-only record of what happened, and reading on from where a reader was cut."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from patrol.store.tables import Event

ORDER_LOCK = 7_203_113  # any fixed number; PostgreSQL's advisory lock that makes seq follow commit order


def append(
    session: Session,
    kind: str,
    *,
    actor: str,
    subject: str,
    now: datetime,
    site_id: str | None = None,
    **body: Any,
) -> Event:
    """Record one event in the caller's transaction.

    On PostgreSQL a lower seq could commit after a higher one and a live reader would step over it, so
    appending transactions take turns from here to their commit. So append last: who locks a row afterwards may
    wait for somebody who waits for this turn.
    """
    take_turn(session)
    event = Event(at=now, kind=kind, actor=actor, subject=subject, site_id=site_id, body=body)
    session.add(event)
    session.flush()
    return event


def take_turn(session: Session) -> None:
    """Wait until no other transaction is appending; from here to the commit nobody else is."""
    session.flush()  # rows are locked before the turn is taken, or two appenders could wait for each other
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ORDER_LOCK})


def newest_seq(session: Session) -> int:
    return session.scalar(select(func.coalesce(func.max(Event.seq), 0))) or 0


def after(session: Session, seq: int, limit: int = 500) -> Sequence[Event]:
    """The events behind `seq`, oldest first."""
    return session.scalars(select(Event).where(Event.seq > seq).order_by(Event.seq).limit(limit)).all()


def about(session: Session, subject: str) -> Sequence[Event]:
    """Everything recorded of one subject, oldest first."""
    return session.scalars(select(Event).where(Event.subject == subject).order_by(Event.seq)).all()
