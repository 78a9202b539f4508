"""That no worker watches is an alarm, as soon as it is sure and only where there is something to watch."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.store.beats import beat_sender, newest_embedder, tell_no_sender, tell_silence
from patrol.store.engine import Database
from patrol.store.tables import Alarm, Worker


def beat(database: Database, name: str, at: datetime) -> None:
    with database.write() as session:
        session.merge(Worker(id=name, started_at=at, beat_at=at, embedder="sface", runtime="openvino"))


def listen(database: Database, since: datetime, after_s: float, is_wanted: bool = True) -> bool:
    """Listen once, so many seconds after the start; return whether the alarm stands."""
    with database.write() as session:
        tell_silence(session, is_wanted=is_wanted, since=since, now=since + timedelta(seconds=after_s))
        standing = select(Alarm.code).where(Alarm.cleared_at.is_(None))
        return session.scalars(standing).all() == ["worker_silent"]


@pytest.mark.parametrize(("after_s", "is_alarm"), [(0, False), (30, False), (31, True)])
def test_a_worker_that_never_came_is_missed(
    any_database: Database, now: datetime, after_s: float, is_alarm: bool
) -> None:
    assert listen(any_database, now, after_s) is is_alarm


def test_nobody_is_missed_where_nothing_is_to_be_watched(any_database: Database, now: datetime) -> None:
    assert not listen(any_database, now, 3600, is_wanted=False)


def test_the_alarm_stands_until_a_worker_beats_again(any_database: Database, now: datetime) -> None:
    beat(any_database, "first", now)
    beat(any_database, "second", now + timedelta(seconds=20))
    assert not listen(any_database, now, 50)
    assert listen(any_database, now, 51)
    assert listen(any_database, now, 60)
    beat(any_database, "second", now + timedelta(seconds=61))
    assert not listen(any_database, now, 62)


def test_a_listener_that_starts_again_ends_no_alarm_by_that(any_database: Database, now: datetime) -> None:
    beat(any_database, "first", now)
    assert listen(any_database, now, 40)
    assert listen(any_database, now + timedelta(seconds=41), 1)


def test_the_alarm_ends_where_the_last_stream_is_switched_off(any_database: Database, now: datetime) -> None:
    assert listen(any_database, now, 60)
    assert not listen(any_database, now, 61, is_wanted=False)


def nobody_sends(database: Database, since: datetime, after_s: float) -> bool:
    """A worker listens for senders, so many seconds after its own start; whether the alarm stands."""
    with database.write() as session:
        tell_no_sender(session, since=since, now=since + timedelta(seconds=after_s))
        return session.scalars(select(Alarm.code).where(Alarm.cleared_at.is_(None))).all() == ["sender_silent"]


def test_a_sender_that_never_came_or_went_away_is_missed(any_database: Database, now: datetime) -> None:
    assert not nobody_sends(any_database, now, 30)
    assert nobody_sends(any_database, now, 31)
    with any_database.write() as session:
        beat_sender(session, "send-1", now, now + timedelta(seconds=32))
    assert not nobody_sends(any_database, now, 33)
    assert not nobody_sends(any_database, now, 62)
    assert nobody_sends(any_database, now, 63)
    assert nobody_sends(any_database, now + timedelta(seconds=70), 1)  # a worker that starts again ends no alarm


def test_the_embedder_at_work_is_that_of_the_worker_that_beat_last(database: Database, now: datetime) -> None:
    with database.write() as session:
        assert newest_embedder(session) is None
        for embedder, age_s in (("old", 5), ("new", 1), ("older", 9)):
            beat_at = now - timedelta(seconds=age_s)
            session.add(Worker(id=embedder, started_at=now, beat_at=beat_at, embedder=embedder, runtime="openvino"))
        session.flush()
        assert newest_embedder(session) == "new"
