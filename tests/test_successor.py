"""The coming embedder in a worker: it embeds, tries itself at hits, and takes over; strangers are not shown to it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Event
from typing import NoReturn

import numpy as np
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from patrol.faces.thresholds import Thresholds
from patrol.faces.track import Tracker
from patrol.faces.weights import WeightsUnknown
from patrol.matching.prior import unmeasured
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Comparison, EmbedderChange, Hit, Portrait, PortraitTemplate
from patrol.successor import MOST_WAITING, Successor
from patrol.values import Face, Float32, Template, Uint8
from patrol.watch import Watch
from patrol.watchlist import changeover
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.photos import as_jpeg
from patrol.worker import Parts
from tests.hits.sightings import STREAM, face, template, track
from tests.streams.cameras import stream_at
from tests.test_watch import NOBODY
from tests.test_worker import STRANGER, WANDA, FakeFinder, parts_with, see

NEW = "new-2026"
OLD_NAME, NEW_NAME = "old", "new"
PHOTO_BOX = (0, 0, 9, 9)


class NewFinder:
    """The coming embedder: takes every face for `seed`'s, in a photo as before a camera."""

    embedder = NEW
    runtime = "fake"
    thresholds = Thresholds(sure=0.45, uncertain=0.36, margin=0.05)

    def __init__(self, seed: int = WANDA) -> None:
        self.seed = seed
        self.n_cut = 0

    def examine(self, pixels_bgr: Uint8) -> list[Face]:
        return [replace(face(box_xyxy=PHOTO_BOX), template=Template(NEW, template(WANDA).vector))]

    def cut(self, pixels_bgr: Uint8, landmarks_xy: Float32) -> Uint8:
        self.n_cut += 1
        return np.zeros((112, 112, 3), np.uint8)

    def embed(self, chips_bgr: Sequence[Uint8]) -> list[Template]:
        return [Template(NEW, template(self.seed).vector) for _ in chips_bgr]


class Office:
    """A worker whose gallery holds Wanda, with a successor beside it that the test lets work step by step."""

    def __init__(self, database: Database, blobs: Blobs, now: datetime, seen: int = WANDA, new: int = WANDA) -> None:
        self.database, self.now, self.stop = database, now, Event()
        self.finder = NewFinder(new)
        self.gallery = Gallery(NEW, self.finder.thresholds, unmeasured(NEW))
        parts = parts_with(database, blobs, FakeFinder(face(seed=seen)), now)
        with database.write() as session:
            photo = as_jpeg(np.full((64, 64, 3), 90, np.uint8))
            session.scalars(select(Portrait)).one().picture_key = blobs.put("portrait", photo, now)
        self.successor = Successor(
            database,
            blobs,
            lambda: now,
            worker_id="w1",
            setting=OLD_NAME,
            in_use=OLD_NAME,
            open_spare=lambda name: (self.finder, self.gallery),  # type: ignore[arg-type, return-value]
            open_heir=lambda name: (self.finder, Gallery(NEW, self.finder.thresholds)),  # type: ignore[arg-type, return-value]
        )
        self.parts: Parts = replace(parts, show=self.successor.show)

    def work(self) -> None:
        """One round of both threads."""
        self.successor.prepare_once(self.stop)
        self.successor.work_once(self.stop)

    def begin(self) -> None:
        with self.database.write() as session:
            changeover.start(session, OLD_NAME, NEW_NAME, NEW, by="ada", now=self.now)

    def switch(self) -> None:
        with self.database.write() as session:
            change = changeover.require_open(session)
            changeover.switch(session, change, NEW, by="ada", now=self.now)

    def cancel(self) -> None:
        with self.database.write() as session:
            changeover.cancel(session, changeover.require_open(session), by="ada", now=self.now)

    def change(self) -> EmbedderChange:
        with self.database.read() as session:
            return session.scalars(select(EmbedderChange)).one()

    def comparisons(self) -> list[Comparison]:
        with self.database.read() as session:
            return list(session.scalars(select(Comparison)))


@pytest.fixture
def office(database: Database, blobs: Blobs, now: datetime) -> Office:
    return Office(database, blobs, now)


def test_while_no_change_is_open_it_is_shown_nothing(office: Office, now: datetime) -> None:
    office.work()
    see(office.parts, Tracker(STREAM.id), now, n_looks=4)
    assert office.finder.n_cut == 0


