"""What happened: the append-only event, the counters, the alarms."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from patrol.store.tables.columns import Base

OPEN = text("cleared_at IS NULL")


class Event(Base):
    """Append-only, written in the transaction of what it records. Live feeds resume from `seq`."""

    __tablename__ = "event"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    kind: Mapped[str]  #: e.g. hit.recorded, hit.decided, delivery.sent, reply.received
    actor: Mapped[str]  #: "user:NAME", "group:ID", "worker:ID", "sender", "system"
    subject: Mapped[str]  #: "hit:UUID", "delivery:UUID", "stream:ID"
    site_id: Mapped[str | None]  #: whose readers may see it; None is everybody's
    body: Mapped[dict[str, Any]]

    __table_args__ = (Index(None, "subject"), {"sqlite_autoincrement": True})


class Counter(Base):
    """Numbers handed out in order; its row is the lock that puts inserts in a row."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class Alarm(Base):
    """Something an admin has to know, until it is over: disk quota, a broken route, a worker that lags."""

    __tablename__ = "alarm"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    code: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "cleared_at"),
        Index("uq_alarm_open", "code", "subject", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )
