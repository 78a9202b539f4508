"""Settings in words, the database made, the processes started and ended."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from patrol.cli import parts
from patrol.cli.listening import listen_once
from patrol.demo.processes import free_port
from patrol.health.load import Load
from patrol.store.tables import Alarm, StreamGap, StreamHour
from tests.cli.terminal import Terminal
from tests.waiting import eventually


def test_every_setting_is_listed_with_what_it_is_for(terminal: Terminal) -> None:
    said = terminal.answer("settings")
    assert "PATROL_STREAMS_FILE=streams.yaml\n    Which streams to watch." in said


def test_an_unknown_setting_stops_the_start(terminal: Terminal) -> None:
    terminal.set("PATROL_COOLDOWM_S", "3")
    assert "PATROL_COOLDOWM_S: unknown setting" in terminal.complaint("migrate")


def test_the_password_of_the_database_is_not_listed(terminal: Terminal) -> None:
    terminal.set("PATROL_DATABASE_URL", "postgresql+psycopg://patrol:hush@127.0.0.1/patrol")
    assert "hush" not in terminal.answer("settings")


@pytest.mark.parametrize(("language", "said"), [("C.UTF-8", "The database"), ("zh_CN.UTF-8", "数据库")])
def test_answers_come_in_the_language_of_the_terminal(terminal: Terminal, language: str, said: str) -> None:
    terminal.set("LANG", language)
    assert said in terminal.answer("migrate")


def test_tidying_forgets_when_cameras_were_watched_with_the_rows_of_their_hits(terminal: Terminal) -> None:
    terminal.set("PATROL_KEEP_ROWS_H", "24")
    database, now = parts.database(parts.settings()), parts.clock()
    with database.write() as session:
        for hours in (1, 30):
            at = now - timedelta(hours=hours)
            gap = StreamGap(stream_id="gate", site_id="mall", began_at=at, ended_at=at, reason="refused")
            session.add(gap)
            session.add(StreamHour(stream_id="gate", site_id="mall", hour=at, counts={}))
    terminal.answer("tidy")
    with database.read() as session:
        assert len(session.scalars(select(StreamGap)).all()) == len(session.scalars(select(StreamHour)).all()) == 1


def test_tidying_an_empty_house_deletes_nothing(terminal: Terminal) -> None:
    assert "n_hits_deleted=0" in terminal.answer("tidy")


def test_watching_without_a_streams_file_says_which_is_missing(terminal: Terminal) -> None:
    assert "streams.yaml" in terminal.complaint("watch")


SITES = "sites: [{id: mall, name: Mall, latitude: 31, longitude: 121, time_zone: Asia/Shanghai}]\n"
CAMERA = "id: gate, site: mall, name: Gate, place: Gate, url: 'rtsp://127.0.0.1/gate'"


@pytest.mark.parametrize(
    ("file", "is_alarm"),
    [
        (None, False),
        (SITES + "streams: []\n", False),
        (SITES + f"streams: [{{{CAMERA}, enabled: false}}]\n", False),
        (SITES + f"streams: [{{{CAMERA}}}]\n", True),
        ("half an edit", True),
    ],
    ids=["no file", "no stream", "switched off", "a stream", "broken"],
)
def test_the_sender_hears_that_no_worker_watches(
    terminal: Terminal, tmp_path: Path, file: str | None, is_alarm: bool
) -> None:
    if file is not None:
        (tmp_path / "streams.yaml").write_text(file, encoding="utf-8")
    chosen = parts.settings()
    database = parts.database(chosen)
    listen_once(chosen, database, parts.clock() - timedelta(hours=1), parts.clock(), Load())
    with database.read() as session:
        assert session.scalars(select(Alarm.code)).all() == ["worker_silent"] * is_alarm


@pytest.mark.weights
def test_up_starts_what_was_killed_again_and_leaves_nothing_behind(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "streams.yaml").write_text("sites: []\nstreams: []\n", encoding="utf-8")
    port = free_port()
    terminal.set("PATROL_PORT", str(port))
    with (tmp_path / "log").open("wb") as log:
        up = subprocess.Popen([sys.executable, "-m", "patrol", "up"], stdout=log, stderr=log)
    try:
        eventually(lambda: is_up(port), within_s=60)
        killed = child(up.pid, "serve")
        subprocess.run(["kill", "-9", str(killed)], check=True)
        eventually(lambda: child(up.pid, "serve") not in (killed, None) and is_up(port), within_s=60)
    finally:
        up.terminate()
        up.wait(30)
    assert not is_up(port)
    assert "process ended" in (tmp_path / "log").read_text()


def is_up(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.HTTPError:
        return False


def child(parent: int, name: str) -> int | None:
    """The process of `patrol NAME` below a parent."""
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[-2:-1] == [name.encode()]:
            return int(pid)
    return None
