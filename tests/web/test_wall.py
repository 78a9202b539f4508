"""The wall over HTTP, a worker's real server behind it: whose pictures, how long it waits, what it says instead."""

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import numpy as np
import pytest
import structlog

from patrol.live.server import LiveServer
from patrol.store.tables import StreamState, Worker
from patrol.values import Stream
from tests.live.looked_at import Seconds, decoded, frame, pictures, seen
from tests.waiting import eventually
from tests.web.house import House

WALL = "/api/v1/wall"
LIVE = "/api/v1/streams/gate-b/live"


class Station:
    """A worker that watches gate-b in the mall and hall-1 in the hall, and shows what it sees."""

    def __init__(self, house: House) -> None:
        self.house, self.live = house, pictures(Seconds())
        self.server = LiveServer(self.live, "127.0.0.1")
        self.server.start()

    def write(self, *, address: str | None, state: str = "live", error: str | None = None) -> None:
        now = self.house.clock()
        with self.house.database.write() as session:
            row = Worker(id="w-1", started_at=now, beat_at=now, rev=1, embedder="sface", runtime="drawn")
            row.live_address, row.live_token = address, self.server.token
            session.merge(row)
            for stream_id, site_id in (("gate-b", "mall"), ("hall-1", "hall")):
                said = StreamState(stream_id=stream_id, site_id=site_id, worker_id="w-1", state=state, error=error)
                said.since = said.updated_at = now
                session.merge(said)

    def show(self, stream_id: str = "gate-b", at_s: float = 0.0, *boxes: tuple[float, ...]) -> None:
        self.live.newer({stream_id: 0}, 640)
        self.live.note(stream_id, frame(at_s, stream_id), seen(*boxes))


@pytest.fixture
def station(house: House) -> Iterator[Station]:
    made = Station(house)
    made.write(address=made.server.address)
    yield made
    made.server.close()


def wall(house: House, name: str = "rita", wait_s: float = 0, **known: int) -> dict[str, dict[str, Any]]:
    shown = [f"{stream_id.replace('_', '-')}:{number}" for stream_id, number in known.items()]
    answer = house.client(name).get(WALL, params={"show": shown, "wait_s": wait_s})
    assert answer.status_code == 200, answer.text
    return {tile["stream_id"]: tile for tile in answer.json()["tiles"]}


def test_the_wall_shows_what_the_worker_sees(house: House, station: Station) -> None:
    station.show("gate-b", 0.0, (128, 72, 256, 144))
    tiles = wall(house, gate_b=0, hall_1=0)
    picture = tiles["gate-b"]["picture"]
    assert (picture["width"], picture["height"], picture["boxes"]) == (640, 360, [[0.1, 0.1, 0.2, 0.2]])
    assert decoded(base64.b64decode(picture["jpeg"])).shape == (360, 640, 3)
    assert (tiles["gate-b"]["state"], tiles["gate-b"]["attention"]) == ("live", "patrol")
    assert (tiles["hall-1"]["picture"], tiles["hall-1"]["explanation"]) == (None, None)
    assert wall(house, gate_b=picture["number"])["gate-b"]["picture"] is None


def test_to_look_is_to_ask_the_worker_for_pictures(house: House, station: Station) -> None:
    assert not station.live.wants("gate-b")
    wall(house, gate_b=0)
    assert station.live.wants("gate-b")
    assert not station.live.wants("hall-1")


def test_a_question_waits_for_the_next_picture(house: House, station: Station) -> None:
    answers: list[dict[str, Any]] = []
    asking = Thread(target=lambda: answers.append(wall(house, wait_s=5, gate_b=0)))
    asking.start()
    eventually(lambda: station.live.wants("gate-b"))
    assert not answers
    station.live.note("gate-b", frame(), [])
    asking.join(5)
    assert answers[0]["gate-b"]["picture"] is not None


