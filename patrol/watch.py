"""A worker process: its streams, each read by a thread of its own, and one thread that looks at all of them.

Starts, stops and restarts streams on change, follows the gallery, and beats.
"""

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import selftest
from patrol.health import gaps, hours
from patrol.hits import masks
from patrol.hits.regions import NOWHERE, Regions
from patrol.selftest import Visit
from patrol.store import alarms, events, stream_days
from patrol.store.beats import tell_no_sender
from patrol.store.stream_days import Counts
from patrol.store.tables import StreamState, Worker
from patrol.streams.attention import Attention
from patrol.streams.doors import Doors
from patrol.streams.reconnect import Reader, State, StreamReport
from patrol.streams.ring import Ring
from patrol.streams.vitals import Vitals
from patrol.successor import Heir, Successor
from patrol.turns.looking import Looking, Watched
from patrol.turns.writing import Writing
from patrol.values import PassageEnd, PatrolError, Stream
from patrol.watchlist.settling import write_down
from patrol.worker import Parts, Tally

BEAT_S = 1.0  # a change of list, stream or state is known within this; the console calls a worker dead after 15 s
COUNT_EVERY_S = 60.0  # how long a stream was watched, where nobody passed meanwhile
WRITE_EVERY = timedelta(seconds=4)  # a state that has not changed; what a worker says holds for 15 s
WRITE_DOWN_EVERY = timedelta(seconds=10)  # of a camera that is down nothing changes but how long it has been
RESTART_S = 5.0  # a loop that failed by our own fault starts again, without filling the log
JOIN_S = 12.0  # longer than the longest open timeout of a camera
LET_GO_S = 60.0  # who has not let go of a camera by then never will; its successor begins nonetheless

STREAMS_BROKEN = "streams_broken"  # alarm

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Loop:
    """One stream: its camera, what it last said, and what was seen."""

    stream: Stream
    watched: Watched
    readers: tuple[Reader, ...]  #: the stream's, and its sub-stream's where it has one
    tally: Tally
    said: "Said"
    stop: Event = field(default_factory=Event)
    counted: Counts = field(default_factory=Counts)  #: what of the tally stands in the day's row
    watched_s: float = 0.0  #: with pictures, and not yet written down
    beat_at: datetime | None = None
    threads: list[Thread] = field(default_factory=list)
    written: tuple[State, str | None] | None = None  #: its state as it was written last, and
    written_at: datetime | None = None  #: when

    @property
    def vitals(self) -> Vitals:
        """How the stream is watched just now."""
        reader, attention = self.readers[0], self.watched.attention
        policy, reason = attention.policy
        return Vitals(
            reader.meter.measured,
            reader.n_connections,
            attention.n_dropped,
            reader.changed_at,
            attention.state,
            policy if reader.is_live else None,
            reason if reader.is_live else None,
        )

    def is_to_be_written(self, report: StreamReport, now: datetime) -> bool:
        """At once when the state has changed, else now and then: rows of many streams are dear."""
        every = WRITE_EVERY if report.state == "live" else WRITE_DOWN_EVERY
        if self.written == (report.state, report.error) and self.written_at and now - self.written_at < every:
            return False
        self.written, self.written_at = (report.state, report.error), now
        return True

    def take_ended(self, now: datetime) -> tuple[list[PassageEnd], float] | None:
        """Who has left the view since the last time, and how long it was watched; None while that can wait."""
        if self.beat_at is not None and self.said.report is not None and self.said.report.state == "live":
            self.watched_s += (now - self.beat_at).total_seconds()
        self.beat_at = now
        ended = self.tally.ended[:]
        if not ended and self.watched_s < COUNT_EVERY_S:
            return None
        del self.tally.ended[: len(ended)]  # the looking thread may have added to them
        watched_s, self.watched_s = self.watched_s, 0.0
        return ended, watched_s

    def halt(self) -> None:
        self.stop.set()
        for reader in self.readers:
            reader.halt.set()


@dataclass(slots=True)
class Said:
    """What a stream's reader said last."""

    report: StreamReport | None = None

    def note(self, report: StreamReport) -> None:
        self.report = report


