"""Watches one stream for ever: opens it, decodes it in a thread of its own, and opens it again when it is lost."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Literal

import av
import structlog

from patrol.streams.decode import DecodePolicy, EveryFrame
from patrol.streams.latest import LatestFrame
from patrol.streams.picture import DecodedPicture
from patrol.streams.reading import PICTURE_TIMEOUT_S, read_pictures
from patrol.streams.rtsp import OPEN_TIMEOUT_S, READ_TIMEOUT_S, StreamLost, open_rtsp
from patrol.streams.still import Stillness
from patrol.values import Frame, Stream

STOP_POLL_S = 0.1  # how late a stop is noticed while no frame comes

log = structlog.get_logger()

Clock = Callable[[], datetime]
State = Literal["opening", "live", "down"]


@dataclass(frozen=True, slots=True)
class StreamReport:
    """How a stream is. `error` is a code of words/streams.json; `detail` is for whoever mends it."""

    state: State
    error: str | None = None
    detail: str = ""
    n_frames: int = 0  #: decoded since the watching began
    last_frame_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each thing may take, in seconds."""

    open_s: float = OPEN_TIMEOUT_S
    read_s: float = READ_TIMEOUT_S
    picture_s: float = PICTURE_TIMEOUT_S
    frozen_s: float = 30.0  #: with no motion and none of a sensor's noise; longer than any group of pictures seen
    reopen_frozen_s: float = 300.0  #: some encoders only wake up for a new connection
    retry_first_s: float = 1.0
    retry_max_s: float = 60.0  #: kind to a camera that boots, and to the one who waits for it
    locked_out_s: float = 300.0  #: cameras lock the account after 5 to 7 wrong passwords
    steady_s: float = 10.0  #: a connection that gave pictures this long was a good one
    report_s: float = 1.0


PATIENCE = Patience()


class Backoff:
    """How long to wait before the next try: 1, 2, 4 .. 60 s, each shortened by chance."""

    def __init__(self, patience: Patience, chance: random.Random) -> None:
        self._patience, self._chance = patience, chance
        self._n_failures = 0

    def after(self, code: str, lasted_s: float) -> float:
        """Seconds to wait after a connection that was lost with `code` when it had lasted so long."""
        patience = self._patience
        self._n_failures = 1 if lasted_s >= patience.steady_s else self._n_failures + 1
        if code in ("unauthorised", "forbidden"):
            return patience.locked_out_s * self._chance.uniform(1.0, 1.2)
        doubled_s = patience.retry_first_s * 2.0 ** min(self._n_failures - 1, 30)
        return min(patience.retry_max_s, doubled_s) * self._chance.uniform(0.5, 1.0)


def watch_stream(
    stream: Stream,
    credentials: str | None,
    stop: Event,
    *,
    clock: Clock,
    report: Callable[[StreamReport], None],
    patience: Patience = PATIENCE,
    policy: Callable[[], DecodePolicy] = EveryFrame,
) -> Iterator[Frame]:
    """Yield the newest frame, at most `looks_per_s` times a second, until `stop`; what goes wrong is reported."""
    reader = Reader(stream, credentials, clock=clock, report=report, patience=patience, policy=policy)
    thread = Thread(target=reader.run, name=f"decode {stream.id}", daemon=True)
    thread.start()
    try:
        yield from paced(reader.latest, stop, 1 / stream.looks_per_s)
    finally:
        reader.halt.set()
        thread.join(max(patience.open_s, patience.read_s))


def paced(latest: LatestFrame, stop: Event, interval_s: float) -> Iterator[Frame]:
    """The newest frame at each beat; beats missed while the caller was busy are not made up for."""
    due_s = time.monotonic()
    while not stop.wait(max(0.0, due_s - time.monotonic())):
        if frame := latest.take(STOP_POLL_S):
            due_s = max(due_s + interval_s, time.monotonic())
            yield frame


