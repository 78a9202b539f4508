"""A camera without a picture is an alarm of its own, after a minute and until it shows something again."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.store.dark_streams import tell_darkness
from patrol.store.engine import Database
from patrol.store.tables import Alarm, StreamState
from patrol.values import Site, Stream

MALL = Site("mall", "East Mall", 31.23, 121.47, "Asia/Shanghai")
GATE = Stream("gate", MALL, "Gate", "Gate", "rtsp://127.0.0.1/gate")
OFF = Stream("gate", MALL, "Gate", "Gate", "rtsp://127.0.0.1/gate", is_enabled=False)


def say(database: Database, now: datetime, state: str, *, since: datetime, **more: object) -> None:
    """What the worker says of the gate just now."""
    row = StreamState(stream_id="gate", site_id="mall", worker_id="w", state=state, since=since, updated_at=now)
    for name, value in more.items():
        setattr(row, name, value)
    with database.write() as session:
        session.merge(row)


def dark(database: Database, now: datetime, stream: Stream = GATE) -> list[str]:
    """Listen once; the streams whose alarm stands."""
    with database.write() as session:
        tell_darkness(session, [stream], now)
        return list(session.scalars(select(Alarm.subject).where(Alarm.cleared_at.is_(None))))


@pytest.mark.parametrize(("down_for_s", "expected"), [(0, []), (60, []), (61, ["stream:gate"])])
def test_a_camera_is_dark_after_a_minute(
    any_database: Database, now: datetime, down_for_s: float, expected: list[str]
) -> None:
    say(any_database, now, "down", since=now - timedelta(seconds=down_for_s), error="refused")
    assert dark(any_database, now) == expected


def test_a_change_of_the_reason_begins_no_new_darkness(any_database: Database, now: datetime) -> None:
    last = now - timedelta(seconds=300)
    say(any_database, now, "down", since=now - timedelta(seconds=2), error="no_video", last_frame_at=last)
    assert dark(any_database, now) == ["stream:gate"]
    with any_database.read() as session:
        detail = session.scalars(select(Alarm.detail)).one()
    assert detail["since"] == last.isoformat()
    assert (detail["site_id"], detail["name"], detail["error"]) == ("mall", "Gate", "no_video")


def test_a_frozen_picture_counts_from_when_it_froze(any_database: Database, now: datetime) -> None:
    since = now - timedelta(seconds=70)
    say(any_database, now, "down", since=since, error="frozen", last_frame_at=now)
    assert dark(any_database, now) == ["stream:gate"]


def test_the_alarm_ends_with_the_next_picture(any_database: Database, now: datetime) -> None:
    say(any_database, now, "down", since=now - timedelta(seconds=90))
    assert dark(any_database, now) == ["stream:gate"]
    say(any_database, now, "live", since=now, last_frame_at=now)
    assert dark(any_database, now) == []


def test_a_stream_that_is_switched_off_is_not_dark(any_database: Database, now: datetime) -> None:
    say(any_database, now, "down", since=now - timedelta(seconds=90))
    assert dark(any_database, now) == ["stream:gate"]
    assert dark(any_database, now, OFF) == []


def test_a_dead_worker_makes_no_camera_dark_and_none_light(any_database: Database, now: datetime) -> None:
    say(any_database, now - timedelta(seconds=20), "down", since=now - timedelta(seconds=200))
    assert dark(any_database, now) == []
    say(any_database, now, "down", since=now - timedelta(seconds=200))
    assert dark(any_database, now) == ["stream:gate"]
    assert dark(any_database, now + timedelta(seconds=60)) == ["stream:gate"]


def test_a_stream_nobody_has_taken_up_is_not_dark(any_database: Database, now: datetime) -> None:
    assert dark(any_database, now) == []
