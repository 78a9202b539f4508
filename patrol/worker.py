"""One stream, from frame to hit. The page to read first.

    camera -> ring -> Frame -> Face -> Track -> Match -> Hit row

`turns` calls `take_in` for every frame that is looked at, and `write_down` on a thread of its own.

Nothing here keeps anything: a face that matches nobody lives in the tracker's memory until its person has
left the view. Only `record` writes, and only for a match.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal, Protocol
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from patrol.faces.finder import Finder
from patrol.faces.track import Tracker
from patrol.hits import masks
from patrol.hits.record import record
from patrol.hits.standing import Standing
from patrol.hits.stillness import Stood
from patrol.store import events
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.stream_days import Counts
from patrol.store.tables import Hit
from patrol.values import Face, Frame, Grade, Match, PassageEnd, Stream, Track
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
    n_too_small: int = 0
    n_masked: int = 0
    n_passages: int = 0
    n_unusable: int = 0
    standing: Standing = field(default_factory=Standing)  #: where nobody is matched, and faces that do not move
    unwritten: dict[UUID, Matched] = field(default_factory=dict)  #: by passage: the newest says all
    ended: list[PassageEnd] = field(default_factory=list)  #: how well who has left could be seen, to be counted
    changing: Lock = field(default_factory=Lock)  #: `unwritten`, by the looking and the writing thread
    stood: list[Stood] = field(default_factory=list)  #: faces that do not move, waiting to be written down
    grades: dict[UUID, Grade] = field(default_factory=dict)  #: of the passages in view that are somebody's
    visit: Callable[[], bool] | None = None  #: a self-test that comes in behind the decoder; False once it is over

    @property
    def is_waiting(self) -> bool:
        """Whether something is to be written down."""
        return bool(self.unwritten or self.stood)

    def note_grade(self, track: Track, match: Match | None) -> None:
        """How sure it is whom a passage shows, as long as it lasts."""
        if match is None or track.is_over:
            self.grades.pop(track.passage_id, None)
        else:
            self.grades[track.passage_id] = match.grade

    def written(self, passage_id: UUID, matched: "Matched") -> None:
        """A match is in the database, if it has not become a better one meanwhile."""
        with self.changing:
            if self.unwritten.get(passage_id) is matched:
                del self.unwritten[passage_id]

    def counts(self) -> Counts:
        return Counts(
            self.n_looks, self.n_faces, self.n_too_small, self.n_masked, self.n_passages, self.n_unusable
        )  # fmt: skip


class Live(Protocol):
    """Where people watch: `live.server.LiveServer` is one."""

    @property
    def address(self) -> str:
        """http://HOST:PORT, where `patrol serve` asks for pictures."""
        ...

    @property
    def token(self) -> str:
        """What it has to show there."""
        ...

    def wants(self, stream_id: str) -> bool:
        """Whether somebody watches a stream now."""
        ...

    def note(self, stream_id: str, frame: Frame, faces: Sequence[Face]) -> None:
        """The newest frame of a stream that somebody watches, with the faces that may be shown."""
        ...


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
    show: Callable[[UUID, Track], None] | None = None  #: is told of every hit as it is written
    live: Live | None = None  #: shows what is seen now to whoever asks
    origin: Literal["match", "replay"] = "match"  #: of the hits; what a recording shows was seen when it was recorded


def look(frame: Frame, stream: Stream, tracker: Tracker, parts: Parts, tally: Tally) -> None:
    """Find the faces of one frame, judge who they are, and write down who is listed."""
    take_in(frame, parts.finder.find([frame])[0], stream, tracker, parts, tally)
    write_down(stream, parts, tally)


def take_in(
    frame: Frame, faces: Sequence[Face], stream: Stream, tracker: Tracker, parts: Parts, tally: Tally
) -> None:
    """Follow the faces of one frame, and judge every track that has learnt something new."""
    shown, masked = tally.standing.regions.sort(faces, frame.picture.resolution_wh)
    judge_all(tracker, tracker.update(frame, shown, masked), parts, tally)
    count(faces, len(masked), tally)
    tally.stood += tally.standing.look(frame, faces)


