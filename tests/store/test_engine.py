"""What both engines have in common: transactions, snapshots, times, numbers."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from patrol.store.engine import Database, open_database
from patrol.store.tables import Counter, Worker

SHANGHAI = timezone(timedelta(hours=8))


def worker(id: str, beat_at: datetime) -> Worker:
    return Worker(id=id, started_at=beat_at, beat_at=beat_at, embedder="", runtime="")


def test_a_time_comes_back_in_utc_whatever_zone_it_was_written_in(any_database: Database) -> None:
    local = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=SHANGHAI)
    with any_database.write() as session:
        session.add(worker("w", local))
    with any_database.read() as session:
        beat_at = session.get_one(Worker, "w").beat_at
    assert beat_at == local
    assert beat_at.isoformat() == "2026-03-02T01:30:00.123456+00:00"


def test_times_of_different_zones_are_compared_and_ordered_as_moments(any_database: Database, now: datetime) -> None:
    earlier_abroad = (now - timedelta(minutes=1)).astimezone(SHANGHAI)  # a later hand on the clock
    with any_database.write() as session:
        session.add_all([worker("here", now), worker("abroad", earlier_abroad)])
    with any_database.read() as session:
        assert session.scalars(select(Worker.id).order_by(Worker.beat_at)).all() == ["abroad", "here"]
        assert session.scalars(select(Worker.id).where(Worker.beat_at < now)).all() == ["abroad"]


def test_a_time_without_a_zone_is_refused(any_database: Database) -> None:
    with pytest.raises(StatementError, match="without a zone"), any_database.write() as session:
        session.add(worker("w", datetime(2026, 3, 2, 9, 30)))  # noqa: DTZ001 - that is the point


def test_a_failed_block_leaves_nothing(any_database: Database, now: datetime) -> None:
    def write_and_fail() -> None:
        with any_database.write() as session:
            session.add(worker("w", now))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    with any_database.read() as session:
        assert session.get(Worker, "w") is None


def test_rows_are_still_readable_after_their_transaction(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        session.add(row := worker("w", now))
    assert row.beat_at == now


def count_up(database: Database, times: int) -> list[int]:
    taken = []
    for _ in range(times):
        with database.write() as session:
            counter = session.get_one(Counter, "hit", with_for_update=True)
            counter.value += 1
            taken.append(counter.value)
    return taken


def test_a_number_is_handed_out_once_however_many_ask(any_database: Database) -> None:
    start, taken = Barrier(4), []

    def ask() -> None:
        start.wait(10)
        taken.extend(count_up(any_database, 10))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(taken) == list(range(1, 41))


def test_a_reader_holds_up_no_writer(any_database: Database) -> None:
    with any_database.read() as reading:
        assert reading.scalar(select(Counter.value)) == 0
        assert count_up(any_database, 3) == [1, 2, 3]


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(any_database: Database) -> None:
    with any_database.read() as reading:
        for _ in range(3):
            assert reading.scalar(select(Counter.value)) == 0
            count_up(any_database, 1)
    with any_database.read() as reading:
        assert reading.scalar(select(Counter.value)) == 3


def test_foreign_keys_hold_on_every_connection(any_database: Database) -> None:
    for _ in range(3):
        with pytest.raises(IntegrityError), any_database.write() as session:
            session.execute(
                text("INSERT INTO account_site (user_id, site_id) VALUES (:id, 'mall')"), {"id": "0" * 32}
            )


def test_sqlite_is_durable_and_overwrites_what_it_deletes(database: Database) -> None:
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    with database.engine.connect() as connection:
        for pragma, value in pragmas.items():
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value, pragma


def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    fresh = open_database(f"sqlite:///{tmp_path}/deep/er/patrol.db")
    with fresh.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    fresh.engine.dispose()


def test_times_are_utc_in_the_file_itself(database: Database, now: datetime) -> None:
    with database.write() as session:
        session.add(worker("w", now.astimezone(SHANGHAI)))
    with database.read() as session:
        stored = session.execute(text("SELECT beat_at FROM worker")).scalar_one()
    assert datetime.fromisoformat(stored).replace(tzinfo=UTC) == now


def test_threads_that_write_without_a_pause_let_another_process_in(database: Database) -> None:
    other, stop = open_database(str(database.engine.url)), Event()

    def hammer(n: int) -> None:
        name = f"hammer-{n}"
        while not stop.is_set():
            with database.write() as session:
                session.merge(Counter(name=name, value=1))

    threads = [Thread(target=hammer, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    try:
        for n in range(5):  # each would fail after BUSY_TIMEOUT_MS
            with other.write() as session:
                session.add(Counter(name=f"other-{n}", value=n))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        other.engine.dispose()
    with database.read() as session:
        assert len(session.scalars(select(Counter).where(Counter.name.like("other-%"))).all()) == 5


@pytest.mark.postgres
def test_postgresql_compiles_no_statement_whatever_else_its_address_says(request: pytest.FixtureRequest) -> None:
    with request.getfixturevalue("cluster").database() as database:
        url = database.engine.url.update_query_dict({"options": "-c statement_timeout=60s"})
        again = open_database(url.render_as_string(hide_password=False))
        for opened, timeout in ((database, "0"), (again, "1min")):
            with opened.read() as session:
                assert session.scalar(text("SHOW jit")) == "off"
                assert session.scalar(text("SHOW statement_timeout")) == timeout
        again.engine.dispose()
