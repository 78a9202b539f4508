"""Every change of a watchlist leaves an event for readers and a row that workers follow, in its own transaction."""

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.tables import GalleryChange, Person, Watchlist

SYSTEM = "system"  # `by` where no person asked for it: retention, a new embedder
Operation = Literal["created", "enrolled", "changed", "suspended", "resumed", "removed", "closed"]
Basis = Literal["volunteers", "budget", "verdicts"]


def record_change(
    session: Session,
    operation: Operation,
    changed: Person | Watchlist,
    *,
    by: str,
    now: datetime,
    why: str | None = None,
) -> None:
    """Write down that a list or an entry changed, and why where somebody has to answer for it.

    The event comes first: on PostgreSQL it takes the turn that makes revisions commit in their order, and
    without that a worker could step over one.
    """
    is_person = isinstance(changed, Person)
    events.append(
        session,
        "gallery.changed" if is_person else "watchlist.changed",
        actor=actor_of(by),
        subject=f"{'person' if is_person else 'watchlist'}:{changed.id}",
        now=now,
        operation=operation,
        **({"why": why} if why else {}),
    )
    session.add(
        GalleryChange(
            at=now,
            operation=operation,
            person_id=changed.id if isinstance(changed, Person) else None,
            watchlist_id=changed.watchlist_id if isinstance(changed, Person) else changed.id,
        )
    )
    session.flush()


def record_new_basis(session: Session, what: Basis, now: datetime) -> None:
    """Write down that the same entries are to be judged anew: workers follow it as they follow a list.

    The event that says so comes before it, as in `record_change`.
    """
    session.add(GalleryChange(at=now, operation=what, person_id=None, watchlist_id=None))
    session.flush()


def actor_of(by: str) -> str:
    return SYSTEM if by == SYSTEM else f"user:{by}"