def test_every_photo_is_embedded_and_then_live_hits_are_compared(office: Office) -> None:
    office.begin()
    office.work()
    change = office.change()
    assert (change.state, change.n_embedded, change.n_total, change.failures) == ("comparing", 1, 1, [])


def test_it_says_of_a_hit_whom_it_would_have_taken_the_face_for(office: Office, now: datetime) -> None:
    office.begin()
    office.work()
    see(office.parts, Tracker(STREAM.id), now, n_looks=4)
    office.work()
    (said,) = office.comparisons()
    with office.database.read() as session:
        hit = session.scalars(select(Hit)).one()
    assert (said.hit_id, said.person_id, said.embedder) == (hit.id, hit.person_id, NEW)
    assert said.grade is not None
    assert said.score is not None
    assert said.score >= said.threshold >= office.gallery.standing.scale.uncertain


def test_it_says_too_where_it_would_have_found_nobody(database: Database, blobs: Blobs, now: datetime) -> None:
    office = Office(database, blobs, now, new=77)
    office.begin()
    office.work()
    see(office.parts, Tracker(STREAM.id), now, n_looks=4)
    office.work()
    (said,) = office.comparisons()
    assert (said.grade, said.person_id) == (None, None)
    derived = office.gallery.standing.scale.uncertain
    assert derived != office.finder.thresholds.uncertain
    assert (said.score, said.threshold) == (None, derived)


def test_a_stranger_is_never_shown_to_it(database: Database, blobs: Blobs, now: datetime) -> None:
    office = Office(database, blobs, now, seen=STRANGER)
    office.begin()
    office.work()
    see(office.parts, Tracker(STREAM.id), now, n_looks=6)
    office.work()
    assert office.finder.n_cut == 0
    assert office.comparisons() == []


def test_more_looks_of_one_hit_are_one_comparison(office: Office, now: datetime) -> None:
    office.begin()
    office.work()
    see(office.parts, Tracker(STREAM.id), now, n_looks=4)
    with office.database.read() as session:
        hit_id = session.scalars(select(Hit.id)).one()
    for _ in range(3):
        office.successor.show(hit_id, track(now))
    office.work()
    assert len(office.comparisons()) == 1


def test_a_hit_that_is_gone_by_then_is_not_compared(office: Office, now: datetime) -> None:
    office.begin()
    office.work()
    office.successor.show(uuid.uuid4(), track(now))
    office.work()
    assert office.comparisons() == []


def test_a_camera_never_waits_for_it(office: Office, now: datetime) -> None:
    office.begin()
    office.work()
    for _ in range(2 * MOST_WAITING):
        office.successor.show(uuid.uuid4(), track(now))
    assert office.finder.n_cut == 2 * MOST_WAITING


def test_another_worker_that_embeds_is_left_to_it(office: Office, now: datetime) -> None:
    office.begin()
    with office.database.write() as session:
        assert changeover.lease(session, changeover.require_open(session).id, "w2", now)
    office.work()
    assert (office.change().state, office.change().n_embedded) == ("embedding", 0)


def test_a_photo_enrolled_while_comparing_is_embedded_too(office: Office, now: datetime) -> None:
    office.begin()
    office.work()
    with office.database.write() as session:
        portrait = session.scalars(select(Portrait)).one()
        session.query(PortraitTemplate).filter(PortraitTemplate.embedder == NEW).delete()
        assert portrait.picture_key
    office.work()
    with office.database.read() as session:
        assert set(session.scalars(select(PortraitTemplate.embedder))) == {FakeFinder.embedder, NEW}


class Overtaken(NewFinder):
    """Something happens to the change while the first photo is being embedded."""

    def __init__(self, happens: Callable[[], None], *, has_face: bool) -> None:
        super().__init__()
        self.happens, self.has_face = happens, has_face

    def examine(self, pixels_bgr: Uint8) -> list[Face]:
        self.happens()
        return super().examine(pixels_bgr) if self.has_face else []


def new_templates(office: Office) -> int:
    with office.database.read() as session:
        return len(session.scalars(select(PortraitTemplate).where(PortraitTemplate.embedder == NEW)).all())


@pytest.mark.parametrize("has_face", [True, False])
def test_nothing_is_kept_of_a_change_that_is_cancelled_while_a_photo_is_embedded(
    office: Office, *, has_face: bool
) -> None:
    office.finder = Overtaken(office.cancel, has_face=has_face)
    office.begin()
    office.work()
    change = office.change()
    assert (change.state, change.failures, new_templates(office)) == ("cancelled", [], 0)


