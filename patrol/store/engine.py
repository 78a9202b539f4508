"""Open the database: SQLite on one box, PostgreSQL beyond, the same statements on both."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from threading import Event, Lock, RLock
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

BUSY_TIMEOUT_MS = 10_000  # a writer waits this long for another; our transactions take milliseconds
GAP_S = 0.005  # a third of a transaction of the sender's: another process gets in at its first looks
CHECKPOINT_TIMEOUT_MS = 250  # writers wait while a checkpoint waits for readers; nobody notices a quarter second
MIGRATION_LOCK = 7_203_112  # any fixed number; PostgreSQL's advisory lock that lets one process migrate at a time


class Turns:
    """The threads of a process write to SQLite one after the other, and leave a gap for other processes.

    SQLite itself lets those who wait look again after 1, 2, 5 and more milliseconds, at last every 100: threads that
    queue there are slow, and threads that queue here without a gap keep every other process out for seconds.
    """

    def __init__(self) -> None:
        self._turn = RLock()
        self._counting = Lock()
        self._n_here = 0  # writing or waiting

    def __enter__(self) -> None:
        with self._counting:
            self._n_here += 1
        self._turn.acquire()

    def __exit__(self, *_error: object) -> None:
        with self._counting:
            self._n_here -= 1
            has_followers = self._n_here > 0
        if has_followers:
            Event().wait(GAP_S)
        self._turn.release()


class Database:
    """Hands out sessions; every thread and process opens its own.

    `write()` commits when its block ends and takes SQLite's write lock at once, so that a transaction that
    reads first never fails on the upgrade. `read()` sees one snapshot and holds up no writer.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turns: AbstractContextManager[None] = Turns() if engine.dialect.name == "sqlite" else nullcontext()
        one_snapshot = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        self._reading = engine.execution_options(patrol_reads_only=True, **one_snapshot)

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._turns, Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self._reading, expire_on_commit=False) as session:
            yield session

    def flush_deleted(self) -> None:
        """Empty SQLite's write-ahead log, which still holds the pages of before a deletion.

        Where a reader is in the way it stays for the next time. PostgreSQL has its vacuum.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={CHECKPOINT_TIMEOUT_MS}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def open_database(url: str) -> Database:
    """Connect to `url` (sqlite:///PATH or postgresql+psycopg://...); tables are made by `migrate`."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return Database(_open_postgres(parsed))
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, hide_parameters=True)  # names and hashes do not belong into a log
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def _open_postgres(url: URL) -> Engine:
    """PostgreSQL without its compiler of statements.

    With stale statistics it takes the claim of a delivery for a long one and compiles it at every call: 3.5 s
    instead of 11 ms, measured with 1,000 deliveries on two cores.
    """
    options = f"{url.query.get('options', '')} -c jit=off".strip()
    return create_engine(
        url.update_query_dict({"options": options}),
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        hide_parameters=True,
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")  # what retention deletes is overwritten, not just unlinked
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("patrol_reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def is_migrated(database: Database) -> bool:
    """Whether the schema is this version's; SQLAlchemyError where the database cannot be asked."""
    with database.read() as session:
        return MigrationContext.configure(session.connection()).get_current_revision() == _newest_revision()


@cache
def _newest_revision() -> str | None:
    return ScriptDirectory.from_config(_scripts()).get_current_head()


def _scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(database: Database) -> None:
    """Bring the schema to the newest version; nothing happens where it is already there."""
    config = _scripts()
    with _copying_tables(database) as connection, connection.begin():
        if connection.dialect.name == "postgresql":  # SQLite's BEGIN IMMEDIATE makes processes take turns by itself
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("the migration would leave rows that point nowhere; nothing was changed")


@contextmanager
def _copying_tables(database: Database) -> Iterator[Connection]:
    """A connection on which SQLite lets a table be copied and swapped without deleting what points at it."""
    with database.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            _driver(connection).execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            if is_sqlite:
                _driver(connection).execute("PRAGMA foreign_keys=ON")


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
