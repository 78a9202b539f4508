"""A self-test is due some minutes before a shift begins, once a site and shift."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.dispatch.self_test_schedule import has_due, next_begin, start_due, upcoming
from patrol.store.engine import Database
from patrol.store.tables import Alarm, Exercise, Group
from patrol.values import Site

MALL = Site("mall", "East Mall", 31.23, 121.47, "Asia/Shanghai")
HALL = Site("hall", "West Hall", 31.20, 121.40, "Asia/Shanghai")
BEFORE = timedelta(minutes=15)
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MORNING = {"weekly": [{"days": DAYS, "from": "08:00", "to": "16:00"}]}
NIGHT = {"weekly": [{"days": DAYS, "from": "22:00", "to": "06:00"}]}
AT_EIGHT = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai


def group(id: str, shifts: dict[str, object], site_id: str | None = "mall", **more: object) -> Group:
    made = Group(id=id, name=id, site_id=site_id, latitude=31.2, longitude=121.4, level="guards", shifts=shifts)
    made.covers, made.created_at, made.is_active = [], AT_EIGHT, True
    for name, value in more.items():
        setattr(made, name, value)
    return made


def due(groups: list[Group], now: datetime) -> list[tuple[str, datetime, tuple[str, ...]]]:
    zones = {site.id: site.time_zone for site in (MALL, HALL)}
    return [(it.site_id, it.begins_at, it.group_ids) for it in upcoming(groups, zones, now, BEFORE)]


@pytest.mark.parametrize(("minutes", "is_due"), [(-16, False), (-15, True), (-1, True), (0, False), (5, False)])
def test_it_is_due_within_the_minutes_before_the_shift(minutes: int, is_due: bool) -> None:
    now = AT_EIGHT + timedelta(minutes=minutes)
    assert bool(due([group("east", MORNING)], now)) is is_due


def test_the_groups_of_one_shift_are_tested_together() -> None:
    groups = [group("east", MORNING), group("west", MORNING), group("night", NIGHT), group("hall", MORNING, "hall")]
    now = AT_EIGHT - timedelta(minutes=10)
    assert due(groups, now) == [("hall", AT_EIGHT, ("hall",)), ("mall", AT_EIGHT, ("east", "west"))]


def test_a_group_that_covers_another_site_is_tested_there() -> None:
    roving = group("roving", MORNING, None, covers=[{"site": "hall"}], time_zone="Asia/Shanghai")
    assert due([roving], AT_EIGHT - timedelta(minutes=5)) == [("hall", AT_EIGHT, ("roving",))]


def test_who_is_always_on_has_no_shift_to_test_for() -> None:
    assert due([group("east", {})], AT_EIGHT - timedelta(minutes=5)) == []


def test_a_group_on_shift_is_asked_for_its_next_one() -> None:
    assert next_begin(NIGHT, "Asia/Shanghai", datetime(2026, 3, 2, 15, 0, tzinfo=UTC)) == datetime(
        *(2026, 3, 3, 14, 0), tzinfo=UTC
    )


def test_an_unknown_sites_groups_are_left_out() -> None:
    assert due([group("east", MORNING, "closed-mall", time_zone="Asia/Shanghai")], AT_EIGHT - BEFORE) == []


def test_what_a_shift_was_tested_for_is_not_due_again(any_database: Database) -> None:
    now = AT_EIGHT - timedelta(minutes=10)
    with any_database.write() as session:
        session.add(group("east", MORNING))
    with any_database.read() as session:
        (first,) = has_due(session, [MALL], now, BEFORE)
    with any_database.write() as session:
        session.add(Exercise(kind="self_test", started_at=now, started_by=first.key, ends_at=now))
    with any_database.read() as session:
        assert has_due(session, [MALL], now, BEFORE) == []
        assert has_due(session, [MALL], now, timedelta()) == []


def test_what_cannot_be_tested_is_one_alarm_with_the_reason(any_database: Database) -> None:
    now = AT_EIGHT - timedelta(minutes=10)
    with any_database.write() as session:
        session.add(group("east", MORNING))
    for _ in range(3):
        with any_database.write() as session:
            assert start_due(session, [MALL], now, BEFORE) == 0
    with any_database.read() as session:
        alarm = session.scalars(select(Alarm)).one()
    assert (alarm.code, alarm.subject, alarm.detail["reason"]) == (
        *("self_test_impossible", "site:mall"),
        "no_live_stream",
    )
