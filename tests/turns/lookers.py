"""One stream of a worker, read and looked at until the block ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from patrol.streams.attention import Attention
from patrol.streams.reconnect import Reader, StreamReport
from patrol.turns.looking import Looking, Watched
from patrol.values import Stream
from patrol.worker import Parts, Tally, write_down
from tests.streams.cameras import clock


@contextmanager
def looked_at(stream: Stream, parts: Parts, tally: Tally) -> Iterator[list[StreamReport]]:
    reports: list[StreamReport] = []
    reader, stop = Reader(stream, lambda: None, clock=clock, report=reports.append), Event()
    looking = Looking(lambda: parts, lambda stream, tally: write_down(stream, parts, tally))
    looking.add(Watched(stream, Attention(stream, reader), tally))
    threads = [Thread(target=reader.run), Thread(target=looking.run, args=(stop,))]
    for thread in threads:
        thread.start()
    try:
        yield reports
    finally:
        stop.set()
        reader.halt.set()
        for thread in threads:
            thread.join(20)
