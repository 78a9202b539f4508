"""Three clocks a group has at a hit: until it has seen it, until somebody is on the way, until an outcome.

They start when a chat has taken the hit. An answer stops those it settles; what runs out is passed on, in relay.py.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from patrol.dispatch import relay, running
from patrol.dispatch.plan import Plans
from patrol.hits import episodes
from patrol.hits.record import is_looked_for
from patrol.store import alarms
from patrol.store.tables import Clock, Delivery, Episode, GroupReply, Hit, LevelClock, UtcDateTime
from patrol.values import ReplyKind

ClockKind = Literal["seen", "on_my_way", "outcome"]

KINDS: tuple[ClockKind, ...] = ("seen", "on_my_way", "outcome")
CANNOT_GO = "cannot_go"
AT_ONCE = 50  # hits in one transaction

NOW = bindparam("now", type_=UtcDateTime())


@dataclass(frozen=True, slots=True)
class Times:
    """How long the groups of a level may take, in seconds; None runs no such clock."""

    seen_s: int | None = None
    on_my_way_s: int | None = None
    outcome_s: int | None = None

    def running(self) -> Iterator[tuple[ClockKind, int]]:
        for kind in KINDS:
            seconds = getattr(self, f"{kind}_s")
            if seconds is not None:
                yield kind, seconds


#: Where nobody has set a level's times. A guard walks with the phone in hand; a station has a desk to run. Nobody
#: asks a shopkeeper to go anywhere, nor a resident to answer.
DEFAULTS: Mapping[str, Times] = {
    "guards": Times(60, 180, 1200),
    "shopkeepers": Times(90),
    "residents": Times(),
    "maintenance": Times(),
    "managers": Times(120, 300, 1800),
    "station": Times(180, 600, 3600),
}

#: The clocks an answer stops, and as what.
STOPS: Mapping[str, tuple[tuple[ClockKind, ...], str]] = {
    "seen": (("seen",), "seen"),
    "other": (("seen",), "seen"),
    "on_my_way": (("seen", "on_my_way"), "on_my_way"),
    "sighted": (("seen", "on_my_way"), "on_my_way"),
    "need_help": (("seen", "on_my_way"), "on_my_way"),
    "stopped": (KINDS, "outcome"),
    "gone": (KINDS, "outcome"),
    "not_him": (KINDS, "outcome"),
}


def times_of(session: Session, level: str) -> Times:
    """A level's times as they were set; patrol's own where nobody has. An unknown level is asked like guards."""
    row = session.get(LevelClock, level)
    if row is not None:
        return Times(row.seen_s, row.on_my_way_s, row.outcome_s)
    return DEFAULTS.get(level, DEFAULTS["guards"])


def start(session: Session, delivery: Delivery, now: datetime) -> None:
    """Start the clocks of the group that has just been told; once, by whichever of its chats was first.

    An update asks nothing anew of a group that is at it already, or whose clock for it is still running. What was
    on its way when its case ended asks nothing at all.
    """
    hit = delivery.hit
    if hit is None or delivery.kind != "hit" or delivery.part == "picture" or _is_over(hit):
        return
    hit_ids = running.hits_of(session, hit)
    rows = session.scalars(select(Clock).where(Clock.hit_id.in_(hit_ids), Clock.group_id == delivery.group_id)).all()
    going = {row.kind for row in rows if row.stopped_at is None and row.ran_out_at is None}
    own = {row.kind: row for row in rows if row.hit_id == hit.id}
    had = {kind for kind, row in own.items() if row.stopped_why != "withdrawn"}
    settled = _settled_by(session, delivery)
    wanted = [it for it in times_of(session, delivery.group.level).running() if it[0] not in going | had | settled]
    if not wanted or delivery.group_id in running.at_it(session, hit_ids):
        return
    for kind, seconds in wanted:
        _set(session, own.get(kind) or Clock(hit_id=hit.id, group_id=delivery.group_id, kind=kind), now, seconds)
    session.flush()


def _settled_by(session: Session, delivery: Delivery) -> set[str]:
    """The clocks that need not start: the group has answered before its chat said that it took the message."""
    said = select(GroupReply.kind).where(
        GroupReply.hit_id == delivery.hit_id,
        GroupReply.group_id == delivery.group_id,
        GroupReply.received_at >= delivery.created_at,
    )
    kinds = session.scalars(said.distinct()).all()
    settled = {clock for kind in kinds for clock in STOPS.get(kind, ((), ""))[0]}
    return settled | set(KINDS if CANNOT_GO in kinds else ())


def stop(session: Session, hit_ids: Collection[UUID], group_id: str, kind: ReplyKind, now: datetime) -> None:
    """Stop the clocks of a group that its answer settles."""
    settled, why = STOPS.get(kind, ((), ""))
    for clock in _running(session, hit_ids, group_id):
        if clock.kind in settled:
            clock.stopped_at, clock.stopped_why = now, why


def pass_on_at_once(session: Session, hit: Hit, hit_ids: Collection[UUID], group_id: str, now: datetime) -> None:
    """Somebody cannot go and nobody else of the group does: one clock is due now, and the others stop."""
    going = _running(session, hit_ids, group_id)
    last = going[-1] if going else _spare(session, hit, group_id, now)
    for clock in going[:-1]:
        clock.stopped_at, clock.stopped_why = now, CANNOT_GO
    last.due_at, last.stopped_why = now, CANNOT_GO


def has_run_out(session: Session, now: datetime) -> bool:
    """Whether any clock has run out, a member's sighting is to be routed, or a case is past its deadline."""
    queries = (
        DUE.with_only_columns(Clock.id),
        MOVED.with_only_columns(Episode.id),
        LATE.with_only_columns(Episode.id),
    )
    return any(session.scalar(query.limit(1), {"now": now}) is not None for query in queries)


