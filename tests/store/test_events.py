"""Events come in the order of their commits, from whatever thread, and nobody changes them afterwards."""

from datetime import datetime
from threading import Barrier, Event, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from patrol.store import events
from patrol.store.engine import Database

N_WRITERS = 4
N_EACH = 15


def write(database: Database, now: datetime, subject: str, **more: object) -> int:
    with database.write() as session:
        event = events.append(session, "stream.state", actor="system", subject=subject, now=now, **more)
        return event.seq


def test_there_is_nothing_before_the_first_event(any_database: Database) -> None:
    with any_database.read() as session:
        assert events.newest_seq(session) == 0
        assert list(events.after(session, 0)) == []
        assert list(events.about(session, "stream:none")) == []


def test_an_event_comes_back_as_it_was_written(any_database: Database, now: datetime) -> None:
    seq = write(any_database, now, "stream:gate", site_id="mall", state="down", error="refused", tries=3)
    with any_database.read() as session:
        (event,) = events.about(session, "stream:gate")
    assert (event.seq, event.at, event.kind, event.actor, event.site_id) == (
        seq,
        now,
        "stream.state",
        "system",
        "mall",
    )
    assert event.body == {"state": "down", "error": "refused", "tries": 3}


def test_a_reader_goes_on_where_it_was_cut(any_database: Database, now: datetime) -> None:
    seqs = [write(any_database, now, f"stream:{n}") for n in range(5)]
    with any_database.read() as session:
        assert [event.seq for event in events.after(session, seqs[1], limit=2)] == seqs[2:4]
        assert [event.seq for event in events.after(session, seqs[3])] == seqs[4:]
        assert events.newest_seq(session) == seqs[-1]


def test_an_event_goes_with_the_transaction_it_records(any_database: Database, now: datetime) -> None:
    def write_and_fail() -> None:
        with any_database.write() as session:
            events.append(session, "hit.recorded", actor="system", subject="hit:1", now=now)
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    with any_database.read() as session:
        assert events.newest_seq(session) == 0


def test_no_event_is_seen_late_however_many_write_at_once(any_database: Database, now: datetime) -> None:
    """A reader that follows `seq` must never step over one that commits behind its back."""
    start, done = Barrier(N_WRITERS + 1), Event()
    followed: list[int] = []

    def writer(name: str) -> None:
        start.wait(10)
        for _ in range(N_EACH):
            with any_database.write() as session:
                events.append(session, "stream.state", actor="system", subject=name, now=now)
                events.append(session, "stream.state", actor="system", subject=name, now=now)

    def read_on() -> None:
        with any_database.read() as session:
            followed.extend(event.seq for event in events.after(session, followed[-1] if followed else 0))

    def follower() -> None:
        start.wait(10)
        while not done.is_set():
            read_on()
        read_on()

    writers = [Thread(target=writer, args=(f"stream:{n}",)) for n in range(N_WRITERS)]
    reader = Thread(target=follower)
    for thread in (*writers, reader):
        thread.start()
    for thread in writers:
        thread.join(60)
    done.set()
    reader.join(60)
    with any_database.read() as session:
        written = [event.seq for event in events.after(session, 0)]
    assert len(written) == N_WRITERS * N_EACH * 2
    assert followed == written


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event SET actor = 'nobody'", "DELETE FROM event", "DELETE FROM event WHERE seq = 1"],
)
def test_the_database_itself_refuses_to_change_an_event(
    any_database: Database, now: datetime, statement: str
) -> None:
    write(any_database, now, "stream:gate")
    with pytest.raises(DatabaseError, match="append-only"), any_database.write() as session:
        session.execute(text(statement))
    with any_database.read() as session:
        assert [event.actor for event in events.after(session, 0)] == ["system"]
