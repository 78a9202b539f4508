"""Which of the groups that were told of a hit it has reached, and what is said where it has not."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from patrol.dispatch.claims import TOLD
from patrol.dispatch.queue import say_not_delivered
from patrol.dispatch.telling import OUT
from patrol.store.tables import Delivery

PAGE = "page"  #: the kind of chat that rings nobody: it is always told, beside another where there is one


def say_if_missed(session: Session, ended: Sequence[Delivery], untried: Sequence[Delivery], now: datetime) -> None:
    """Sound an alarm at each hit that reached nobody, or that was not even tried to tell one of its groups."""
    for hit in {row.hit for row in ended if row.kind in TOLD and row.hit is not None}:
        reached = groups_reached(session, hit.id)
        if not reached or any(row.hit_id == hit.id and row.group_id not in reached for row in untried):
            say_not_delivered(session, hit, now)


def groups_reached(session: Session, hit_id: UUID) -> set[str]:
    """The groups where a message of this hit stands, may stand or is on its way."""
    told = select(Delivery).where(Delivery.hit_id == hit_id, Delivery.kind.in_(TOLD))
    by_group: dict[str, list[Delivery]] = defaultdict(list)
    for row in session.scalars(told.options(joinedload(Delivery.chat))):
        by_group[row.group_id].append(row)
    return {group_id for group_id, rows in by_group.items() if _is_reached(rows)}


def _is_reached(rows: Sequence[Delivery]) -> bool:
    ringing = [row for row in rows if row.chat.kind != PAGE] or rows
    return any(row.state in ("queued", *OUT) for row in ringing)
