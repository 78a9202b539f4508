"""One stream, from frame to hit. The page to read first.

    camera -> Frame -> Face -> Track -> Match -> Hit row

Nothing here keeps anything: a face that matches nobody lives in the tracker's memory until its person has
left the view. Only `record` writes, and only for a match.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from patrol.faces.finder import Finder
from patrol.faces.track import Tracker
from patrol.hits.record import record
from patrol.store import events
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.streams.reconnect import StreamReport, watch_stream
from patrol.values import Frame, Match, Stream, Track
from patrol.watchlist.gallery import Gallery

MAX_UNWRITTEN = 20  # each holds a frame of some MB; an outage of the database is not an outage of the memory

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """A track and whom it shows, waiting to be written down."""

    track: Track
    match: Match
    found_at: datetime


@dataclass(slots=True)
class Tally:
    """What one stream's loop has done, for its row in the console, and the matches that are not written down yet."""

    n_looks: int = 0
    n_faces: int = 0
    unwritten: dict[UUID, Matched] = field(default_factory=dict)  #: by passage: the newest says all
    visit: Callable[[], bool] | None = None  #: a self-test that comes in behind the decoder; False once it is over


@dataclass(frozen=True, slots=True)
class Parts:
    """What every stream's loop of a worker shares."""

    worker_id: str
    finder: Finder
    gallery: Gallery
    database: Database
    blobs: Blobs
    clock: Callable[[], datetime]
    cooldown_s: float


def patrol_stream(
    stream: Stream,
    credentials: str | None,
    parts: Parts,
    stop: Event,
    report: Callable[[StreamReport], None],
    tally: Tally,
) -> None:
    """Watch one stream until `stop`; what the camera does wrong is reported, never raised."""
    tracker = Tracker(stream.id)
    for frame in watch_stream(stream, credentials, stop, clock=parts.clock, report=report):
        look(frame, stream, tracker, parts, tally)
        if tally.visit is not None and not tally.visit():
            tally.visit = None
    for track in tracker.close():
        judge(track, parts, tally, parts.clock())
    write_down(stream, parts, tally)


def look(frame: Frame, stream: Stream, tracker: Tracker, parts: Parts, tally: Tally) -> None:
    """Find the faces of one frame, and judge every track that has learnt something new."""
    faces = parts.finder.find([frame])[0]
    found_at = parts.clock()
    tally.n_looks += 1
    tally.n_faces += len(faces)
    for track in tracker.update(frame, faces):
        judge(track, parts, tally, found_at)
    write_down(stream, parts, tally)


def judge(track: Track, parts: Parts, tally: Tally, found_at: datetime) -> None:
    """Hold one track against the gallery; it is to be written down if, and only if, it is somebody's."""
    match = parts.gallery.match(track, parts.clock())
    is_known = track.passage_id in tally.unwritten
    if match and (is_known or len(tally.unwritten) < MAX_UNWRITTEN):
        tally.unwritten[track.passage_id] = Matched(track, match, found_at)


def write_down(stream: Stream, parts: Parts, tally: Tally) -> None:
    """Record the matches; what the database or the disk refuses now is tried again at the next look."""
    for passage_id, matched in list(tally.unwritten.items()):
        try:
            record_hit(matched, stream, parts)
        except (SQLAlchemyError, OSError):
            log.exception("hit not written yet", stream=stream.id, waiting=len(tally.unwritten))
            return
        del tally.unwritten[passage_id]


def record_hit(matched: Matched, stream: Stream, parts: Parts) -> None:
    """Record one match as a hit; a new one with how long it took from the camera's frame to here."""
    now, track, match = parts.clock(), matched.track, matched.match
    actor = f"worker:{parts.worker_id}"
    with parts.database.write() as session:
        hit = record(session, parts.blobs, stream, track, match, now=now, cooldown_s=parts.cooldown_s, actor=actor)
        if hit is None or hit.recorded_at != now:
            return
        events.append(
            session,
            "hit.timed",
            actor=actor,
            subject=f"hit:{hit.id}",
            site_id=stream.site.id,
            now=now,
            hit_id=str(hit.id),
            frame_to_face_ms=_ms(matched.found_at - track.best_frame.taken_at),
            frame_to_hit_ms=_ms(parts.clock() - track.best_frame.taken_at),
        )
    log.info("hit", stream=stream.id, number=hit.number, grade=match.grade, score=round(match.score, 3))


def _ms(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