def test_each_sees_only_the_streams_of_their_own_sites(house: House, station: Station) -> None:
    station.show("gate-b")
    assert wall(house, "max", gate_b=0, hall_1=0, nowhere=0).keys() == {"hall-1"}
    assert not station.live.wants("hall-2")
    assert house.client("max").get(LIVE).status_code == 404
    for address in (LIVE, f"{WALL}?show=gate-b:0"):
        assert house.stranger().get(address).status_code == 401
        assert house.client("vic").get(address).status_code == 403


@pytest.mark.parametrize(
    "query", ["", "show=gate-b", "show=gate-b:-1", "show=gate-b:0&width=0", "show=gate-b:0&wait_s=60"]
)
def test_a_question_that_is_none_is_refused(house: House, query: str) -> None:
    assert house.client("rita").get(f"{WALL}?{query}").status_code == 422


def test_more_tiles_than_a_screen_holds_are_refused(house: House) -> None:
    assert house.client("rita").get(WALL, params={"show": ["gate-b:0"] * 65}).status_code == 422


def test_a_camera_that_is_lost_says_why_in_the_readers_language(house: House, station: Station) -> None:
    station.write(address=station.server.address, state="down", error="refused")
    tile = wall(house, gate_b=0)["gate-b"]
    assert (tile["state"], tile["picture"]) == ("down", None)
    assert "nothing listens at this port" in tile["explanation"]
    answer = house.client("rita").get(LIVE)
    assert (answer.status_code, answer.json()["reason"]) == (503, "refused")


def test_a_worker_that_has_gone_is_missed_within_seconds(house: House, station: Station) -> None:
    house.clock.forward(seconds=16)
    tile = wall(house, gate_b=0)["gate-b"]
    assert tile["state"] == "down"
    assert "No worker watches this camera" in tile["explanation"]
    assert house.client("rita").get(LIVE).json()["reason"] == "no_worker"


def test_a_worker_that_does_not_answer_is_left_alone_for_a_while(house: House, station: Station) -> None:
    station.server.close()
    assert "does not answer just now" in wall(house, wait_s=5, gate_b=0)["gate-b"]["explanation"]
    assert house.client("rita").get(LIVE).json()["reason"] == "no_answer"
    with LiveServerAgain(station) as again:
        assert "does not answer just now" in wall(house, gate_b=0)["gate-b"]["explanation"]
        house.clock.forward(seconds=6)
        station.write(address=again.address)
        assert wall(house, gate_b=0)["gate-b"]["explanation"] is None


class LiveServerAgain:
    """A server at the same port and with the same token, as if it had only been asleep."""

    def __init__(self, station: Station) -> None:
        port = int(station.server.address.rpartition(":")[2])
        self.server = LiveServer(station.live, "127.0.0.1", port, station.server.token)

    def __enter__(self) -> LiveServer:
        self.server.start()
        return self.server

    def __exit__(self, *_: object) -> None:
        self.server.close()


def test_a_wrong_token_is_no_answer_and_is_never_told(house: House, station: Station) -> None:
    with house.database.write() as session:
        session.get_one(Worker, "w-1").live_token = "secret-of-another"
    answer = house.client("rita").get(WALL, params={"show": "gate-b:0"})
    assert "does not answer just now" in answer.text
    assert "secret" not in answer.text
    assert "127.0.0.1" not in answer.text


def test_a_worker_without_live_pictures_says_so(house: House, station: Station) -> None:
    station.write(address=None)
    assert "PATROL_LIVE_HOST" in wall(house, gate_b=0)["gate-b"]["explanation"]


def test_one_picture_comes_with_its_number_time_and_boxes(house: House, station: Station) -> None:
    station.show("gate-b", 0.0, (128, 72, 256, 144))
    rita = house.client("rita")
    answer = rita.get(f"{LIVE}?width=320")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert decoded(answer.content).shape == (180, 320, 3)
    assert datetime.fromisoformat(answer.headers["x-taken-at"]) == frame().taken_at
    assert answer.headers["x-boxes"] == "[[0.1, 0.1, 0.2, 0.2]]"
    assert answer.headers["cache-control"] == "no-store"
    assert rita.get(f"{LIVE}?wait_s=0&after={answer.headers['x-number']}").status_code == 204


