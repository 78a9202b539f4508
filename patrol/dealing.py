"""`patrol watch` as a whole: one process deals the streams out to workers, and starts again whichever ends.

A stream stays with the worker it was given to, also where it is taken out and comes back: no camera is opened by two.
What a worker is to watch it is told in a line of JSON on its standard input; where that closes, it ends.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import IO, Protocol

import structlog
from pydantic import TypeAdapter

from patrol.values import PatrolError, Stream
from patrol.watch import StreamsSource

BEAT_S = 1.0  # how soon a change of the file, or a worker that has ended, is noticed
AGAIN_MOST_S = 60.0  # between two starts of a worker that ends again and again
STREAMS_EACH = 8  # so few are worth a process of their own where there is a core for it

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Share:
    """What one worker is told."""

    streams: tuple[Stream, ...]
    error: str | None = None  #: what is wrong with the streams' file as it is now


SHARE = TypeAdapter(Share)


class Worker(Protocol):
    """A worker's process; `subprocess.Popen` is one."""

    stdin: IO[bytes] | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...


@dataclass(slots=True)
class Hand:
    """One worker, and the streams it was dealt."""

    process: Worker
    ids: set[str] = field(default_factory=set)  #: also of streams that were taken out of the file
    told: bytes = b""
    n_ended: int = 0  #: how often it has ended
    again_s: float = 0.0  #: when it may be started again, by the monotonic clock


class Dealer:
    """Keeps the workers going. start: begins worker number N of so many."""

    def __init__(
        self,
        source: StreamsSource,
        start: Callable[[int, int], Worker],
        n_cores: int,
        most: int | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._start, self._seconds = source, start, seconds
        self._most = most or n_cores
        self._streams: tuple[Stream, ...] = ()
        self.hands: list[Hand] = []

    def run(self, stop: Event) -> None:
        """Deal until `stop`, then let go of the workers: they end when their standard input does."""
        while True:
            self.deal_once()
            if stop.wait(BEAT_S):
                break
        for hand in self.hands:
            _close(hand.process)

    def deal_once(self) -> None:
        """Look at the file and at the workers, and do what is to be done."""
        if (streams := self._source.changed()) is not None:
            self._streams = streams
            self._grow()
        for number, hand in enumerate(self.hands):
            if hand.process.poll() is not None and self._seconds() >= hand.again_s:
                self._start_again(hand, number)
        self._share_out()

    def _start_again(self, hand: Hand, number: int) -> None:
        """At once after the first end, then ever later; a machine that cannot start one now is asked again later."""
        log.error("worker ended, starting it again", worker=number + 1)
        hand.n_ended += 1
        hand.again_s = self._seconds() + min(AGAIN_MOST_S, 2.0**hand.n_ended)
        try:
            hand.process, hand.told = self._start(number, len(self.hands)), b""
        except OSError:
            log.exception("worker cannot be started", worker=number + 1)

    def _grow(self) -> None:
        """More streams, more workers; those that are there stay, so that no camera changes hands."""
        n_enabled = sum(stream.is_enabled for stream in self._streams)
        n_wanted = max(1, min(self._most, -(-n_enabled // STREAMS_EACH)))
        for number in range(len(self.hands), n_wanted):
            self.hands.append(Hand(self._start(number, n_wanted)))

    def _share_out(self) -> None:
        deal([hand.ids for hand in self.hands], self._streams)
        error = str(self._source.error) if self._source.error else None
        for hand in self.hands:
            mine = tuple(stream for stream in self._streams if stream.id in hand.ids)
            self._tell(hand, SHARE.dump_json(Share(mine, error)) + b"\n")

    def _tell(self, hand: Hand, line: bytes) -> None:
        if line == hand.told or hand.process.stdin is None:
            return
        try:
            hand.process.stdin.write(line)
            hand.process.stdin.flush()
            hand.told = line
        except OSError:
            log.warning("worker does not listen; it is started again when it has ended")


def deal(hands: Sequence[set[str]], streams: Sequence[Stream]) -> None:
    """Give each new stream to who has fewest. Who had one before has it again: they may not have let go of it yet."""
    known = {stream.id for stream in streams}
    dealt = set().union(*hands)
    for stream in streams:
        if stream.id not in dealt:
            min(hands, key=lambda ids: len(ids & known)).add(stream.id)


class Dealt:
    """What this worker is told by who dealt: a StreamsSource."""

    def __init__(self, lines: IO[bytes], ended: Event) -> None:
        self._lines, self._ended = lines, ended
        self._told: SimpleQueue[Share] = SimpleQueue()
        self.error: PatrolError | None = None
        Thread(target=self._listen, name="dealt", daemon=True).start()

    def _listen(self) -> None:
        """Until nothing comes any more, or what nobody can read: either way this worker has no dealer."""
        try:
            for line in self._lines:
                self._told.put(SHARE.validate_json(line))
        except ValueError:
            log.exception("who deals says what nobody can read")
        finally:
            self._ended.set()

    def changed(self) -> tuple[Stream, ...] | None:
        """The newest that was told since the last call, else None."""
        share = None
        while True:
            try:
                share = self._told.get_nowait()
            except Empty:
                break
        if share is None:
            return None
        self.error = PatrolError(share.error) if share.error else None
        return share.streams


def standard_input() -> IO[bytes]:
    return sys.stdin.buffer


def _close(process: Worker) -> None:
    try:
        if process.stdin is not None:
            process.stdin.close()
    except OSError:
        log.warning("worker had ended already")