@pytest.mark.parametrize("has_face", [True, False])
def test_who_has_lost_the_turn_keeps_nothing_and_does_not_say_that_all_is_embedded(
    office: Office, now: datetime, *, has_face: bool
) -> None:
    def lose() -> None:
        with office.database.write() as session:
            change = changeover.require_open(session)
            change.worker_id, change.leased_until = "w2", now + changeover.LEASE

    office.finder = Overtaken(lose, has_face=has_face)
    office.begin()
    office.work()
    change = office.change()
    assert (change.state, change.failures, new_templates(office)) == ("embedding", [], 0)


def test_no_comparison_is_kept_of_a_change_that_is_cancelled_meanwhile(
    office: Office, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.begin()
    office.work()
    see(office.parts, Tracker(STREAM.id), now, n_looks=4)
    embed = office.finder.embed

    def cancelling(chips_bgr: Sequence[Uint8]) -> list[Template]:
        if office.change().state == "comparing":
            office.cancel()
        return embed(chips_bgr)

    monkeypatch.setattr(office.finder, "embed", cancelling)
    office.work()
    assert (office.change().state, office.comparisons()) == ("cancelled", [])


def test_a_cancelled_change_takes_its_networks_with_it(office: Office, now: datetime) -> None:
    office.begin()
    office.work()
    office.cancel()
    office.work()
    office.successor.show(uuid.uuid4(), track(now))
    assert office.finder.n_cut == 0


def test_after_the_switch_the_worker_goes_on_with_the_new_one_without_a_restart(office: Office) -> None:
    watch = Watch(office.parts, NoStreams(), lambda name: "", office.successor)
    watch.start()
    watch.keep((stream_at(NOBODY),))
    loop = watch.loops["gate"]
    tracker = loop.watched.tracker
    office.begin()
    office.work()
    watch.run_once()
    assert watch.parts.finder is office.parts.finder
    office.switch()
    office.work()
    watch.run_once()
    assert watch.parts.finder is office.finder
    assert watch.parts.gallery.embedder == NEW
    assert watch.parts.gallery.n_people == 1
    assert watch.loops["gate"] is loop
    assert not loop.stop.is_set()  # the camera is not even asked
    assert loop.watched.tracker is not tracker  # no track mixes templates of two
    watch.end()


@pytest.mark.parametrize(("thread", "name"), [("run", "work_once"), ("stand_by", "prepare_once")])
def test_what_fails_is_tried_again_and_ends_at_the_stop(
    office: Office, monkeypatch: pytest.MonkeyPatch, thread: str, name: str
) -> None:
    tries: list[int] = []

    def failing(stop: Event) -> None:
        tries.append(len(tries))
        if len(tries) == 2:
            stop.set()
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("patrol.successor.EVERY_S", 0.0)
    monkeypatch.setattr("patrol.successor._step_back", lambda: None)
    monkeypatch.setattr(office.successor, name, failing)
    getattr(office.successor, thread)(office.stop)
    assert tries == [0, 1]


def test_what_can_be_explained_is_said_once_until_it_works_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = iter([True, True, True, False, True])

    def failing(stop: Event) -> None:
        if (fault := next(fails, None)) is None:
            stop.set()
        elif fault:
            raise WeightsUnknown("the manifest has no new")

    monkeypatch.setattr("patrol.successor.EVERY_S", 0.0)
    monkeypatch.setattr(office.successor, "prepare_once", failing)
    with capture_logs() as lines:
        office.successor.stand_by(office.stop)
    assert [line["error"] for line in lines] == ["the manifest has no new"] * 2


def test_where_the_coming_network_is_gone_from_the_manifest_the_present_one_watches_on(
    office: Office, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(name: str) -> NoReturn:
        raise WeightsUnknown(f"the manifest has no {name}")

    monkeypatch.setattr(office.successor, "_open_spare", gone)
    office.begin()
    with pytest.raises(WeightsUnknown):
        office.work()
    see(office.parts, Tracker(STREAM.id), now, n_looks=4)
    with office.database.read() as session:
        assert session.scalars(select(Hit)).one().embedder == FakeFinder.embedder
    assert office.successor.take_over() is None


class NoStreams:
    """A streams.yaml that says nothing new."""

    error = None

    def changed(self) -> None:
        return None
