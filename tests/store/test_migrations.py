"""The migrations make what the tables say, on both engines, however often they run."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text

from patrol.store.engine import Database, migrate, open_database
from patrol.store.tables import Base


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        fresh = open_database(f"sqlite:///{tmp_path}/empty.db")
        yield fresh
        fresh.engine.dispose()
        return
    with request.getfixturevalue("cluster").database() as fresh:
        yield fresh


def drift(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))


def test_the_migrations_make_exactly_the_tables(empty_database: Database) -> None:
    migrate(empty_database)
    assert drift(empty_database) == []


def test_every_check_of_the_tables_is_in_the_migrations(empty_database: Database) -> None:
    """Alembic compares no CHECKs, and the promises are CHECKs."""
    migrate(empty_database)
    inspector = inspect(empty_database.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {c.name for c in table.constraints if isinstance(c, CheckConstraint)}
        made = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert made == wanted, table.name


def test_migrating_twice_changes_nothing_and_keeps_the_rows(empty_database: Database) -> None:
    migrate(empty_database)
    with empty_database.write() as session:
        session.execute(text("UPDATE counter SET value = 41 WHERE name = 'hit'"))
    migrate(empty_database)
    with empty_database.read() as session:
        assert session.scalar(text("SELECT value FROM counter WHERE name = 'hit'")) == 41


MIGRATE = "import sys; from patrol.store.engine import migrate, open_database; migrate(open_database(sys.argv[1]))"


def test_three_processes_may_migrate_at_once(empty_database: Database) -> None:
    """`patrol up` starts three, and each brings the schema up."""
    url = empty_database.engine.url.render_as_string(hide_password=False)
    processes = [subprocess.Popen([sys.executable, "-c", MIGRATE, url]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert drift(empty_database) == []
