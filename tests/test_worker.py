"""One stream's loop: whoever is listed becomes one hit, whoever is not leaves nothing behind."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from patrol.faces.thresholds import Thresholds
from patrol.faces.track import Tracker
from patrol.hits import masks
from patrol.hits.regions import Regions, Still, part_of
from patrol.hits.standing import Standing
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event as EventRow
from patrol.store.tables import Hit, Person, PortraitTemplate, StillFace
from patrol.values import Face, Frame
from patrol.watchlist.gallery import Gallery
from patrol.worker import Parts, Tally, judge, look, write_down
from tests.hits.sightings import EMBEDDER, FRAME_WH, STREAM, cast, drawn_frame, face, template
from tests.promises.traces import traces_in_files, traces_in_rows
from tests.rtsp import clips, gstreamer, rtsp_server

__all__ = ["clips", "gstreamer", "rtsp_server"]

WANDA, STRANGER = 1, 2  # seeds of templates


class FakeFinder:
    """Sees the same faces in every frame."""

    embedder = EMBEDDER
    runtime = "fake"
    thresholds = Thresholds(sure=0.45, uncertain=0.36, margin=0.05)

    def __init__(self, *faces: Face) -> None:
        self.faces = list(faces)

    def find(self, frames: Sequence[Frame]) -> list[list[Face]]:
        return [self.faces for _ in frames]

    def glance(self, frame: Frame) -> bool:
        return bool(self.faces)


def parts_with(database: Database, blobs: Blobs, finder: FakeFinder, now: datetime) -> Parts:
    """A worker's parts with Wanda in the gallery."""
    with database.write() as session:
        portrait = cast(session, now).portrait
        vector = template(WANDA).vector.astype("<f4").tobytes()
        session.add(PortraitTemplate(portrait_id=portrait.id, embedder=EMBEDDER, vector=vector, created_at=now))
    gallery = Gallery(finder.embedder, finder.thresholds)
    with database.read() as session:
        gallery.refresh(session, now)
    return Parts("w1", finder, gallery, database, blobs, lambda: now, cooldown_s=120.0)  # type: ignore[arg-type]


def see(parts: Parts, tracker: Tracker, now: datetime, n_looks: int) -> Tally:
    tally = Tally()
    look_at(parts, tracker, tally, now, range(n_looks))
    return tally


def look_at(parts: Parts, tracker: Tracker, tally: Tally, now: datetime, numbers: range) -> None:
    for number in numbers:
        look(drawn_frame(now + timedelta(seconds=number / 4), number + 1), STREAM, tracker, parts, tally)


def test_a_listed_person_becomes_one_hit_however_often_she_is_seen(
    database: Database, blobs: Blobs, now: datetime
) -> None:
    parts = parts_with(database, blobs, FakeFinder(face(seed=WANDA)), now)
    see(parts, Tracker(STREAM.id), now, n_looks=6)
    with database.read() as session:
        hits = session.scalars(select(Hit)).all()
    assert [(hit.person.name, hit.grade, hit.n_passages) for hit in hits] == [("Wanda", "sure", 1)]


def test_a_new_hit_says_how_long_it_took_and_only_once(database: Database, blobs: Blobs, now: datetime) -> None:
    parts = parts_with(database, blobs, FakeFinder(face(seed=WANDA)), now)
    moments = (now + timedelta(milliseconds=300 * step) for step in range(1000))
    ticking = Parts(
        parts.worker_id, parts.finder, parts.gallery, database, blobs, lambda: next(moments), cooldown_s=120.0
    )
    see(ticking, Tracker(STREAM.id), now, n_looks=4)
    with database.read() as session:
        timed = session.scalars(select(EventRow).where(EventRow.kind == "hit.timed")).all()
    assert len(timed) == 1
    assert timed[0].actor == "worker:w1"
    assert 0 <= timed[0].body["frame_to_face_ms"] <= timed[0].body["frame_to_hit_ms"]


def test_a_stranger_leaves_no_trace(database: Database, blobs: Blobs, now: datetime, tmp_path: Path) -> None:
    stranger = face(seed=STRANGER)
    parts = parts_with(database, blobs, FakeFinder(stranger), now)
    tracker = Tracker(STREAM.id)
    tally = see(parts, tracker, now, n_looks=6)
    for track in tracker.close():
        judge(track, parts, tally, now)
    write_down(STREAM, parts, tally)
    assert (tally.n_looks, tally.n_faces) == (6, 6)
    assert stranger.template is not None
    vectors = [stranger.template.vector]
    assert traces_in_files(tmp_path, vectors) + traces_in_rows(database, vectors) == []


def test_the_listed_person_beside_a_stranger_is_hit_and_the_stranger_is_only_a_box_to_blur(
    database: Database, blobs: Blobs, now: datetime
) -> None:
    stranger = face(seed=STRANGER, box_xyxy=(400, 100, 460, 180))
    parts = parts_with(database, blobs, FakeFinder(face(seed=WANDA), stranger), now)
    see(parts, Tracker(STREAM.id), now, n_looks=3)
    with database.read() as session:
        hit = session.scalars(select(Hit)).one()
    assert hit.other_boxes_xyxy == [[400.0, 100.0, 460.0, 180.0]]


