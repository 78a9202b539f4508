"""What is wrong with a rota as it was written: turns that cannot be, that overlap, that never come."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any

from patrol.dispatch.drafts import Mistake, Where
from patrol.dispatch.shifts import CLOCK, DAYS, is_zone

KEYS = ("weekly", "exceptions")
TURN_KEYS = ("days", "from", "to")
EXCEPTION_KEYS = ("date", "is_off", "from", "to")
MOST_ENTRIES = 400  # a year of days, and some
WEEK_MIN, DAY_MIN = 7 * 24 * 60, 24 * 60

Span = tuple[int, int]  #: minutes, the end behind the beginning


def mistakes_of(shifts: Any, today: date) -> Iterator[Mistake]:
    """Everything wrong with a group's shifts, wherever in them it is."""
    if not isinstance(shifts, Mapping):
        yield Mistake(("shifts",), "not_a_mapping")
        return
    found = list(_unknown_keys(shifts, KEYS, ("shifts",)))
    found += [*_mistakes_of_weekly(shifts), *_mistakes_of_exceptions(shifts)]
    yield from found
    if not found:
        yield from _never_on(shifts, today)
        yield from _overlaps(shifts)


def zone_mistakes(time_zone: str | None, has_shifts: bool, site_id: str | None) -> Iterator[Mistake]:
    if time_zone is not None and not is_zone(time_zone):
        yield Mistake(("time_zone",), "unknown_time_zone", time_zone)
    if time_zone is None and has_shifts and site_id is None:
        yield Mistake(("time_zone",), "shifts_without_zone")


def _mistakes_of_weekly(shifts: Mapping[str, Any]) -> Iterator[Mistake]:
    for where, entry in _entries(shifts, "weekly"):
        if not isinstance(entry, Mapping):
            yield Mistake(where, "not_a_mapping")
            continue
        yield from _unknown_keys(entry, TURN_KEYS, where)
        yield from _mistakes_of_days(entry.get("days"), (*where, "days"))
        yield from _mistakes_of_hours(entry, where)
    yield from _not_lists(shifts, "weekly")


def _mistakes_of_exceptions(shifts: Mapping[str, Any]) -> Iterator[Mistake]:
    for where, entry in _entries(shifts, "exceptions"):
        if not isinstance(entry, Mapping):
            yield Mistake(where, "not_a_mapping")
            continue
        yield from _unknown_keys(entry, EXCEPTION_KEYS, where)
        if not isinstance(entry.get("date"), str) or _date(entry["date"]) is None:
            yield Mistake((*where, "date"), "bad_date", entry.get("date"))
        if not isinstance(entry.get("is_off", False), bool):
            yield Mistake((*where, "is_off"), "not_yes_or_no", entry["is_off"])
        elif not entry.get("is_off"):
            yield from _mistakes_of_hours(entry, where)
        elif "from" in entry or "to" in entry:
            yield Mistake(where, "off_and_on", entry.get("date"))
    yield from _not_lists(shifts, "exceptions")


def _entries(shifts: Mapping[str, Any], key: str) -> Iterator[tuple[Where, Any]]:
    entries = shifts.get(key, ())
    if isinstance(entries, list | tuple):
        for index, entry in enumerate(entries[:MOST_ENTRIES]):
            yield ("shifts", key, index), entry


def _not_lists(shifts: Mapping[str, Any], key: str) -> Iterator[Mistake]:
    entries = shifts.get(key, ())
    if not isinstance(entries, list | tuple):
        yield Mistake(("shifts", key), "not_a_list")
    elif len(entries) > MOST_ENTRIES:
        yield Mistake(("shifts", key), "too_many", len(entries), {"most": MOST_ENTRIES})


def _unknown_keys(entry: Mapping[str, Any], known: Sequence[str], where: Where) -> Iterator[Mistake]:
    for key in entry:
        if key not in known:
            yield Mistake((*where, str(key)), "unknown_key", "", {"known": ", ".join(known)})


def _mistakes_of_days(days: Any, where: Where) -> Iterator[Mistake]:
    if not isinstance(days, list | tuple) or not days:
        yield Mistake(where, "no_days")
        return
    for index, day in enumerate(days):
        if day not in DAYS:
            yield Mistake((*where, index), "not_one_of", day, {"known": ", ".join(DAYS)})
        elif day in days[:index]:
            yield Mistake((*where, index), "twice", day)


def _mistakes_of_hours(entry: Mapping[str, Any], where: Where) -> Iterator[Mistake]:
    wrong = False
    for key in ("from", "to"):
        clock = entry.get(key)
        if not isinstance(clock, str) or not CLOCK.fullmatch(clock) or (key, clock) == ("from", "24:00"):
            wrong = True
            yield Mistake((*where, key), "missing" if key not in entry else "bad_clock", clock)
    if not wrong and entry["from"] == entry["to"]:
        yield Mistake((*where, "to"), "empty_turn", entry["to"])


def _never_on(shifts: Mapping[str, Any], today: date) -> Iterator[Mistake]:
    """Without weekly turns only exceptions are left, and these end."""
    exceptions = shifts.get("exceptions", ())
    if shifts.get("weekly") or not exceptions:
        return
    on = [date.fromisoformat(entry["date"]) for entry in exceptions if not entry.get("is_off")]
    if not on:
        yield Mistake(("shifts",), "never_on")
    elif max(on) < today:
        yield Mistake(("shifts", "exceptions"), "only_past", max(on).isoformat())


def _overlaps(shifts: Mapping[str, Any]) -> Iterator[Mistake]:
    """Two turns of one group at the same time are a slip of the pen."""
    weekly = [
        (("shifts", "weekly", index), span)
        for index, entry in enumerate(shifts.get("weekly", ()))
        for span in _spans_of_week(entry)
    ]
    yield from _overlapping(weekly, WEEK_MIN)
    by_date: dict[str, list[tuple[Where, Span]]] = {}
    for index, entry in enumerate(shifts.get("exceptions", ())):
        span = (0, 2 * DAY_MIN) if entry.get("is_off") else _span(entry, 0)  # nothing stands beside a day off
        by_date.setdefault(entry["date"], []).append((("shifts", "exceptions", index), span))
    for spans in by_date.values():
        yield from _overlapping(spans, None)


def _overlapping(spans: Sequence[tuple[Where, Span]], period_min: int | None) -> Iterator[Mistake]:
    noted: set[Where] = set()
    shifts = (0,) if period_min is None else (-period_min, 0, period_min)
    for (_, first), (where, second) in combinations(spans, 2):
        meet = any(first[0] < second[1] + shift and second[0] + shift < first[1] for shift in shifts)
        if meet and where not in noted:
            noted.add(where)
            yield Mistake(where, "overlaps")


def _spans_of_week(entry: Mapping[str, Any]) -> list[Span]:
    return [_span(entry, DAYS.index(day) * DAY_MIN) for day in entry["days"]]


def _span(entry: Mapping[str, Any], start_min: int) -> Span:
    begins, ends = (_minutes(entry[key]) for key in ("from", "to"))
    return start_min + begins, start_min + ends + (DAY_MIN if ends <= begins else 0)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-10-01") else None
    except ValueError:
        return None
