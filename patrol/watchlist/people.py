"""Watchlists and their entries: who is looked for, why, on whose word and until when.

`by` is the name of the account that asked.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session, selectinload

from patrol.store import alarms
from patrol.store.blobs import Blobs
from patrol.store.tables import Person, Portrait, PortraitTemplate, Watchlist
from patrol.values import PatrolError
from patrol.watchlist import rules
from patrol.watchlist.changes import SYSTEM, record_change
from patrol.watchlist.refusals import EntryRefused

WRONGFUL_STOP = "wrongful_stop"  #: why an entry is suspended, and the alarm that says so


class WatchlistUnknown(PatrolError):
    """There is no such watchlist."""


class PersonUnknown(PatrolError):
    """There is no such entry."""


class PortraitUnknown(PatrolError):
    """There is no such portrait."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of somebody who is to be looked for, beside the photos."""

    name: str
    reason: str
    source: str
    ends_at: datetime
    external_ref: str | None = None  #: the owner's own key, e.g. a case number
    note: str = ""


class WatchlistChanges(TypedDict, total=False):
    """What may be changed of a list; what is absent stays."""

    name: str
    category: str
    reason: str
    owner: str
    instruction: str | None
    levels: list[str] | None
    tell_at_once: int | None
    is_exercise: bool
    ends_at: datetime


class PersonChanges(TypedDict, total=False):
    """What may be changed of an entry; what is absent stays."""

    name: str
    external_ref: str | None
    reason: str
    source: str
    note: str
    ends_at: datetime


def create_watchlist(
    session: Session,
    *,
    name: str,
    category: str,
    reason: str,
    owner: str,
    ends_at: datetime,
    by: str,
    now: datetime,
    instruction: str | None = None,
    levels: Sequence[str] | None = None,
    tell_at_once: int | None = None,
    is_exercise: bool = False,
) -> Watchlist:
    """levels, tell_at_once: who may be told of its hits, how many groups at once; None or nothing is patrol's own."""
    watchlist = Watchlist(
        name=name.strip(),
        category=category,
        reason=reason.strip(),
        owner=owner.strip(),
        instruction=(instruction or "").strip() or None,
        levels=_once_each(levels),
        tell_at_once=tell_at_once or None,
        is_exercise=is_exercise,
        created_at=now,
        created_by=by,
        ends_at=ends_at,
    )
    rules.check_watchlist(session, watchlist)
    rules.check_end(ends_at, now)
    session.add(watchlist)
    record_change(session, "created", watchlist, by=by, now=now)
    return watchlist


def change_watchlist(
    session: Session, watchlist: Watchlist, *, by: str, now: datetime, **changes: Unpack[WatchlistChanges]
) -> Watchlist:
    """Change what is given. An earlier end of the list is an earlier end of everybody in it."""
    rules.require_not_closed(watchlist)
    with _given_back_if_refused(session, watchlist):
        _apply(watchlist, changes)
        watchlist.instruction = watchlist.instruction or None
        watchlist.levels, watchlist.tell_at_once = _once_each(watchlist.levels), watchlist.tell_at_once or None
        rules.check_watchlist(session, watchlist)
        if "ends_at" in changes:
            rules.check_end(watchlist.ends_at, now)
    if "ends_at" in changes:
        late = (Person.watchlist_id == watchlist.id, Person.ends_at > changes["ends_at"])
        session.execute(update(Person).where(*late).values(ends_at=changes["ends_at"]))
    record_change(session, "changed", watchlist, by=by, now=now)
    return watchlist


def _once_each(levels: Sequence[str] | None) -> list[str] | None:
    """No level at all is patrol's own list of them: a list that nobody may be told of would be none."""
    return list(dict.fromkeys(level.strip() for level in levels)) if levels else None


