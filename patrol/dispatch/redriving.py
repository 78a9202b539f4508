"""Sending again what failed, because a person says so. Never what is overdue, overruled or held back."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from patrol.dispatch.claims import why_stopped
from patrol.dispatch.pauses import is_paused
from patrol.dispatch.record import append
from patrol.dispatch.telling import is_carried_elsewhere
from patrol.store.tables import Delivery

AGAIN, SOONER = "again", "sooner"  #: what was done; every other answer says why nothing was
NOTHING_TO_DO = {"sent": "arrived", "sending": "on_its_way", "expired": "overdue", "withdrawn": "withdrawn"}

STANDING = select(why_stopped(), is_paused(Delivery)).where(Delivery.id == bindparam("id"))


def redrive(session: Session, delivery: Delivery, by: str, now: datetime) -> str:
    """Put a delivery back into the queue, or try one that waits for its next try at once; return a code.

    again, sooner, or why not: arrived, on_its_way, overdue, withdrawn, paused, carried (by another chat of its
    group), overruled, chat_removed, entry_ended, case_ended.
    """
    row = session.scalars(select(Delivery).where(Delivery.id == delivery.id).with_for_update(of=Delivery)).one()
    refusal = why_not(session, row, now)
    if refusal is not None:
        return refusal
    what = AGAIN if row.ended_at is not None else SOONER
    row.state = "unknown" if row.may_have_arrived else "queued"
    row.ended_at, row.next_try_at = None, now
    session.flush()
    append(session, row, "redriven", now, actor=by)
    return what


def why_not(session: Session, row: Delivery, now: datetime) -> str | None:
    """Why a delivery is not to be sent again, as a code; None where it may."""
    if row.state in NOTHING_TO_DO:
        return NOTHING_TO_DO[row.state]
    if row.expires_at <= now:
        return "overdue"
    why, held_back = session.execute(STANDING, {"id": row.id, "now": now}).one()
    if why is not None:
        return str(why)
    if held_back:
        return "paused"
    return "carried" if row.ended_at is not None and is_carried_elsewhere(session, row) else None
