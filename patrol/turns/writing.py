"""The writing thread of a worker: hits go into the database here, so that no camera waits for disk or lock."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event

import structlog

from patrol.values import Stream
from patrol.worker import Parts, Tally, write_down

AGAIN_S = 0.5  # how soon what was refused is tried again; the matches wait in their stream's tally

log = structlog.get_logger()


class Writing:
    """Writes down what streams' tallies hold. Each tally is bounded; here only its name waits."""

    def __init__(self, parts: Callable[[], Parts]) -> None:
        self._parts = parts
        self._asked: SimpleQueue[tuple[Stream, Tally]] = SimpleQueue()
        self._refused: dict[int, tuple[Stream, Tally]] = {}

    def ask(self, stream: Stream, tally: Tally) -> None:
        """This stream has something to be written down."""
        self._asked.put((stream, tally))

    def run(self, stop: Event) -> None:
        """Write until `stop`, and then what still waits."""
        while not stop.is_set():
            self.write_once(within_s=AGAIN_S)
        self.write_once(within_s=0.0)

    def write_once(self, within_s: float) -> None:
        """Everything that was asked for by now, waiting so long for the first of it; and what was refused before."""
        asked = {**self._refused, **self._take(within_s)}
        self._refused = {}
        for key, (stream, tally) in asked.items():
            self._write(stream, tally)
            if tally.is_waiting:
                self._refused[key] = (stream, tally)

    def _write(self, stream: Stream, tally: Tally) -> None:
        """A fault of ours with one stream's matches is logged, and no other stream's are lost."""
        try:
            write_down(stream, self._parts(), tally)
        except Exception:
            log.exception("writing failed", stream=stream.id)

    def _take(self, within_s: float) -> dict[int, tuple[Stream, Tally]]:
        """By tally: a stream that was started anew has another one."""
        asked: dict[int, tuple[Stream, Tally]] = {}
        try:
            stream, tally = self._asked.get(timeout=within_s or None, block=within_s > 0)
            asked[id(tally)] = stream, tally
            while True:
                stream, tally = self._asked.get_nowait()
                asked[id(tally)] = stream, tally
        except Empty:
            return asked
