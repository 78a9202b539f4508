"""A disk that fills is an alarm before hits are lost, and dark cameras are heard of."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from patrol.cli import parts
from patrol.cli.listening import ENOUGH_MB, LEAST_FREE_MB, listen_once, tell_disk
from patrol.store.engine import Database
from patrol.store.tables import Alarm, StreamState, Worker
from tests.cli.terminal import Terminal
from tests.cli.test_processes import CAMERA, SITES


def standing(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Alarm.code).where(Alarm.cleared_at.is_(None))))


@pytest.mark.parametrize(
    ("free_mb", "is_alarm"), [(LEAST_FREE_MB, False), (LEAST_FREE_MB - 1, True), (0, True), (ENOUGH_MB, False)]
)
def test_a_disk_without_room_is_an_alarm(database: Database, now: datetime, free_mb: int, is_alarm: bool) -> None:
    with database.write() as session:
        tell_disk(session, Path("data"), free_mb, now)
    assert standing(database) == ["disk_full"] * is_alarm


def test_the_alarm_does_not_come_and_go_with_every_picture(database: Database, now: datetime) -> None:
    heard = []
    for free_mb in (LEAST_FREE_MB - 1, LEAST_FREE_MB + 1, ENOUGH_MB - 1, ENOUGH_MB, LEAST_FREE_MB):
        with database.write() as session:
            tell_disk(session, Path("data"), free_mb, now)
        heard.append(bool(standing(database)))
    assert heard == [True, True, True, False, False]


def test_a_dark_camera_is_heard_of(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "streams.yaml").write_text(SITES + f"streams: [{{{CAMERA}}}]\n", encoding="utf-8")
    chosen = parts.settings()
    database, now = parts.database(chosen), parts.clock()
    since = now - timedelta(seconds=70)
    row = StreamState(stream_id="gate", site_id="mall", worker_id="w", state="down", since=since, updated_at=now)
    with database.write() as session:
        session.add(row)
        session.add(Worker(id="w", started_at=since, beat_at=now, embedder="sface", runtime="openvino"))
    listen_once(chosen, database, since, now)
    assert standing(database) == ["stream_dark"]
