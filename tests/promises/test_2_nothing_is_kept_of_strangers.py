"""Promise 2: nothing is kept because of a face that matches nobody. Every way into `record` is tried."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from patrol.faces.thresholds import Thresholds
from patrol.faces.track import Tracker
from patrol.hits.clocks import Clocks
from patrol.hits.record import record
from patrol.hits.retention import sweep
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Person, PortraitTemplate
from patrol.values import Face, Frame, Match, Track
from patrol.watchlist.gallery import Gallery
from patrol.worker import Parts, Tally, judge, look, write_down
from tests.hits.sightings import EMBEDDER, STREAM, cast, drawn_frame, face, match, template, track
from tests.hits.story import Story
from tests.promises.traces import Trace, traces_in, traces_in_files, traces_in_rows
from tests.web.house import make_house
from tests.web.test_wall import Station


@pytest.fixture
def story(any_database: Database, blobs: Blobs, now: datetime) -> Story:
    with any_database.write() as session:
        people = cast(session, now)
    return Story(any_database, blobs, people)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    lines: list[str] = []
    with capture_logs() as entries:
        yield lines
        lines += [repr(entry) for entry in entries]


def traces_of(story: Story, seen: Track, folder: Path) -> list[Trace]:
    vectors = [seen.template.vector, *(look.template.vector for look in seen.looks if look.template)]
    return traces_in_files(folder, vectors) + traces_in_rows(story.database, vectors)


def suspend(story: Story, now: datetime) -> None:
    with story.database.write() as session:
        session.get_one(Person, story.people.wanda.id).suspended_at = now


def a_match_with_an_entry_that_has_ended(story: Story, seen: Track, now: datetime) -> None:
    suspend(story, now)
    assert story.see(seen) is None


def a_match_with_a_person_who_is_gone(story: Story, seen: Track, now: datetime) -> None:
    assert (
        story.see(seen, Match(uuid.uuid4(), uuid.uuid4(), 0.9, 0.9, 0.4, None, None, "sface-2021dec", "sure")) is None
    )


def a_match_whose_transaction_fails(story: Story, seen: Track, now: datetime) -> None:
    def record_and_fail() -> None:
        with story.database.write() as session:
            record(session, story.blobs, STREAM, seen, match(story.people), now=now, cooldown_s=120)
            raise KeyError

    with pytest.raises(KeyError):
        record_and_fail()


@pytest.mark.parametrize(
    "happen",
    [
        a_match_with_an_entry_that_has_ended,
        a_match_with_a_person_who_is_gone,
        a_match_whose_transaction_fails,
    ],
)
def test_what_makes_no_hit_leaves_no_trace(story: Story, tmp_path: Path, now: datetime, happen: object) -> None:
    seen = track(now)
    happen(story, seen, now)  # type: ignore[operator]
    assert traces_of(story, seen, tmp_path) == []


def test_the_logs_of_a_hit_hold_no_picture_and_no_template(story: Story, now: datetime, logged: list[str]) -> None:
    seen = track(now)
    story.see(seen)
    text = "\n".join(logged).encode()
    assert traces_in(text, "log", [look.template.vector for look in seen.looks if look.template]) == []


def test_a_hit_leaves_traces_which_the_scanner_sees(story: Story, tmp_path: Path, now: datetime) -> None:
    seen = track(now)
    story.see(seen)
    assert {trace.what for trace in traces_of(story, seen, tmp_path)} >= {
        "a JPEG",
        "template 1 in binary",
        "a row that speaks of a face",
        "an event hit.recorded",
    }


def test_a_shed_hit_leaves_no_picture_and_no_template_anywhere(story: Story, tmp_path: Path, now: datetime) -> None:
    """Not in a freed page of the database, nor in its write-ahead log."""
    seen = track(now)
    hit = story.see(seen)
    assert hit is not None
    story.decide(hit, "rejected")
    sweep(story.database, story.blobs, Clocks(), 10**12, now + timedelta(hours=25))
    left = {trace.what for trace in traces_of(story, seen, tmp_path)}
    assert left <= {
        "a row that speaks of a face",
        "an event hit.recorded",
        "an event hit.decided",
        "an event hit.shed",
    }


def test_the_better_look_leaves_nothing_of_the_one_before(story: Story, tmp_path: Path, now: datetime) -> None:
    passage = uuid.uuid4()
    story.see(track(now, passage_id=passage, quality=0.4))
    better = track(now, passage_id=passage, quality=0.8)
    story.see(better)
    pictures = [path for path in tmp_path.rglob("*") if path.suffix in (".jpg", ".part")]
    assert len(pictures) == 2


class Strangers:
    """A finder that sees three people walk by, none of them on any list."""

    embedder, runtime, thresholds = EMBEDDER, "drawn", Thresholds(sure=0.45, uncertain=0.38, margin=0.05)

    def __init__(self) -> None:
        self.vectors = [template(seed) for seed in (901, 902, 903)]

    def find(self, frames: Sequence[Frame]) -> list[list[Face]]:
        return [[self._face(frame, n) for n in range(len(self.vectors))] for frame in frames]

    def _face(self, frame: Frame, n: int) -> Face:
        left, top = 20 + 5 * frame.number + 150 * n, 100
        drawn = face(0.8, (left, top, left + 60, top + 80))
        return replace(drawn, template=self.vectors[n])


def test_a_worker_that_watches_strangers_leaves_no_trace(
    story: Story, tmp_path: Path, now: datetime, logged: list[str]
) -> None:
    with story.database.write() as session:
        vector, portrait = template(7).vector.tobytes(), story.people.portrait
        enrolled = PortraitTemplate(portrait_id=portrait.id, embedder=EMBEDDER, vector=vector, created_at=now)
        session.add(enrolled)
    strangers = Strangers()
    gallery = Gallery(EMBEDDER, strangers.thresholds)
    with story.database.read() as session:
        gallery.refresh(session, now)
    assert gallery.n_people == 1
    parts = Parts("w", strangers, gallery, story.database, story.blobs, lambda: now, 120)  # type: ignore[arg-type]
    tracker, tally = Tracker(STREAM.id), Tally()
    for number in range(24):
        look(drawn_frame(now + timedelta(milliseconds=250 * number), number), STREAM, tracker, parts, tally)
    for left in tracker.close():
        judge(left, parts, tally, now)
    write_down(STREAM, parts, tally)
    assert (tally.n_looks, tally.n_faces) == (24, 72)
    vectors = [stranger.vector for stranger in strangers.vectors]
    assert traces_in_files(tmp_path, vectors) == []
    assert traces_in_rows(story.database, vectors) == []
    assert not story.blobs.folder.exists()
    assert traces_in("\n".join(logged).encode(), "log", vectors) == []


def test_a_wall_that_shows_strangers_leaves_no_trace(
    database: Database, blobs: Blobs, tmp_path: Path, now: datetime, logged: list[str]
) -> None:
    house = make_house(database, blobs, now)
    station = Station(house)
    station.write(address=station.server.address)
    before = traces_in_files(tmp_path, []) + traces_in_rows(database, [])  # an enrolled photo
    station.show("gate-b", 0.0, (128, 72, 256, 144))
    shown = house.client("rita").get("/api/v1/streams/gate-b/live")
    assert shown.headers["content-type"] == "image/jpeg"
    house.client("rita").get("/api/v1/wall?show=gate-b:0")
    station.server.close()
    house.close()
    assert traces_in_files(tmp_path, []) + traces_in_rows(database, []) == before
    assert traces_in("\n".join(logged).encode(), "log", []) == []
