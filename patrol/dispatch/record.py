"""One event for each change of a delivery."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.tables import Delivery


def record(session: Session, deliveries: Iterable[Delivery], now: datetime, *, actor: str = "sender") -> None:
    """Append "delivery.STATE" for each, its state as it is now."""
    for delivery in deliveries:
        append(session, delivery, delivery.state, now, actor=actor)
        if delivery.state == "sent" and delivery.missed:
            append(session, delivery, "missed", now, actor=actor, n_missed=len(delivery.missed))


def append(session: Session, delivery: Delivery, what: str, now: datetime, *, actor: str, **more: Any) -> None:
    """Append "delivery.WHAT": sent, read, missed, redriven and so on."""
    hit = delivery.hit
    events.append(
        session,
        f"delivery.{what}",
        actor=actor,
        subject=f"delivery:{delivery.id}",
        now=now,
        site_id=hit.site_id if hit else None,
        hit_id=str(delivery.hit_id) if hit else None,
        number=hit.number if hit else None,
        group_id=delivery.group_id,
        delivery_kind=delivery.kind,
        chat_kind=delivery.chat.kind,
        state=delivery.state,
        **more,
    )
