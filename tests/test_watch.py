"""A worker process: streams started, stopped and restarted by the file, states written, the gallery followed."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.health.gaps import watched_at
from patrol.hits import masks
from patrol.live.pictures import LivePictures
from patrol.live.server import LiveServer
from patrol.matching.prior import prior_of
from patrol.settings import SettingsError
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import (
    Alarm,
    Calibration,
    Exercise,
    Portrait,
    PortraitTemplate,
    StreamDay,
    StreamGap,
    StreamHour,
    StreamState,
    Worker,
)
from patrol.store.tables import Event as EventRow
from patrol.values import PassageEnd, Quality, Stream
from patrol.watch import Watch
from patrol.watchlist import people
from patrol.watchlist.gallery import Gallery
from patrol.worker import Parts
from tests.hits.sightings import EMBEDDER, cast, template
from tests.rtsp import RtspServer, clips, gstreamer, rtsp_server
from tests.streams.cameras import clock, stream_at
from tests.test_worker import FakeFinder
from tests.waiting import eventually

__all__ = ["clips", "gstreamer", "rtsp_server"]

NOBODY = "rtsp://127.0.0.1:9/nobody"  # the discard port: refused at once


class House:
    """A worker with streams that the test changes as an editor changes the file."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        finder = FakeFinder()
        gallery = Gallery(EMBEDDER, finder.thresholds)
        parts = Parts("w1", finder, gallery, database, blobs, clock, cooldown_s=120.0)  # type: ignore[arg-type]
        self.database = database
        self.changes: list[tuple[Stream, ...]] = []
        self.error: SettingsError | None = None
        self.watch = Watch(parts, self, self.secret)
        self.watch.start()

    def changed(self) -> tuple[Stream, ...] | None:
        return self.changes.pop() if self.changes else None

    def secret(self, name: str) -> str:
        raise SettingsError(f"secret {name!r} is not set")

    def edit(self, *streams: Stream) -> None:
        self.changes.append(streams)
        self.watch.run_once()

    def state(self, id: str) -> StreamState | None:
        self.watch.run_once()
        with self.database.read() as session:
            return session.get(StreamState, id)

    def watched_now(self, id: str) -> str:
        with self.database.read() as session:
            return watched_at(session, id, clock(), clock()).watched

    def is_(self, id: str, state: str, error: str | None = None) -> bool:
        row = self.state(id)
        return row is not None and (row.state, row.error) == (state, error)


@pytest.fixture
def house(database: Database, blobs: Blobs) -> Iterator[House]:
    house = House(database, blobs)
    yield house
    house.watch.end()


def test_a_camera_that_is_not_there_is_down_with_the_reason(house: House) -> None:
    house.edit(stream_at(NOBODY))
    eventually(lambda: house.is_("gate", "down", "refused"))


def test_a_missing_secret_is_said_at_its_stream_and_stops_no_other(house: House) -> None:
    house.edit(stream_at(NOBODY, id="locked", credentials="gate-login"), stream_at(NOBODY, id="open"))
    eventually(lambda: house.is_("locked", "down", "setting"))
    eventually(lambda: house.is_("open", "down", "refused"))
    row = house.state("locked")
    assert row is not None
    assert "gate-login" in row.detail


def test_only_the_stream_that_changed_is_started_again(house: House) -> None:
    kept, moved = stream_at(NOBODY, id="kept"), stream_at(NOBODY, id="moved")
    house.edit(kept, moved)
    before = dict(house.watch.loops)
    house.edit(kept, replace(moved, url=f"{NOBODY}/sub"))
    assert house.watch.loops["kept"] is before["kept"]
    assert house.watch.loops["moved"] is not before["moved"]
    assert before["moved"].stop.is_set()


def test_another_name_place_or_rank_leaves_the_connection_alone(house: House) -> None:
    stream = stream_at(NOBODY)
    house.edit(stream)
    before = house.watch.loops["gate"]
    renamed = replace(stream, name="South", place="south gate", is_key=True, looks_per_s=2.0)
    house.edit(renamed)
    assert house.watch.loops["gate"] is before
    assert (before.stream, before.watched.is_key) == (renamed, True)
    assert not before.stop.is_set()


