"""A self-test: a listed face comes in behind a stream's decoder and is followed as far as a confirmed hit.

It is drawn on a picture of its own, so that nobody who passes the camera meanwhile is kept with it; the stream's own
loop looks at it between two frames of the camera, with the same networks, gallery and record as at everybody.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import cv2
import numpy as np
import structlog
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from patrol.faces.track import Tracker
from patrol.hits import policies
from patrol.hits.record import record
from patrol.store.tables import Exercise, Hit, Person, Policy, Portrait, Routing
from patrol.values import BgrPicture, Frame, Match, PatrolError, Stream, Track, Uint8
from patrol.worker import Parts

KIND = "self_test"
STAGES = ("taken", "injected", "matched", "recorded", "confirmed")  # that a worker reaches, in this order
N_LOOKS = 8  # two seconds at four looks a second; a gallery is sure of a good face after two
FRAME_WH = (1280, 720)
FACE_PX = 140.0  # wide in the frame: near enough for every embedder
STEP_PX = 24  # a look further to the right: a stroll
BACKDROP = 96  # grey

log = structlog.get_logger()


class PortraitUnreadable(PatrolError):
    """The portrait of the self-test's entry is no picture any more; enrol another one."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Who comes in, and for which exercise."""

    exercise_id: UUID
    person_id: UUID
    ends_at: datetime  #: whoever has not come through by then does not come any more
    portrait_key: str
    box_xyxy: tuple[float, float, float, float]  #: the face in the portrait, pixels


def is_waiting(session: Session, stream_ids: Collection[str], now: datetime) -> bool:
    """Whether a self-test waits for one of these streams; looking takes no lock."""
    return any(not exercise.stages for exercise in session.scalars(_running(stream_ids, now)))


def take(session: Session, stream_ids: Collection[str], now: datetime) -> dict[str, Guest]:
    """The first self-test that waits for each of these streams; no other worker takes it any more."""
    guests: dict[str, Guest] = {}
    for exercise in session.scalars(_running(stream_ids, now).with_for_update(skip_locked=True, of=Exercise)):
        is_next = not exercise.stages and exercise.stream_id not in guests
        guest = _guest(session, exercise) if is_next else None
        if guest is not None and exercise.stream_id is not None:
            note(exercise, "taken", now)
            guests[exercise.stream_id] = guest
    return guests


def _running(stream_ids: Collection[str], now: datetime) -> Select[Exercise]:
    running = select(Exercise).where(Exercise.kind == KIND, Exercise.ended_at.is_(None), Exercise.ends_at > now)
    return running.where(Exercise.stream_id.in_(stream_ids)).order_by(Exercise.started_at)


def note(exercise: Exercise, stage: str, at: datetime) -> None:
    exercise.stages = {**exercise.stages, stage: at.isoformat()}


def _guest(session: Session, exercise: Exercise) -> Guest | None:
    """The best portrait of the listed face; None where it has gone meanwhile."""
    portraits = select(Portrait).where(
        Portrait.person_id == exercise.person_id, Portrait.removed_at.is_(None), Portrait.picture_key.is_not(None)
    )
    portrait = session.scalars(portraits.order_by(Portrait.quality.desc(), Portrait.id).limit(1)).one_or_none()
    if portrait is None or portrait.picture_key is None or exercise.person_id is None:
        return None
    x1, y1, x2, y2 = map(float, portrait.box_xyxy)
    return Guest(exercise.id, exercise.person_id, exercise.ends_at, portrait.picture_key, (x1, y1, x2, y2))


