"""A camera's day at its site, with what is known of it and no more."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from patrol.health import gaps
from patrol.health.days import bounds, days_of
from patrol.health.gaps import Gap
from patrol.store.engine import Database
from patrol.store.tables import StreamGap, StreamState
from patrol.values import Stream
from tests.hits.sightings import STREAM

DAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)  # in Shanghai
OTHER = replace(STREAM, id="gate-c", site=replace(STREAM.site, id="berlin", time_zone="Europe/Berlin"))


def hours(n: float) -> datetime:
    return MIDNIGHT + timedelta(hours=n)


def gap(session: Session, stream: Stream, began: float, ended: float | None, reason: str = "refused") -> None:
    session.add(
        StreamGap(
            stream_id=stream.id,
            site_id=stream.site.id,
            began_at=hours(began),
            ended_at=None if ended is None else hours(ended),
            reason=reason,
        )
    )


def live(session: Session, stream: Stream, at: datetime) -> None:
    session.add(
        StreamState(stream_id=stream.id, site_id=stream.site.id, worker_id="w", state="live", since=at, updated_at=at)
    )


def test_a_day_without_records_is_not_known(database: Database) -> None:
    with database.read() as session:
        (day,) = days_of(session, [STREAM], DAY, hours(30))
    assert (day.known_from, day.known_s, day.watched_s, day.gaps) == (None, 0.0, 0.0, ())


def test_a_day_is_watched_but_for_its_gaps(database: Database) -> None:
    with database.write() as session:
        live(session, STREAM, hours(48))
        gap(session, STREAM, -5, -4)
        gap(session, STREAM, -1, 1)
        gap(session, STREAM, 10, 10.5)
        gap(session, STREAM, 23, 26)
    with database.read() as session:
        (day,) = days_of(session, [STREAM], DAY, hours(48))
    assert (day.begins_at, day.ends_at) == (hours(0), hours(24))
    assert day.gaps == (
        Gap(hours(0), hours(1), "refused"),
        Gap(hours(10), hours(10.5), "refused"),
        Gap(hours(23), hours(24), "refused"),
    )
    assert (day.known_s, day.watched_s) == (24 * 3600, 21.5 * 3600)


def test_of_the_first_day_only_what_is_known_counts(database: Database) -> None:
    with database.write() as session:
        live(session, STREAM, hours(12))
        gap(session, STREAM, 9, 10, gaps.STARTING)
    with database.read() as session:
        (day,) = days_of(session, [STREAM], None, hours(12))
    assert (day.day, day.known_from, day.known_s, day.watched_s) == (DAY, hours(9), 3 * 3600, 2 * 3600)


def test_a_gap_that_goes_on_costs_until_now(database: Database) -> None:
    with database.write() as session:
        live(session, STREAM, hours(12))
        gap(session, STREAM, -2, -1)
        gap(session, STREAM, 6, None)
    with database.read() as session:
        (day,) = days_of(session, [STREAM], DAY, hours(12))
    assert day.watched_s == 6 * 3600
    assert day.gaps[-1].ended_at is None


def test_each_site_has_its_own_day(database: Database) -> None:
    with database.read() as session:
        first, second = days_of(session, [OTHER, STREAM], None, hours(3))
    assert (first.stream_id, first.day) == ("gate-c", date(2026, 3, 1))
    assert (second.stream_id, second.day) == (STREAM.id, DAY)


def test_the_day_of_a_change_of_clocks_is_longer_or_shorter() -> None:
    begin, end = bounds(date(2026, 3, 29), "Europe/Berlin")
    assert end - begin == timedelta(hours=23)
