"""The looking thread: batches across streams, tracks judged, faults survived, everybody let go in order."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Thread

import numpy as np
import pytest

from patrol.hits.regions import Regions
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.streams.attention import Interest, Sight
from patrol.turns.looking import BATCH, Looking, Watched
from patrol.values import Face, Float32, Frame, Stream
from patrol.worker import Parts, Tally, write_down
from tests.hits.sightings import STREAM, drawn_frame, face
from tests.test_worker import WANDA, FakeFinder, hits_of, parts_with
from tests.waiting import eventually


class FakeAttention:
    """Gives the sights that the test has laid ready, one a turn."""

    def __init__(self, sights: Sequence[Sight]) -> None:
        self.sights = list(sights)
        self.told: list[Interest] = []
        self.spots: list[bool] = []
        self.n_dropped = 0
        self.is_live = True

    def is_due(self) -> bool:
        return bool(self.sights)

    def take(self, now: datetime, *, is_wanted: bool = False) -> list[Sight]:
        return [self.sights.pop(0)]

    def tell(self, interest: Interest, sight: Sight) -> None:
        self.told.append(interest)

    def spotted(self, sight: Sight, interest: Interest, *, has_face: bool) -> None:
        self.spots.append(has_face)


class CountingFinder(FakeFinder):
    """Remembers how many frames it was given at once."""

    def __init__(self, *faces: Face) -> None:
        super().__init__(*faces)
        self.batches: list[int] = []

    def find(self, frames: Sequence[Frame]) -> list[list[Face]]:
        self.batches.append(len(frames))
        return super().find(frames)

    def glance(self, frame: Frame) -> Float32:
        return np.array([face.box_xyxy for face in self.faces], np.float32).reshape(-1, 4)


class House:
    """A looking thread without its thread: the test takes the turns."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.written: list[str] = []
        self.looking = Looking(lambda: self.parts, self.write)
        self.attentions: dict[str, FakeAttention] = {}
        self.watched: dict[str, Watched] = {}

    def write(self, stream: Stream, tally: Tally) -> None:
        self.written.append(stream.id)
        write_down(stream, self.parts, tally)

    def finder_batches(self) -> list[int]:
        finder = self.parts.finder
        assert isinstance(finder, CountingFinder)
        return finder.batches

    def add(self, id: str, *sights: Sight, is_key: bool = False) -> Watched:
        stream = replace(STREAM, id=id, is_key=is_key)
        self.attentions[id] = FakeAttention(sights)
        self.watched[id] = Watched(stream, self.attentions[id], Tally())  # type: ignore[arg-type]
        self.looking.add(self.watched[id])
        return self.watched[id]


@pytest.fixture
def finder() -> CountingFinder:
    return CountingFinder(face(seed=WANDA))


@pytest.fixture
def house(database: Database, blobs: Blobs, finder: CountingFinder, now: datetime) -> House:
    return House(parts_with(database, blobs, finder, now))


def sights(now: datetime, n: int, *, is_still: bool = False, is_small: bool = False) -> list[Sight]:
    frames = [drawn_frame(now + timedelta(seconds=number / 4), number + 1) for number in range(n)]
    return [Sight(frame, is_still, is_small) for frame in frames]


def turns(house: House) -> int:
    return sum(1 for _ in iter(house.looking.turn, False))


def test_streams_that_are_due_are_looked_at_in_one_batch(house: House, finder: CountingFinder, now: datetime) -> None:
    for number in range(BATCH + 1):
        house.add(f"c{number}", *sights(now, 1))
    assert turns(house) == 2
    assert finder.batches == [BATCH, 1]


def test_a_listed_person_becomes_a_hit_and_no_further_look_is_asked_for(
    house: House, database: Database, now: datetime
) -> None:
    house.add("gate", *sights(now, 3))
    turns(house)
    assert len(hits_of(database)) == 1
    told = house.attentions["gate"].told
    assert [interest.near for interest in told] == [True, False, False]
    assert all(interest.anybody for interest in told)


def test_a_still_picture_is_not_searched(house: House, finder: CountingFinder, now: datetime) -> None:
    house.add("gate", *sights(now, 2, is_still=True))
    turns(house)
    assert finder.batches == []
    assert [interest.anybody for interest in house.attentions["gate"].told] == [False, False]


def test_a_small_picture_is_only_asked_whether_there_is_a_face(
    house: House, finder: CountingFinder, database: Database, now: datetime
) -> None:
    house.add("gate", *sights(now, 3, is_small=True))
    turns(house)
    assert house.attentions["gate"].spots == [True, True, True]
    assert finder.batches == []
    assert hits_of(database) == []