def close_watchlist(session: Session, watchlist: Watchlist, *, by: str, now: datetime) -> None:
    """End a list for good. Nobody in it is looked for any more; `forget_ended` deletes their photos later."""
    if watchlist.closed_at is None:
        watchlist.closed_at = now
        record_change(session, "closed", watchlist, by=by, now=now)


def watchlists(session: Session) -> Sequence[Watchlist]:
    """Every list, the newest first, closed ones too."""
    return session.scalars(select(Watchlist).order_by(Watchlist.created_at.desc(), Watchlist.name)).all()


def find_watchlist(session: Session, watchlist_id: uuid.UUID) -> Watchlist:
    watchlist = session.get(Watchlist, watchlist_id)
    if watchlist is None:
        raise WatchlistUnknown(f"{watchlist_id}: there is no such watchlist")
    return watchlist


def new_person(session: Session, watchlist: Watchlist, entry: Entry, *, by: str, now: datetime) -> Person:
    """Check an entry without adding it; EntryRefused says what is missing or out of its time."""
    person = Person(
        watchlist_id=watchlist.id,
        name=entry.name.strip(),
        external_ref=(entry.external_ref or "").strip() or None,
        reason=entry.reason.strip(),
        source=entry.source.strip(),
        note=entry.note.strip(),
        created_at=now,
        created_by=by,
        ends_at=entry.ends_at,
    )
    rules.require_open(watchlist, now)
    rules.check_person(session, person)
    rules.check_end(entry.ends_at, now, watchlist)
    return person


def add_person(
    session: Session,
    watchlist: Watchlist,
    *,
    name: str,
    reason: str,
    source: str,
    ends_at: datetime,
    by: str,
    now: datetime,
    external_ref: str | None = None,
    note: str = "",
) -> Person:
    """Add an entry that has no photos yet."""
    entry = Entry(name, reason, source, ends_at, external_ref, note)
    person = new_person(session, watchlist, entry, by=by, now=now)
    person.watchlist = watchlist
    session.add(person)
    record_change(session, "enrolled", person, by=by, now=now)
    return person


def change_person(
    session: Session, person: Person, *, by: str, now: datetime, **changes: Unpack[PersonChanges]
) -> Person:
    rules.require_present(person)
    with _given_back_if_refused(session, person):
        _apply(person, changes)
        person.external_ref = person.external_ref or None
        rules.check_person(session, person)
        if "ends_at" in changes:
            rules.require_open(person.watchlist, now)
            rules.check_end(person.ends_at, now, person.watchlist)
    record_change(session, "changed", person, by=by, now=now)
    return person


def suspend_person(session: Session, person: Person, *, by: str, now: datetime, why: str = "") -> None:
    """Stop looking for somebody for a while; photos and templates stay."""
    rules.require_present(person)
    if person.suspended_at is None:
        person.suspended_at, person.suspended_by, person.suspended_why = now, by, why.strip() or None
        record_change(session, "suspended", person, by=by, now=now, why=person.suspended_why)


def resume_person(session: Session, person: Person, *, by: str, now: datetime, why: str = "") -> None:
    """Look for somebody again; who says so after a wrongful stop has looked."""
    rules.require_present(person)
    if person.suspended_at is not None:
        person.suspended_at = person.suspended_by = person.suspended_why = None
        record_change(session, "resumed", person, by=by, now=now, why=why.strip() or None)
        alarms.clear(session, WRONGFUL_STOP, subject_of(person), now)


def subject_of(person: Person) -> str:
    return f"person:{person.id}"


def remove_person(session: Session, blobs: Blobs, person: Person, *, by: str, now: datetime) -> None:
    """Take somebody off the list: templates and photos go, the bare row stays for the record and old hits."""
    lock_person(session, person)
    if person.removed_at is not None:
        return
    for portrait in living_portraits(person):
        _empty(session, blobs, portrait, now)
    person.note = ""
    person.removed_at = now
    record_change(session, "removed", person, by=by, now=now)


