"""Wrongful stops: a guard stopped somebody who was not the person looked for."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from patrol.store import alarms
from patrol.store.tables import GroupReply, Hit
from patrol.watchlist import people
from patrol.watchlist.changes import SYSTEM

REAL = ("match", "manual", "replay")  # nobody is wronged by an exercise


def was_stopped(session: Session, hit: Hit) -> bool:
    """Whether a member answered "stopped" to this hit, or to another one of the same case."""
    if hit.origin not in REAL:
        return False
    of_case = Hit.episode_id == hit.episode_id if hit.episode_id else Hit.id == hit.id
    stopped = select(GroupReply.id).join(Hit, GroupReply.hit_id == Hit.id)
    said = stopped.where(GroupReply.kind == "stopped", or_(Hit.id == hit.id, of_case))
    return session.scalar(said.limit(1)) is not None


def suspend(session: Session, hit: Hit, now: datetime) -> None:
    """Look for the entry no more, until its list's owner or an admin has looked and says why it goes on."""
    if hit.person.removed_at is not None:
        return
    people.suspend_person(session, hit.person, by=SYSTEM, now=now, why=people.WRONGFUL_STOP)
    subject = people.subject_of(hit.person)
    alarms.sound(session, people.WRONGFUL_STOP, subject, now, number=hit.number, site_id=hit.site_id)
