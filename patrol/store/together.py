"""Commits the small writes of many threads together: a commit waits for the disk, and that takes most of its time."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from patrol.store.engine import Database

T = TypeVar("T")
AT_ONCE = 32  # writes in one transaction: about as many as wait while the one before is written to disk


@dataclass(frozen=True, slots=True)
class Write:
    """What one thread wants written."""

    work: Callable[[Session], Any]
    done: Future[Any] = field(default_factory=Future)


class Together:
    """Whoever comes while another commits is taken along in the next transaction; alone, nobody waits for anybody.

    Each write is a transaction of its own to its thread: it is committed when `write` returns, and its error undoes
    it alone. Only for SQLite, which lets one transaction write at a time anyway: elsewhere each has its own, for
    several of them would hold rows that others wait for.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shares = database.engine.dialect.name == "sqlite"
        self._waiting: SimpleQueue[Write] = SimpleQueue()
        self._turn = Lock()

    def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction; return what it returns once that is committed."""
        if not self._shares:
            with self._database.write() as session:
                return work(session)
        mine = Write(work)
        self._waiting.put(mine)
        with self._turn:  # who has it writes for all who wait; the others find theirs done
            while not mine.done.done():
                self._write_all(self._take())
        result: T = mine.done.result()
        return result

    def _take(self) -> list[Write]:
        taken: list[Write] = []
        with suppress(Empty):
            while len(taken) < AT_ONCE:
                taken.append(self._waiting.get_nowait())
        return taken

    def _write_all(self, writes: list[Write]) -> None:
        """Each in a savepoint of its own; none of them is done before all are committed."""
        said: list[tuple[Any, BaseException | None]] = []
        try:
            with self._database.write() as session:
                said += [_run(session, it.work) for it in writes]
        except BaseException as error:  # the transaction's: nothing of it is written, and each thread hears so
            for it in writes:
                it.done.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for it, (value, trouble) in zip(writes, said, strict=True):
            it.done.set_exception(trouble) if trouble else it.done.set_result(value)


def _run(session: Session, work: Callable[[Session], Any]) -> tuple[Any, BaseException | None]:
    """What a write returned, or the error that undid it: it is its thread's to handle."""
    try:
        with session.begin_nested():
            value = work(session)
    except Exception as error:  # noqa: BLE001 - raised again where it belongs
        return None, error
    finally:
        session.expunge_all()  # the next one sees the rows and nothing that this one has loaded
    return value, None
