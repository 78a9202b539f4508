"""One stream of a worker: its readers, what is seen of it, and what was last written of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Thread

from patrol.store.stream_days import Counts
from patrol.streams.reconnect import Reader, State, StreamReport
from patrol.streams.vitals import Vitals
from patrol.turns.looking import Watched
from patrol.values import PassageEnd, Stream
from patrol.worker import Tally

COUNT_EVERY_S = 60.0  # how long a stream was watched, where nobody passed meanwhile
WRITE_EVERY = timedelta(seconds=4)  # a state that has not changed; what a worker says holds for 15 s
WRITE_DOWN_EVERY = timedelta(seconds=10)  # of a camera that is down nothing changes but how long it has been
#: What may be changed in the file while a camera goes on being watched.
LABELS = ("name", "place", "site", "latitude", "longitude", "where", "is_key", "looks_per_s")


@dataclass(slots=True, eq=False)
class Loop:
    """One stream: its camera, what it last said, and what was seen."""

    stream: Stream
    watched: Watched
    readers: tuple[Reader, ...]  #: the stream's, and its sub-stream's where it has one
    tally: Tally
    said: tuple["Said", ...]  #: by each of them
    stop: Event = field(default_factory=Event)
    counted: Counts = field(default_factory=Counts)  #: what of the tally stands in the day's row
    watched_s: float = 0.0  #: with pictures, and not yet written down
    beat_at: datetime | None = None
    threads: list[Thread] = field(default_factory=list)
    written: tuple[State, str | None] | None = None  #: its state as it was written last, and
    written_at: datetime | None = None  #: when

    @property
    def report(self) -> StreamReport | None:
        """How the stream is. What is looked at in the sub-stream alone is frozen where that is."""
        mine = self.said[0].report
        if mine is not None and mine.state == "live" and self.watched.attention.policy[0] == "sub_stream":
            small = self.said[1].report
            if small is not None and small.error == "frozen":
                return replace(mine, state="down", error="frozen")
        return mine

    @property
    def vitals(self) -> Vitals:
        """How the stream is watched just now."""
        reader, attention = self.readers[0], self.watched.attention
        policy, reason = attention.policy
        return Vitals(
            reader.meter.measured,
            reader.n_connections,
            attention.n_dropped,
            max((each.changed_at for each in self.readers if each.changed_at), default=None),
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
        if self.beat_at is not None and self.report is not None and self.report.state == "live":
            self.watched_s += (now - self.beat_at).total_seconds()
        self.beat_at = now
        ended = self.tally.ended[:]
        if not ended and self.watched_s < COUNT_EVERY_S:
            return None
        del self.tally.ended[: len(ended)]  # the looking thread may have added to them
        watched_s, self.watched_s = self.watched_s, 0.0
        return ended, watched_s

    def begin_anew(self) -> None:
        """Follow nobody who was in view: the camera goes on, with another tracker."""
        self.tally, self.counted = Tally(standing=self.tally.standing), Counts()
        self.watched = Watched(self.stream, self.watched.attention, self.tally)

    def relabel(self, stream: Stream) -> None:
        """The entry says something else of the same feed."""
        self.stream = self.watched.stream = stream
        self.watched.attention.relabel(stream)

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
    return (stream, replace(stream, url=stream.second_url)) if stream.second_url else (stream,)


def is_same_feed(before: Stream, after: Stream) -> bool:
    """Whether a camera can go on being read as it is, whatever else its entry says now."""
    return before == replace(after, **{name: getattr(before, name) for name in LABELS})
