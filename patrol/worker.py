"""One stream, from frame to hit. The page to read first.

    camera -> Frame -> Face -> Track -> Match -> Hit row

Nothing here keeps anything: a face that matches nobody lives in the tracker's memory until its person has
left the view. Only `record` writes, and only for a match.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

import structlog

from patrol.faces.finder import Finder
from patrol.faces.track import Tracker
from patrol.hits.record import record
from patrol.store import events
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.streams.reconnect import StreamReport, watch_stream
from patrol.values import Frame, Match, Stream, Track
from patrol.watchlist.gallery import Gallery

log = structlog.get_logger()


@dataclass(slots=True)
class Tally:
    """What one stream's loop has done, for its row in the console."""

    n_looks: int = 0
    n_faces: int = 0


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
    for track in tracker.close():
        judge(track, stream, parts, parts.clock())


def look(frame: Frame, stream: Stream, tracker: Tracker, parts: Parts, tally: Tally) -> None:
    """Find the faces of one frame, and judge every track that has learnt something new."""
    faces = parts.finder.find([frame])[0]
    found_at = parts.clock()
    tally.n_looks += 1
    tally.n_faces += len(faces)
    for track in tracker.update(frame, faces):
        judge(track, stream, parts, found_at)


def judge(track: Track, stream: Stream, parts: Parts, found_at: datetime) -> None:
    """Hold one track against the gallery; write it down if, and only if, it is somebody's."""
    if match := parts.gallery.match(track, parts.clock()):
        write_down(track, match, stream, parts, found_at)


def write_down(track: Track, match: Match, stream: Stream, parts: Parts, found_at: datetime) -> None:
    """Record a match as a hit; a new one with how long it took from the camera's frame to here."""
    now = parts.clock()
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
            frame_to_face_ms=_ms(found_at - track.best_frame.taken_at),
            frame_to_hit_ms=_ms(parts.clock() - track.best_frame.taken_at),
        )
    log.info("hit", stream=stream.id, number=hit.number, grade=match.grade, similarity=round(match.similarity, 3))


def _ms(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