def remove_portrait(session: Session, blobs: Blobs, portrait: Portrait, *, by: str, now: datetime) -> None:
    """Delete one photo and its templates; the bare row stays for the hits that were found by it."""
    lock_person(session, portrait.person)
    if portrait.removed_at is None:
        _empty(session, blobs, portrait, now)
        record_change(session, "changed", portrait.person, by=by, now=now)


def forget_ended(session: Session, blobs: Blobs, *, keep: timedelta, now: datetime, limit: int = 500) -> int:
    """Remove entries that ended longer than `keep` ago, at most `limit` of them; return how many.

    Until then a list can be extended and old hits can be compared; after it the photos have no purpose.
    """
    before = now - keep
    ended = or_(Person.ends_at <= before, Watchlist.ends_at <= before, Watchlist.closed_at <= before)
    people = session.scalars(
        select(Person).join(Person.watchlist).where(Person.removed_at.is_(None), ended).limit(limit)
    ).all()
    for person in people:
        remove_person(session, blobs, person, by=SYSTEM, now=now)
    return len(people)


def people_of(session: Session, watchlist_id: uuid.UUID) -> Sequence[Person]:
    """The entries of a list by name, without the removed ones; portraits are loaded with them."""
    return session.scalars(
        select(Person)
        .where(Person.watchlist_id == watchlist_id, Person.removed_at.is_(None))
        .options(selectinload(Person.portraits))
        .order_by(Person.name, Person.created_at)
    ).all()


def find_person(session: Session, person_id: uuid.UUID) -> Person:
    """One entry, removed or not."""
    person = session.get(Person, person_id)
    if person is None:
        raise PersonUnknown(f"{person_id}: there is no such entry")
    return person


def find_portrait(session: Session, portrait_id: uuid.UUID) -> Portrait:
    portrait = session.get(Portrait, portrait_id)
    if portrait is None:
        raise PortraitUnknown(f"{portrait_id}: there is no such portrait")
    return portrait


def living_portraits(person: Person) -> list[Portrait]:
    """The photos that have not been removed, the oldest first."""
    present = [portrait for portrait in person.portraits if portrait.removed_at is None]
    return sorted(present, key=lambda portrait: portrait.created_at)


def is_active(person: Person, now: datetime) -> bool:
    """Whether somebody is looked for at `now`."""
    watchlist = person.watchlist
    is_stopped = person.removed_at or person.suspended_at or watchlist.closed_at
    return not is_stopped and min(person.ends_at, watchlist.ends_at) > now


def lock_watchlist(session: Session, watchlist: Watchlist) -> None:
    """Let enrolments in one list take turns, so that each sees who the one before it has added."""
    session.execute(select(Watchlist.id).where(Watchlist.id == watchlist.id).with_for_update())


def lock_person(session: Session, person: Person) -> None:
    """Let changes of one entry take turns: without it a photo could be added while its person is removed."""
    session.flush()
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    session.expire(person)  # portraits too
    session.refresh(person)


def _empty(session: Session, blobs: Blobs, portrait: Portrait, now: datetime) -> None:
    if portrait.picture_key is not None:
        blobs.delete_with(session, portrait.picture_key)
    portrait.picture_key = None
    portrait.box_xyxy = []
    portrait.landmarks_xy = []
    portrait.removed_at = now
    session.execute(delete(PortraitTemplate).where(PortraitTemplate.portrait_id == portrait.id))


def _apply(row: Watchlist | Person, changes: Mapping[str, object]) -> None:
    for column, value in changes.items():
        setattr(row, column, value.strip() if isinstance(value, str) else value)


@contextmanager
def _given_back_if_refused(session: Session, row: Watchlist | Person) -> Iterator[None]:
    """Leave the row as it was where its change is refused, so that the caller may go on in this transaction."""
    with session.no_autoflush:
        try:
            yield
        except EntryRefused:
            session.refresh(row)
            raise
