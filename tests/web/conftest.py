"""The house of tests/web/house.py."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from tests.accounts.people import cheap_hashes
from tests.web.house import House, make_house

__all__ = ["cheap_hashes"]


@pytest.fixture
def house(database: Database, blobs: Blobs, now: datetime) -> Iterator[House]:
    made = make_house(database, blobs, now)
    yield made
    made.close()
