"""What the thresholds stand on: who is looked for, by how many photos each, and who agreed to be measured with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, not_, select
from sqlalchemy.orm import Session

from patrol.store.tables import Person, Portrait, Volunteer, Watchlist


@dataclass(frozen=True, slots=True)
class Footing:
    """Counts of active entries with a photo, and of volunteers."""

    n_people: int
    n_one_portrait: int  #: a second photo of these cuts most of their misses
    n_weak: int  #: whose photos are all weak
    n_volunteers: int


def footing_of(session: Session, now: datetime) -> Footing:
    portraits = (
        select(func.count().label("n"), func.count().filter(Portrait.is_weak).label("n_weak"))
        .select_from(Portrait)
        .join(Person, Person.id == Portrait.person_id)
        .join(Watchlist, Watchlist.id == Person.watchlist_id)
        .where(Portrait.removed_at.is_(None), *active(now))
        .group_by(Person.id)
        .subquery()
    )
    n_one = func.count().filter(portraits.c.n == 1)
    n_weak = func.count().filter(portraits.c.n == portraits.c.n_weak)
    counts = session.execute(select(func.count(), n_one, n_weak).select_from(portraits)).one()
    return Footing(*counts, n_volunteers=session.scalar(_volunteers(now)) or 0)


def weak_people(session: Session, now: datetime, limit: int) -> Sequence[Person]:
    """The active entries whose photos are all weak, by name."""
    is_strong = Person.portraits.any(Portrait.removed_at.is_(None) & not_(Portrait.is_weak))
    is_weak = Person.portraits.any(Portrait.removed_at.is_(None) & Portrait.is_weak)
    return session.scalars(
        select(Person)
        .join(Person.watchlist)
        .where(*active(now), is_weak, ~is_strong)
        .order_by(Person.name)
        .limit(limit)
    ).all()


def active(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Who is looked for at `now`, of a query that joins entry and list."""
    return (
        Person.removed_at.is_(None),
        Person.suspended_at.is_(None),
        Person.ends_at > now,
        Watchlist.closed_at.is_(None),
        Watchlist.ends_at > now,
    )


def _volunteers(now: datetime) -> Select[int]:
    return select(func.count(Volunteer.id)).where(Volunteer.removed_at.is_(None), Volunteer.ends_at > now)