def test_an_early_hit_is_bettered_until_the_person_has_left_and_stays_one(
    database: Database, blobs: Blobs, now: datetime
) -> None:
    """She is sure at the second look, nearest to the camera at the fifth, and turns away again."""
    finder = FakeFinder()
    parts, tracker, tally = parts_with(database, blobs, finder, now), Tracker(STREAM.id), Tally()
    told: list[tuple[float, datetime, int]] = []
    for number, quality in enumerate((0.2, 0.3, 0.5, 0.6, 0.9, 0.4)):
        finder.faces = [face(quality, seed=WANDA)]
        look_at(parts, tracker, tally, now, range(number, number + 1))
        with database.read() as session:
            told += [(hit.quality, hit.seen_at, hit.n_looks) for hit in session.scalars(select(Hit))]
    for track in tracker.close():
        judge(track, parts, tally, now)
    write_down(STREAM, parts, tally)
    qualities = [quality for quality, _, _ in told]
    assert qualities == [0.3, 0.5, 0.6, 0.9, 0.9]
    assert told[0][1] == now + timedelta(seconds=0.25)
    assert told[-1][1] == now + timedelta(seconds=1)
    with database.read() as session:
        hit = session.scalars(select(Hit)).one()
        kinds = [event.kind for event in session.scalars(select(EventRow)) if event.kind.startswith("hit.")]
    assert (hit.quality, hit.n_looks, hit.n_passages) == (0.9, 6, 1)
    assert kinds.count("hit.recorded") == 1


def test_a_match_that_could_not_be_written_is_written_when_the_disk_is_back(
    database: Database, blobs: Blobs, now: datetime
) -> None:
    parts = parts_with(database, blobs, FakeFinder(face(seed=WANDA)), now)
    blobs.folder.write_text("a file where the folder of pictures should be", encoding="utf-8")
    tracker, tally = Tracker(STREAM.id), Tally()
    look_at(parts, tracker, tally, now, range(4))
    assert len(tally.unwritten) == 1
    blobs.folder.unlink()
    look_at(parts, tracker, tally, now, range(4, 5))
    with database.read() as session:
        assert len(session.scalars(select(Hit)).all()) == 1
    assert tally.unwritten == {}


def test_a_masked_face_is_counted_and_matched_with_nobody(database: Database, blobs: Blobs, now: datetime) -> None:
    parts = parts_with(database, blobs, FakeFinder(face(seed=WANDA)), now)
    tally = Tally(standing=Standing(Regions(masks=(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),))))
    look_at(parts, Tracker(STREAM.id), tally, now, range(6))
    assert (tally.n_faces, tally.n_masked, tally.n_passages) == (6, 6, 0)
    assert hits_of(database) == []


def test_a_masked_poster_that_is_found_now_and_then_is_no_crowd(
    database: Database, blobs: Blobs, now: datetime
) -> None:
    poster, finder = face(seed=WANDA), FakeFinder()
    parts, tracker = parts_with(database, blobs, finder, now), Tracker(STREAM.id)
    tally = Tally(standing=Standing(Regions(masks=(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),))))
    for number in range(60):  # 15 seconds; a face that is gone for three is somebody new
        finder.faces = [] if number % 15 else [poster]
        look_at(parts, tracker, tally, now, range(number, number + 1))
    assert (tally.n_looks, tally.n_masked, tally.n_passages, tally.n_unusable) == (60, 4, 0, 0)


def test_a_listed_face_on_a_poster_is_one_hit_is_reported_and_is_matched_there_no_more(
    database: Database, blobs: Blobs, now: datetime
) -> None:
    parts = parts_with(database, blobs, FakeFinder(face(seed=WANDA)), now)
    tally = Tally()
    stare(parts, tally, now)
    [hit] = hits_of(database)
    with database.read() as session:
        [still] = session.scalars(select(StillFace)).all()
        tally.standing.regions = masks.read_regions(session, now)[STREAM.id]
    assert hit.is_still
    assert (still.hit_id, still.state, still.person_id) == (hit.id, "offered", hit.person_id)
    stare(parts, tally, now + timedelta(hours=1))
    assert [again.n_passages for again in hits_of(database)] == [1]
    assert tally.standing.seen == {still.id}


def stare(parts: Parts, tally: Tally, now: datetime) -> None:
    """Look at the same picture for three minutes, once a second."""
    tracker, frame = Tracker(STREAM.id), drawn_frame(now)
    for second in range(183):
        look(replace(frame, taken_at=now + timedelta(seconds=second)), STREAM, tracker, parts, tally)


def test_the_listed_person_before_her_own_poster_is_a_hit(database: Database, blobs: Blobs, now: datetime) -> None:
    parts = parts_with(database, blobs, FakeFinder(face(seed=WANDA, box_xyxy=(300, 100, 360, 180))), now)
    with database.read() as session:
        wanda = session.scalars(select(Person.id)).one()
    poster = Still(uuid.uuid4(), wanda, part_of(face().box_xyxy, FRAME_WH), is_resting=True)
    look_at(parts, Tracker(STREAM.id), Tally(standing=Standing(Regions(stills=(poster,)))), now, range(6))
    assert len(hits_of(database)) == 1


def hits_of(database: Database) -> Sequence[Hit]:
    with database.read() as session:
        return session.scalars(select(Hit)).all()
