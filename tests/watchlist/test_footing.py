"""What the thresholds stand on, counted."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from patrol.store.engine import Database
from patrol.store.tables import Portrait, Volunteer, Watchlist
from patrol.watchlist import people
from patrol.watchlist.footing import Footing, footing_of, weak_people
from tests.watchlist.conftest import ListMaker, PersonMaker
from tests.watchlist.drawn import template_of
from tests.watchlist.tracks import add_portrait


@pytest.fixture
def listed(any_database: Database, new_list: ListMaker) -> Watchlist:
    with any_database.write() as session:
        return new_list(session)


def weaken(portrait: Portrait) -> None:
    portrait.is_weak, portrait.weak_reason, portrait.weak_by = True, "the only picture", "rita"


def agree(session: Session, now: datetime, *, ends_at: datetime, removed_at: datetime | None = None) -> None:
    said = {"name": "Ann", "consent": "letter", "created_by": "rita", "box_xyxy": []}
    session.add(Volunteer(**said, created_at=now, ends_at=ends_at, removed_at=removed_at, picture_key=None))


def test_of_an_empty_house_there_is_nothing(any_database: Database, now: datetime) -> None:
    with any_database.read() as session:
        assert footing_of(session, now) == Footing(0, 0, 0, 0)
        assert weak_people(session, now, 10) == []


def test_entries_count_by_their_photos_and_those_without_any_do_not(
    any_database: Database, listed: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    with any_database.write() as session:
        for name, n_photos, n_weak in (("One", 1, 0), ("Two", 2, 0), ("Weak", 1, 1), ("Mixed", 2, 1), ("None", 0, 0)):
            person = new_person(session, listed, name=name)
            portraits = [add_portrait(session, person, template_of(1, look), now) for look in range(n_photos)]
            for portrait in portraits[:n_weak]:
                weaken(portrait)
        gone = new_person(session, listed, name="Suspended")
        add_portrait(session, gone, template_of(2), now)
        people.suspend_person(session, gone, by="rita", now=now)
    with any_database.read() as session:
        assert footing_of(session, now) == Footing(n_people=4, n_one_portrait=2, n_weak=1, n_volunteers=0)
        assert [person.name for person in weak_people(session, now, 10)] == ["Weak"]
        assert footing_of(session, now + timedelta(days=8)) == Footing(0, 0, 0, 0)
        assert weak_people(session, now + timedelta(days=8), 10) == []


def test_a_removed_photo_counts_no_more(
    any_database: Database, listed: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    with any_database.write() as session:
        person = new_person(session, listed)
        weaken(add_portrait(session, person, template_of(1, 0), now))
        add_portrait(session, person, template_of(1, 1), now).removed_at = now
    with any_database.read() as session:
        assert footing_of(session, now) == Footing(1, 1, 1, 0)
        assert len(weak_people(session, now, 10)) == 1


def test_volunteers_count_while_their_agreement_holds(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        agree(session, now, ends_at=now + timedelta(days=2))
        agree(session, now, ends_at=now + timedelta(days=1))
        agree(session, now, ends_at=now + timedelta(days=2), removed_at=now)
    with any_database.read() as session:
        assert footing_of(session, now + timedelta(days=1)).n_volunteers == 1