class Reader:
    """The decoding thread of one stream: keeps `latest` fresh until `halt`."""

    def __init__(
        self,
        stream: Stream,
        credentials: str | None,
        *,
        clock: Clock,
        report: Callable[[StreamReport], None],
        patience: Patience = PATIENCE,
        policy: Callable[[], DecodePolicy] = EveryFrame,
        chance: random.Random | None = None,
    ) -> None:
        self.latest, self.halt = LatestFrame(), Event()
        self._stream, self._credentials, self._clock = stream, credentials, clock
        self._patience, self._policy = patience, policy
        self._backoff = Backoff(patience, chance or random.Random())
        self._stillness = Stillness(patience.frozen_s)
        self._reporter = Reporter(stream.id, report, timedelta(seconds=patience.report_s))
        self._live_at: datetime | None = None  # the first picture of this connection

    def run(self) -> None:
        """Read until halted. A fault of our own is raised again where the frames are taken."""
        try:
            self._reporter.tell("opening", self._clock())
            while not self.halt.is_set():
                self.halt.wait(self.read_until_lost())
        except Exception as failure:  # noqa: BLE001  not handled here: take() raises it again
            self.latest.fail(failure)

    def read_until_lost(self) -> float:
        """Read one connection to its end; seconds to wait before the next."""
        self._live_at = None
        try:
            self.run_once()
        except StreamLost as lost:
            now = self._clock()
            self.latest.empty()
            self._reporter.tell("down", now, lost.code, lost.detail)
            return self._backoff.after(lost.code, lasted_s=self._lasted_s(now))
        return 0.0

    def run_once(self) -> None:
        """Read one connection; StreamLost where it ends, return where we are halted."""
        patience = self._patience
        opening = open_rtsp(self._stream, self._credentials, open_s=patience.open_s, read_s=patience.read_s)
        with opening as source:
            pictures = read_pictures(source, self._policy(), clock=self._clock, picture_timeout_s=patience.picture_s)
            for arrived_at, picture in pictures:
                if self.halt.is_set():
                    return
                if picture:
                    self._show(picture, arrived_at)

    def _lasted_s(self, now: datetime) -> float:
        """How long this connection has given pictures; the time it took to open, or to time out, does not count."""
        return (now - self._live_at).total_seconds() if self._live_at else 0.0

    def _show(self, picture: av.VideoFrame, arrived_at: datetime) -> None:
        """Hand a picture on, unless it is the same old one: then say so, and in the end open the stream anew."""
        if self._live_at is None:
            self._live_at = arrived_at
            self._stillness.resume(arrived_at)
        self._reporter.count(arrived_at)
        self._stillness.look(picture, arrived_at)
        if not self._stillness.is_frozen(arrived_at):
            self._reporter.tell("live", arrived_at)
            self.latest.put(Frame(self._stream.id, self._reporter.n_frames, arrived_at, DecodedPicture(picture)))
            return
        self.latest.empty()
        self._reporter.tell("down", arrived_at, "frozen")
        if self._lasted_s(arrived_at) >= self._patience.reopen_frozen_s:
            raise StreamLost("frozen")


class Reporter:
    """Tells how the stream is: at once when that changes, else once in a while with the newest counts."""

    def __init__(self, stream_id: str, report: Callable[[StreamReport], None], every: timedelta) -> None:
        self._stream_id, self._report, self._every = stream_id, report, every
        self._said: tuple[State, str | None] | None = None
        self._said_at: datetime | None = None
        self.n_frames = 0
        self._last_frame_at: datetime | None = None

    def count(self, arrived_at: datetime) -> None:
        self.n_frames += 1
        self._last_frame_at = arrived_at

    def tell(self, state: State, now: datetime, error: str | None = None, detail: str = "") -> None:
        is_news = self._said != (state, error)
        if is_news:
            log.info("stream", stream=self._stream_id, state=state, error=error, detail=detail)
        if is_news or self._said_at is None or now - self._said_at >= self._every:
            self._said, self._said_at = (state, error), now
            self._report(StreamReport(state, error, detail, self.n_frames, self._last_frame_at))
