"""A PostgreSQL server for the tests: Debian's, with a cluster of its own in a folder of its own, gone afterwards."""

import itertools
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from patrol.store.engine import Database, migrate, open_database
from patrol.store.tables import Base

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
# A test's data is worth nothing after the test: durability is switched off, which makes the cluster ten times faster.
OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses="
MEMORY = Path("/dev/shm")  # what lies here never waits for a disk
ROOM_BYTES = 500_000_000  # an order more than a cluster of these tests takes


class Cluster:
    """A running server, reached by a socket in its own folder: no port is taken and nobody else gets in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names = (f"test_{number}" for number in itertools.count())

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A new database without any table."""
        name = next(self._names)
        self._execute(f"CREATE DATABASE {name} TEMPLATE template0")
        database = open_database(f"postgresql+psycopg://postgres@/{name}?host={self.folder}")
        try:
            yield database
        finally:
            database.engine.dispose()
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def migrated(self) -> Iterator[Database]:
        with self.database() as database:
            migrate(database)
            yield database

    def _execute(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


def empty(database: Database) -> None:
    """Make it as it was after its migration, which is a hundred times faster than a new database.

    A session that claims to replicate is stopped by no trigger and no foreign key; only a superuser may.
    """
    deletions = "".join(f"DELETE FROM {table.name};" for table in Base.metadata.sorted_tables)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica; {deletions}")
        connection.exec_driver_sql("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'")
        connection.exec_driver_sql("INSERT INTO counter (name, value) VALUES ('hit', 0)")


def reason_for_absence() -> str | None:
    """Why this machine cannot start PostgreSQL; None where it can."""
    if not BINARIES:
        return "PostgreSQL is absent: apt-get install postgresql"
    if os.geteuid() == 0 and not shutil.which("runuser"):
        return "root may not run PostgreSQL and runuser is absent: apt-get install util-linux"
    return None


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Make a cluster, start it, stop and delete it."""
    has_room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    place = MEMORY if has_room else Path("/tmp")  # both short: a socket's path has 107 bytes at most
    folder = Path(tempfile.mkdtemp(prefix="patrol-pg-", dir=place))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    guard = _guard(folder)
    try:
        _run("initdb", "-D", f"{folder}/data", "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8")
        _run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", f"{OPTIONS} -k {folder}", "start")
        yield Cluster(folder)
    finally:
        guard.communicate()


def _guard(folder: Path) -> subprocess.Popen[bytes]:
    """A process that stops the server and deletes the cluster when its input ends: with us, however we end."""
    stop = shlex.join(_command("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop"))
    return subprocess.Popen(
        ["sh", "-c", f"read -r _; {stop}; rm -rf {folder}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )


def _run(program: str, *arguments: str) -> None:
    command = _command(program, *arguments)
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", check=False)
    assert done.returncode == 0, f"{program}: {done.stderr.decode()}"


def _command(program: str, *arguments: str) -> list[str]:
    """One of PostgreSQL's programs; as user postgres where we are root, which it refuses to be."""
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    return [*become, str(BINARIES[-1] / program), *arguments]
