"""A recording is looked through as its camera would be: hits of when it was recorded, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from patrol.faces.track import Tracker
from patrol.hits import masks
from patrol.replay import Seen, passage_ids, replay
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event, Hit, Person, StillFace, StreamDay
from patrol.streams.footage import open_footage
from patrol.values import Face, Stream
from patrol.worker import Parts
from tests.hits.sightings import FRAME_WH, STREAM, face
from tests.promises.traces import traces_in_files, traces_in_rows
from tests.rtsp import make_clip
from tests.test_worker import STRANGER, WANDA, FakeFinder, parts_with

Look = Callable[..., Seen]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds, 25 pictures a second."""
    width, height = FRAME_WH
    path = tmp_path_factory.mktemp("recorded") / "gate.mp4"
    return make_clip(path, width=width, height=height, n_frames=100)


@pytest.fixture
def began_at(now: datetime) -> datetime:
    return now - timedelta(days=2)


@pytest.fixture
def look(database: Database, blobs: Blobs, clip: Path, now: datetime, began_at: datetime) -> Look:
    kept: list[Parts] = []

    def look_through(*faces: Face, stream: Stream = STREAM, wait: Callable[[float], bool] = lambda _: False) -> Seen:
        if not kept:
            kept.append(replace(parts_with(database, blobs, FakeFinder(), now), origin="replay"))
        parts = replace(kept[0], finder=FakeFinder(*faces))
        tracker = Tracker(stream.id, passage_ids(clip, stream, began_at))
        with open_footage(clip) as footage:
            return replay(footage, stream, parts, began_at=began_at, tracker=tracker, wait=wait)

    return look_through


def hits_in(database: Database) -> list[Hit]:
    with database.read() as session:
        return list(session.scalars(select(Hit).order_by(Hit.number)))


def test_who_is_listed_was_seen_when_it_was_recorded(
    look: Look, database: Database, now: datetime, began_at: datetime
) -> None:
    seen = look(face(seed=WANDA))
    (hit,) = hits_in(database)
    assert (hit.origin, hit.stream_id, hit.recorded_at) == ("replay", STREAM.id, now)
    assert (hit.first_seen_at, hit.last_seen_at) == (began_at, began_at + timedelta(seconds=3.76))
    assert began_at <= hit.seen_at <= hit.last_seen_at
    assert (seen.n_pictures, seen.tally.n_looks, seen.tally.n_passages) == (100, 16, 1)


@pytest.mark.parametrize(("looks_per_s", "n_looks"), [(2.0, 8), (4.0, 16), (5.0, 20)])
def test_so_many_pictures_a_second_are_looked_at_as_of_the_camera(
    look: Look, looks_per_s: float, n_looks: int
) -> None:
    assert look(stream=replace(STREAM, looks_per_s=looks_per_s)).tally.n_looks == n_looks


def test_a_second_replay_finds_nothing_new(look: Look, database: Database) -> None:
    look(face(seed=WANDA))
    look(face(seed=WANDA))
    assert [(hit.n_passages, hit.n_looks) for hit in hits_in(database)] == [(1, 16)]


def test_another_recording_or_another_beginning_has_other_passages(clip: Path, tmp_path: Path, now: datetime) -> None:
    other = make_clip(tmp_path / "other.mp4")
    a_day_later = now + timedelta(days=1)
    beginnings = [(clip, now), (other, now), (clip, a_day_later)]
    ids = [passage_ids(path, STREAM, at)() for path, at in beginnings]
    assert len(set(ids)) == 3
    again = passage_ids(clip, STREAM, now)
    assert (again(), again() == ids[0]) == (ids[0], False)


def test_a_stranger_leaves_no_trace(look: Look, database: Database, tmp_path: Path) -> None:
    stranger = face(seed=STRANGER)
    assert look(stranger).tally.n_faces == 16
    assert stranger.template is not None
    vectors = [stranger.template.vector]
    assert traces_in_files(tmp_path, vectors) + traces_in_rows(database, vectors) == []


def test_a_recording_counts_into_no_day_and_no_speed_of_the_camera(look: Look, database: Database) -> None:
    look(face(seed=WANDA))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(StreamDay)) == 0
        kinds = set(session.scalars(select(Event.kind)))
    assert "hit.recorded" in kinds
    assert "hit.timed" not in kinds


def test_nobody_is_matched_under_a_mask(look: Look, database: Database, now: datetime) -> None:
    with database.write() as session:
        everywhere = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
        masks.set_masks(session, STREAM.id, STREAM.site.id, [everywhere], "rita", now)
    assert look(face(seed=WANDA)).tally.n_masked == 16
    assert hits_in(database) == []


def test_a_face_that_does_not_move_is_offered_no_mask(look: Look, database: Database) -> None:
    look(face(seed=WANDA))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(StillFace)) == 0


def test_it_ends_when_it_is_told_to_and_keeps_what_was_found(look: Look, database: Database) -> None:
    seen = look(face(seed=WANDA), wait=lambda at_s: at_s > 2.0)
    assert seen.is_stopped
    assert seen.tally.n_looks == 9
    assert len(hits_in(database)) == 1


def test_each_look_waits_for_its_time(look: Look) -> None:
    times: list[float] = []
    look(wait=lambda at_s: bool(times.append(at_s)))
    assert np.allclose(times, np.arange(16) / 4, atol=0.021)


def test_who_ends_while_it_runs_is_found_no_more(
    database: Database, blobs: Blobs, clip: Path, now: datetime, began_at: datetime
) -> None:
    moments = iter(now + timedelta(seconds=11 * step) for step in range(1000))
    parts = parts_with(database, blobs, FakeFinder(face(seed=WANDA)), now)
    parts = replace(parts, origin="replay", clock=lambda: next(moments))
    with database.write() as session:
        session.scalars(select(Person)).one().removed_at = now
    with open_footage(clip) as footage:
        tracker = Tracker(STREAM.id)
        replay(footage, STREAM, parts, began_at=began_at, tracker=tracker, wait=lambda _: False)
    assert hits_in(database) == []