def feeds_of(stream: Stream) -> tuple[Stream, ...]:
    """The stream, and its sub-stream where it has one and the camera allows two connections."""
    if stream.sub_url is None or stream.max_sessions < 2:
        return (stream,)
    return stream, replace(stream, url=stream.sub_url)


class StreamsSource(Protocol):
    """Where the streams to watch come from; `settings.StreamsFile` is one."""

    @property
    def error(self) -> PatrolError | None:
        """What is wrong with the source as it is now; the streams stay as they were."""

    def changed(self) -> tuple[Stream, ...] | None:
        """The streams to watch when they are new or changed, else None."""


class Watch:
    """A worker process: the streams it watches, each in a thread of its own, sharing one finder and one gallery.

    `secret` turns the name of a stream's credentials into "user:password".
    """

    def __init__(
        self,
        parts: Parts,
        source: StreamsSource,
        secret: Callable[[str], str],
        successor: Successor | None = None,
    ) -> None:
        self.parts = parts
        self._successor = successor
        self._source = source
        self._secret = secret
        self._started_at = parts.clock()
        self.loops: dict[str, Loop] = {}
        self._doors = Doors()
        self._writing = Writing(lambda: self.parts)
        self._looking = Looking(lambda: self.parts, self._writing.ask)
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
        self._started_at = self.parts.clock()
        with self.parts.database.write() as session:
            self._beat(session, self.parts.gallery.rev, self._started_at)

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
            self.keep(streams)
        write_down(self.parts.database, self.parts.gallery, now)
        self._lay(regions)
        with self.parts.database.write() as session:
            self._beat(session, rev, now)
            self._tell_mistakes(session, now)
        if is_tested:
            self._let_in(now)

    def _lay(self, regions: Mapping[str, Regions]) -> None:
        """Tell each stream's loop where faces are not matched; it looks there from its next frame on."""
        for id, loop in self.loops.items():
            loop.tally.standing.regions = regions.get(id, NOWHERE)

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
        """Match by another embedder: every stream's loop begins anew, for no track may mix templates of two."""
        self.parts = replace(self.parts, finder=heir.finder, gallery=heir.gallery)
        leaving = dict(self.loops)
        self._stop(leaving, gaps.STOPPED)
        for loop in leaving.values():
            self._start_loop(loop.stream, loop.threads)
        log.info("embedder changed", worker=self.parts.worker_id, embedder=heir.finder.embedder)

    def keep(self, streams: tuple[Stream, ...]) -> None:
        """Watch exactly these; a stream that is as it was goes on untouched.

        Nothing here waits for a camera: what is new begins when its predecessor has let go, in a thread of its own.
        """
        wanted = {stream.id: stream for stream in streams if stream.is_enabled}
        leaving = {id: loop for id, loop in self.loops.items() if wanted.get(id) != loop.stream}
        self._stop({id: loop for id, loop in leaving.items() if id in wanted}, gaps.STOPPED)
        self._stop({id: loop for id, loop in leaving.items() if id not in wanted}, gaps.DISABLED)
        for id, stream in wanted.items():
            if id not in self.loops:
                self._start_loop(stream, leaving[id].threads if id in leaving else [])

    def end(self) -> None:
        """Stop every stream, wait until each camera is let go of, and write down what was seen."""
        leaving = dict(self.loops)
        self._stop(leaving, gaps.STOPPED)
        for loop in leaving.values():
            for thread in loop.threads:
                thread.join(JOIN_S)
        for end, thread in zip(self._ends, self._threads, strict=True):
            end.set()
            if thread.is_alive():
                thread.join(JOIN_S)

    def _start_loop(self, stream: Stream, predecessors: Sequence[Thread]) -> None:
        tally, said = Tally(), Said()
        readers = tuple(self._reader(feed, said.note if feed is stream else Said().note) for feed in feeds_of(stream))
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
            self._looking.remove(id)
            del self.loops[id]
            log.info("stream stopped", stream=id)
        with self.parts.database.write() as session:
            for row in session.scalars(select(StreamState).where(StreamState.stream_id.in_(leaving))):
                row.state, row.error, row.detail, row.updated_at = "stopped", None, "", now
            for loop in leaving.values():
                self._count(session, loop, now)
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
                loop.said.note(StreamReport(state="down", error="failed"))
                log.exception("stream failed", stream=loop.stream.id)
                loop.stop.wait(RESTART_S)

    def _beat(self, session: Session, rev: int, now: datetime) -> None:
        worker = Worker(id=self.parts.worker_id, started_at=self._started_at, beat_at=now, rev=rev)
        worker.embedder, worker.runtime = self.parts.finder.embedder, self.parts.finder.runtime
        worker.n_streams = len(self.loops)
        live = self.parts.live
        worker.live_address, worker.live_token = (live.address, live.token) if live else (None, None)
        worker.n_dropped = sum(loop.watched.attention.n_dropped for loop in self.loops.values())
        worker.cpu_s, worker.rss_bytes = time.process_time(), resident_bytes()
        session.merge(worker)
        for loop in self.loops.values():
            self._count(session, loop, now)
            if loop.said.report and loop.is_to_be_written(loop.said.report, now):
                self._write_state(session, loop, loop.said.report, now)

    def _count(self, session: Session, loop: Loop, now: datetime) -> None:
        """Write down what was seen since the last beat, on the day that it is at the stream's site."""
        counts, site = loop.tally.counts(), loop.stream.site
        day = now.astimezone(ZoneInfo(site.time_zone)).date()
        stream_days.count(session, loop.stream.id, site.id, day, counts - loop.counted)
        loop.counted = counts
        if (taken := loop.take_ended(now)) is not None:
            hours.count(session, loop.stream, *taken, now)
        if seen := loop.tally.standing.seen:
            loop.tally.standing.seen = set()
            masks.seen(session, seen, now)

    def _tell_mistakes(self, session: Session, now: datetime) -> None:
        """A broken edit of the file, and that nobody sends, are alarms in the console until they are mended."""
        tell_no_sender(session, since=self._started_at, now=now)
        if self._source.error is None:
            alarms.clear(session, STREAMS_BROKEN, STREAMS_BROKEN, now)
        else:
            alarms.sound(session, STREAMS_BROKEN, STREAMS_BROKEN, now, error=str(self._source.error))

    def _write_state(self, session: Session, loop: Loop, report: StreamReport, now: datetime) -> None:
        row = session.get(StreamState, loop.stream.id) or StreamState(stream_id=loop.stream.id, since=now)
        has_changed = (row.state, row.error) != (report.state, report.error)
        self._follow_gaps(session, loop, row, report, now)
        row.site_id, row.worker_id = loop.stream.site.id, self.parts.worker_id
        row.state, row.error, row.detail = report.state, report.error, report.detail
        row.last_frame_at, row.n_frames = report.last_frame_at, report.n_frames
        row.n_looks, row.n_faces, row.updated_at = loop.tally.n_looks, loop.tally.n_faces, now
        show(row, loop.vitals)
        session.add(row)
        if has_changed:
            row.since = now
            self._say_state(session, row, now)

    def _follow_gaps(
        self, session: Session, loop: Loop, row: StreamState, report: StreamReport, now: datetime
    ) -> None:
        """Write down when the stream was not watched; `row` is as it was written last."""
        before = gaps.Said.of(row)
        is_first = before is None or before.updated_at < self._started_at
        if is_first or (row.state, row.error) != (report.state, report.error):
            picture_at = loop.readers[0].changed_at if report.error == "frozen" else report.last_frame_at
            gaps.follow(
                session,
                loop.stream,
                before,
                state=report.state,
                error=report.error,
                picture_at=picture_at,
                now=now,
                is_first=is_first,
            )

    def _say_state(self, session: Session, row: StreamState, now: datetime) -> None:
        events.append(
            session,
            "stream.state",
            actor=f"worker:{self.parts.worker_id}",
            subject=f"stream:{row.stream_id}",
            site_id=row.site_id,
            now=now,
            stream_id=row.stream_id,
            state=row.state,
            error=row.error,
        )


def show(row: StreamState, vitals: Vitals) -> None:
    """Put how a stream is watched into its row."""
    for name, value in (asdict(vitals) | asdict(vitals.measured)).items():
        if name != "measured":
            setattr(row, name, value)


def resident_bytes() -> int:
    """What this process holds in memory; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return 0
