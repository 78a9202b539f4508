"""A machine that is too small says so, for as long as it is, and not for a rush through one door."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.health.load import Load, Looks, counters, tell_overload
from patrol.store.engine import Database
from patrol.store.tables import Alarm, StreamState


class Box:
    """Two cameras whose worker makes and leaves out looks."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database, self.now, self.load = database, now, Load()
        self.looks, self.dropped = 0, 0

    def go(self, seconds: int, dropped_share: float) -> None:
        """Work on, ten looks due a second at each camera, and listen every ten seconds."""
        for _ in range(seconds // 10):
            self.now += timedelta(seconds=10)
            self.looks += round(100 * (1 - dropped_share))
            self.dropped += round(100 * dropped_share)
            with self.database.write() as session:
                for id in ("gate", "door"):
                    session.merge(
                        StreamState(
                            **{"stream_id": id, "site_id": "mall", "worker_id": "w", "state": "live"},
                            **{"since": self.now, "updated_at": self.now},
                            **{"n_looks": self.looks, "n_dropped": self.dropped},
                        )
                    )
                session.flush()
                tell_overload(session, self.load, self.now, is_wanted=True)

    def alarm(self) -> dict[str, int] | None:
        with self.database.read() as session:
            standing = select(Alarm).where(Alarm.cleared_at.is_(None), Alarm.code == "overloaded")
            alarm = session.scalar(standing)
            return alarm and alarm.detail


@pytest.fixture
def box(database: Database, now: datetime) -> Box:
    return Box(database, now)


def test_a_box_that_keeps_up_is_silent(box: Box) -> None:
    box.go(300, 0.0)
    assert box.alarm() is None


def test_a_box_that_is_too_small_says_how_much_it_leaves_out(box: Box) -> None:
    box.go(60, 0.12)
    assert box.alarm() is None
    box.go(60, 0.12)
    assert box.alarm() == {"percent": 12, "n": 2}


def test_the_alarm_stays_until_it_is_calm_again(box: Box) -> None:
    box.go(120, 0.12)
    box.go(300, 0.03)
    assert box.alarm() is not None
    box.go(120, 0.0)
    assert box.alarm() is None


def test_a_rush_of_half_a_minute_is_no_alarm(box: Box) -> None:
    box.go(120, 0.0)
    box.go(20, 0.2)
    box.go(120, 0.0)
    assert box.alarm() is None


def test_a_worker_that_starts_again_counts_from_nothing() -> None:
    assert Looks(3, 1).since(Looks(900, 400)) == Looks(3, 1)
    assert Looks(910, 400).since(Looks(900, 400)) == Looks(10, 0)


def test_many_open_pages_take_no_more_samples(now: datetime) -> None:
    load = Load()
    for second in (0, 1, 2, 3):
        load.note({"gate": Looks(second, 0)}, now + timedelta(seconds=second))
    assert load.lately() == {"gate": Looks(2, 0)}


def test_nothing_is_said_before_there_are_two_samples(now: datetime) -> None:
    load = Load()
    assert (load.total(), load.lately(), load.length) == (None, {}, timedelta())
    load.note({"gate": Looks(1, 0)}, now)
    assert load.total() is None


def test_a_dead_workers_counters_do_not_count(database: Database, now: datetime) -> None:
    row = StreamState(stream_id="gate", site_id="mall", worker_id="w", state="live", since=now, updated_at=now)
    with database.write() as session:
        session.add(row)
        session.flush()
        assert set(counters(session, now + timedelta(seconds=14))) == {"gate"}
        assert counters(session, now + timedelta(seconds=15)) == {}


def test_a_sender_that_has_just_started_does_not_call_it_over(box: Box) -> None:
    box.go(120, 0.12)
    box.load = Load()
    box.go(60, 0.0)
    assert box.alarm() is not None
    box.go(10, 0.0)
    assert box.alarm() is None


def test_where_no_camera_is_to_be_watched_it_is_over(box: Box) -> None:
    box.go(120, 0.12)
    with box.database.write() as session:
        tell_overload(session, Load(), box.now, is_wanted=False)
    assert box.alarm() is None
