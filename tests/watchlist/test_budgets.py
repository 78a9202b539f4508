"""What somebody accepts in false alerts: the newest word holds, and the workers' counts offer the other number."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.store.engine import Database
from patrol.store.tables import Event, GalleryChange, StreamDay
from patrol.watchlist import budgets
from patrol.watchlist.refusals import EntryRefused

TODAY = date(2026, 3, 2)
LATE = datetime(2026, 3, 2, 12, tzinfo=UTC)  # the day before is over everywhere


def set_budget(database: Database, now: datetime, alerts: float = 2.0, passages: float = 20_000.0) -> None:
    with database.write() as session:
        budgets.set_budget(session, false_alerts_per_day=alerts, passages_per_day=passages, by="ada", now=now)


def count(database: Database, passages: Mapping[tuple[str, int], int], n_looks: int = 9) -> None:
    """Passages by stream and by days before TODAY."""
    with database.write() as session:
        for (stream, days), n in passages.items():
            row = StreamDay(stream_id=stream, day=TODAY - timedelta(days=days), site_id="mall", n_looks=n_looks)
            row.n_passages = n
            session.add(row)


def test_until_somebody_says_so_there_is_no_budget(database: Database) -> None:
    with database.read() as session:
        assert budgets.newest_budget(session) is None
        assert budgets.budget_history(session) == []


def test_the_newest_budget_holds_and_the_others_stay_on_record(database: Database, now: datetime) -> None:
    set_budget(database, now, alerts=2)
    set_budget(database, now + timedelta(minutes=1), alerts=0.5)
    with database.read() as session:
        newest = budgets.newest_budget(session)
        assert newest is not None
        assert (newest.false_alerts_per_day, newest.passages_per_day, newest.set_by) == (0.5, 20_000, "ada")
        assert [row.false_alerts_per_day for row in budgets.budget_history(session)] == [0.5, 2]


def test_the_last_word_holds_even_where_the_clock_was_set_back(database: Database, now: datetime) -> None:
    for minutes, alerts in ((0, 1.0), (0, 2.0), (-5, 3.0)):
        set_budget(database, now + timedelta(minutes=minutes), alerts)
    with database.read() as session:
        assert [row.false_alerts_per_day for row in budgets.budget_history(session)] == [3.0, 2.0, 1.0]


def test_workers_and_the_record_hear_of_it(any_database: Database, now: datetime) -> None:
    set_budget(any_database, now)
    with any_database.read() as session:
        assert session.scalars(select(GalleryChange.operation)).all() == ["budget"]
        event = session.scalars(select(Event)).one()
    assert (event.kind, event.actor) == ("budget.set", "user:ada")
    assert event.body == {"false_alerts_per_day": 2.0, "passages_per_day": 20_000.0}


@pytest.mark.parametrize(
    ("alerts", "passages", "code"),
    [
        (0.0, 100.0, "budget_not_positive"),
        (-1.0, 100.0, "budget_not_positive"),
        (1.0, 0.0, "budget_not_positive"),
        (float("nan"), 100.0, "budget_not_positive"),
        (1.0, float("inf"), "budget_not_positive"),
        (1.0, 1e10, "budget_not_positive"),
        (100.0, 100.0, "budget_beyond_passages"),
    ],
)
def test_a_budget_without_sense_is_refused(
    database: Database, now: datetime, alerts: float, passages: float, code: str
) -> None:
    with pytest.raises(EntryRefused) as refused:
        set_budget(database, now, alerts, passages)
    assert refused.value.code == code


def test_the_passages_are_offered_as_the_mean_of_the_last_full_days(any_database: Database) -> None:
    count(any_database, {("gate", 1): 900, ("door", 1): 100, ("gate", 2): 3000, ("gate", 0): 7, ("gate", 8): 99_999})
    with any_database.read() as session:
        traffic = budgets.counted_traffic(session, LATE)
    assert traffic == budgets.Traffic(2000.0, 2, TODAY - timedelta(days=1))


def test_passages_without_a_usable_look_are_not_offered(database: Database) -> None:
    with database.write() as session:
        for days, n, n_unusable in ((1, 500, 200), (2, 700, 400)):
            row = StreamDay(stream_id="gate", day=TODAY - timedelta(days=days), site_id="mall", n_looks=9)
            row.n_passages, row.n_unusable = n, n_unusable
            session.add(row)
    with database.read() as session:
        traffic = budgets.counted_traffic(session, LATE)
    assert traffic is not None
    assert traffic.passages_per_day == 300.0


def test_unusable_passages_that_began_on_the_day_before_are_no_traffic(database: Database) -> None:
    with database.write() as session:
        day = TODAY - timedelta(days=1)
        session.add(StreamDay(stream_id="gate", day=day, site_id="mall", n_looks=9, n_unusable=2))
    with database.read() as session:
        assert budgets.counted_traffic(session, LATE) is None


def test_a_day_on_which_nothing_ran_is_no_day_without_people(database: Database) -> None:
    count(database, {("gate", 1): 500})
    count(database, {("gate", 2): 0}, n_looks=0)
    with database.read() as session:
        traffic = budgets.counted_traffic(session, LATE)
    assert traffic is not None
    assert (traffic.passages_per_day, traffic.n_days) == (500.0, 1)


def test_a_day_counts_once_it_is_over_everywhere(database: Database) -> None:
    count(database, {("gate", 1): 500})
    with database.read() as session:
        assert budgets.counted_traffic(session, LATE - timedelta(seconds=1)) is None
        assert budgets.counted_traffic(session, LATE) is not None


def test_where_nothing_was_counted_nothing_is_offered(database: Database) -> None:
    with database.read() as session:
        assert budgets.counted_traffic(session, LATE) is None
