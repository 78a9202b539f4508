"""The writing thread: what the looking thread found goes into the database, now or when it can be written again."""

from datetime import datetime
from threading import Event

import pytest

from patrol.faces.track import Tracker
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.turns.writing import Writing
from patrol.worker import Parts, Tally, take_in
from tests.hits.sightings import STREAM, drawn_frame, face
from tests.test_worker import WANDA, FakeFinder, hits_of, parts_with


@pytest.fixture
def parts(database: Database, blobs: Blobs, now: datetime) -> Parts:
    return parts_with(database, blobs, FakeFinder(face(seed=WANDA)), now)


@pytest.fixture
def tally(parts: Parts, now: datetime) -> Tally:
    """Of a stream that has just seen Wanda twice."""
    seen, tracker = Tally(), Tracker(STREAM.id)
    for number in range(2):
        take_in(drawn_frame(now, number), [face(seed=WANDA)], STREAM, tracker, parts, seen)
    for number in range(3, 5):
        frame = drawn_frame(datetime.fromtimestamp(now.timestamp() + number / 4, now.tzinfo), number)
        take_in(frame, [face(seed=WANDA)], STREAM, tracker, parts, seen)
    assert seen.is_waiting
    return seen


def test_what_is_asked_for_is_written(parts: Parts, tally: Tally, database: Database) -> None:
    writing = Writing(lambda: parts)
    writing.ask(STREAM, tally)
    writing.write_once(within_s=0)
    assert len(hits_of(database)) == 1
    assert not tally.is_waiting


def test_what_the_disk_refuses_is_written_when_it_takes_it_again(
    parts: Parts, tally: Tally, database: Database, blobs: Blobs
) -> None:
    blobs.folder.write_text("a file where the folder of pictures should be", encoding="utf-8")
    writing = Writing(lambda: parts)
    writing.ask(STREAM, tally)
    writing.write_once(within_s=0)
    assert tally.is_waiting
    blobs.folder.unlink()
    writing.write_once(within_s=0)
    assert len(hits_of(database)) == 1


def test_what_waits_at_the_end_is_still_written(parts: Parts, tally: Tally, database: Database) -> None:
    writing, stop = Writing(lambda: parts), Event()
    stop.set()
    writing.ask(STREAM, tally)
    writing.run(stop)
    assert len(hits_of(database)) == 1
