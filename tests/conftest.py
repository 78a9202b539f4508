"""What most tests need: a fixed moment, a fresh database, a folder of pictures."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from patrol.store.blobs import Blobs
from patrol.store.engine import Database, migrate, open_database
from tests.postgres import Cluster, empty, reason_for_absence, running_cluster
from tests.synapse import synapse  # noqa: F401 - a fixture, started once for every room of the tests

SHARED_DATA = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command run in a test sends the log to that test's stderr, which is closed after it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with the newest schema; tests copy it, which is faster than migrating each."""
    path = tmp_path_factory.mktemp("migrated") / "patrol.db"
    template = open_database(f"sqlite:///{path}")
    migrate(template)
    template.engine.dispose()
    return path


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL, started once for all the tests that want it."""
    if reason := reason_for_absence():
        pytest.skip(reason)
    with running_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_database(cluster: Cluster) -> Iterator[Database]:
    """The one database that tests on PostgreSQL share, each after the other."""
    with cluster.migrated() as shared:
        yield shared


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """The one engine that tests on SQLite share: a new one would compile every statement again, half of the time."""
    return open_database(f"sqlite:///{tmp_path_factory.mktemp('link') / 'patrol.db'}")


@pytest.fixture
def database(tmp_path: Path, migrated_file: Path, sqlite_database: Database) -> Iterator[Database]:
    """A fresh SQLite database, the file patrol.db in the test's own folder."""
    file = shutil.copy(migrated_file, tmp_path / "patrol.db")
    link = Path(str(sqlite_database.engine.url.database))
    link.unlink(missing_ok=True)
    link.symlink_to(file)
    yield sqlite_database
    sqlite_database.engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh database, the same test on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    shared: Database = request.getfixturevalue("postgres_database")
    empty(shared)
    yield shared


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "pictures")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The test faces and clips that lie beside the checkout and are never part of it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"{SHARED_DATA} is absent: the test faces and clips are not part of the repository")
    return SHARED_DATA
