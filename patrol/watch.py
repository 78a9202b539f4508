"""A worker process: its streams, each read by a thread of its own, and one thread that looks at all of them.

Starts, stops and restarts streams on change, follows the gallery, and beats.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Event, Thread
from typing import Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import selftest
from patrol.beat import Beat, count
from patrol.health import gaps
from patrol.hits import masks
from patrol.hits.regions import NOWHERE, Regions
from patrol.loop import Loop, Said, feeds_of, is_same_feed
from patrol.selftest import Visit
from patrol.store import alarms
from patrol.store.beats import tell_no_sender
from patrol.store.tables import StreamState
from patrol.streams.attention import Attention
from patrol.streams.doors import Doors
from patrol.streams.reconnect import Reader, StreamReport
from patrol.streams.ring import Ring
from patrol.successor import Heir, Successor
from patrol.turns.looking import Looking, Watched
from patrol.turns.writing import Writing
from patrol.values import PatrolError, Stream
from patrol.watchlist.settling import write_down
from patrol.worker import Parts, Tally

BEAT_S = 1.0  # a change of list, stream or state is known within this; the console calls a worker dead after 15 s
RESTART_S = 5.0  # a loop that failed by our own fault starts again, without filling the log
JOIN_S = 12.0  # longer than the longest open timeout of a camera
LET_GO_S = 60.0  # who has not let go of a camera by then never will; its successor begins nonetheless

STREAMS_BROKEN = "streams_broken"  # alarm

log = structlog.get_logger()


class StreamsSource(Protocol):
    """Where the streams to watch come from; `settings.StreamsFile` is one."""

    @property
    def error(self) -> PatrolError | None:
        """What is wrong with the source as it is now; the streams stay as they were."""

    def changed(self) -> tuple[Stream, ...] | None:
        """The streams to watch when they are new or changed, else None."""


class Watch:
    """A worker process: the streams it watches, each in a thread of its own, sharing one finder and one gallery.

    `secret` turns the name of a stream's credentials into "user:password". alive: is called at every turn.
    """

    def __init__(
        self,
        parts: Parts,
        source: StreamsSource,
        secret: Callable[[str], str],
        successor: Successor | None = None,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self.parts = parts
        self._successor = successor
        self._source = source
        self._secret = secret
        self._beat = Beat(parts.clock())
        self._wanted: tuple[Stream, ...] | None = None
        self._leaving: dict[str, list[Thread]] = {}  # threads that may not have let go of their cameras yet
        self.loops: dict[str, Loop] = {}
        self._doors = Doors()
        self._writing = Writing(lambda: self.parts)
        self._looking = Looking(lambda: self.parts, self._writing.ask, alive=alive)
        self._ends = Event(), Event()  # of the looking thread, then of the writing one
        self._threads = [
            Thread(target=self._looking.run, args=(self._ends[0],), name="look", daemon=True),
            Thread(target=self._writing.run, args=(self._ends[1],), name="write", daemon=True),
        ]

    def ring_of(self, stream_id: str) -> Ring | None:
        """The newest seconds of a stream, compressed; None where it is not watched here."""
        loop = self.loops.get(stream_id)
        return loop.readers[0].ring if loop else None

    def run(self, stop: Event) -> None:
        """Work until `stop`; a failing beat is logged and tried again, the cameras go on meanwhile."""
        self.start()
        while True:
            try:
                self.run_once()
            except Exception:
                log.exception("beat failed", worker=self.parts.worker_id)
            if stop.wait(BEAT_S):
                break
        self.end()

    def start(self) -> None:
        """Say hello: from here on the console counts this worker, and what it reads is looked at."""
        for thread in self._threads:
            thread.start()
        self._beat.started_at = now = self.parts.clock()
        with self.parts.database.write() as session:
            self._beat.write(session, self.parts, self.loops, self.parts.gallery.rev, now)

    def run_once(self) -> None:
        """Pick up what has changed, then write down that we are alive and how the streams are."""
        now = self.parts.clock()
        if self._successor is not None and (heir := self._successor.take_over()) is not None:
            self._go_on_with(heir)
        with self.parts.database.read() as session:
            rev = self.parts.gallery.refresh(session, now)  # before the first frame is looked at
            is_tested = selftest.is_waiting(session, self._unvisited(now), now)
            regions = masks.read_regions(session, now)
        if (streams := self._source.changed()) is not None:
            self._wanted = streams
        if self._wanted is not None:
            self.keep(self._wanted)  # at every beat: what the database refused last time is done now
        write_down(self.parts.database, self.parts.gallery, now)
        self._lay(regions)
        with self.parts.database.write() as session:
            self._beat.write(session, self.parts, self.loops, rev, now)
            self._tell_mistakes(session, now)
        if is_tested:
            self._let_in(now)

    def _lay(self, regions: Mapping[str, Regions]) -> None:
        """Tell each stream's loop where faces are not matched; it looks there from its next frame on."""
        for id, loop in self.loops.items():
            mine = regions.get(id, NOWHERE)
            if mine.masks != loop.tally.standing.regions.masks:
                loop.watched.attention.hide(mine.masks)
            loop.tally.standing.regions = mine

    def _let_in(self, now: datetime) -> None:
        """Send each self-test through its stream, between the looks at the camera."""
        with self.parts.database.write() as session:
            guests = selftest.take(session, self._unvisited(now), now)
        for stream_id, guest in guests.items():
            loop = self.loops[stream_id]
            loop.tally.visit = Visit(guest, loop.stream, self.parts)

    def _unvisited(self, now: datetime) -> list[str]:
        """The streams through which no self-test is on its way: one after the other."""
        visits = {id: loop.tally.visit for id, loop in self.loops.items()}
        return [id for id, visit in visits.items() if not (isinstance(visit, Visit) and now < visit.guest.ends_at)]

    def _go_on_with(self, heir: Heir) -> None:
        """Match by another embedder: everybody in view is followed anew, for no track may mix templates of two."""
        leaving = dict(self.loops)
        self._looking.remove(leaving)
        self.parts = replace(self.parts, finder=heir.finder, gallery=heir.gallery)
        for loop in leaving.values():
            loop.begin_anew()
            self._looking.add(loop.watched)
        log.info("embedder changed", worker=self.parts.worker_id, embedder=heir.finder.embedder)

    def keep(self, streams: tuple[Stream, ...]) -> None:
        """Watch exactly these; a stream whose feed is as it was goes on untouched.

        Nothing here waits for a camera: what is new begins when its predecessor has let go, in a thread of its own.
        """
        wanted = {stream.id: stream for stream in streams if stream.is_enabled}
        for id, loop in self.loops.items():
            if id in wanted and loop.stream != wanted[id] and is_same_feed(loop.stream, wanted[id]):
                loop.relabel(wanted[id])
        leaving = {id: loop for id, loop in self.loops.items() if wanted.get(id) != loop.stream}
        self._stop({id: loop for id, loop in leaving.items() if id in wanted}, gaps.STOPPED)
        self._stop({id: loop for id, loop in leaving.items() if id not in wanted}, gaps.DISABLED)
        for id, stream in wanted.items():
            if id not in self.loops:
                self._start_loop(stream, [thread for thread in self._leaving.pop(id, []) if thread.is_alive()])

    def end(self) -> None:
        """Stop every stream, wait until each camera is let go of, and write down what was seen."""
        leaving = dict(self.loops)
        self._stop(leaving, gaps.STOPPED)
        until_s = time.monotonic() + JOIN_S
        for thread in (thread for loop in leaving.values() for thread in loop.threads):
            thread.join(max(0.0, until_s - time.monotonic()))
        for end, thread in zip(self._ends, self._threads, strict=True):
            end.set()
            if thread.is_alive():
                thread.join(JOIN_S)

    def _start_loop(self, stream: Stream, predecessors: Sequence[Thread]) -> None:
        tally, feeds = Tally(), feeds_of(stream)
        said = tuple(Said() for _ in feeds)
        readers = tuple(self._reader(feed, hears.note) for feed, hears in zip(feeds, said, strict=True))
        watched = Watched(stream, Attention(stream, *readers), tally)
        loop = Loop(stream, watched, readers, tally, said)
        self.loops[stream.id] = loop
        self._looking.add(watched)
        for reader in readers:
            arguments = (loop, reader, predecessors)
            loop.threads.append(Thread(target=self._read, args=arguments, name=f"read {stream.id}", daemon=True))
            loop.threads[-1].start()
        log.info("stream started", stream=stream.id)

    def _stop(self, leaving: Mapping[str, Loop], reason: str) -> None:
        """Watch these no longer, and write down why."""
        if not leaving:
            return
        now = self.parts.clock()
        for id, loop in leaving.items():
            loop.halt()
            self._leaving[id] = loop.threads
            del self.loops[id]
            log.info("stream stopped", stream=id)
        self._looking.remove(leaving)
        with self.parts.database.write() as session:
            for row in session.scalars(select(StreamState).where(StreamState.stream_id.in_(leaving))):
                row.state, row.error, row.detail, row.updated_at = "stopped", None, "", now
            for loop in leaving.values():
                count(session, loop, now)
                gaps.open_gap(session, loop.stream, now, reason)

    def _reader(self, feed: Stream, report: Callable[[StreamReport], None]) -> Reader:
        name = feed.credentials
        credentials = (lambda: self._secret(name)) if name else (lambda: None)
        return Reader(feed, credentials, clock=self.parts.clock, report=report, doors=self._doors)

    def _read(self, loop: Loop, reader: Reader, predecessors: Sequence[Thread]) -> None:
        """One connection's thread: a fault of ours is logged and it begins again, nothing else stops."""
        for predecessor in predecessors:
            predecessor.join(LET_GO_S)  # cameras allow few sessions at once
        while not loop.stop.is_set():
            try:
                reader.run()
            except Exception:
                loop.said[0].note(StreamReport(state="down", error="failed"))
                log.exception("stream failed", stream=loop.stream.id)
                loop.stop.wait(RESTART_S)

    def _tell_mistakes(self, session: Session, now: datetime) -> None:
        """A broken edit of the file, and that nobody sends, are alarms in the console until they are mended."""
        tell_no_sender(session, since=self._beat.started_at, now=now)
        if self._source.error is None:
            alarms.clear(session, STREAMS_BROKEN, STREAMS_BROKEN, now)
        else:
            alarms.sound(session, STREAMS_BROKEN, STREAMS_BROKEN, now, error=str(self._source.error))
