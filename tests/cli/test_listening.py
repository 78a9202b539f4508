"""A disk that fills is an alarm before hits are lost, and dark cameras are heard of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from patrol.cli import parts
from patrol.cli.listening import ENOUGH_MB, LEAST_FREE_MB, MEGABYTE, listen_once, tell_disk, tell_room
from patrol.health.load import Load
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


@dataclass
class Volume:
    """A disk of a terabyte."""

    free: int
    total: int = 1_000_000 * MEGABYTE


@pytest.mark.parametrize(
    ("free_mb", "used_mb", "quota_mb", "is_alarm"),
    [
        (110_000, 0, 20_000, False),
        (99_999, 0, 20_000, True),  # under a tenth
        (150_000, 0, 200_000, True),  # less than the pictures may still take
        (150_000, 60_000, 200_000, False),
        (120_000, 300_000, 200_000, False),  # over the quota they take no more
    ],
)
def test_a_disk_too_small_for_the_quota_is_an_alarm(
    database: Database, now: datetime, free_mb: int, used_mb: int, quota_mb: int, is_alarm: bool
) -> None:
    sizes = (used_mb * MEGABYTE, quota_mb * MEGABYTE)
    with database.write() as session:
        tell_room(session, Path("data"), Volume(free_mb * MEGABYTE), *sizes, now)
    assert standing(database) == ["disk_short"] * is_alarm


def test_that_alarm_is_over_when_there_is_a_little_more_than_enough(database: Database, now: datetime) -> None:
    heard = []
    for free_mb in (99_999, 105_000, 111_000):
        with database.write() as session:
            tell_room(session, Path("data"), Volume(free_mb * MEGABYTE), 0, MEGABYTE, now)
        heard.append(bool(standing(database)))
    assert heard == [True, True, False]


def test_a_dark_camera_is_heard_of(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "streams.yaml").write_text(SITES + f"streams: [{{{CAMERA}}}]\n", encoding="utf-8")
    chosen = parts.settings()
    database, now = parts.database(chosen), parts.clock()
    since = now - timedelta(seconds=70)
    row = StreamState(stream_id="gate", site_id="mall", worker_id="w", state="down", since=since, updated_at=now)
    with database.write() as session:
        session.add(row)
        session.add(Worker(id="w", started_at=since, beat_at=now, embedder="sface", runtime="openvino"))
    listen_once(chosen, database, since, now, Load())
    assert standing(database) == ["stream_dark"]
