"""A watchlist that Rita answers for, and a finder for drawn people."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Person, Watchlist
from patrol.watchlist import people
from patrol.watchlist.enrolment import PersonResult, enrol_person
from patrol.watchlist.portraits import Photo
from tests.watchlist.drawn import DrawnFinder

ListMaker = Callable[..., Watchlist]
PersonMaker = Callable[..., Person]
Enroller = Callable[..., PersonResult]


@pytest.fixture
def finder() -> DrawnFinder:
    return DrawnFinder()


@pytest.fixture
def new_list(now: datetime) -> ListMaker:
    """Make a list in a session; what is not said of it has a default."""

    def make(session: Session, **said: object) -> Watchlist:
        answers = {
            "name": "Shoplifters 2026",
            "category": "wanted",
            "reason": "case 2026-117",
            "owner": "Rita",
            "ends_at": now + timedelta(days=30),
        }
        return people.create_watchlist(session, **answers | said, by="rita", now=now)  # type: ignore[arg-type]

    return make


@pytest.fixture
def new_person(now: datetime) -> PersonMaker:
    def make(session: Session, watchlist: Watchlist, **said: object) -> Person:
        answers = {
            "name": "张三",
            "reason": "seen taking phones",
            "source": "shop camera",
            "ends_at": now + timedelta(days=7),
        }
        return people.add_person(session, watchlist, **answers | said, by="rita", now=now)  # type: ignore[arg-type]

    return make


@pytest.fixture
def watchlist(database: Database, new_list: ListMaker) -> Watchlist:
    with database.write() as session:
        return new_list(session)


@pytest.fixture
def enrol(database: Database, blobs: Blobs, finder: DrawnFinder, watchlist: Watchlist, now: datetime) -> Enroller:
    """Enrol somebody with the given photos in the one list."""

    def run(name: str, *photos: bytes, weak_reason: str | None = None, **said: object) -> PersonResult:
        answers = {"reason": "seen taking phones", "source": "shop camera", "ends_at": now + timedelta(days=7)}
        entry = people.Entry(name, **answers | said)  # type: ignore[arg-type]
        named = [Photo(f"{name}-{i}.jpg", photo) for i, photo in enumerate(photos)]
        start = (database, blobs, finder, watchlist.id, entry, named)
        return enrol_person(*start, by="rita", now=now, weak_reason=weak_reason)

    return run
