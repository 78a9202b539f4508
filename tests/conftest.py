"""What most tests need: a fixed moment and a fresh database."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from patrol.store.engine import Database, migrate, open_database

SHARED_DATA = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    fresh = open_database(f"sqlite:///{tmp_path}/patrol.db")
    migrate(fresh)
    return fresh


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The test faces and clips that lie beside the checkout and are never part of it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"{SHARED_DATA} is absent: the test faces and clips are not part of the repository")
    return SHARED_DATA
