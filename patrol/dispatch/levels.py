"""How long each level may take until seen, on the way and an outcome: setting it, and taking that back."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.dispatch.clocks import DEFAULTS, Times
from patrol.store import events
from patrol.store.tables import Group, LevelClock
from patrol.values import PatrolError

LONGEST_S = 24 * 3600  # a clock of more than a day is none


class TimesRefused(PatrolError):
    """A level's times cannot be like this."""


def times_by_level(session: Session) -> Mapping[str, Times]:
    """The times of every level there is: known to patrol, in use by a group, or set by somebody."""
    in_use = session.scalars(select(Group.level).distinct()).all()
    rows = {
        row.level: Times(row.seen_s, row.on_my_way_s, row.outcome_s) for row in session.scalars(select(LevelClock))
    }
    levels = [*DEFAULTS, *sorted({*in_use, *rows} - set(DEFAULTS))]
    return {level: rows.get(level) or DEFAULTS.get(level, DEFAULTS["guards"]) for level in levels}


def set_times(session: Session, level: str, times: Times, by: str, now: datetime) -> LevelClock:
    """Set a level's times, for the clocks that start from now on."""
    if wrong := list(_wrong(times)):
        raise TimesRefused("; ".join(wrong))
    row = session.get(LevelClock, level) or LevelClock(level=level)
    row.seen_s, row.on_my_way_s, row.outcome_s = times.seen_s, times.on_my_way_s, times.outcome_s
    row.updated_at, row.updated_by = now, by
    session.add(row)
    session.flush()
    _say(session, level, by, now, seen_s=times.seen_s, on_my_way_s=times.on_my_way_s, outcome_s=times.outcome_s)
    return row


def forget_times(session: Session, level: str, by: str, now: datetime) -> None:
    """Back to patrol's own times."""
    row = session.get(LevelClock, level)
    if row is not None:
        session.delete(row)
        session.flush()
        _say(session, level, by, now, is_default=True)


def _wrong(times: Times) -> Iterator[str]:
    running = dict(times.running())
    for kind, seconds in running.items():
        if not 0 < seconds <= LONGEST_S:
            yield f"{kind}: {seconds} s is not between 1 and {LONGEST_S}"
    in_order = [running[kind] for kind in ("seen", "on_my_way", "outcome") if kind in running]
    if in_order != sorted(in_order):
        yield "seen, on my way and outcome come one after the other, so each needs as long as the one before it"


def _say(session: Session, level: str, by: str, now: datetime, **body: Any) -> None:
    events.append(
        session, "level.changed", actor=f"user:{by}", subject=f"level:{level}", now=now, level=level, **body
    )
