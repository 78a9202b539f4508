"""Who is on shift, and until when: nights, exceptions, and the two days a year that have 23 or 25 hours."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patrol.dispatch.shifts import is_on_shift, next_change

SHANGHAI, LONDON = "Asia/Shanghai", "Europe/London"
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
DAY = {"weekly": [{"days": WEEKDAYS, "from": "08:00", "to": "16:00"}]}
NIGHT = {"weekly": [{"days": ["fri"], "from": "22:00", "to": "06:00"}]}
SUNDAY_NIGHT = {"weekly": [{"days": ["sun"], "from": "22:00", "to": "06:00"}]}
ALL_MONDAY = {"weekly": [{"days": ["mon"], "from": "00:00", "to": "24:00"}]}
DAY_OFF = DAY | {"exceptions": [{"date": "2026-10-01", "is_off": True}]}
SHORT_DAY = DAY | {"exceptions": [{"date": "2026-10-01", "from": "10:00", "to": "12:00"}]}
SPLIT_DAY = DAY | {
    "exceptions": [
        {"date": "2026-10-01", "from": "06:00", "to": "09:00"},
        {"date": "2026-10-01", "from": "20:00", "to": "02:00"},
    ]
}
NIGHT_OFF = NIGHT | {"exceptions": [{"date": "2026-10-02", "is_off": True}]}
AFTER_NIGHT_OFF = NIGHT | {"exceptions": [{"date": "2026-10-03", "is_off": True}]}
ONCE = {"exceptions": [{"date": "2026-10-03", "from": "10:00", "to": "12:00"}]}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


#: (shifts, zone, local time in that zone's usual offset written as UTC, on shift)
CASES: list[tuple[dict[str, Any], str, str, bool]] = [
    ({}, SHANGHAI, "2026-10-01 03:00", True),
    ({}, "", "2026-10-01 03:00", True),
    (DAY, SHANGHAI, "2026-09-30 00:00", True),  # Wednesday 08:00 in Shanghai, the first moment counts
    (DAY, SHANGHAI, "2026-09-29 23:59", False),
    (DAY, SHANGHAI, "2026-09-30 07:59", True),
    (DAY, SHANGHAI, "2026-09-30 08:00", False),  # the last moment is the next turn's
    (DAY, SHANGHAI, "2026-10-03 02:00", False),  # Saturday
    (DAY, LONDON, "2026-09-30 07:00", True),  # 08:00 BST
    (DAY, LONDON, "2026-12-02 07:59", False),  # 07:59 GMT
    (DAY, LONDON, "2026-12-02 08:00", True),
    (NIGHT, SHANGHAI, "2026-10-02 14:00", True),  # Friday 22:00
    (NIGHT, SHANGHAI, "2026-10-02 17:00", True),  # Saturday 01:00, the same turn
    (NIGHT, SHANGHAI, "2026-10-02 21:59", True),
    (NIGHT, SHANGHAI, "2026-10-02 22:00", False),  # Saturday 06:00
    (NIGHT, SHANGHAI, "2026-10-01 17:00", False),  # Friday 01:00 belongs to Thursday
    (SUNDAY_NIGHT, SHANGHAI, "2026-10-04 20:00", True),  # Monday 04:00
    (ALL_MONDAY, SHANGHAI, "2026-10-04 15:59", False),
    (ALL_MONDAY, SHANGHAI, "2026-10-04 16:00", True),  # Monday 00:00
    (ALL_MONDAY, SHANGHAI, "2026-10-05 15:59", True),
    (ALL_MONDAY, SHANGHAI, "2026-10-05 16:00", False),
    (DAY_OFF, SHANGHAI, "2026-10-01 02:00", False),
    (DAY_OFF, SHANGHAI, "2026-10-02 02:00", True),
    (SHORT_DAY, SHANGHAI, "2026-10-01 01:00", False),  # 09:00 is of the usual turn
    (SHORT_DAY, SHANGHAI, "2026-10-01 03:00", True),
    (SPLIT_DAY, SHANGHAI, "2026-10-01 00:30", True),
    (SPLIT_DAY, SHANGHAI, "2026-10-01 02:00", False),
    (SPLIT_DAY, SHANGHAI, "2026-10-01 17:30", True),  # 01:30 of the day after, before its usual turn
    (NIGHT_OFF, SHANGHAI, "2026-10-02 17:00", False),
    (AFTER_NIGHT_OFF, SHANGHAI, "2026-10-02 17:00", True),  # the night belongs to Friday, only Saturday is off
    (ONCE, SHANGHAI, "2026-10-03 03:00", True),
    (ONCE, SHANGHAI, "2026-10-04 03:00", False),
]


@pytest.mark.parametrize(("shifts", "zone", "now", "is_on"), CASES)
def test_who_is_on_shift(shifts: dict[str, Any], zone: str, now: str, is_on: bool) -> None:
    assert is_on_shift(shifts, zone or None, utc(now)) is is_on


CHANGES: list[tuple[dict[str, Any], str, str, str | None]] = [
    ({}, SHANGHAI, "2026-10-01 03:00", None),
    (DAY, SHANGHAI, "2026-09-30 02:00", "2026-09-30 08:00"),
    (DAY, SHANGHAI, "2026-09-30 08:00", "2026-10-01 00:00"),
    (DAY, SHANGHAI, "2026-10-02 09:00", "2026-10-05 00:00"),  # over the weekend
    (DAY_OFF, SHANGHAI, "2026-09-30 09:00", "2026-10-02 00:00"),
    (NIGHT, SHANGHAI, "2026-10-02 16:00", "2026-10-02 22:00"),
    (NIGHT, SHANGHAI, "2026-10-03 00:00", "2026-10-09 14:00"),
    (NIGHT_OFF, SHANGHAI, "2026-10-01 00:00", "2026-10-09 14:00"),
    (ONCE, SHANGHAI, "2026-01-01 00:00", "2026-10-03 02:00"),  # a whole year ahead
    (ONCE, SHANGHAI, "2026-10-03 03:00", "2026-10-03 04:00"),
    (ONCE, SHANGHAI, "2026-10-03 04:00", None),
]


@pytest.mark.parametrize(("shifts", "zone", "now", "then"), CHANGES)
def test_when_that_changes(shifts: dict[str, Any], zone: str, now: str, then: str | None) -> None:
    assert next_change(shifts, zone, utc(now)) == (utc(then) if then else None)


EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ALWAYS = {"weekly": [{"days": EVERY_DAY, "from": "00:00", "to": "24:00"}]}
ROUND_THE_CLOCK = {
    "weekly": [
        {"days": EVERY_DAY, "from": "06:00", "to": "14:00"},
        {"days": EVERY_DAY, "from": "14:00", "to": "22:00"},
        {"days": EVERY_DAY, "from": "22:00", "to": "06:00"},
    ]
}


@pytest.mark.parametrize("shifts", [ALWAYS, ROUND_THE_CLOCK])
def test_turns_that_follow_one_another_have_no_gap(shifts: dict[str, Any]) -> None:
    assert next_change(shifts, LONDON, utc("2026-03-01 00:00")) is None


def hours_on(shifts: dict[str, Any], zone: str, first: str, n_hours: int) -> list[str]:
    """The half hours of a stretch of time, in UTC, in which it is on shift."""
    start = utc(first)
    moments = [start + timedelta(minutes=30 * step) for step in range(2 * n_hours)]
    return [f"{moment:%H:%M}" for moment in moments if is_on_shift(shifts, zone, moment)]


SATURDAY_NIGHT = {"weekly": [{"days": ["sat"], "from": "22:00", "to": "03:00"}]}
EARLY_SUNDAY = {"weekly": [{"days": ["sun"], "from": "01:30", "to": "03:00"}]}
LATE_SATURDAY = {"weekly": [{"days": ["sat"], "from": "22:00", "to": "01:30"}]}


def test_a_night_in_which_the_clock_goes_forward_is_an_hour_shorter() -> None:
    on = hours_on(SATURDAY_NIGHT, LONDON, "2026-03-28 21:00", 8)
    assert (on[0], on[-1], len(on)) == ("22:00", "01:30", 8)  # to 03:00 BST, which is 02:00 UTC


def test_a_night_in_which_the_clock_goes_back_is_an_hour_longer() -> None:
    on = hours_on(SATURDAY_NIGHT, LONDON, "2026-10-24 20:00", 10)
    assert (on[0], on[-1], len(on)) == ("21:00", "02:30", 12)


@pytest.mark.parametrize(
    ("saturday", "on"),
    [("2026-03-28 21:00", 8), ("2026-10-24 20:00", 12)],
    ids=["01:30 does not exist", "01:30 comes twice"],
)
def test_who_comes_when_the_clock_is_changed_comes_before_the_other_goes(saturday: str, on: int) -> None:
    """Turns that meet at 01:30: at no moment of the night is nobody there."""
    late = set(hours_on(LATE_SATURDAY, LONDON, saturday, 10))
    early = set(hours_on(EARLY_SUNDAY, LONDON, saturday, 10))
    assert len(late | early) == on


def test_a_turn_within_the_hour_that_is_left_out_still_happens() -> None:
    shifts = {"weekly": [{"days": ["sun"], "from": "01:15", "to": "01:45"}]}
    assert hours_on(shifts, LONDON, "2026-03-29 00:00", 3)


def test_a_zone_that_changes_its_clock_at_midnight() -> None:
    shifts = {"weekly": [{"days": EVERY_DAY, "from": "00:00", "to": "08:00"}]}
    assert is_on_shift(shifts, "Africa/Cairo", utc("2026-04-23 22:00"))  # 00:00 is 01:00 on that day
    assert next_change(shifts, "Africa/Cairo", utc("2026-04-23 22:30")) == utc("2026-04-24 05:00")


def test_a_year_of_exceptions_is_read_in_no_time() -> None:
    start = utc("2026-01-01 00:00")
    dates = [f"{start + timedelta(days=n):%Y-%m-%d}" for n in range(365)]
    shifts = DAY | {"exceptions": [{"date": date, "is_off": True} for date in dates]}
    assert next_change(shifts, SHANGHAI, start) == utc("2027-01-01 00:00")
