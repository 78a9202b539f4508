"""A rota that cannot be is refused when it is written."""

from datetime import date
from typing import Any

import pytest

from patrol.dispatch.rotas import MOST_ENTRIES, mistakes_of, zone_mistakes

TODAY = date(2026, 10, 1)
DAY = {"days": ["mon"], "from": "08:00", "to": "16:00"}


def weekly(*turns: Any) -> dict[str, Any]:
    return {"weekly": list(turns)}


def exceptions(*entries: Any) -> dict[str, Any]:
    return {"exceptions": list(entries)}


RIGHT: list[dict[str, Any]] = [
    {},
    weekly(),
    weekly(DAY),
    weekly(DAY, DAY | {"from": "16:00", "to": "08:00"}),
    weekly(DAY | {"from": "00:00", "to": "24:00"}),
    weekly(DAY | {"days": ["sun"], "from": "22:00", "to": "08:00"}, DAY),
    exceptions({"date": "2026-10-01", "from": "08:00", "to": "16:00"}),
    weekly(DAY) | exceptions({"date": "2020-01-01", "is_off": True}),
    weekly(DAY) | exceptions({"date": "2026-10-05", "is_off": False, "from": "10:00", "to": "02:00"}),
    exceptions(
        {"date": "2026-10-05", "from": "08:00", "to": "12:00"}, {"date": "2026-10-05", "from": "12:00", "to": "16:00"}
    ),
]


@pytest.mark.parametrize("shifts", RIGHT)
def test_a_rota_that_can_be(shifts: dict[str, Any]) -> None:
    assert list(mistakes_of(shifts, TODAY)) == []


WRONG: list[tuple[Any, list[tuple[str, str]]]] = [
    ([], [("shifts", "not_a_mapping")]),
    ({"daily": []}, [("shifts.daily", "unknown_key")]),
    ({"weekly": DAY}, [("shifts.weekly", "not_a_list")]),
    (weekly("mon"), [("shifts.weekly[0]", "not_a_mapping")]),
    (weekly(DAY | {"day": "mon"}), [("shifts.weekly[0].day", "unknown_key")]),
    (weekly({"from": "08:00", "to": "16:00"}), [("shifts.weekly[0].days", "no_days")]),
    (weekly(DAY | {"days": []}), [("shifts.weekly[0].days", "no_days")]),
    (weekly(DAY | {"days": "mon"}), [("shifts.weekly[0].days", "no_days")]),
    (weekly(DAY | {"days": ["mon", "monday"]}), [("shifts.weekly[0].days[1]", "not_one_of")]),
    (weekly(DAY | {"days": [["mon"]]}), [("shifts.weekly[0].days[0]", "not_one_of")]),
    (weekly(DAY | {"days": ["mon", "mon"]}), [("shifts.weekly[0].days[1]", "twice")]),
    (weekly({"days": ["mon"]}), [("shifts.weekly[0].from", "missing"), ("shifts.weekly[0].to", "missing")]),
    (weekly(DAY | {"from": "8:00"}), [("shifts.weekly[0].from", "bad_clock")]),
    (weekly(DAY | {"from": "24:00"}), [("shifts.weekly[0].from", "bad_clock")]),
    (weekly(DAY | {"to": "25:00"}), [("shifts.weekly[0].to", "bad_clock")]),
    (weekly(DAY | {"to": 1600}), [("shifts.weekly[0].to", "bad_clock")]),
    (weekly(DAY | {"to": "08:00"}), [("shifts.weekly[0].to", "empty_turn")]),
    (weekly(DAY, DAY), [("shifts.weekly[1]", "overlaps")]),
    (weekly(DAY | {"days": ["sun"], "from": "22:00", "to": "09:00"}, DAY), [("shifts.weekly[1]", "overlaps")]),
    (exceptions({"from": "08:00", "to": "16:00"}), [("shifts.exceptions[0].date", "bad_date")]),
    (exceptions({"date": "1.10.2026", "is_off": True}), [("shifts.exceptions[0].date", "bad_date")]),
    (exceptions({"date": "2026-02-30", "is_off": True}), [("shifts.exceptions[0].date", "bad_date")]),
    (
        weekly(DAY) | exceptions({"date": "2026-10-01"}),
        [(f"shifts.exceptions[0].{k}", "missing") for k in ("from", "to")],
    ),
    (
        weekly(DAY) | exceptions({"date": "2026-10-01", "is_off": "yes"}),
        [("shifts.exceptions[0].is_off", "not_yes_or_no")],
    ),
    (
        weekly(DAY) | exceptions({"date": "2026-10-01", "is_off": True, "from": "08:00", "to": "09:00"}),
        [("shifts.exceptions[0]", "off_and_on")],
    ),
    (
        weekly(DAY)
        | exceptions({"date": "2026-10-01", "is_off": True}, {"date": "2026-10-01", "from": "08:00", "to": "09:00"}),
        [("shifts.exceptions[1]", "overlaps")],
    ),
    (exceptions({"date": "2026-10-02", "is_off": True}), [("shifts", "never_on")]),
    (exceptions({"date": "2026-09-30", "from": "08:00", "to": "16:00"}), [("shifts.exceptions", "only_past")]),
    (exceptions(*[{"date": "2026-10-02", "is_off": True}] * (MOST_ENTRIES + 1)), [("shifts.exceptions", "too_many")]),
]


@pytest.mark.parametrize(("shifts", "wrong"), WRONG)
def test_a_rota_that_cannot_be_is_named_with_its_place(shifts: Any, wrong: list[tuple[str, str]]) -> None:
    found = list(mistakes_of(shifts, TODAY))
    assert [(mistake.field, mistake.code) for mistake in found] == wrong
    assert all(mistake.say("en") != mistake.say("zh") for mistake in found)


@pytest.mark.parametrize(
    ("zone", "has_shifts", "site_id", "code"),
    [
        (None, False, None, None),
        (None, True, "mall", None),
        ("Asia/Shanghai", True, None, None),
        (None, True, None, "shifts_without_zone"),
        ("Asia/Beijing", False, "mall", "unknown_time_zone"),
        ("Mars/Olympus", True, "mall", "unknown_time_zone"),
        ("../etc/passwd", True, "mall", "unknown_time_zone"),
    ],
)
def test_shifts_need_a_time_zone_that_there_is(
    zone: str | None, has_shifts: bool, site_id: str | None, code: str | None
) -> None:
    assert [mistake.code for mistake in zone_mistakes(zone, has_shifts, site_id)] == ([code] if code else [])