def run_out(session: Session, plans: Plans, now: datetime, deadline_s: float) -> int:
    """Pass on what ran out, tell who is near where somebody was sighted, and alarm where a case has no outcome.

    All is locked before anything is done, and what somebody else holds is left for the next time.
    """
    plan, expires_at = plans.current(session), now + timedelta(seconds=deadline_s)
    moved, late = _free(session, MOVED, now), _free(session, LATE, now)
    due = _due(session, now)
    _tell_overdue(session, late, now)
    for hit, clock in due:
        _run_out(relay.Relay(session, plan, hit, now, expires_at), clock)
    for episode in moved:
        relay.tell_who_is_near(session, plan, episode, now, expires_at)
    return len(due) + len(moved) + len(late)


def _run_out(onward: relay.Relay, clock: Clock) -> None:
    """Act on one due clock: pass the hit on, unless somebody is on the way by now or the case is over."""
    now, episode = onward.now, onward.hit.episode
    if _is_over(onward.hit) or not is_looked_for(onward.hit.person, now):
        clock.stopped_at, clock.stopped_why = now, "ended"
        return
    if episode is not None and episode.deadline_at <= now:
        clock.stopped_at, clock.stopped_why = now, "deadline"
        return
    gave_up, at_it = clock.stopped_why == CANNOT_GO, onward.at_it
    if gave_up:
        clock.stopped_at = now
    else:
        clock.ran_out_at = now
    has_no_outcome = clock.kind == "outcome" and clock.group_id in at_it
    if gave_up or has_no_outcome or not at_it:
        onward.pass_on(clock.group_id, CANNOT_GO if gave_up else f"{clock.kind}_ran_out")


def _is_over(hit: Hit) -> bool:
    return hit.episode is not None and hit.episode.closed_at is not None


def _free(session: Session, wanted: Select[Episode], now: datetime) -> Sequence[Episode]:
    held = wanted.limit(AT_ONCE).with_for_update(key_share=True, skip_locked=True)
    return session.scalars(held.execution_options(populate_existing=True), {"now": now}).all()


