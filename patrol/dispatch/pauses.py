"""The stop button: who stopped sending of what, why, and until when. What is overdue by then is never sent."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import ColumnElement, String, and_, bindparam, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from patrol import words
from patrol.store import events
from patrol.store.tables import Delivery, Group, Hit, Pause, Person, UtcDateTime, Watchlist
from patrol.values import Language, PatrolError

Scope = Literal["all", "site", "watchlist", "person"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
#: What a pause holds back, beside where somebody was sighted. Withdrawals, stand-downs and calls for help leave all
#: the same, and so do alarms.
HELD_BACK = ("hit", "exercise", "drill", "bulletin")
LONGEST = timedelta(hours=24)  # a stop that outlives the shift's memory of it is an outage
LONGEST_REASON = 500

NOW = bindparam("now", type_=UtcDateTime())


class PauseUnknown(PatrolError):
    """There is no such pause."""


class PauseRefused(PatrolError):
    """A pause cannot be like this."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(words.say(f"pauses.{code}", "en", **fields))
        self.code = code  #: a sentence of words/pauses.json
        self.fields = fields

    def say(self, language: Language) -> str:
        return words.say(f"pauses.{self.code}", language, **self.fields)


def pause(
    session: Session,
    *,
    scope: Scope,
    ref: str | None,
    reason: str,
    ends_at: datetime,
    by: str,
    now: datetime,
) -> Pause:
    """Stop sending of everything, of a site, a list or an entry, until `ends_at` at the latest."""
    _require(session, scope, ref, reason, ends_at, now)
    row = Pause(id=uuid.uuid4(), scope=scope, ref=ref, reason=reason.strip(), by=by, created_at=now, ends_at=ends_at)
    session.add(row)
    session.flush()
    _record(session, row, "started", by, now)
    return row


def resume(session: Session, pause_id: uuid.UUID, by: str, now: datetime) -> Pause:
    """End a pause now. One that is over stays as it ended."""
    row = session.get(Pause, pause_id, with_for_update=True)
    if row is None:
        raise PauseUnknown(f"there is no pause {pause_id}; 'patrol pause list' names those that stand")
    if row.ended_at is None and row.ends_at > now:
        row.ended_at, row.ended_by = now, by
        session.flush()
        _record(session, row, "ended", by, now)
    return row


def standing(session: Session, now: datetime) -> Sequence[Pause]:
    """The pauses that hold something back now, the newest first."""
    query = select(Pause).where(_stands(Pause)).order_by(Pause.created_at.desc(), Pause.id)
    return session.scalars(query, {"now": now}).all()


def is_paused(delivery: type[Delivery]) -> ColumnElement[bool]:
    """Whether a delivery is held back; the statement it stands in is given `now`.

    What is about no hit is held back with the site of its group.
    """
    row, hit, group = aliased(Pause), aliased(Hit), aliased(Group)
    of_hit = or_(
        and_(row.scope == "site", row.ref == hit.site_id),
        and_(row.scope == "watchlist", _same_id(row.ref, hit.watchlist_id)),
        and_(row.scope == "person", _same_id(row.ref, hit.person_id)),
    )
    its_hit = select(hit.id).where(hit.id == delivery.hit_id, of_hit).correlate(delivery, row).exists()
    of_group = select(group.id).where(group.id == delivery.group_id, row.scope == "site", row.ref == group.site_id)
    its_group = and_(delivery.hit_id.is_(None), of_group.correlate(delivery, row).exists())
    is_its = or_(row.scope == "all", its_hit, its_group)
    stands = select(row.id).where(_stands(row), is_its).correlate(delivery).exists()
    return and_(or_(delivery.kind.in_(HELD_BACK), is_sighting(delivery)), stands)


def is_sighting(delivery: type[Delivery]) -> ColumnElement[bool]:
    """Whether it tells where somebody was sighted: it sends guards there as a hit does."""
    return and_(delivery.kind == "status", delivery.part == "sighted")


def name_of(session: Session, row: Pause) -> str | None:
    """What is paused, by its name; a site by its id; None for everything, or what is gone."""
    if row.scope in ("watchlist", "person") and row.ref is not None:
        found = _find(session, row.scope, row.ref)
        return found.name if found else None
    return row.ref


def said(session: Session, row: Pause, language: Language) -> str:
    """What is paused, in words: "site mall"."""
    return words.say(f"pauses.{row.scope}", language, name=name_of(session, row) or row.ref)


def _stands(row: type[Pause]) -> ColumnElement[bool]:
    return and_(row.created_at <= NOW, row.ended_at.is_(None), row.ends_at > NOW)


def _same_id(ref: InstrumentedAttribute[str | None], id: InstrumentedAttribute[uuid.UUID]) -> ColumnElement[bool]:
    """SQLite keeps an id as 32 digits, PostgreSQL says it with dashes: compared without."""
    return func.replace(cast(id, String), "-", "") == func.replace(ref, "-", "")


def _require(session: Session, scope: Scope, ref: str | None, reason: str, ends_at: datetime, now: datetime) -> None:
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise PauseRefused("no_reason", longest=LONGEST_REASON)
    if not now < ends_at <= now + LONGEST:
        raise PauseRefused("bad_end", hours=round(LONGEST.total_seconds() / 3600))
    if (ref is None) != (scope == "all"):
        raise PauseRefused("names_nothing")
    if scope in ("watchlist", "person") and _find(session, scope, ref or "") is None:
        raise PauseRefused("unknown_ref", ref=f"{scope} {ref}")


def _find(session: Session, scope: str, ref: str) -> Watchlist | Person | None:
    try:
        id = uuid.UUID(ref)
    except ValueError:
        return None
    return session.get(Watchlist, id) if scope == "watchlist" else session.get(Person, id)


def _record(session: Session, row: Pause, what: str, by: str, now: datetime) -> None:
    """Every page hears of a pause, but of a site's only those who may see that site."""
    events.append(
        session,
        f"pause.{what}",
        actor=f"user:{by}",
        subject=f"pause:{row.id}",
        site_id=row.ref if row.scope == "site" else None,
        now=now,
        pause_id=str(row.id),
        scope=row.scope,
        ref=row.ref,
    )
