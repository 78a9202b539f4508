"""How often matches were wrong: counted from what reviewers said, with the interval that so few cases leave."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.hits import flags
from patrol.hits.rates import EntryRates, Rates, per_unit, proportion, read_rates
from patrol.matching.budget import DEFAULT
from patrol.matching.intervals import clopper_pearson
from patrol.store.engine import Database
from patrol.store.tables import Alarm, Person, Portrait, StreamDay, Watchlist
from patrol.watchlist.budgets import set_budget
from tests.hits.rows import hit_of, said
from tests.hits.sightings import SITE, STREAM, Cast, cast, entry

MONTH = timedelta(days=30)


@pytest.fixture
def people(any_database: Database, now: datetime) -> Cast:
    with any_database.write() as session:
        made = cast(session, now)
        made.portrait.created_at = now - 2 * MONTH
        return made


def rates(session: Session, now: datetime, sites: list[str] | None = None) -> Rates:
    return read_rates(session, now - MONTH, now + timedelta(minutes=1), sites)


def watched(session: Session, now: datetime, n_passages: int, n_days: int = 1, stream_id: str = STREAM.id) -> None:
    for number in range(n_days):
        day = (now - timedelta(days=number)).date()
        row = StreamDay(stream_id=stream_id, day=day, site_id=SITE.id, n_looks=9, n_passages=n_passages)
        session.add(row)
    session.flush()


def wandas(found: Rates, people: Cast) -> EntryRates:
    return next(row for row in found.entries if row.person_id == people.wanda.id)


def test_without_hits_or_traffic_nothing_is_known(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.read() as session:
        found = rates(session, now)
    assert (found.cameras, found.entries) == ((), ())
    assert (found.per_passage.value, found.per_passage.interval) == (None, (0.0, 1.0))
    assert found.alerts.precision.value is None


def test_hits_are_counted_by_what_became_of_them(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        for verdict in ("rejected", "rejected", "confirmed", "unsure", None):
            hit_of(session, people, now, verdict=verdict)
        said(session, people, hit_of(session, people, now), "not_listed_now", now)
        watched(session, now, n_passages=200, n_days=4)
        found = rates(session, now)
    [camera] = found.cameras
    assert (camera.alerts.n_false, camera.alerts.n_confirmed, camera.alerts.n_unsure) == (2, 1, 1)
    assert (camera.alerts.n_waiting, camera.alerts.n_other) == (1, 1)
    assert camera.alerts.precision.value == pytest.approx(1 / 3)
    assert camera.per_passage.value == pytest.approx(2 / 800)
    assert camera.per_passage.interval == clopper_pearson(2, 800)
    assert camera.per_camera_day.value == pytest.approx(2 / 4)
    entry_rates = wandas(found, people)
    assert found.alerts == camera.alerts == entry_rates.alerts
    assert (entry_rates.per_passage, entry_rates.per_camera_day) == (camera.per_passage, camera.per_camera_day)


@pytest.mark.parametrize("origin", ["exercise", "replay", "manual"])
def test_what_no_camera_matched_is_in_no_rate(
    any_database: Database, people: Cast, now: datetime, origin: str
) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, origin=origin)
        found = rates(session, now)
    assert (found.cameras, found.entries, found.alerts.n_false) == ((), (), 0)


def test_another_sites_figures_are_not_counted_in(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        hit_of(session, people, now)
        watched(session, now, n_passages=5)
        found = rates(session, now, ["elsewhere"])
    assert (found.cameras, found.entries) == ((), ())


def test_cameras_with_most_false_alerts_come_first_and_silent_ones_are_there(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, stream_id="noisy")
        watched(session, now, 50, stream_id="calm")
        found = rates(session, now)
    assert [camera.stream_id for camera in found.cameras] == ["noisy", "calm"]
    assert found.cameras[1].per_passage.interval.high == pytest.approx(0.0711, abs=1e-4)  # no error in 50


def test_an_entry_that_ended_is_not_listed(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        hit_of(session, people, now)
        session.get_one(Person, people.wanda.id).removed_at = now
        session.flush()
        assert rates(session, now).entries == ()


def crowd(session: Session, people: Cast, now: datetime, n: int) -> None:
    watchlist = session.get_one(Watchlist, people.watchlist.id)
    session.add_all(entry(watchlist, f"entry {number}", now) for number in range(n))
    session.flush()


@pytest.mark.parametrize(("n_false", "is_flagged"), [(3, False), (4, True)])
def test_an_entry_that_has_far_more_than_its_share_is_flagged(
    any_database: Database, people: Cast, now: datetime, n_false: int, is_flagged: bool
) -> None:
    """Of a thousand entries one has a thousandth of a month's false alerts."""
    with any_database.write() as session:
        crowd(session, people, now, 999)
        for _ in range(n_false):
            hit_of(session, people, now)
        row = wandas(rates(session, now), people)
    assert row.expected == pytest.approx(30 * DEFAULT.false_alerts_per_day / 1_000, rel=0.01)
    assert row.is_flagged == is_flagged


def test_what_the_budget_allows_flags_nobody(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        set_budget(session, false_alerts_per_day=2, passages_per_day=5_000, by="ada", now=now)
        for _ in range(70):  # of 60 expected
            hit_of(session, people, now)
        row = wandas(rates(session, now), people)
    assert row.expected == pytest.approx(60, rel=0.01)
    assert not row.is_flagged


def test_a_new_portrait_begins_anew(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        crowd(session, people, now, 999)
        for _ in range(5):
            hit_of(session, people, now - timedelta(days=2))
        assert wandas(rates(session, now), people).is_flagged
        session.get_one(Portrait, people.portrait.id).created_at = now - timedelta(days=1)
        session.flush()
        assert rates(session, now).entries == ()


def test_a_flag_is_an_alarm_that_goes_when_the_entry_is_suspended(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        crowd(session, people, now, 999)
        for _ in range(4):
            hit_of(session, people, now)
        assert flags.tell(session, now) == 1
        [alarm] = session.scalars(select(Alarm)).all()
        assert (alarm.code, alarm.subject) == ("matches_strangers", f"person:{people.wanda.id}")
        assert alarm.detail == {"person_id": str(people.wanda.id), "n_false": 4, "days": 30}
        session.get_one(Person, people.wanda.id).suspended_at = now
        session.flush()
        assert flags.tell(session, now) == 0
        assert alarm.cleared_at == now


def test_the_figures_of_a_rate_leave_an_open_interval_open() -> None:
    counted = proportion(1, 4)
    assert counted.figures == {
        "n": 1,
        "of": 4,
        "value": 0.25,
        "low": counted.interval[0],
        "high": counted.interval[1],
    }
    assert per_unit(0, 0.0).figures == {"n": 0, "of": 0.0, "value": None, "low": 0.0, "high": None}


def test_a_rate_needs_something_to_be_counted_on() -> None:
    assert proportion(3, 2).value == 1.0  # hits from before the passages were counted
    assert per_unit(0, 0.0).value is None
