"""What an admin has to know until it is over. Readers see a code in words (words/alarms.json)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.tables import Alarm

AT_ONCE = 100  # rows in one transaction


def sound(session: Session, code: str, subject: str, now: datetime, **detail: Any) -> None:
    """Raise an alarm; where the same one stands it says the newest `detail`, which holds ids and codes only.

    Alarms change under the events' turn: two who raise one at once do not meet at its row.
    """
    standing = _open(session, code, subject)
    if standing is not None and standing.detail == detail:
        return
    events.take_turn(session)
    standing = _open(session, code, subject)
    if standing is not None:
        standing.detail = detail
        return
    session.add(Alarm(code=code, subject=subject, detail=detail, raised_at=now))
    events.append(session, "alarm.raised", actor="system", subject=subject, now=now, code=code, **detail)


def clear(session: Session, code: str, subject: str, now: datetime) -> None:
    """End an alarm; nothing happens where it does not stand."""
    if _open(session, code, subject) is None:
        return
    events.take_turn(session)
    alarm = _open(session, code, subject)
    if alarm is not None:
        alarm.cleared_at = now
        events.append(session, "alarm.cleared", actor="system", subject=subject, now=now, code=code)


def forget(session: Session, before: datetime) -> int:
    """Delete alarms that were cleared before a time; return how many. Their events stay."""
    old = select(Alarm).where(Alarm.cleared_at < before).limit(AT_ONCE)
    alarms = session.scalars(old).all()
    for alarm in alarms:
        session.delete(alarm)
    return len(alarms)


def _open(session: Session, code: str, subject: str) -> Alarm | None:
    return session.scalar(
        select(Alarm).where(Alarm.code == code, Alarm.subject == subject, Alarm.cleared_at.is_(None))
    )
