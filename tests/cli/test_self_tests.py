"""A self-test by hand says how far a listed face came, and what is missing where it cannot begin."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from patrol.cli import parts
from patrol.hits import policies
from patrol.selftest import confirm, note
from patrol.store.engine import Database, open_database
from patrol.store.tables import Exercise, Hit, Portrait, StreamState, Watchlist
from tests.cli.terminal import Terminal
from tests.dispatch.scene import Scene, scene_in
from tests.waiting import eventually

STREAMS = (
    "sites: [{id: mall, name: Mall, latitude: 31, longitude: 121, time_zone: Asia/Shanghai}]\n"
    "streams: [{id: gate-b, site: mall, name: Gate, place: Gate, url: 'rtsp://127.0.0.1/gate'}]\n"
)
GROUPS = """
groups:
  - {id: east, name: East, site: mall, latitude: 31.23, longitude: 121.47, chats: [{kind: page}]}
"""


@pytest.fixture
def scene(terminal: Terminal, tmp_path: Path) -> Scene:
    """A mall with an exercise list, whose one camera is live."""
    (tmp_path / "streams.yaml").write_text(STREAMS, encoding="utf-8")
    (tmp_path / "groups.yaml").write_text(GROUPS, encoding="utf-8")
    terminal.answer("groups", "import", "groups.yaml")
    chosen = parts.settings()
    made = scene_in(parts.database(chosen), parts.blobs(chosen), parts.clock(), is_exercise=True)
    now = made.now + timedelta(seconds=30)  # the worker beats on while the tests run
    state = StreamState(stream_id="gate-b", site_id="mall", worker_id="w", state="live", since=now, updated_at=now)
    with made.database.write() as session:
        session.get_one(Portrait, made.portrait_id).picture_key = "portrait/2026/03/02/" + "0" * 32 + ".jpg"
        session.add(state)
    return made


class Worker(threading.Thread):
    """Does the worker's part of the first self-test that it sees, as far as a stage."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(daemon=True)
        self.scene = scene
        self.database: Database = open_database(parts.settings().database)

    def run(self) -> None:
        eventually(self._work)

    def _work(self) -> bool:
        with self.database.read() as session:
            exercise = session.scalars(select(Exercise)).one_or_none()
        if exercise is None:
            return False
        hit_id = self.scene.hit()
        with self.database.write() as session:
            row, hit, now = session.get_one(Exercise, exercise.id), session.get_one(Hit, hit_id), parts.clock()
            hit.origin = "exercise"
            for stage in ("taken", "injected", "matched"):
                note(row, stage, now)
            policy = policies.standing(session, hit.watchlist_id, now)
            assert policy is not None
            confirm(session, row, hit, policy, now)
        return True


def test_every_stage_is_timed(terminal: Terminal, scene: Scene) -> None:
    terminal.answer("self-test-policy", "Pickpockets", "--text", "before each shift")
    worker = Worker(scene)
    worker.start()
    (said,) = json.loads(terminal.answer("self-test", "mall", "--json"))["self_tests"]
    worker.join()
    assert (said["site_id"], said["stream_id"], said["outcome"]) == ("mall", "gate-b", "passed")
    assert [*said["stages"]] == ["taken", "injected", "matched", "recorded", "confirmed", "queued", "accepted"]
    assert 0 <= said["stages"]["taken"] <= said["stages"]["queued"] <= said["stages"]["accepted"] < 60_000


def test_a_worker_that_does_not_take_it_up_is_said_in_words(
    terminal: Terminal, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patrol.dispatch.self_tests.WITHIN", timedelta(seconds=0.3))
    terminal.answer("self-test-policy", "Pickpockets", "--text", "before each shift")
    done = terminal.run("self-test")
    assert done.status == 1
    assert "✗ mall  gate-b" in done.stdout
    assert "no worker took it up" in done.stdout


def test_what_is_missing_is_said_in_words(terminal: Terminal, scene: Scene) -> None:
    done = terminal.run("self-test", "mall")
    assert done.status == 1
    assert "patrol self-test-policy" in done.stdout


def test_an_unknown_site_is_named(terminal: Terminal, scene: Scene) -> None:
    assert "moon" in terminal.complaint("self-test", "moon")


def test_only_an_exercise_list_confirms_itself(terminal: Terminal, scene: Scene) -> None:
    with scene.database.write() as session:
        session.get_one(Watchlist, scene.watchlist_id).is_exercise = False
    assert "a person decides" in terminal.complaint("self-test-policy", "Pickpockets", "--text", "why not")
    assert "Nobody" in terminal.complaint("self-test-policy", "Nobody", "--text", "why not")
