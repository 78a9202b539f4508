"""A PostgreSQL server for the tests: Debian's, with a cluster of its own in a folder of its own, gone afterwards."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from patrol.store.engine import Database, migrate, open_database

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
# A test's data is worth nothing after the test: durability is switched off, which makes the cluster ten times faster.
OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses="
TEMPLATE = "patrol_template"


class Cluster:
    """A running server, reached by a socket in its own folder: no port is taken and nobody else gets in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names = (f"test_{number}" for number in itertools.count())
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        template = open_database(self.url(TEMPLATE))
        migrate(template)
        template.engine.dispose()

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    @contextmanager
    def database(self, *, is_migrated: bool = True) -> Iterator[Database]:
        """A fresh database, copied from the migrated template or quite empty."""
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if is_migrated else 'template0'}")
        database = open_database(self.url(name))
        try:
            yield database
        finally:
            database.engine.dispose()
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
    folder = Path(tempfile.mkdtemp(prefix="patrol-pg-", dir="/tmp"))  # short: a socket's path has 107 bytes at most
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    try:
        _run("initdb", "-D", f"{folder}/data", "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8")
        _run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", f"{OPTIONS} -k {folder}", "start")
        try:
            yield Cluster(folder)
        finally:
            _run("pg_ctl", "-D", f"{folder}/data", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; as user postgres where we are root, which it refuses to be."""
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*become, str(BINARIES[-1] / program), *arguments]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", check=False)
    assert done.returncode == 0, f"{program}: {done.stderr.decode()}"