def test_who_looks_is_on_record_once_an_hour(house: House, station: Station) -> None:
    wall(house, gate_b=0)
    assert house.events("stream.viewed") == []
    station.show()
    for _ in range(3):
        wall(house, gate_b=0)
    house.client("rita").get(LIVE)
    wall(house, "ada", gate_b=0)
    assert viewed(house) == [("user:rita", "stream:gate-b"), ("user:ada", "stream:gate-b")]
    house.clock.forward(minutes=61)
    station.write(address=station.server.address)
    wall(house, gate_b=0)
    assert len(viewed(house)) == 3


def viewed(house: House) -> list[tuple[str, str]]:
    return [(event.actor, event.subject) for event in house.events("stream.viewed")]


def test_masks_are_drawn_on_the_workers_picture(house: House, station: Station) -> None:
    station.show()
    object.__setattr__(house.app.state.parts, "snapshot", never)
    answer = house.client("ada").get("/api/v1/streams/gate-b/picture")
    assert answer.status_code == 200
    assert decoded(answer.content).shape == (720, 1280, 3)
    assert viewed(house) == [("user:ada", "stream:gate-b")]


def test_a_lost_camera_is_not_opened_beside_its_worker(house: House, station: Station) -> None:
    station.write(address=station.server.address, state="down", error="unauthorised")
    object.__setattr__(house.app.state.parts, "snapshot", never)
    assert house.client("ada").get("/api/v1/streams/gate-b/picture").json()["reason"] == "unauthorised"


def never(stream: Stream, clock: object) -> np.ndarray:
    raise AssertionError("the camera was opened beside its worker")


def test_a_camera_that_nobody_watches_is_asked_itself(house: House, station: Station) -> None:
    house.clock.now += timedelta(minutes=1)
    grey = np.full((36, 64, 3), 90, np.uint8)
    object.__setattr__(house.app.state.parts, "snapshot", lambda _stream, _clock: grey)
    assert decoded(house.client("ada").get("/api/v1/streams/gate-b/picture").content).shape == (36, 64, 3)


def test_a_question_that_waited_is_not_logged_as_slow(house: House, station: Station) -> None:
    rita = house.client("rita")
    with structlog.testing.capture_logs() as logged:
        assert rita.get(f"{WALL}?show=gate-b:0&wait_s=1.1").status_code == 200
    assert logged == []


def test_a_lost_cameras_own_reason_comes_before_its_workers(house: House, station: Station) -> None:
    station.write(address=station.server.address, state="down", error="unauthorised")
    station.server.close()
    assert "user and password" in wall(house, gate_b=0)["gate-b"]["explanation"]


def test_nobody_waits_for_a_worker_that_is_lost_nor_is_answered_early_for_it(house: House, station: Station) -> None:
    with house.database.write() as session:
        now = house.clock()
        lost = Worker(id="w-2", started_at=now, beat_at=now, rev=1, embedder="sface", runtime="drawn")
        lost.live_address, lost.live_token = "http://127.0.0.1:9", "token"
        session.add(lost)
        session.get_one(StreamState, "gate-b").worker_id = "w-2"
    answers: list[dict[str, Any]] = []
    asking = Thread(target=lambda: answers.append(wall(house, wait_s=5, gate_b=0, hall_1=0)))
    asking.start()
    eventually(lambda: station.live.wants("hall-1"))
    assert not answers
    station.live.note("hall-1", frame(0.0, "hall-1"), [])
    asking.join(5)
    assert answers[0]["hall-1"]["picture"] is not None
    assert "does not answer just now" in answers[0]["gate-b"]["explanation"]
