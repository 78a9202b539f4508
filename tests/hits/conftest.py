"""The cast of tests/hits/sightings.py, written into whichever database the test runs on."""

from datetime import datetime

import pytest

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from tests.hits.sightings import Cast, cast
from tests.hits.story import Story


@pytest.fixture
def people(any_database: Database, now: datetime) -> Cast:
    with any_database.write() as session:
        return cast(session, now)


@pytest.fixture
def story(any_database: Database, blobs: Blobs, people: Cast) -> Story:
    return Story(any_database, blobs, people)
