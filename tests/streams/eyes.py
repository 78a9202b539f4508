"""A stream read and looked at as a worker does, without faces: what it gave, and what it reported."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from patrol.streams.attention import Attention, Interest
from patrol.streams.reconnect import Patience, Reader, StreamReport
from patrol.streams.retry import Pace
from patrol.values import Frame
from tests.streams.cameras import clock, stream_at

QUICK = Pace(first_s=0.1, answering_max_s=0.2, silent_max_s=0.2)
HURRIED = Patience(open_s=2, read_s=1, picture_s=2, frozen_s=1.5, report_s=0.1, pace=QUICK)
TURN_S = 0.02


class Watching:
    """One reading and one looking thread, until `stop`."""

    def __init__(
        self,
        url: str,
        credentials: str | Callable[[], str] | None = None,
        patience: Patience = HURRIED,
        **fields: object,
    ) -> None:
        self.frames: list[Frame] = []
        self.reports: list[StreamReport] = []
        self.interest = Interest()
        stream = stream_at(url, **{"looks_per_s": 5.0, "decode": "every_frame", **fields})
        secret = credentials if callable(credentials) else lambda: credentials
        self.reader = Reader(stream, secret, clock=clock, report=self.reports.append, patience=patience)
        self.attention = Attention(stream, self.reader)
        self._stop = Event()
        self.threads = [Thread(target=self.reader.run), Thread(target=self._look)]

    def _look(self) -> None:
        while not self._stop.wait(TURN_S):
            if self.attention.is_due():
                for sight in self.attention.take(clock()):
                    self.frames.append(sight.frame)
                    self.attention.tell(self.interest, sight)

    def stop(self) -> None:
        self._stop.set()
        self.reader.halt.set()

    def is_at(self, state: str, error: str | None = None) -> Callable[[], bool]:
        return lambda: bool(self.reports) and (self.reports[-1].state, self.reports[-1].error) == (state, error)

    def states(self) -> list[tuple[str, str | None]]:
        """What was reported, each once in a row."""
        said = [(report.state, report.error) for report in self.reports]
        return [now for before, now in zip([None, *said], said, strict=False) if now != before]


@contextmanager
def watching(url: str, credentials: str | Callable[[], str] | None = None, **fields: object) -> Iterator[Watching]:
    watch = Watching(url, credentials, **fields)  # type: ignore[arg-type]
    for thread in watch.threads:
        thread.start()
    try:
        yield watch
    finally:
        watch.stop()
        for thread in watch.threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in watch.threads)
