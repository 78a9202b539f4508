"""A sender says that it lives as long as it reads decisions, and makes its rounds of the self-tests."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from patrol.dispatch.desk import Desk
from patrol.dispatch.rounds import Rounds
from patrol.store.beats import has_sender, sender_beat
from patrol.store.engine import Database
from patrol.store.tables import Alarm, Exercise, SenderBeat
from patrol.values import Site
from tests.dispatch.conftest import Clock
from tests.dispatch.test_drills import make_group
from tests.waiting import eventually

MALL = Site("mall", "East Mall", 31.23, 121.47, "Asia/Shanghai")
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SOON = {"weekly": [{"days": DAYS, "from": "09:40", "to": "18:00"}]}  # ten minutes after 01:30 UTC


@pytest.fixture
def rounds(any_database: Database, clock: Clock) -> Rounds:
    desk = Desk(lambda: (MALL,))
    return Rounds(any_database, desk, clock, "send-1", lambda: clock.now, timedelta(minutes=15))


def test_a_sender_beats_while_it_reads_decisions(any_database: Database, clock: Clock, rounds: Rounds) -> None:
    rounds.run_once()
    with any_database.read() as session:
        assert has_sender(session, clock.now)
        assert not has_sender(session, clock.now + timedelta(seconds=15))


def test_a_sender_that_is_stuck_beats_no_more(any_database: Database, clock: Clock) -> None:
    looked_at = clock.now
    rounds = Rounds(any_database, Desk(), clock, "send-1", lambda: looked_at, timedelta())
    rounds.run_once()
    clock.forward(30)
    rounds.run_once()
    with any_database.read() as session:
        assert sender_beat(session) == looked_at


def test_it_beats_every_five_seconds_and_forgets_who_has_long_gone(
    any_database: Database, clock: Clock, rounds: Rounds
) -> None:
    long_ago = clock.now - timedelta(days=2)
    with any_database.write() as session:
        session.add(SenderBeat(id="old", started_at=long_ago, beat_at=long_ago))
    began = clock.now
    for _ in range(8):
        rounds.run_once()
        clock.forward(1)
    with any_database.read() as session:
        beats = session.scalars(select(SenderBeat)).all()
    assert [(it.id, it.beat_at) for it in beats] == [("send-1", began + timedelta(seconds=5))]


def test_what_is_due_is_tried_and_its_absence_said(any_database: Database, clock: Clock, rounds: Rounds) -> None:
    make_group(any_database, "east", clock.now, shifts=SOON)
    rounds.run_once()
    with any_database.read() as session:
        assert session.scalars(select(Alarm.code)).all() == ["self_test_impossible"]


def test_a_running_self_test_is_followed_to_its_end(any_database: Database, clock: Clock, rounds: Rounds) -> None:
    ends_at = clock.now + timedelta(seconds=60)
    with any_database.write() as session:
        session.add(Exercise(kind="self_test", started_at=clock.now, started_by="cli", ends_at=ends_at))
    rounds.run_once()
    clock.forward(60)
    rounds.run_once()
    with any_database.read() as session:
        assert session.scalars(select(Exercise.outcome)).all() == ["failed_at_taken"]


def test_a_round_that_fails_is_not_the_last(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patrol.dispatch.rounds.POLL_S", 0.01)
    monkeypatch.setattr("patrol.dispatch.rounds.AFTER_ERROR_S", 0.01)
    n_rounds = []

    def looked_at() -> None:
        n_rounds.append(1)
        raise OSError("the disk is away")

    rounds = Rounds(Database.__new__(Database), Desk(), clock, "send-1", looked_at, timedelta())
    stop = threading.Event()
    thread = threading.Thread(target=rounds.run, args=(stop,))
    thread.start()
    eventually(lambda: len(n_rounds) >= 3)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
