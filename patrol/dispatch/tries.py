"""Notes every try at a delivery: who made it, when, and what came of it."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from patrol.chats.chat import SendError
from patrol.dispatch.leases import key_of
from patrol.store.tables import Delivery, Try

SENDER_ENDED = "sender_ended"
AT_ONCE = 500  # rows deleted in one transaction
KEEP = timedelta(days=30)  # as long as a finished alarm; the delivery's own row says what became of it after that


def begin(session: Session, row: Delivery, owner: str, now: datetime, lease: timedelta) -> None:
    """A sender has taken the delivery."""
    bot = key_of(row.chat)
    session.add(
        Try(
            delivery_id=row.id,
            number=row.attempts,
            chat_id=row.chat_id,
            kind=bot.kind,
            base=bot.base,
            secret=bot.secret,
            sender=owner,
            started_at=now,
            lease_until=now + lease,
        )
    )


def end(session: Session, claimed: Delivery, outcome: str, now: datetime, **more: object) -> None:
    """What came of the try that `claimed` is; a try that is over stays as it is."""
    this = update(Try).where(Try.delivery_id == claimed.id, Try.number == claimed.attempts, Try.ended_at.is_(None))
    session.execute(this.values(outcome=outcome, ended_at=now, **more))


def give_up(session: Session, row: Delivery) -> None:
    """Its sender did not come back: nothing of it has been on its way since its lease was over."""
    lost = update(Try).where(Try.delivery_id == row.id, Try.ended_at.is_(None))
    session.execute(lost.values(outcome=SENDER_ENDED, ended_at=Try.lease_until, error=SENDER_ENDED))


def outcome_of(error: SendError) -> str:
    if error.is_unknown:
        return "unknown"
    if error.is_permanent:
        return "refused"
    return "limited" if error.code == "limited" else "later"


def forget(session: Session, before: datetime) -> int:
    """Delete the tries that ended before a time; return how many."""
    old = session.scalars(select(Try).where(Try.ended_at < before).limit(AT_ONCE)).all()
    for it in old:
        session.delete(it)
    return len(old)
