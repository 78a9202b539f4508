"""A listed face comes in behind the decoder and becomes a hit that its list's policy confirms, and no other does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
from sqlalchemy import select

from patrol.faces.finder import open_finder
from patrol.faces.weights import WeightsMissing
from patrol.hits import policies
from patrol.hits.policies import ExercisePolicyRefused
from patrol.selftest import FACE_PX, N_LOOKS, STAGES, Visit, head_of, is_waiting, scene, take
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Decision, Exercise, Hit, Person, Portrait, PortraitTemplate, Routing, Watchlist
from patrol.values import Face, Frame
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.portraits import Photo, examine_photo, keep_photo
from patrol.worker import Parts, Tally
from tests.cli.terminal import MODELS
from tests.hits.sightings import EMBEDDER, STREAM, Cast, cast, face, template
from tests.rtsp import RtspServer, clips, gstreamer, rtsp_server
from tests.streams.cameras import stream_at
from tests.test_worker import FakeFinder
from tests.turns.lookers import looked_at
from tests.waiting import eventually

__all__ = ["clips", "gstreamer", "rtsp_server"]

WANDA, STRANGER = 1, 2


class Ticking:
    """A clock that goes on by a quarter second at each look."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class SharpFinder(FakeFinder):
    """Sees a face where a picture has one, and the clock go on meanwhile."""

    def __init__(self, clock: Ticking, *faces: Face) -> None:
        super().__init__(*faces)
        self.clock = clock
        self.n_frames = 0

    def find(self, frames: Sequence[Frame]) -> list[list[Face]]:
        self.clock.now += timedelta(seconds=0.4)
        self.n_frames += len(frames)
        return super().find(frames)


@dataclass
class Scene:
    database: Database
    blobs: Blobs
    cast: Cast
    parts: Parts
    finder: SharpFinder
    now: datetime

    def begin(self, **more: object) -> UUID:
        exercise = Exercise(
            id=uuid4(),
            kind="self_test",
            started_at=self.now,
            started_by="shift",
            ends_at=self.now + timedelta(seconds=60),
            stream_id=STREAM.id,
            person_id=self.cast.wanda.id,
        )
        for name, value in more.items():
            setattr(exercise, name, value)
        with self.database.write() as session:
            session.add(exercise)
        return exercise.id

    def policy(self) -> None:
        with self.database.write() as session:
            watchlist = session.get_one(Watchlist, self.cast.watchlist.id)
            policies.write(
                session, watchlist, "before each shift", "user:ada", self.now, self.now + timedelta(days=9)
            )

    def visit(self) -> Visit | None:
        with self.database.write() as session:
            guests = take(session, [STREAM.id], self.now)
        return Visit(guests[STREAM.id], STREAM, self.parts) if guests else None

    def run(self) -> None:
        visit = self.visit()
        assert visit is not None
        while visit():
            pass

    def exercise(self) -> Exercise:
        with self.database.read() as session:
            return session.scalars(select(Exercise)).one()

    def hits(self) -> list[Hit]:
        with self.database.read() as session:
            return list(session.scalars(select(Hit)))


def portrait_jpeg() -> bytes:
    return cv2.imencode(".jpg", np.full((300, 240, 3), 180, np.uint8))[1].tobytes()


def make_scene(
    database: Database, blobs: Blobs, now: datetime, *, seen: int = WANDA, is_exercise: bool = True
) -> Scene:
    with database.write() as session:
        people = cast(session, now, is_exercise=is_exercise)
        vector = template(WANDA).vector.astype("<f4").tobytes()
        portrait = session.get_one(Portrait, people.portrait.id)
        portrait.picture_key, portrait.box_xyxy = blobs.put("portrait", portrait_jpeg(), now), [60, 60, 160, 190]
        session.add(PortraitTemplate(portrait_id=portrait.id, embedder=EMBEDDER, vector=vector, created_at=now))
    clock = Ticking(now)
    finder = SharpFinder(clock, face(seed=seen))
    gallery = Gallery(finder.embedder, finder.thresholds)
    with database.read() as session:
        gallery.refresh(session, now)
    parts = Parts("w1", finder, gallery, database, blobs, clock, cooldown_s=120.0)  # type: ignore[arg-type]
    return Scene(database, blobs, people, parts, finder, now)


@pytest.fixture
def stage(any_database: Database, blobs: Blobs, now: datetime) -> Scene:
    return make_scene(any_database, blobs, now)


def test_the_listed_face_becomes_a_hit_that_the_policy_confirms(stage: Scene) -> None:
    stage.policy()
    stage.begin()
    stage.run()
    (hit,) = stage.hits()
    assert (hit.origin, hit.verdict, hit.grade, hit.person_id) == (
        *("exercise", "confirmed", "sure"),
        stage.cast.wanda.id,
    )
    exercise = stage.exercise()
    assert tuple(exercise.stages) == STAGES
    assert exercise.hit_id == hit.id
    assert stage.finder.n_frames == N_LOOKS
    with stage.database.read() as session:
        decision = session.scalars(select(Decision)).one()
        routing = session.scalars(select(Routing)).one()
    assert decision.user_id is None
    assert decision.policy_id is not None
    assert (routing.decision_id, routing.outcome) == (decision.id, "exercise")


def test_two_tests_in_a_minute_are_two_hits(stage: Scene) -> None:
    stage.policy()
    for _ in range(2):
        first = stage.begin()
        stage.run()
        with stage.database.write() as session:
            session.get_one(Exercise, first).ended_at = stage.now
        stage.finder.clock.now += timedelta(seconds=1)
    assert len(stage.hits()) == 2


def test_one_worker_takes_a_test_and_no_other(stage: Scene) -> None:
    stage.begin()
    assert stage.visit() is not None
    assert stage.visit() is None
    with stage.database.read() as session:
        assert not is_waiting(session, [STREAM.id], stage.now)


