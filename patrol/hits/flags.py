"""Entries that keep matching strangers: an alarm each, until their portraits are better or nobody looks for them."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.hits.rates import entries_of
from patrol.store import alarms
from patrol.store.tables import Alarm

MATCHES_STRANGERS = "matches_strangers"  # alarm
WINDOW = timedelta(days=30)  # long enough for three mistakes of a rare passer-by


def tell(session: Session, now: datetime) -> int:
    """Sound an alarm for each entry that is flagged, clear it for every other; return how many are."""
    flagged = {f"person:{it.person_id}": it for it in entries_of(session, now - WINDOW, now) if it.is_flagged}
    for subject, entry in flagged.items():
        about = {
            "person_id": str(entry.person_id),
            "n_false": entry.alerts.n_false,
            "days": max(1, round(entry.days)),
        }
        alarms.sound(session, MATCHES_STRANGERS, subject, now, **about)
    standing = select(Alarm.subject).where(Alarm.code == MATCHES_STRANGERS, Alarm.cleared_at.is_(None))
    for subject in session.scalars(standing).all():
        if subject not in flagged:
            alarms.clear(session, MATCHES_STRANGERS, subject, now)
    return len(flagged)
