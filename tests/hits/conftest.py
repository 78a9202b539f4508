"""The cast of tests/hits/sightings.py, written into whichever database the test runs on."""

from datetime import datetime

import pytest

from patrol.store.engine import Database
from tests.hits.sightings import Cast, cast


@pytest.fixture
def people(any_database: Database, now: datetime) -> Cast:
    with any_database.write() as session:
        return cast(session, now)
