"""A camera's day at its site: when it was watched, and the gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from patrol.health.gaps import Gap, gaps_between, known_since
from patrol.values import Stream


@dataclass(frozen=True, slots=True)
class Day:
    """One stream on one day of its site, as far as it has come."""

    stream_id: str
    day: date
    begins_at: datetime
    ends_at: datetime
    known_from: datetime | None  #: from here on it is written down; None where nothing is of this day
    known_to: datetime  #: now, or the end of the day
    gaps: tuple[Gap, ...]

    @property
    def known_s(self) -> float:
        return 0.0 if self.known_from is None else (self.known_to - self.known_from).total_seconds()

    @property
    def watched_s(self) -> float:
        """Of the time that is known, without the gaps in it."""
        if self.known_from is None:
            return 0.0
        lost = timedelta()
        for gap in self.gaps:
            end = min(gap.ended_at or self.known_to, self.known_to)
            lost += max(end - max(gap.began_at, self.known_from), timedelta())
        return max(self.known_s - lost.total_seconds(), 0.0)


def days_of(session: Session, streams: Sequence[Stream], day: date | None, now: datetime) -> list[Day]:
    """Each stream's day, in the order given; the day that it is at its site where `day` is None."""
    known = known_since(session, [stream.id for stream in streams])
    made: dict[str, Day] = {}
    for zone in {stream.site.time_zone for stream in streams}:
        there = [stream for stream in streams if stream.site.time_zone == zone]
        which = day or now.astimezone(ZoneInfo(zone)).date()
        begin, end = bounds(which, zone)
        gaps = gaps_between(session, begin, end, now, [stream.id for stream in there])
        for stream in there:
            made[stream.id] = _day(stream.id, which, begin, end, known.get(stream.id), gaps[stream.id], now)
    return [made[stream.id] for stream in streams]


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """When a day begins and ends there, in UTC; days with a change of the clocks are 23 or 25 hours."""
    there = ZoneInfo(zone)
    begin, end = (datetime.combine(it, time(), there) for it in (day, day + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


def _day(
    id: str, day: date, begin: datetime, end: datetime, known: datetime | None, gaps: Sequence[Gap], now: datetime
) -> Day:
    known_to = max(min(end, now), begin)
    is_known = known is not None and known < known_to
    return Day(id, day, begin, end, max(known, begin) if known and is_known else None, known_to, tuple(gaps))