@dataclass(slots=True, eq=False)
class Visit:
    """One guest on the way through one stream: a look at each call, a hit at the last."""

    guest: Guest
    stream: Stream
    parts: Parts
    n_looks: int = 0
    found: tuple[Track, Match] | None = None
    matched_at: datetime | None = None
    _tracker: Tracker = field(init=False)
    _head_bgr: Uint8 | None = None

    def __post_init__(self) -> None:
        self._tracker = Tracker(self.stream.id)

    def __call__(self) -> bool:
        """Take the next step; False once it is over. What fails here stops the test and never the camera."""
        try:
            return self._step()
        except (SQLAlchemyError, OSError, PatrolError, cv2.error) as error:
            log.error("self-test broke off", stream=self.stream.id, error=str(error))
            return False

    def _step(self) -> bool:
        now = self.parts.clock()
        if self._head_bgr is None:
            self._head_bgr = head_of(self.parts.blobs.get(self.guest.portrait_key), self.guest.box_xyxy)
            self._note("injected", now)
        frame = Frame(self.stream.id, self.n_looks + 1, now, BgrPicture(scene(self._head_bgr, self.n_looks)))
        self._judge(self._tracker.update(frame, self.parts.finder.find([frame])[0]))
        self.n_looks += 1
        if self.n_looks < N_LOOKS:
            return True
        self._judge(self._tracker.close())
        if self.found is not None:
            self._write_down(*self.found)
        return False

    def _judge(self, tracks: Sequence[Track]) -> None:
        """Whom the gallery sees. A likeness of somebody else's is no success, and makes no hit of theirs."""
        for track in tracks:
            match = self.parts.gallery.match(track, self.parts.clock())
            if match is not None and match.person_id == self.guest.person_id:
                self.found = track, match
                self.matched_at = self.matched_at or self.parts.clock()

    def _note(self, stage: str, at: datetime) -> None:
        with self.parts.database.write() as session:
            note(self._exercise(session), stage, at)

    def _exercise(self, session: Session) -> Exercise:
        return session.get_one(Exercise, self.guest.exercise_id, with_for_update=True, populate_existing=True)

    def _write_down(self, track: Track, match: Match) -> None:
        """Record the hit and let the list's policy confirm it, in one transaction: it never waits for a reviewer."""
        parts = self.parts
        with parts.database.write() as session:
            exercise = self._exercise(session)
            if exercise.ended_at is not None:
                return
            now, actor = parts.clock(), f"worker:{parts.worker_id}"
            note(exercise, "matched", self.matched_at or now)
            person = session.get_one(Person, match.person_id)
            policy = policies.standing(session, person.watchlist_id, now)
            if policy is None:
                return
            hit = record(
                session,
                parts.blobs,
                self.stream,
                track,
                match,
                now=now,
                cooldown_s=0.0,  # two tests in two minutes are two hits
                origin="exercise",
                actor=actor,
            )
            if hit is not None:
                confirm(session, exercise, hit, policy, parts.clock())


def confirm(session: Session, exercise: Exercise, hit: Hit, policy: Policy, now: datetime) -> None:
    """Decide the hit; the self-test itself tells the groups of it, not the routing of real hits."""
    decision = policies.confirm_exercise(session, hit, policy, now)
    session.add(Routing(decision_id=decision.id, routed_at=now, outcome="exercise", explanation=[]))
    exercise.hit_id = hit.id
    note(exercise, "recorded", hit.recorded_at)
    note(exercise, "confirmed", now)


def head_of(portrait_jpeg: bytes, box_xyxy: tuple[float, float, float, float]) -> Uint8:
    """The portrait at a size that has the face FACE_PX wide: uint8 (h, w, 3), BGR, no higher than the frame."""
    portrait_bgr = cv2.imdecode(np.frombuffer(portrait_jpeg, np.uint8), cv2.IMREAD_COLOR)
    if portrait_bgr is None:
        raise PortraitUnreadable
    height, width = portrait_bgr.shape[:2]
    scale = FACE_PX / max(1.0, box_xyxy[2] - box_xyxy[0])
    scale = min(scale, (FRAME_WH[1] - 2) / height, (FRAME_WH[0] - N_LOOKS * STEP_PX - 2) / width)
    wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(portrait_bgr, wh, interpolation=cv2.INTER_AREA), np.uint8)


def scene(head_bgr: Uint8, step: int) -> Uint8:
    """The head before a plain wall, one step further on: uint8 (H, W, 3), BGR."""
    frame_bgr = np.full((FRAME_WH[1], FRAME_WH[0], 3), BACKDROP, np.uint8)
    height, width = head_bgr.shape[:2]
    left = (FRAME_WH[0] - width - N_LOOKS * STEP_PX) // 2 + step * STEP_PX
    top = (FRAME_WH[1] - height) // 2
    frame_bgr[top : top + height, left : left + width] = head_bgr
    return frame_bgr
