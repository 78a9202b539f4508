from datetime import datetime

import pytest

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.watchlist import people
from patrol.watchlist.enrolment import enrol_photos
from patrol.watchlist.expectations import FOUND_BY_QUALITY, SECOND_PORTRAIT, find_rate, wants_second
from patrol.watchlist.portraits import Photo
from tests.watchlist.conftest import Enroller
from tests.watchlist.drawn import DrawnFinder, Oval, jpeg_of


def test_the_figures_rise_with_quality_and_are_parts() -> None:
    assert list(FOUND_BY_QUALITY) == sorted(FOUND_BY_QUALITY)
    assert [found for _, found in FOUND_BY_QUALITY] == sorted(found for _, found in FOUND_BY_QUALITY)
    assert all(0 < found < 1 for _, found in FOUND_BY_QUALITY)


@pytest.mark.parametrize(("quality", "found"), [*FOUND_BY_QUALITY, (0.0, 0.11), (1.0, 0.83), (0.4, 0.58)])
def test_a_rate_lies_on_the_line_through_what_was_measured(quality: float, found: float) -> None:
    assert find_rate(quality) == pytest.approx(found, abs=0.006)


def test_a_second_portrait_cuts_the_misses() -> None:
    assert 1 - SECOND_PORTRAIT.found_with_two < 0.5 * (1 - SECOND_PORTRAIT.found_with_one)


def test_an_entry_asks_for_a_second_good_portrait_until_it_has_one(
    database: Database, blobs: Blobs, finder: DrawnFinder, enrol: Enroller, now: datetime
) -> None:
    person_id = enrol("张三", jpeg_of(Oval(1))).person_id
    assert person_id is not None
    wants = []
    for photo in (jpeg_of(Oval(1, look=1, is_pale=True)), jpeg_of(Oval(1, look=2))):
        start = (database, blobs, finder, person_id, [Photo("more.jpg", photo)])
        assert enrol_photos(*start, by="rita", now=now, weak_reason="footage").photos[0].is_accepted
        with database.read() as session:
            wants.append(wants_second(people.find_person(session, person_id)))
    assert wants == [True, False]
