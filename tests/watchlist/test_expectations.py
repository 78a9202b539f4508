from datetime import datetime

import pytest

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.watchlist import people
from patrol.watchlist.enrolment import enrol_photos
from patrol.watchlist.expectations import (
    FOUND_BY_EYE_DISTANCE,
    FOUND_BY_SHARPNESS,
    SECOND_PORTRAIT,
    find_rate,
    wants_second,
)
from patrol.watchlist.portraits import Photo
from tests.watchlist.conftest import Enroller
from tests.watchlist.drawn import DrawnFinder, Oval, jpeg_of

GOOD = {"eye_distance_px": 60.0, "sharpness": 50.0}


def test_nothing_is_expected_of_what_nobody_measured() -> None:
    assert find_rate({}) is None


@pytest.mark.parametrize("points", [FOUND_BY_EYE_DISTANCE, FOUND_BY_SHARPNESS])
def test_the_figures_rise_with_quality_and_are_parts(points: tuple[tuple[float, float], ...]) -> None:
    assert list(points) == sorted(points)
    assert [found for _, found in points] == sorted(found for _, found in points)
    assert all(0 < found < 1 for _, found in points)


@pytest.mark.parametrize(
    ("name", "points"), [("eye_distance_px", FOUND_BY_EYE_DISTANCE), ("sharpness", FOUND_BY_SHARPNESS)]
)
def test_the_poorer_of_size_and_sharpness_decides(name: str, points: tuple[tuple[float, float], ...]) -> None:
    for value, found in points[:-1]:
        assert find_rate(GOOD | {name: value}) == pytest.approx(found, abs=0.006)
    assert find_rate(GOOD | {name: 0.0}) == pytest.approx(points[0][1], abs=0.006)
    (low, at_low), (high, at_high) = points[:2]
    halfway = find_rate(GOOD | {name: (low + high) / 2})
    assert halfway == pytest.approx((at_low + at_high) / 2, abs=0.006)


def test_a_second_portrait_cuts_the_misses() -> None:
    assert SECOND_PORTRAIT.found_with_two > SECOND_PORTRAIT.found_with_one
    assert SECOND_PORTRAIT.times_fewer_misses > 2


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
