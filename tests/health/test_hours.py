"""Hours count passages in bins, add up, and keep neither a moment nor a face."""

from datetime import datetime, timedelta

import pytest

from patrol.health import hours
from patrol.store.engine import Database
from patrol.store.tables import StreamHour
from patrol.values import PassageEnd, Quality
from tests.hits.sightings import STREAM


def passage(at: datetime, *, eye_px: float = 20.0, lacks: tuple[str, ...] = (), **more: float) -> PassageEnd:
    quality = Quality(value=0.5, eye_distance_px=eye_px, sharpness=10.0, yaw=0.0, refusals=lacks, **more)
    return PassageEnd(at, quality, face_width_px=2.2 * eye_px, is_usable=not lacks)


def test_passages_count_into_the_hour_they_ended_in(database: Database, now: datetime) -> None:
    later = now + timedelta(minutes=40)
    for ended, at in (([passage(now)], now), ([passage(now), passage(later)], later), ([], later)):
        with database.write() as session:
            hours.count(session, STREAM, ended, 60.0, at)
    with database.read() as session:
        first = session.get_one(StreamHour, (STREAM.id, hours.hour_of(now)))
        second = session.get_one(StreamHour, (STREAM.id, hours.hour_of(later)))
    assert (first.n_passages, first.n_usable, first.watched_s, first.site_id) == (2, 2, 60.0, "mall")
    assert (second.n_passages, second.watched_s) == (1, 120.0)
    assert first.counts["eye_distance_px"] == {"20": 2}


def test_an_hour_in_which_nothing_was_watched_has_no_row(database: Database, now: datetime) -> None:
    with database.write() as session:
        hours.count(session, STREAM, [], 0.0, now)
        assert session.get(StreamHour, (STREAM.id, hours.hour_of(now))) is None


def test_what_a_passage_lacked_is_counted_where_it_was_not_usable(now: datetime) -> None:
    counts = hours.binned([passage(now, eye_px=6, lacks=("too_small", "blurred")), passage(now)])
    assert counts[hours.LACKS] == {"too_small": 1, "blurred": 1}


@pytest.mark.parametrize(
    ("name", "value", "edge"),
    [
        ("eye_distance_px", 7.9, 7),
        ("eye_distance_px", 8.0, 8),
        ("eye_distance_px", 500.0, 90),
        ("pitch_deg", -80.0, -45),
        ("sharpness", 1.49, 1),
    ],
)
def test_a_value_falls_into_the_bin_whose_edge_it_reaches(name: str, value: float, edge: float) -> None:
    assert hours.edge_of(name, value) == edge


@pytest.mark.parametrize(
    ("bins", "found"),
    [
        ({}, None),
        ({"6": 1}, 6.5),
        ({"6": 4, "7": 4}, 7.0),
        ({"4": 1, "12": 9}, pytest.approx(12.89, abs=0.01)),
        ({"90": 1}, 101.0),
    ],
)
def test_the_median_lies_within_its_bin(bins: dict[str, int], found: float | None) -> None:
    assert hours.median({"eye_distance_px": bins}, "eye_distance_px") == found


def test_hours_are_forgotten_with_their_time(database: Database, now: datetime) -> None:
    with database.write() as session:
        hours.count(session, STREAM, [passage(now)], 1.0, now)
        hours.forget(session, now + timedelta(hours=1))
        assert session.get(StreamHour, (STREAM.id, hours.hour_of(now))) is None
