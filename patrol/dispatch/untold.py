"""Why nobody at all is told of a confirmed hit."""

from datetime import datetime, timedelta

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session

from patrol.dispatch.claims import CASE_ENDED, ENTRY_ENDED, entry_has_ended
from patrol.store.tables import Hit

FRESH_FOR = timedelta(hours=12)  # a shift: who was seen before that is nobody's to look out for any more
NOBODY_NEAR, TOO_OLD, BEING_HANDLED = "nobody_near", "too_old", "being_handled"
WAITING = "waiting"  # outcome of a yes that nobody can be told of yet
#: Outcomes of a yes that went nowhere.
NOT_TOLD = (NOBODY_NEAR, ENTRY_ENDED, CASE_ENDED, TOO_OLD, BEING_HANDLED)

# Built once: putting it together costs more than running it.
ENTRY_HAS_ENDED = select(entry_has_ended(bindparam("hit_id", type_=Uuid())))


def why_untold(session: Session, hit: Hit, decided_at: datetime, now: datetime) -> str | None:
    """A code where a yes of `decided_at` tells nobody, whoever is near; else None."""
    if session.scalar(ENTRY_HAS_ENDED, {"hit_id": hit.id, "now": now}):
        return ENTRY_ENDED
    if hit.episode is not None and hit.episode.closed_at is not None:
        return CASE_ENDED
    if decided_at - hit.last_seen_at > FRESH_FOR:
        return TOO_OLD
    return BEING_HANDLED if is_handled(hit, now) else None


def is_handled(hit: Hit, now: datetime) -> bool:
    """Whether somebody is dealing with this person at this site just now."""
    case = hit.episode
    if case is None or case.closed_at is not None or case.handled_until is None:
        return False
    return case.handled_site_id == hit.site_id and now < case.handled_until