def retire(tracker: Tracker, parts: Parts, tally: Tally) -> None:
    """Judge who has left the view of a stream that shows nothing new."""
    judge_all(tracker, tracker.retire(parts.clock()), parts, tally)


def close(tracker: Tracker, parts: Parts, tally: Tally) -> None:
    """Judge whoever is still in view when a stream is watched no longer."""
    judge_all(tracker, tracker.close(), parts, tally)


def judge_all(tracker: Tracker, tracks: Sequence[Track], parts: Parts, tally: Tally) -> None:
    found_at = parts.clock()
    for track in tracks:
        judge(track, parts, tally, found_at)
    tally.n_passages, tally.n_unusable = tracker.n_passages, tracker.n_unusable
    tally.ended.extend(tracker.ended)


def count(faces: Sequence[Face], n_masked: int, tally: Tally) -> None:
    tally.n_looks += 1
    tally.n_faces += len(faces)
    tally.n_too_small += sum("too_small" in face.quality.refusals for face in faces)
    tally.n_masked += n_masked


def judge(track: Track, parts: Parts, tally: Tally, found_at: datetime) -> None:
    """Hold one track against the gallery; it is to be written down if, and only if, it is somebody's."""
    match = parts.gallery.match(track, parts.clock())
    tally.note_grade(track, match)
    if match and tally.standing.rests(track, match):
        return
    is_known = track.passage_id in tally.unwritten
    if match and (is_known or len(tally.unwritten) < MAX_UNWRITTEN):
        with tally.changing:
            tally.unwritten[track.passage_id] = Matched(track, match, found_at)
    elif match:
        log.error("a hit is lost: too many wait to be written", stream=track.stream_id, waiting=len(tally.unwritten))


def write_down(stream: Stream, parts: Parts, tally: Tally) -> None:
    """Record what waits; what the database or the disk refuses now is tried again after the next look."""
    for passage_id, matched in list(tally.unwritten.items()):
        try:
            hit_id = record_hit(matched, stream, parts)
        except (SQLAlchemyError, OSError):
            log.exception("hit not written yet", stream=stream.id, waiting=len(tally.unwritten))
            return
        tally.written(passage_id, matched)
        if hit_id is not None and parts.show is not None:
            parts.show(hit_id, matched.track)
    while tally.stood:
        if not report_stood(tally.stood[0], stream, parts, tally):
            return
        tally.stood.pop(0)


def report_stood(place: Stood, stream: Stream, parts: Parts, tally: Tally) -> bool:
    """Offer a mask for a listed face that does not move; False where that cannot be written now."""
    try:
        with parts.database.write() as session:
            still = masks.report(session, stream, place, parts.clock())
    except (SQLAlchemyError, OSError):
        log.exception("still face not written yet", stream=stream.id)
        return False
    tally.standing.stillness.forget(place)
    if still is not None:
        log.info("still face", stream=stream.id, still_face=still.id)
    return True


def record_hit(matched: Matched, stream: Stream, parts: Parts) -> UUID | None:
    """Record one match as a hit, and return its id; None where it brought nothing new."""
    now, actor = parts.clock(), f"worker:{parts.worker_id}"
    with parts.database.write() as session:
        hit = record(
            session,
            parts.blobs,
            stream,
            matched.track,
            matched.match,
            now=now,
            cooldown_s=parts.cooldown_s,
            origin=parts.origin,
            actor=actor,
        )
        if hit is None:
            return None
        if hit.recorded_at == now and parts.origin == "match":
            time_hit(session, hit, matched, stream, parts)
    return hit.id


def time_hit(session: Session, hit: Hit, matched: Matched, stream: Stream, parts: Parts) -> None:
    """Say how long a new hit took from the camera's frame to here."""
    taken_at, now = matched.track.best_frame.taken_at, parts.clock()
    events.append(
        session,
        "hit.timed",
        actor=f"worker:{parts.worker_id}",
        subject=f"hit:{hit.id}",
        site_id=stream.site.id,
        now=hit.recorded_at,
        hit_id=str(hit.id),
        frame_to_face_ms=_ms(matched.found_at - taken_at),
        frame_to_hit_ms=_ms(now - taken_at),
    )
    match = matched.match
    log.info("hit", stream=stream.id, number=hit.number, grade=match.grade, score=round(match.score, 3))


def _ms(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