def test_a_sub_stream_is_read_beside_the_stream_where_the_camera_allows_two(house: House) -> None:
    both = stream_at(NOBODY, id="both", sub_url=f"{NOBODY}/sub")
    house.edit(both, replace(both, id="one", max_sessions=1))
    assert len(house.watch.loops["both"].readers) == 2
    assert len(house.watch.loops["one"].readers) == 1


def test_a_camera_that_will_not_let_go_holds_up_nobody(house: House) -> None:
    """A black hole answers nothing for seconds; another transport for it must not stop the beat."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stream = stream_at(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/x")
        house.edit(stream)
        eventually(lambda: house.is_("gate", "opening"))
        began_s = time.monotonic()
        house.edit(replace(stream, transport="udp"))
        assert time.monotonic() - began_s < 2.0


@pytest.mark.parametrize("without", [(), (stream_at(NOBODY, is_enabled=False),)], ids=["removed", "disabled"])
def test_a_stream_that_is_taken_away_stops_and_says_so(house: House, without: tuple[Stream, ...]) -> None:
    house.edit(stream_at(NOBODY))
    eventually(lambda: house.is_("gate", "down", "refused"))
    house.edit(*without)
    assert house.watch.loops == {}
    assert house.is_("gate", "stopped")


@pytest.mark.rtsp
def test_a_live_stream_counts_its_frames_and_looks(house: House, rtsp_server: RtspServer) -> None:
    house.edit(stream_at(rtsp_server.urls["/moving"]))
    eventually(lambda: house.is_("gate", "live"))
    eventually(lambda: (row := house.state("gate")) and row.n_frames > 5 and row.n_looks > 1)


@pytest.mark.rtsp
def test_each_change_of_state_is_an_event_and_a_beat_is_none(house: House, rtsp_server: RtspServer) -> None:
    house.edit(stream_at(rtsp_server.urls["/moving"]))
    eventually(lambda: house.is_("gate", "live"))
    for _ in range(3):
        house.watch.run_once()
    with house.database.read() as session:
        said = session.scalars(select(EventRow).where(EventRow.kind == "stream.state").order_by(EventRow.seq))
        states = [event.body["state"] for event in said]
    assert states in (["opening", "live"], ["live"])


def test_a_broken_file_is_an_alarm_until_it_is_mended(house: House) -> None:
    house.error = SettingsError("streams.yaml:4: streams[0].url: 'ftp://x': must be rtsp://")
    house.watch.run_once()
    with house.database.read() as session:
        alarm = session.scalars(select(Alarm)).one()
    assert "streams.yaml:4" in alarm.detail["error"]
    assert alarm.cleared_at is None
    house.error = None
    house.watch.run_once()
    with house.database.read() as session:
        assert session.scalars(select(Alarm)).one().cleared_at is not None


def list_somebody(house: House, now: datetime) -> None:
    """Somebody with a portrait, and a change of them that workers follow."""
    with house.database.write() as session:
        portrait = cast(session, clock()).portrait
        vector = template(1).vector.astype("<f4").tobytes()
        session.add(PortraitTemplate(portrait_id=portrait.id, embedder=EMBEDDER, vector=vector, created_at=now))
        people.suspend_person(session, portrait.person, by="ada", now=clock())
        people.resume_person(session, portrait.person, by="ada", now=clock())


def test_a_beat_says_which_gallery_the_worker_knows(house: House, now: datetime) -> None:
    list_somebody(house, now)
    house.watch.run_once()
    with house.database.read() as session:
        worker = session.get_one(Worker, "w1")
    assert worker.rev == house.watch.parts.gallery.rev > 0
    assert house.watch.parts.gallery.n_people == 1


def test_a_stream_takes_one_self_test_at_a_time(house: House) -> None:
    house.edit(stream_at(NOBODY))
    now = clock()
    with house.database.write() as session:
        people_of_list = cast(session, now, is_exercise=True)
        session.get_one(Portrait, people_of_list.portrait.id).picture_key = "portrait/2026/03/02/" + "0" * 32 + ".jpg"
        for second in range(2):
            began, ends_at = now + timedelta(seconds=second), now + timedelta(seconds=60)
            exercise = Exercise(
                kind="self_test", started_at=began, started_by="cli", ends_at=ends_at, stream_id="gate"
            )
            exercise.person_id = people_of_list.wanda.id
            session.add(exercise)
    for _ in range(2):
        house.watch.run_once()
    assert stages(house) == [["taken"], []]
    house.watch.loops["gate"].tally.visit = None
    house.watch.run_once()
    assert stages(house) == [["taken"], ["taken"]]


def stages(house: House) -> list[list[str]]:
    with house.database.read() as session:
        return [[*it] for it in session.scalars(select(Exercise.stages).order_by(Exercise.started_at))]


def test_what_a_stream_saw_is_counted_on_its_sites_day_and_only_once(house: House, now: datetime) -> None:
    house.edit(stream_at(NOBODY))
    loop = house.watch.loops["gate"]
    loop.tally.n_looks, loop.tally.n_passages = 8, 2
    house.watch.run_once()
    loop.tally.n_looks = 12
    house.watch.run_once()
    with house.database.read() as session:
        [day] = session.scalars(select(StreamDay)).all()
    assert (day.stream_id, day.n_looks, day.n_passages) == ("gate", 12, 2)


def test_a_mask_is_known_to_its_stream_at_the_next_beat(house: House, now: datetime) -> None:
    house.edit(stream_at(NOBODY), stream_at(NOBODY, id="other"))
    corner = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5))
    with house.database.write() as session:
        masks.set_masks(session, "gate", "mall", [corner], "user:ada", now)
    house.watch.run_once()
    laid = {id: loop.tally.standing.regions.masks for id, loop in house.watch.loops.items()}
    assert laid == {"gate": (corner,), "other": ()}


def test_a_beat_writes_down_the_thresholds_that_follow_from_the_list(house: House, now: datetime) -> None:
    gallery = Gallery(EMBEDDER, house.watch.parts.gallery.thresholds, prior_of(EMBEDDER))
    house.watch.parts = replace(house.watch.parts, gallery=gallery)
    list_somebody(house, now)
    for _ in range(2):
        house.watch.run_once()
    with house.database.read() as session:
        row = session.scalars(select(Calibration)).one()
    assert (row.n_people, row.embedder, row.uncertain) == (1, EMBEDDER, gallery.standing.scale.uncertain)


def gaps_of(house: House, id: str) -> list[tuple[str, bool]]:
    """The reason of each of a stream's gaps, oldest first, and whether it goes on."""
    with house.database.read() as session:
        rows = session.scalars(select(StreamGap).where(StreamGap.stream_id == id).order_by(StreamGap.began_at))
        return [(row.reason, row.ended_at is None) for row in rows]


