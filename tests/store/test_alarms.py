"""An alarm stands once, until it is over, and may stand again."""

from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from patrol.store import alarms, events
from patrol.store.engine import Database
from patrol.store.tables import Alarm


def test_an_alarm_stands_once_however_often_it_is_raised(any_database: Database, now: datetime) -> None:
    for minute in range(3):
        with any_database.write() as session:
            alarms.sound(session, "disk_quota", "disk:pictures", now + timedelta(minutes=minute), used_mb=9)
    with any_database.read() as session:
        (alarm,) = session.scalars(select(Alarm)).all()
        assert (alarm.raised_at, alarm.cleared_at, alarm.detail) == (now, None, {"used_mb": 9})
        assert [event.kind for event in events.after(session, 0)] == ["alarm.raised"]


def test_a_standing_alarm_says_the_newest_detail(any_database: Database, now: datetime) -> None:
    for used_mb in (9, 12):
        with any_database.write() as session:
            alarms.sound(session, "disk_quota", "disk:pictures", now, used_mb=used_mb)
    with any_database.read() as session:
        assert [alarm.detail for alarm in session.scalars(select(Alarm))] == [{"used_mb": 12}]


def test_two_who_raise_the_same_alarm_at_once_both_go_on(any_database: Database, now: datetime) -> None:
    done: list[str] = []

    def raise_too() -> None:
        with any_database.write() as session:
            alarms.sound(session, "disk_quota", "disk:pictures", now)
        done.append("second")

    other = Thread(target=raise_too)
    with any_database.write() as session:
        alarms.sound(session, "disk_quota", "disk:pictures", now)
        other.start()
        other.join(0.3)  # it has looked, and waits for this one's commit
    other.join(10)
    assert done == ["second"]
    with any_database.read() as session:
        assert len(session.scalars(select(Alarm)).all()) == 1


def test_a_cleared_alarm_may_stand_again(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        alarms.clear(session, "disk_quota", "disk:pictures", now)  # nothing stands yet
        for _ in range(2):
            alarms.sound(session, "disk_quota", "disk:pictures", now)
            alarms.clear(session, "disk_quota", "disk:pictures", now)
    with any_database.read() as session:
        assert [alarm.cleared_at for alarm in session.scalars(select(Alarm))] == [now, now]
        kinds = [event.kind for event in events.after(session, 0)]
    assert kinds == ["alarm.raised", "alarm.cleared"] * 2


def test_the_database_refuses_the_same_alarm_twice_at_once(any_database: Database, now: datetime) -> None:
    row = {"code": "disk_quota", "subject": "disk:pictures", "detail": {}, "raised_at": now}
    with pytest.raises(IntegrityError), any_database.write() as session:
        session.add_all([Alarm(**row), Alarm(**row)])
