"""Reads one stream for ever: opens it, keeps what comes in its ring, and opens it again when it is lost."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Literal, NamedTuple

import av
import structlog

from patrol.streams.decode import VideoPacket
from patrol.streams.doors import Doors
from patrol.streams.motion import PacketStir
from patrol.streams.reading import PICTURE_TIMEOUT_S
from patrol.streams.retry import PACE, Pace, Retry
from patrol.streams.ring import Codec, Ring
from patrol.streams.rtsp import OPEN_TIMEOUT_S, READ_TIMEOUT_S, Source, StreamLost, open_rtsp
from patrol.streams.still import Stillness
from patrol.streams.vitals import Meter
from patrol.values import PatrolError, Stream

log = structlog.get_logger()

Clock = Callable[[], datetime]
State = Literal["opening", "live", "down"]


@dataclass(frozen=True, slots=True)
class StreamReport:
    """How a stream is. `error` is a code of words/streams.json; `detail` is for whoever mends it."""

    state: State
    error: str | None = None
    detail: str = ""
    n_frames: int = 0  #: that came since the watching began
    last_frame_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each thing may take, in seconds."""

    open_s: float = OPEN_TIMEOUT_S
    read_s: float = READ_TIMEOUT_S
    picture_s: float = PICTURE_TIMEOUT_S
    frozen_s: float = 30.0  #: with no motion and none of a sensor's noise; longer than any group of pictures seen
    reopen_frozen_s: float = 300.0  #: some encoders only wake up for a new connection
    report_s: float = 1.0
    pace: Pace = PACE  #: of tries


PATIENCE = Patience()