def test_who_is_still_in_view_is_judged_when_a_stream_is_taken_out(
    house: House, database: Database, now: datetime
) -> None:
    house.add("gate", *sights(now, 1))
    turns(house)
    assert hits_of(database) == []  # one look alone may be a lucky blur
    house.looking.remove(["gate"])
    assert [hit.stream_id for hit in hits_of(database)] == ["gate"]
    house.looking.remove(["gate"])


def test_a_self_test_on_its_way_asks_for_looks(house: House, now: datetime) -> None:
    watched = house.add("gate", *sights(now, 3, is_still=True))
    left = iter([True, True, False])
    watched.tally.visit = lambda: next(left)
    turns(house)
    assert [interest.near for interest in house.attentions["gate"].told] == [True, True, False]
    assert watched.tally.visit is None


def test_a_fault_with_one_batch_leaves_no_camera(house: House, now: datetime) -> None:
    class Broken(FakeAttention):
        def take(self, now: datetime, *, is_wanted: bool = False) -> list[Sight]:
            super().take(now)
            raise ZeroDivisionError("a fault of ours")

    broken = house.add("broken")
    broken.attention = Broken(sights(now, 2))  # type: ignore[assignment]
    house.add("gate", *sights(now, 2))
    stop = Event()
    thread = Thread(target=house.looking.run, args=(stop,))
    thread.start()
    eventually(lambda: len(house.attentions["gate"].told) == 2)
    stop.set()
    thread.join(5)


class Wall:
    """Somebody looks at the gate."""

    address, token = "http://127.0.0.1:1", "token"

    def __init__(self) -> None:
        self.noted: list[tuple[str, int]] = []

    def wants(self, stream_id: str) -> bool:
        return stream_id == "gate"

    def note(self, stream_id: str, frame: Frame, faces: Sequence[Face]) -> None:
        self.noted.append((stream_id, len(faces)))


def test_who_watches_live_is_shown_what_is_looked_at(house: House, now: datetime) -> None:
    wall = Wall()
    house.parts = replace(house.parts, live=wall)
    house.add("gate", *sights(now, 2))
    house.add("hall", *sights(now, 2))
    turns(house)
    assert wall.noted == [("gate", 1), ("gate", 1)]


def test_a_masked_face_gets_no_box_on_the_wall(house: House, now: datetime) -> None:
    wall = Wall()
    house.parts = replace(house.parts, live=wall)
    everywhere = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    house.add("gate", *sights(now, 1)).tally.standing.regions = Regions(masks=(everywhere,))
    turns(house)
    assert wall.noted == [("gate", 0)]


def test_the_wall_shows_a_sub_stream_too(house: House, now: datetime) -> None:
    wall = Wall()
    house.parts = replace(house.parts, live=wall)
    house.add("gate", *sights(now, 1, is_small=True))
    turns(house)
    assert wall.noted == [("gate", 0)]


def test_a_masked_face_in_the_small_stream_is_no_face(house: House, now: datetime) -> None:
    everywhere = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    watched = house.add("gate", *sights(now, 1, is_small=True))
    watched.tally.standing.regions = Regions(masks=(everywhere,))
    turns(house)
    assert house.attentions["gate"].spots == [False]


def test_a_self_test_comes_in_though_the_small_stream_shows_nobody(
    house: House, finder: CountingFinder, now: datetime
) -> None:
    finder.faces = []
    watched = house.add("gate", *sights(now, 1, is_small=True))
    watched.tally.visit = lambda: True
    turns(house)
    assert house.attentions["gate"].spots == [True]


def test_who_changes_the_streams_comes_before_the_next_batch(
    house: House, finder: CountingFinder, now: datetime
) -> None:
    slow = threading.Event()
    finder.faces = []
    for number in range(8):
        house.add(f"c{number}", *sights(now, 1) * 50)
    take = FakeAttention.take

    def takes(self: FakeAttention, now: datetime, *, is_wanted: bool = False) -> list[Sight]:
        slow.wait(0.002)
        return take(self, now)

    stop = Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeAttention, "take", takes)
        thread = Thread(target=house.looking.run, args=(stop,))
        thread.start()
        n_batches = len(house.finder_batches())
        house.looking.remove(house.watched)
        assert len(house.finder_batches()) - n_batches <= 2
        stop.set()
        thread.join(5)
