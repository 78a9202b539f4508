"""Who is at work: workers with what they know of their streams, and senders."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from patrol.store.tables.columns import Base, one_of


class Worker(Base):
    """A running `patrol watch`: alive while `beat_at` is fresh, and which gallery it has applied."""

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    rev: Mapped[int] = mapped_column(default=0)
    embedder: Mapped[str]
    runtime: Mapped[str]


class SenderBeat(Base):
    """A running `patrol send`: alive while `beat_at` is fresh."""

    __tablename__ = "sender"

    id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]


class StreamState(Base):
    """What the worker knows of a stream, in a code that readers see in words."""

    __tablename__ = "stream_state"

    stream_id: Mapped[str] = mapped_column(primary_key=True)
    site_id: Mapped[str]
    worker_id: Mapped[str]
    state: Mapped[str]
    error: Mapped[str | None]  #: code, e.g. refused, unauthorised, not_found, frozen, no_video
    detail: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime]
    updated_at: Mapped[datetime]
    last_frame_at: Mapped[datetime | None]
    n_frames: Mapped[int] = mapped_column(default=0)
    n_looks: Mapped[int] = mapped_column(default=0)
    n_faces: Mapped[int] = mapped_column(default=0)

    __table_args__ = (one_of("state", "opening", "live", "down", "stopped"),)


class StreamOverlay(Base):
    """What the console lays over an entry of streams.yaml, which stays the owner of the stream."""

    __tablename__ = "stream_overlay"

    stream_id: Mapped[str] = mapped_column(primary_key=True)
    masks: Mapped[list[Any]] = mapped_column(default=list)  #: polygons, x and y 0..1 of the picture
    threshold: Mapped[float | None]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