class Reader:
    """The thread of one stream: keeps its ring filled until `halt`, and decodes nothing.

    credentials: reads user:password as it is now. doors: those of the whole process.
    Whoever decodes tells it what came of the packets: `saw` a picture, or that they are `garbled`.
    """

    def __init__(
        self,
        stream: Stream,
        credentials: Callable[[], str | None],
        *,
        clock: Clock,
        report: Callable[[StreamReport], None],
        patience: Patience = PATIENCE,
        doors: Doors | None = None,
        chance: random.Random | None = None,
        ring: Ring | None = None,
    ) -> None:
        self.ring, self.halt, self.meter = ring or Ring(), Event(), Meter()
        self.n_connections = 0
        self._stream, self._credentials, self._clock = stream, credentials, clock
        self._patience = patience
        self._doors = doors or Doors()
        self._retry = Retry(stream.url, credentials, self._doors, patience.pace, chance or random.Random())
        self._tried_with: str | None = None  # the user and password of the newest try
        self._stillness = Stillness(patience.frozen_s)
        self._stir = PacketStir()
        self._reporter = Reporter(stream.id, report, timedelta(seconds=patience.report_s))
        self._live_at: datetime | None = None  # the first picture of this connection
        self._codec: Codec | None = None  # of this connection; None between two
        self._keyless_since: datetime | None = None  # where pictures are waited for that only a key frame gives
        self._garbled_at: datetime | None = None  # since when nothing can be made of the packets
        self._fault: StreamLost | None = None

    @property
    def changed_at(self) -> datetime | None:
        """When the newest picture came that differs from the one before it."""
        return self._stillness.changed_at

    @property
    def is_live(self) -> bool:
        """Whether this connection has given a picture."""
        return self._live_at is not None

    def run(self) -> None:
        """Read until halted."""
        self._reporter.tell("opening", self._clock())
        while not self.halt.is_set():
            if (loss := self.read_until_lost()) is not None:
                self._retry.wait(loss.code, loss.lasted_s, self.halt, self._tried_with)

    def read_until_lost(self) -> "Loss | None":
        """Read one connection to its end, and say what it was lost by; None where we are halted."""
        self._live_at = self._garbled_at = self._fault = None
        try:
            self.run_once()
        except StreamLost as lost:
            now = self._clock()
            self._reporter.tell("down", now, lost.code, lost.detail)
            return Loss(lost.code, self._lasted_s(now))
        finally:
            self._live_at = self._codec = None
        return None

    def run_once(self) -> None:
        """Read one connection; StreamLost where it ends, return where we are halted."""
        with self._opened() as source:
            if source is None:
                return
            self._begin(Codec.of(source.video))
            for packet in source.packets():
                if self.halt.is_set():
                    return
                if packet.size:
                    self._take(packet, self._clock())

    @contextmanager
    def _opened(self) -> Iterator[Source | None]:
        """An open connection; None where we are halted before our turn. Who does not answer is only knocked at."""
        self._tried_with = self._read_secret()
        if (code := self._retry.knock()) is not None:
            raise StreamLost(code)
        stream, patience = self._stream, self._patience
        with ExitStack() as ending:
            with self._doors.opening(stream.url, self.halt) as is_let_in:
                opening = open_rtsp(stream, self._tried_with, open_s=patience.open_s, read_s=patience.read_s)
                source = ending.enter_context(opening) if is_let_in else None
            yield source

    def _read_secret(self) -> str | None:
        """The user and password as they are now: somebody may have corrected them."""
        try:
            return self._credentials()
        except PatrolError as error:
            raise StreamLost("setting", str(error)) from None

    def _begin(self, codec: Codec) -> None:
        self.n_connections += 1
        self._codec, self._keyless_since = codec, self._clock()
        self._stir = PacketStir()
        self.meter.begin(codec)
        self.ring.begin(codec)

    def _take(self, packet: VideoPacket, arrived_at: datetime) -> None:
        begun = self.ring.append(packet, arrived_at)
        self.meter.note(packet, arrived_at, begins_gop=begun is not None)
        self._reporter.count(arrived_at)
        if begun is not None:
            begun.stir = self._stir.finish()
            self._keyless_since = arrived_at if self._stream.decode == "key_frames" else None
            self._reporter.go_on(arrived_at)
        elif not packet.is_keyframe:  # a key frame may come in two packets
            self._stir.note(packet.size)
        self._give_up(arrived_at)

    def _give_up(self, now: datetime) -> None:
        """StreamLost where a new connection is the only hope."""
        if self._fault is not None:
            raise self._fault
        if self._garbled_at and (now - self._garbled_at).total_seconds() > self._patience.picture_s:
            raise StreamLost("garbage", "packets come that cannot be decoded")
        if self._keyless_since and (now - self._keyless_since).total_seconds() > self._patience.picture_s:
            raise StreamLost("no_picture", "packets come, but no key frame")

    def saw(self, picture: av.VideoFrame, arrived_at: datetime, codec: Codec) -> bool:
        """A whole picture was decoded; False where it is the same old one, which nobody is to look at.

        Frozen for long, the stream is opened anew: some encoders only wake up for a new connection. A picture of a
        connection that has ended (its codec is another object) says nothing about this one.
        """
        if codec is not self._codec:
            return True
        if self._live_at is None:
            self._live_at = arrived_at
            self._stillness.resume(arrived_at)
        self._garbled_at = None
        self._stillness.look(picture, arrived_at)
        if not self._stillness.is_frozen(arrived_at):
            self._reporter.tell("live", arrived_at)
            return True
        self._reporter.tell("down", arrived_at, "frozen")
        if self._lasted_s(arrived_at) >= self._patience.reopen_frozen_s:
            self._fault = StreamLost("frozen")
        return False

    def garbled(self, arrived_at: datetime, codec: Codec) -> None:
        """Nothing could be made of a key frame's packets."""
        if codec is self._codec:
            self._garbled_at = self._garbled_at or arrived_at

    def _lasted_s(self, now: datetime) -> float:
        """How long this connection has given pictures; the time it took to open, or to time out, does not count."""
        return (now - self._live_at).total_seconds() if self._live_at else 0.0


class Loss(NamedTuple):
    """How a connection ended."""

    code: str  #: of words/streams.json
    lasted_s: float  #: so long it had given pictures


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

    def go_on(self, now: datetime) -> None:
        """Tell the newest counts of a stream that is live, though nobody has looked at it just now."""
        if self._said is not None and self._said[0] == "live":
            self.tell("live", now)

    def tell(self, state: State, now: datetime, error: str | None = None, detail: str = "") -> None:
        is_news = self._said != (state, error)
        if is_news:
            log.info("stream", stream=self._stream_id, state=state, error=error, detail=detail)
        if is_news or self._said_at is None or now - self._said_at >= self._every:
            self._said, self._said_at = (state, error), now
            self._report(StreamReport(state, error, detail, self.n_frames, self._last_frame_at))
