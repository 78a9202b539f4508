"""Writes the clips of a worker: waits until the seconds after a hit have come, and takes them out of the ring.

What a hit needs of a ring is held from the moment it is told of, so that it is still there when the rest has come. A
person who is seen better, or is still in view, makes the wait longer, to a bound.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Lock
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from patrol.clips.keeping import find_in_need, keep
from patrol.clips.politeness import give_way
from patrol.clips.spans import Lengths, Span, span_of, span_of_track
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Hit
from patrol.streams.remux import ClipImpossible, remux
from patrol.streams.ring import Gop, Ring
from patrol.values import Track

TICK_S = 0.5
MOST_WAITING = 32  # clips; each holds some seconds of packets, which its ring holds too for most of the time
HELD_BYTES = 100_000_000  # of all that wait: at 2 Mbit/s about twenty clips, though no ring held them any more
HOLD = 2  # times the bytes of a clip are held at most: where it is cut, it is cut around its moment
AGAIN = timedelta(seconds=5)  # after which a clip that disk or database refused is tried again
GIVE_UP = timedelta(minutes=2)  # after which it is not tried again

log = structlog.get_logger()


@dataclass(slots=True)
class Waiting:
    """A clip that is to be written, and what is held for it."""

    hit_id: UUID
    stream_id: str
    span: Span
    again_at: datetime | None = None  #: not before then, where it was refused
    gops: dict[int, Gop] = field(default_factory=dict)  #: by their identity: numbers begin anew with every ring

    @property
    def n_bytes(self) -> int:
        return sum(gop.n_bytes for gop in self.gops.values())

    def hold(self, ring: Ring, room_bytes: int) -> None:
        """Keep what the ring has of these seconds, as far as there is room for more."""
        for gop in ring.between(self.span.start, self.span.end):
            if id(gop) not in self.gops and gop.n_bytes <= room_bytes:
                self.gops[id(gop)] = gop
                room_bytes -= gop.n_bytes

    def in_order(self) -> list[Gop]:
        return sorted(self.gops.values(), key=lambda gop: gop.began_at)


class Clips:
    """Told of hits by `show`; `run` writes their clips on a thread of its own.

    ring_of: the newest seconds of a stream; None where it is not watched here any more.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        clock: Callable[[], datetime],
        lengths: Lengths,
        ring_of: Callable[[str], Ring | None],
        actor: str = "system",
    ) -> None:
        self._database, self._blobs, self._clock = database, blobs, clock
        self._lengths, self._ring_of, self._actor = lengths, ring_of, actor
        self._waiting: dict[tuple[UUID, UUID], Waiting] = {}  # by hit and passage
        self._lock = Lock()

    def show(self, hit_id: UUID, track: Track) -> None:
        """Take note of a hit that was written down, or is shown better; costs no more than a look into the ring."""
        if not self._lengths.is_on:
            return
        key, span = (hit_id, track.passage_id), span_of_track(track, self._lengths)
        with self._lock:
            if key not in self._waiting and len(self._waiting) >= MOST_WAITING:
                log.warning("no clip: too many are being written", hit=str(hit_id))
                return
            waiting = self._waiting.setdefault(key, Waiting(hit_id, track.stream_id, span))
            waiting.span = span
        self._hold(waiting)

    def run(self, stop: Event) -> None:
        """Write what is due until `stop`; then `finish` is to be called, when no more hits can come."""
        give_way()
        while not stop.wait(TICK_S):
            try:
                self.turn()
            except Exception:  # a fault of ours costs one clip its turn, not all that come
                log.exception("clips failed")

    def turn(self) -> None:
        """Hold what has come, and write what is complete."""
        for key, waiting in self._all():
            self._hold(waiting)
            if self._clock() >= max(waiting.span.end, waiting.again_at or waiting.span.end):
                self._settle(key, waiting)

    def finish(self) -> None:
        """Write every clip with what there is of it."""
        for key, waiting in self._all():
            self._hold(waiting)
            self._write(waiting)
            self._forget(key)

    def _all(self) -> list[tuple[tuple[UUID, UUID], Waiting]]:
        with self._lock:
            return list(self._waiting.items())

    def _forget(self, key: tuple[UUID, UUID]) -> None:
        with self._lock:
            del self._waiting[key]

    def _hold(self, waiting: Waiting) -> None:
        if (ring := self._ring_of(waiting.stream_id)) is not None:
            with self._lock:
                held_bytes = sum(one.n_bytes for one in self._waiting.values())
                room_bytes = min(HELD_BYTES - held_bytes, HOLD * self._lengths.most_bytes - waiting.n_bytes)
                waiting.hold(ring, room_bytes)

    def _settle(self, key: tuple[UUID, UUID], waiting: Waiting) -> None:
        """Write a clip, unless its person is still in view, or disk or database refuse it: then it waits on."""
        if self._write(waiting, may_wait=True) or self._clock() > waiting.span.end + GIVE_UP:
            self._forget(key)

    def _write(self, waiting: Waiting, *, may_wait: bool = False) -> bool:
        """False where it is to be tried again."""
        try:
            hit = find_in_need(self._database, waiting.hit_id)
            if hit is None or hit.seen_at not in waiting.span:
                return True
            span = self._span_now(hit)
            if may_wait and self._clock() < span.end:
                waiting.span = replace(waiting.span, end=span.end)
                return False
            with self._lock:
                gops = waiting.in_order()
            clip = remux(gops, hit.seen_at, max(span.end, waiting.span.end), self._lengths.most_bytes)
            keep(self._database, self._blobs, hit.id, clip, actor=self._actor, now=self._clock())
        except ClipImpossible as error:
            log.info("no clip", hit=str(waiting.hit_id), stream=waiting.stream_id, why=str(error))
        except (SQLAlchemyError, OSError):
            log.exception("clip not written yet", hit=str(waiting.hit_id), stream=waiting.stream_id)
            waiting.again_at = self._clock() + AGAIN
            return False
        return True

    def _span_now(self, hit: Hit) -> Span:
        """Its seconds, as far as the person has been in view by now."""
        return span_of(hit.first_seen_at, hit.seen_at, hit.last_seen_at, self._lengths)