def test_two_tests_of_one_stream_come_one_after_the_other(stage: Scene) -> None:
    first = stage.begin()
    stage.begin(started_at=stage.now + timedelta(seconds=1))
    with stage.database.write() as session:
        (guest,) = take(session, [STREAM.id], stage.now).values()
    assert guest.exercise_id == first
    with stage.database.read() as session:
        assert is_waiting(session, [STREAM.id], stage.now)


def test_a_test_of_another_stream_or_past_its_time_is_left(stage: Scene) -> None:
    stage.begin(stream_id="hall-1")
    stage.begin(ends_at=stage.now)
    with stage.database.read() as session:
        assert not is_waiting(session, [STREAM.id], stage.now)
    assert stage.visit() is None


def test_a_test_whose_portrait_is_gone_is_not_taken(stage: Scene) -> None:
    stage.begin()
    with stage.database.write() as session:
        session.get_one(Portrait, stage.cast.portrait.id).removed_at = stage.now
    assert stage.visit() is None


def test_without_a_policy_nothing_is_written(stage: Scene) -> None:
    stage.begin()
    stage.run()
    assert stage.hits() == []
    assert tuple(stage.exercise().stages) == STAGES[:3]


def test_a_face_the_gallery_does_not_know_stops_at_the_match(
    any_database: Database, blobs: Blobs, now: datetime
) -> None:
    stage = make_scene(any_database, blobs, now, seen=STRANGER)
    stage.policy()
    stage.begin()
    stage.run()
    assert stage.hits() == []
    assert tuple(stage.exercise().stages) == STAGES[:2]


def test_a_damaged_portrait_stops_the_test_and_not_the_camera(stage: Scene) -> None:
    stage.policy()
    stage.begin()
    with stage.database.read() as session:
        key = session.get_one(Portrait, stage.cast.portrait.id).picture_key
    assert key is not None
    (stage.blobs.folder / key).write_bytes(b"no picture")
    visit = stage.visit()
    assert visit is not None
    assert visit() is False
    assert tuple(stage.exercise().stages) == STAGES[:1]


def test_a_test_that_was_given_up_writes_no_hit_any_more(stage: Scene) -> None:
    stage.policy()
    id = stage.begin()
    visit = stage.visit()
    assert visit is not None
    assert visit()
    with stage.database.write() as session:
        session.get_one(Exercise, id).ended_at = stage.now
    while visit():
        pass
    assert stage.hits() == []


def test_no_policy_confirms_a_real_lists_hit(any_database: Database, blobs: Blobs, now: datetime) -> None:
    stage = make_scene(any_database, blobs, now, is_exercise=False)
    with pytest.raises(ExercisePolicyRefused, match="a person decides"):
        stage.policy()


def test_the_head_stands_in_the_frame_and_walks() -> None:
    head_bgr = head_of(portrait_jpeg(), (60, 60, 160, 190))
    assert abs(head_bgr.shape[1] - 240 * FACE_PX / 100) <= 1
    lefts = [int(np.argmax((scene(head_bgr, step) > 150).any(axis=(0, 2)))) for step in range(N_LOOKS)]
    assert lefts == sorted(set(lefts))
    assert (scene(head_bgr, N_LOOKS - 1)[:, -1] < 150).all()


def test_a_large_portrait_is_made_to_fit() -> None:
    assert scene(head_of(portrait_jpeg(), (100, 100, 110, 112)), N_LOOKS - 1).shape == (720, 1280, 3)


@pytest.mark.rtsp
def test_the_visit_goes_through_the_loop_of_a_real_stream(
    rtsp_server: RtspServer, database: Database, blobs: Blobs, now: datetime
) -> None:
    stage = make_scene(database, blobs, now)
    stage.policy()
    stage.begin(stream_id="gate")
    camera = stream_at(rtsp_server.urls["/moving"])
    with database.write() as session:
        guest = take(session, ["gate"], now)["gate"]
    of_nobody = replace(stage.parts, gallery=Gallery(EMBEDDER, stage.finder.thresholds))
    tally = Tally(visit=Visit(guest, camera, stage.parts))
    with looked_at(camera, of_nobody, tally):
        eventually(lambda: tally.visit is None, within_s=20)
    assert tuple(stage.exercise().stages) == STAGES
    assert len(stage.hits()) == 1


@pytest.mark.weights
@pytest.mark.data
def test_the_real_networks_know_a_real_portrait(
    database: Database, blobs: Blobs, now: datetime, shared_data: Path
) -> None:
    try:
        finder = open_finder(MODELS, precision="f32")
    except WeightsMissing as missing:
        pytest.skip(str(missing))
    gallery = Gallery(finder.embedder, finder.thresholds)
    with database.write() as session:
        people = cast(session, now, is_exercise=True)
        person = session.get_one(Person, people.wanda.id)
        photo = next((shared_data / "portraits" / "obama").iterdir())
        candidate = examine_photo(finder, Photo(photo.name, photo.read_bytes()))
        keep_photo(session, blobs, gallery, person, candidate, by="ada", now=now)
        session.delete(session.get_one(Portrait, people.portrait.id))
    with database.read() as session:
        gallery.refresh(session, now)
    clock = Ticking(now)
    moments = (now + timedelta(seconds=0.4 * step) for step in range(1000))
    parts = Parts("w1", finder, gallery, database, blobs, lambda: next(moments), cooldown_s=120.0)
    stage = Scene(database, blobs, people, parts, SharpFinder(clock), now)
    stage.policy()
    stage.begin()
    stage.run()
    (hit,) = stage.hits()
    assert (hit.grade, hit.verdict, hit.person_id) == ("sure", "confirmed", people.wanda.id)
