"""Who is at work: workers with what they know of their streams, and senders."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
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
    n_streams: Mapped[int] = mapped_column(default=0)
    n_dropped: Mapped[int] = mapped_column(BigInteger, default=0)  #: looks that were due and had to be left out
    cpu_s: Mapped[float] = mapped_column(default=0.0)  #: processor time since the process began
    rss_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  #: resident memory
    live_address: Mapped[str | None]  #: http://HOST:PORT where it shows what it sees now; None where it does not
    live_token: Mapped[str | None]  #: what that address asks for; made anew at every start


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
    n_dropped: Mapped[int] = mapped_column(BigInteger, default=0)  #: looks that were due and had to be left out
    n_connections: Mapped[int] = mapped_column(default=0)  #: since the worker began; the first one counts
    changed_at: Mapped[datetime | None]  #: when the newest picture that differs from the one before it came
    attention: Mapped[str] = mapped_column(default="patrol")
    policy: Mapped[str | None]  #: which frames are decoded while nobody is in view; None before the first
    policy_reason: Mapped[str | None]  #: code of words/watching.json: why not key frames alone
    codec: Mapped[str | None]  #: as libav calls it: h264, hevc, mjpeg
    width: Mapped[int | None]
    height: Mapped[int | None]
    fps: Mapped[float | None]  #: pictures a second, by arrival
    gop_s: Mapped[float | None]  #: from one key frame to the next, newest
    bit_rate_kbps: Mapped[float | None]

    __table_args__ = (
        one_of("attention", "quiet", "patrol", "attending"),
        one_of("policy", "key_frames", "reference_frames", "every_frame", "sub_stream"),
        one_of("state", "opening", "live", "down", "stopped"),
    )


class StreamOverlay(Base):
    """What the console lays over an entry of streams.yaml, which stays the owner of the stream."""

    __tablename__ = "stream_overlay"

    stream_id: Mapped[str] = mapped_column(primary_key=True)
    masks: Mapped[list[Any]] = mapped_column(default=list)  #: polygons, x and y 0..1 of the picture
    threshold: Mapped[float | None]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class StreamGap(Base):
    """A time in which a stream was not watched: from the last picture to the first one after."""

    __tablename__ = "stream_gap"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    stream_id: Mapped[str]
    site_id: Mapped[str]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  #: None: it goes on
    reason: Mapped[str]  #: code of words/streams.json

    __table_args__ = (Index(None, "stream_id", "began_at"),)


class StreamHour(Base):
    """What one stream's passages looked like in one hour; counts that name nobody."""

    __tablename__ = "stream_hour"

    stream_id: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)  #: its beginning, UTC
    site_id: Mapped[str]
    n_passages: Mapped[int] = mapped_column(default=0)
    n_usable: Mapped[int] = mapped_column(default=0)  #: with one look at least that is good enough for a template
    watched_s: Mapped[float] = mapped_column(default=0.0)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)  #: {measure: {lower edge of the bin: passages}}

    __table_args__ = (Index(None, "hour"),)
