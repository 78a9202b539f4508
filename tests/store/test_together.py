"""Many threads write in one transaction: each has its own result and its own error, and hears what is committed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session

from patrol.store.engine import Database
from patrol.store.tables import Counter
from patrol.store.together import AT_ONCE, Together


def adding(name: str) -> Callable[[Session], str]:
    def add(session: Session) -> str:
        session.add(Counter(name=name, value=1))
        return name

    return add


def names(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Counter.name).where(Counter.name.like("w-%")).order_by(Counter.name)))


def test_a_write_is_committed_when_it_returns(any_database: Database) -> None:
    assert Together(any_database).write(adding("w-1")) == "w-1"
    assert names(any_database) == ["w-1"]


def test_writes_of_many_threads_are_all_there_with_their_own_results(any_database: Database) -> None:
    together, wanted = Together(any_database), [f"w-{n:03}" for n in range(3 * AT_ONCE)]
    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(lambda name: together.write(adding(name)), wanted)) == wanted
    assert names(any_database) == wanted


def test_an_error_undoes_its_own_write_and_no_other(any_database: Database) -> None:
    together = Together(any_database)

    def fail(session: Session) -> None:
        session.add(Counter(name="w-lost", value=1))
        session.flush()
        raise ZeroDivisionError

    def kept_or_not(n: int) -> bool:
        if n % 3:
            return together.write(adding(f"w-{n:03}")) != ""
        with pytest.raises(ZeroDivisionError):
            together.write(fail)
        return False

    with ThreadPoolExecutor(20) as pool:
        kept = list(pool.map(kept_or_not, range(60)))
    assert len(names(any_database)) == sum(kept) == 40


def test_who_comes_while_another_commits_shares_the_next_transaction(database: Database) -> None:
    together, commits = Together(database), list[Connection]()

    def count(connection: Connection) -> None:
        commits.append(connection)

    event.listen(database.engine, "commit", count)
    gate, is_in = threading.Event(), threading.Event()

    def slowly(session: Session) -> None:
        adding("w-first")(session)
        is_in.set()
        gate.wait(10)

    with ThreadPoolExecutor(11) as pool:
        first = pool.submit(together.write, slowly)
        assert is_in.wait(10)
        others = [pool.submit(together.write, adding(f"w-{n}")) for n in range(10)]
        while together._waiting.qsize() < 10:
            threading.Event().wait(0.01)
        gate.set()
        first.result(10)
        for other in others:
            other.result(10)
    event.remove(database.engine, "commit", count)
    assert len(commits) == 2
    assert len(names(database)) == 11


def test_a_commit_that_fails_is_told_to_every_thread_of_it(database: Database) -> None:
    together = Together(database)

    def fail_at_commit(session: Session) -> None:
        @event.listens_for(session, "before_commit")
        def refuse(_: Session) -> None:
            if not session.in_nested_transaction():
                raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        together.write(fail_at_commit)
    assert together.write(adding("w-after")) == "w-after"
