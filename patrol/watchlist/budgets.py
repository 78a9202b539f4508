"""How many false alerts a day somebody accepts, and of how many passages: said by a person, kept for good.

A budget is never changed: the newest one holds, and every calibration names the one it followed from.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.tables import Budget, StreamDay
from patrol.watchlist.changes import actor_of, record_new_basis
from patrol.watchlist.refusals import EntryRefused

LAST_DAYS = 7  # a week has every weekday once
BEHIND_UTC = timedelta(hours=12)  # the time zone in which a day ends last
MOMENT = timedelta(microseconds=1)
MOST_A_DAY = 1e9  # beyond it somebody has mistaken the field


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many people pass the cameras well enough seen to be matched, as the workers counted them."""

    passages_per_day: float
    n_days: int  #: full days it is the mean of
    last_day: date


def set_budget(
    session: Session, *, false_alerts_per_day: float, passages_per_day: float, by: str, now: datetime
) -> Budget:
    """Write down a budget, which holds from now on; EntryRefused where no threshold could follow from it."""
    _require_sound(false_alerts_per_day, passages_per_day)
    before = newest_budget(session)
    row = Budget(
        false_alerts_per_day=false_alerts_per_day,
        passages_per_day=passages_per_day,
        set_at=now
        if before is None
        else max(now, before.set_at + MOMENT),  # a clock that was set back decides nothing
        set_by=by,
    )
    session.add(row)
    session.flush()
    events.append(
        session,
        "budget.set",
        actor=actor_of(by),
        subject=f"budget:{row.id}",
        now=now,
        false_alerts_per_day=false_alerts_per_day,
        passages_per_day=passages_per_day,
    )
    record_new_basis(session, "budget", now)
    return row


def newest_budget(session: Session) -> Budget | None:
    """The budget that holds; None where nobody has set one."""
    return session.scalars(_newest_first().limit(1)).first()


def budget_history(session: Session, limit: int = 50) -> Sequence[Budget]:
    """What was set, the newest first."""
    return session.scalars(_newest_first().limit(limit)).all()


def counted_traffic(session: Session, now: datetime) -> Traffic | None:
    """The passages of all streams a day, the mean of the last full days; None where no worker has counted one.

    Passages without a usable look are left out: nobody is matched in them, so that none can be a false alert, and to
    count them would hold the others to a stricter rate than was accepted.
    A site counts by its own day, so that a day counts here once it is over everywhere. A day on which nothing ran is
    no day without people, and does not count.
    """
    usable = func.sum(StreamDay.n_passages) - func.sum(StreamDay.n_unusable)
    today = (now.astimezone(UTC) - BEHIND_UTC).date()
    days = session.execute(
        select(StreamDay.day, usable)
        .where(StreamDay.day < today, StreamDay.day >= today - timedelta(days=LAST_DAYS))
        .group_by(StreamDay.day)
        .having(func.sum(StreamDay.n_looks) > 0)
        .order_by(StreamDay.day)
    ).all()
    n_passages = sum(n for _, n in days)  # may be below 0: an unusable one is counted as it ends, maybe the day after
    return Traffic(float(n_passages) / len(days), len(days), days[-1][0]) if n_passages > 0 else None


def _newest_first() -> Select[Budget]:
    return select(Budget).order_by(Budget.set_at.desc(), Budget.id)


def _require_sound(false_alerts_per_day: float, passages_per_day: float) -> None:
    for value in (false_alerts_per_day, passages_per_day):
        if not (math.isfinite(value) and 0 < value <= MOST_A_DAY):
            raise EntryRefused("budget_not_positive", value=value, most=f"{MOST_A_DAY:.0e}")
    if false_alerts_per_day >= passages_per_day:
        raise EntryRefused("budget_beyond_passages", alerts=false_alerts_per_day, passages=passages_per_day)
