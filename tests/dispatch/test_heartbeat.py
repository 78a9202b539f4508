"""The outside service hears from us while patrol is well, nothing while it is not, and its address stays secret."""

import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import structlog
from sqlalchemy import select

from patrol.chats.exchange import open_client
from patrol.dispatch.heartbeat import FAILURES, Heartbeat
from patrol.store import alarms
from patrol.store.engine import Database
from patrol.store.tables import Alarm
from tests.waiting import eventually

KEY = "k3y-of-the-outside-service"


class Outside:
    """The outside service and our own web in one server: answers what it is told to and counts the asks."""

    def __init__(self) -> None:
        self.status = {"/healthz": 200, f"/ping/{KEY}": 200}
        self.asked: list[str] = []
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outside.asked.append(self.path)
                self.send_response(outside.status[self.path])
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def pings(self) -> int:
        return self.asked.count(f"/ping/{KEY}")


@pytest.fixture
def outside() -> Iterator[Outside]:
    outside = Outside()
    yield outside
    outside.close()


class Sending:
    """Whether the sender reads decisions."""

    is_well = True

    def __call__(self, _now: datetime) -> bool:
        return self.is_well


@pytest.fixture
def sending() -> Sending:
    return Sending()


@pytest.fixture
def heartbeat(outside: Outside, sending: Sending, database: Database, now: datetime) -> Iterator[Heartbeat]:
    client = open_client()
    yield Heartbeat(f"{outside.url}/ping/{KEY}", f"{outside.url}/", database, client, lambda: now, sending)
    client.close()


def standing(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None)))
        return [(row.code, row.detail.get("reason") or row.detail.get("error")) for row in rows]


def test_it_beats_while_all_is_well(heartbeat: Heartbeat, outside: Outside, database: Database) -> None:
    assert heartbeat.beat_once()
    assert outside.asked == ["/healthz", f"/ping/{KEY}"]
    assert standing(database) == []


def test_a_sender_that_is_stuck_is_silence_outside(
    heartbeat: Heartbeat, outside: Outside, sending: Sending, database: Database
) -> None:
    sending.is_well = False
    assert not heartbeat.beat_once()
    assert outside.pings() == 0
    assert standing(database) == [("heartbeat_held", "sender_stuck")]
    sending.is_well = True
    assert heartbeat.beat_once()
    assert standing(database) == []


def test_a_web_that_does_not_answer_is_silence_outside(
    heartbeat: Heartbeat, outside: Outside, database: Database
) -> None:
    outside.status["/healthz"] = 503
    assert not heartbeat.beat_once()
    assert outside.pings() == 0
    assert standing(database) == [("heartbeat_held", "web_silent")]


def test_silent_workers_are_silence_outside_and_no_second_alarm(
    heartbeat: Heartbeat, outside: Outside, database: Database, now: datetime
) -> None:
    with database.write() as session:
        alarms.sound(session, "worker_silent", "workers", now)
    assert not heartbeat.beat_once()
    assert outside.pings() == 0
    assert standing(database) == [("worker_silent", None)]


def test_a_service_that_refuses_is_an_alarm_after_some_tries(
    heartbeat: Heartbeat, outside: Outside, database: Database
) -> None:
    outside.status[f"/ping/{KEY}"] = 404
    for _ in range(FAILURES - 1):
        assert not heartbeat.beat_once()
    assert standing(database) == []
    heartbeat.beat_once()
    assert standing(database) == [("heartbeat_failed", "status_404")]
    outside.status[f"/ping/{KEY}"] = 200
    assert heartbeat.beat_once()
    assert standing(database) == []


def test_the_address_with_its_key_is_nowhere(outside: Outside, database: Database, now: datetime) -> None:
    client = open_client()
    dead = Heartbeat(f"http://127.0.0.1:9/ping/{KEY}", outside.url, database, client, lambda: now, Sending())
    with structlog.testing.capture_logs() as logged:
        for _ in range(FAILURES):
            dead.beat_once()
    client.close()
    assert standing(database) == [("heartbeat_failed", "unreachable")]
    assert KEY not in str(logged)
    with database.read() as session:
        assert all(KEY not in str(row.detail) for row in session.scalars(select(Alarm)))


def test_it_runs_until_it_is_stopped(heartbeat: Heartbeat, outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patrol.dispatch.heartbeat.AGAIN_AFTER_S", 0.01)
    monkeypatch.setattr("patrol.dispatch.heartbeat.EVERY_S", 0.01)
    stop = threading.Event()
    thread = threading.Thread(target=heartbeat.run, args=(stop,))
    thread.start()
    eventually(lambda: outside.pings() >= 2)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
