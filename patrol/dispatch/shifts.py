"""When a group is on shift: a weekly rota with exceptions, over midnight and over the changes of the clock.

A turn belongs to the day on which it begins. An exception takes the place of all turns that begin on its date.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)
NO_ZONE = {"Asia/Beijing": "Asia/Shanghai", "PRC": "Asia/Shanghai", "CST": "Asia/Shanghai"}  # as in streams.yaml


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """From one time of the day to another, which is on the next day where it is not later."""

    begins: time
    ends: time  #: midnight is the end of the day

    @property
    def is_over_midnight(self) -> bool:
        return self.ends <= self.begins

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its two ends in UTC. Where the clock is changed it is the longer of two readings: nobody is missing."""
        end_day = day + A_DAY if self.is_over_midnight else day
        return min(_moments(day, self.begins, zone)), max(_moments(end_day, self.ends, zone))


def _moments(day: date, clock: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A time of the day may come twice, or not at all, when the clock is changed: its first and second reading."""
    local = datetime.combine(day, clock, zone)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Rota:
    """A group's shifts, read; without a turn it is always on shift."""

    zone: ZoneInfo
    weekly: Mapping[int, tuple[Turn, ...]]  #: by day of the week, Monday is 0
    exceptions: Mapping[date, tuple[Turn, ...]]  #: instead of that day's; empty is a day off

    @classmethod
    def of(cls, shifts: Mapping[str, Any], time_zone: str | None) -> Self:
        """The rota of a group's column; it was found right when it was saved."""
        weekly: dict[int, tuple[Turn, ...]] = {}
        for entry in shifts.get("weekly", ()):
            for day in entry["days"]:
                weekly[DAYS.index(day)] = (*weekly.get(DAYS.index(day), ()), _turn(entry))
        exceptions: dict[date, tuple[Turn, ...]] = {}
        for entry in shifts.get("exceptions", ()):
            turns = () if entry.get("is_off") else (_turn(entry),)
            day = date.fromisoformat(entry["date"])
            exceptions[day] = (*exceptions.get(day, ()), *turns)
        return cls(ZoneInfo(time_zone or "UTC"), weekly, exceptions)

    @property
    def is_always_on(self) -> bool:
        return not self.weekly and not self.exceptions

    def turns_on(self, day: date) -> tuple[Turn, ...]:
        return self.exceptions.get(day, self.weekly.get(day.weekday(), ()))

    def is_on(self, now: datetime) -> bool:
        if self.is_always_on:
            return True
        today = now.astimezone(self.zone).date()
        return any(begins <= now < ends for begins, ends in self.spans(today - A_DAY, today + A_DAY))

    def next_change(self, now: datetime) -> datetime | None:
        """When it goes off shift, or comes back on; None where it stays as it is for ever."""
        if self.is_always_on:
            return None
        is_on = self.is_on(now)
        return next((moment for moment in self._edges(now) if self.is_on(moment) != is_on), None)

    def _edges(self, now: datetime) -> Iterator[datetime]:
        """Every later moment at which a turn begins or ends, until only the weekly turns are left to repeat."""
        today = now.astimezone(self.zone).date()
        weeks = [today, *(day for day in sorted(self.exceptions) if day > today)]
        spans = {span for day in weeks for span in self.spans(day - A_DAY, day + A_WEEK + A_DAY)}
        return (moment for moment in sorted({moment for span in spans for moment in span}) if moment > now)

    def spans(self, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
        """Every turn that begins on one of these days, from when to when."""
        day = first
        while day <= last:
            for turn in self.turns_on(day):
                yield turn.on(day, self.zone)
            day += A_DAY


def is_on_shift(shifts: Mapping[str, Any], time_zone: str | None, now: datetime) -> bool:
    """Whether a group with these shifts is on shift; `time_zone` is its own, or else its site's."""
    return not shifts or Rota.of(shifts, time_zone).is_on(now)


def next_change(shifts: Mapping[str, Any], time_zone: str | None, now: datetime) -> datetime | None:
    """When that changes; None where it never does."""
    return Rota.of(shifts, time_zone).next_change(now) if shifts else None


@cache
def is_zone(name: str) -> bool:
    return name in available_timezones() and name not in NO_ZONE


def _turn(entry: Mapping[str, Any]) -> Turn:
    return Turn(_clock(entry["from"]), _clock(entry["to"]))


def _clock(text: str) -> time:
    return time(0) if text == "24:00" else time.fromisoformat(text)
