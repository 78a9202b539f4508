"""The story of tests/hits, for clips of its hits."""

from datetime import datetime

import pytest

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from tests.hits.sightings import cast
from tests.hits.story import Story


@pytest.fixture
def story(database: Database, blobs: Blobs, now: datetime) -> Story:
    with database.write() as session:
        people = cast(session, now)
    return Story(database, blobs, people)


@pytest.fixture
def any_story(any_database: Database, blobs: Blobs, now: datetime) -> Story:
    """The same on SQLite and on PostgreSQL."""
    with any_database.write() as session:
        people = cast(session, now)
    return Story(any_database, blobs, people)