def test_a_camera_that_is_not_watched_leaves_a_gap_and_says_why(house: House) -> None:
    house.edit(stream_at(NOBODY))
    eventually(lambda: house.is_("gate", "down", "refused"))
    assert gaps_of(house, "gate") == [("refused", True)]
    house.edit()
    assert gaps_of(house, "gate") == [("refused", False), ("disabled", True)]


@pytest.mark.rtsp
def test_a_camera_is_watched_from_its_first_picture_until_it_is_taken_away(
    house: House, rtsp_server: RtspServer
) -> None:
    house.edit(stream_at(rtsp_server.urls["/moving"]))
    eventually(lambda: house.is_("gate", "live"))
    assert gaps_of(house, "gate") == [("starting", False)]
    assert house.watched_now("gate") == "yes"
    house.edit()
    assert house.watched_now("gate") == "no"
    assert gaps_of(house, "gate")[-1][1]


def test_how_well_people_could_be_seen_is_counted_by_the_hour(house: House) -> None:
    house.edit(stream_at(NOBODY))
    seen = PassageEnd(clock(), Quality(0.5, 20.0, 10.0, 0.0), face_width_px=44.0, is_usable=True)
    house.watch.loops["gate"].tally.ended.extend([seen, seen])
    for _ in range(2):
        house.watch.run_once()
    with house.database.read() as session:
        (hour,) = session.scalars(select(StreamHour)).all()
    assert (hour.stream_id, hour.n_passages, hour.n_usable) == ("gate", 2, 2)


def test_the_workers_row_says_where_it_shows_what_it_sees(house: House) -> None:
    server = LiveServer(LivePictures(fps=2, most_per_s=20), "127.0.0.1")
    server.start()
    house.watch.parts = replace(house.watch.parts, live=server)
    house.watch.run_once()
    with house.database.read() as session:
        row = session.get_one(Worker, "w1")
        assert (row.live_address, row.live_token) == (server.address, server.token)
    server.close()
