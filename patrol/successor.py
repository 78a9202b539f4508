"""The coming embedder inside a worker: embeds what is enrolled, tries itself at live hits, and takes over.

Its work is done on one thread with the lowest claim to the processor, so that no camera waits for it. It is shown
faces of hits only: of who is nobody's it learns nothing.
"""

import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from queue import Empty, Full, Queue
from threading import Event
from uuid import UUID

import numpy as np
import structlog
from sqlalchemy.orm import Session

from patrol.faces.finder import Finder
from patrol.faces.looks import Look, fused
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Comparison, EmbedderChange, Hit
from patrol.values import BgrPicture, Face, Frame, PatrolError, Track, Uint8
from patrol.watchlist import changeover
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.renewal import Renewed, embed_each, embed_missing

EVERY_S = 2.0  # how soon a start, a switch or a new photo is noticed
NOTE_EVERY = 10  # photos between two notes of how far it is: 2 s
MOST_WAITING = 32  # shown faces; each is a chip of 37 KB
MOST_PASSAGES = 64  # that more looks may still come of
NICEST = 19

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Heir:
    """What a worker goes on with after the switch."""

    name: str
    finder: Finder
    gallery: Gallery


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One face of a hit, cut out for the coming embedder, without the frame it was seen in."""

    hit_id: UUID
    track: Track
    chip_bgr: Uint8


class Successor:
    """Follows the change of embedder that is open, if one is.

    open_spare: opens the networks for embedding beside the cameras. open_heir: opens them for watching.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        clock: Callable[[], datetime],
        *,
        worker_id: str,
        setting: str,
        in_use: str,
        open_spare: Callable[[str], tuple[Finder, Gallery]],
        open_heir: Callable[[str], tuple[Finder, Gallery]],
    ) -> None:
        self._database, self._blobs, self._clock = database, blobs, clock
        self._worker_id, self._setting, self._in_use = worker_id, setting, in_use
        self._open_spare, self._open_heir = open_spare, open_heir
        self._spare: Heir | None = None
        self._failed: set[UUID] = set()
        self._heirs: Queue[Heir] = Queue(maxsize=1)
        self._shown: Queue[Shown] = Queue(maxsize=MOST_WAITING)
        self._passages: OrderedDict[UUID, list[Face]] = OrderedDict()

    def run(self, stop: Event) -> None:
        """Embed and compare until `stop`, with the lowest claim to the processor."""
        _step_back()
        self._repeat(self.work_once, stop)

    def stand_by(self, stop: Event) -> None:
        """Get ready to take over until `stop`.

        On a thread that nobody has set back: the networks opened here are those that watch, and threads take over the
        claim of the thread that starts them.
        """
        self._repeat(self.prepare_once, stop)

    def _repeat(self, work: Callable[[Event], None], stop: Event) -> None:
        """What fails is logged and tried again; what patrol can explain, such as a missing file, is logged once."""
        said = ""
        while not stop.is_set():
            try:
                work(stop)
                said = ""
            except PatrolError as error:
                if said != (said := str(error)):
                    log.error("change of embedder waits", worker=self._worker_id, error=said)
            except Exception:
                log.exception("change of embedder failed", worker=self._worker_id)
            stop.wait(EVERY_S)

    def work_once(self, stop: Event) -> None:
        """Embed what is missing and compare what was shown, where a change is open."""
        with self._database.read() as session:
            change = changeover.open_change(session)
        if change is None:
            self._let_go()
        else:
            self._follow(change, stop)

    def prepare_once(self, _stop: Event) -> None:
        """Open what to go on with where another embedder was switched to."""
        with self._database.read() as session:
            wanted = changeover.in_use(session, self._setting)
        if wanted != self._in_use:
            self._prepare(wanted)

    def show(self, hit_id: UUID, track: Track) -> None:
        """Take note of a hit's best look, from a camera's thread: it costs that one a millisecond at most."""
        spare = self._spare
        if spare is None:
            return
        chip_bgr = spare.finder.cut(track.best_frame.picture.bgr(), track.best.landmarks_xy)
        with suppress(Full):  # the camera does not wait; the next look of the passage comes anyway
            self._shown.put_nowait(Shown(hit_id, _without_frame(track), chip_bgr))

    def take_over(self) -> Heir | None:
        """What to go on with, once: None where there is nothing new."""
        with suppress(Empty):
            return self._heirs.get_nowait()
        return None

    def _prepare(self, name: str) -> None:
        finder, gallery = self._open_heir(name)
        log.info("embedder changes", worker=self._worker_id, before=self._in_use, after=name)
        embed_missing(self._database, self._blobs, finder, self._clock())  # enrolled in the moment of the switch
        with self._database.read() as session:
            gallery.refresh(session, self._clock())
        self._heirs.put(Heir(name, finder, gallery))
        self._in_use = name

    def _let_go(self) -> None:
        self._spare = None
        self._failed.clear()
        self._passages.clear()
        while not self._shown.empty():
            self._shown.get_nowait()

    def _follow(self, change: EmbedderChange, stop: Event) -> None:
        if self._spare is None or self._spare.name != change.after:
            self._let_go()
            self._spare = Heir(change.after, *self._open_spare(change.after))
        self._embed(change, self._spare.finder, stop)
        self._compare_all(change, self._spare, stop)

    def _embed(self, change: EmbedderChange, finder: Finder, stop: Event) -> None:
        """Embed what has no template yet, while this worker holds the turn and the change is open."""
        if not self._has_turn(change.id):
            return
        fresh: list[Renewed] = []
        failed, turn = frozenset(self._failed), partial(self._keeps_turn, change.id)
        steps = embed_each(self._database, self._blobs, finder, self._clock, failed, turn)
        for n, renewed in enumerate(steps, start=1):
            fresh.append(renewed)
            if n % NOTE_EVERY == 0 and not (self._note(change.id, finder, fresh) and not stop.is_set()):
                return
        self._note(change.id, finder, fresh, is_all=True)

    def _has_turn(self, change_id: UUID) -> bool:
        with self._database.write() as session:
            return self._keeps_turn(change_id, session)

    def _keeps_turn(self, change_id: UUID, session: Session) -> bool:
        return changeover.lease(session, change_id, self._worker_id, self._clock())

    def _note(self, change_id: UUID, finder: Finder, renewed: list[Renewed], *, is_all: bool = False) -> bool:
        """Write down how far it is; False where the change has ended or is another worker's."""
        self._failed |= {one.id for one in renewed if one.code}
        with self._database.write() as session:
            if not self._keeps_turn(change_id, session):
                return False
            change = session.get_one(EmbedderChange, change_id)
            changeover.note_progress(session, change, finder.embedder, renewed)
            if is_all:
                changeover.begin_comparing(session, change, self._clock())
        renewed.clear()
        return True

    def _compare_all(self, change: EmbedderChange, spare: Heir, stop: Event) -> None:
        with self._database.read() as session:
            spare.gallery.refresh(session, self._clock())
        while not self._shown.empty() and not stop.is_set():
            self._compare(change, spare, self._shown.get_nowait())

    def _compare(self, change: EmbedderChange, spare: Heir, shown: Shown) -> None:
        """Say whom the coming embedder takes a hit's face for, by all looks at it so far."""
        (template,) = spare.finder.embed([shown.chip_bgr])
        looks = self._passages.setdefault(shown.hit_id, [])
        looks.append(replace(shown.track.best, template=template))
        while len(self._passages) > MOST_PASSAGES:
            self._passages.popitem(last=False)
        mean = fused([Look(face, face.template, shown.track.last_seen_at) for face in looks if face.template])
        track = replace(shown.track, looks=tuple(looks), template=mean, is_over=True)
        match = spare.gallery.match(track, self._clock())
        row = Comparison(hit_id=shown.hit_id, embedder=spare.finder.embedder, made_at=self._clock())
        row.grade = match.grade if match else None
        row.person_id = match.person_id if match else None
        row.score = match.score if match else None
        row.threshold = match.threshold if match else spare.gallery.standing.scale.uncertain
        with self._database.write() as session:
            if changeover.is_open(session, change.id) and session.get(Hit, shown.hit_id) is not None:
                session.merge(row)


def _without_frame(track: Track) -> Track:
    """The track with a picture of one pixel: what waits must not hold frames of some MB."""
    frame = track.best_frame
    picture = BgrPicture(np.zeros((1, 1, 3), np.uint8))
    return replace(track, best_frame=Frame(frame.stream_id, frame.number, frame.taken_at, picture))


def _step_back() -> None:
    """Give this thread the lowest claim to the processor, where the system lets one thread have its own."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICEST)