def _due(session: Session, now: datetime) -> list[tuple[Hit, Clock]]:
    """The clocks that have run out with their hits, the hit and its case held."""
    ids = set(session.scalars(DUE.with_only_columns(Clock.hit_id).limit(AT_ONCE), {"now": now}))
    query = select(Hit).where(Hit.id.in_(ids)).order_by(Hit.id).execution_options(populate_existing=True)
    hits = session.scalars(query.with_for_update(of=Hit, key_share=True, skip_locked=True)).all()
    cases = {hit.episode_id for hit in hits if hit.episode_id is not None}
    held = {episode.id for episode in _free(session, select(Episode).where(Episode.id.in_(cases)), now)}
    free = {hit.id: hit for hit in hits if hit.episode_id is None or hit.episode_id in held}
    clocks = session.scalars(
        DUE.where(Clock.hit_id.in_(free)).with_for_update(of=Clock, key_share=True), {"now": now}
    )
    return [(free[clock.hit_id], clock) for clock in clocks.all()]


def _tell_overdue(session: Session, late: Sequence[Episode], now: datetime) -> None:
    """A case without an outcome at its deadline is not silently over: an alarm asks for one."""
    for episode in late:
        episode.overdue_at = now
        episodes.stop_clocks(session, episodes.hit_ids(session, episode), "deadline", now)
    session.flush()
    for episode in late:
        detail = {"number": episode.first_hit_number, "site_id": episode.site_id}
        alarms.sound(session, episodes.OVERDUE, episodes.subject_of(episode), now, **detail)


def _running(session: Session, hit_ids: Collection[UUID], group_id: str) -> Sequence[Clock]:
    """A group's running clocks at a case, the one that is due first first."""
    running_ones = select(Clock).where(
        Clock.hit_id.in_(hit_ids), Clock.group_id == group_id, Clock.stopped_at.is_(None), Clock.ran_out_at.is_(None)
    )
    return session.scalars(running_ones.order_by(Clock.due_at).with_for_update(key_share=True)).all()


def _spare(session: Session, hit: Hit, group_id: str, now: datetime) -> Clock:
    """A clock for a group of which none is running, so that the sender finds what is to be passed on."""
    query = select(Clock).where(Clock.hit_id == hit.id, Clock.group_id == group_id, Clock.kind == "on_my_way")
    clock = session.scalars(query).one_or_none() or Clock(hit_id=hit.id, group_id=group_id, kind="on_my_way")
    return _set(session, clock, now, 0)


def _set(session: Session, clock: Clock, now: datetime, seconds: int) -> Clock:
    clock.started_at, clock.due_at = now, now + timedelta(seconds=seconds)
    clock.stopped_at = clock.stopped_why = clock.ran_out_at = None
    session.add(clock)
    return clock


def _due_clocks() -> Select[Clock]:
    """A hit that a guard put back to review keeps its clocks; nobody else is told of it until a person has looked,
    nor while somebody is with the person.
    """
    due = select(Clock).join(Hit, Clock.hit_id == Hit.id).where(Clock.due_at <= NOW)
    running_ones = due.where(Clock.stopped_at.is_(None), Clock.ran_out_at.is_(None), Hit.verdict == "confirmed")
    handled = select(Episode.id).where(Episode.id == Hit.episode_id, _is_handled_at(Hit.site_id)).exists()
    return running_ones.where(~handled).order_by(Clock.due_at, Clock.id)


def _is_handled_at(site_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Somebody is with the person of this case at that site just now."""
    is_now = and_(Episode.handled_until.is_not(None), Episode.handled_until > NOW)
    return and_(is_now, Episode.handled_site_id == site_id)


DUE = _due_clocks()
MOVED = (
    select(Episode)
    .where(Episode.moved_at.is_not(None), Episode.closed_at.is_(None), ~_is_handled_at(Episode.site_id))
    .order_by(Episode.id)
)
LATE = (
    select(Episode)
    .where(
        Episode.closed_at.is_(None),
        Episode.overdue_at.is_(None),
        Episode.deadline_at <= NOW,
    )
    .order_by(Episode.id)
)
