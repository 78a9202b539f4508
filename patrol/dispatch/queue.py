"""From decisions to deliveries. A decision without a Routing row is in the queue; so is its withdrawal.

A yes with nobody to tell stays in the queue too, marked as waiting, and is looked at again until its time has passed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session, selectinload

from patrol.dispatch import explanations, wording
from patrol.dispatch.plan import Candidate, Plan, Plans
from patrol.dispatch.record import record
from patrol.dispatch.routing import Route, Rules, Where, candidate, refusal, route
from patrol.dispatch.telling import LANES, OUT, STANDING, holding, tell
from patrol.dispatch.untold import NOBODY_NEAR, NOT_TOLD, WAITING, why_untold
from patrol.store import alarms, events
from patrol.store.blobs import Blobs
from patrol.store.tables import Decision, Delivery, Group, Hit, Routing, UtcDateTime

WITHDRAW_WITHIN = timedelta(hours=24)  # a withdrawal is never too late, until the picture is old anyway
AT_ONCE = 10  # decisions read in one transaction: each takes about 20 ms, and claims wait for all of them
NOBODY, HIT_NOT_DELIVERED = "nobody_to_tell", "hit_not_delivered"  # alarms
OUTCOMES = {"default": "delivered_default", "nearest": "delivered_far"}  # by why the first were told
HOLDS_CASE = "holds_case"  # why a group hears an update

NOT_OLDER = timedelta(days=30)  # bounds the search; a decision that old is history whatever became of it

LOOK_AGAIN_AFTER = timedelta(seconds=1)  # how soon a yes that waits finds the group that has come on shift


def _unread() -> Select[Decision]:
    """What takes a yes back comes first, then what nobody has looked at, then what waits, the longest first."""
    is_new = Routing.decision_id.is_(None)
    waits = and_(Routing.outcome == WAITING, Routing.routed_at <= bindparam("again", type_=UtcDateTime()))
    return (
        select(Decision)
        .join(Decision.hit)
        .outerjoin(Routing, Routing.decision_id == Decision.id)
        .where(
            Decision.release_at <= bindparam("now", type_=UtcDateTime()),
            Decision.release_at > bindparam("since", type_=UtcDateTime()),
            or_(is_new, waits),
        )
        .order_by(
            case((Hit.verdict.in_(("rejected", "unsure")), 0), (is_new, 1), else_=2),
            func.coalesce(Routing.routed_at, Decision.decided_at),
            Decision.id,
        )
        .limit(AT_ONCE)
    )


UNREAD = _unread()


@dataclass(frozen=True, slots=True)
class Routed:
    """What came of one decision."""

    decision: Decision
    outcome: str | None  #: None leaves it in the queue
    changed: Sequence[Delivery] = ()
    has_nobody: bool = False
    route: Route | None = None  #: who was found, where anybody was looked for


def fan_out(session: Session, blobs: Blobs, plans: Plans, now: datetime, deadline_s: float) -> int:
    """Make deliveries of every released decision nobody has read yet; return how many were read.

    Two senders may do this at once: each takes the decisions the other has not locked, and the decisions of
    one hit take turns by its row. Events come last, for they hold up every other writer until the commit.
    """
    decisions = session.scalars(UNREAD.with_for_update(skip_locked=True, of=Decision), _when(now)).all()
    hits = _locked(session, {decision.hit_id for decision in decisions})
    routed = [_route(session, blobs, plans, hits[it.hit_id], it, now, deadline_s) for it in decisions]
    session.flush()
    for it in routed:
        _say_whether_nobody(session, hits[it.decision.hit_id], it, now)
        record(session, it.changed, now)
        _say_how(session, hits[it.decision.hit_id], it, now)
    return sum(it.outcome is not None for it in routed)


def has_waiting(session: Session, now: datetime) -> bool:
    """Whether any released decision has not been read yet."""
    return session.scalar(UNREAD.with_only_columns(Decision.id).order_by(None).limit(1), _when(now)) is not None


def standing_decision(session: Session, hit_id: UUID) -> Decision:
    """What holds for a hit now: the newest decision, released or not."""
    newest = select(Decision).where(Decision.hit_id == hit_id).order_by(Decision.round.desc(), Decision.seat.desc())
    return session.scalars(newest.limit(1)).one()


def _when(now: datetime) -> dict[str, datetime]:
    return {"now": now, "since": now - NOT_OLDER, "again": now - LOOK_AGAIN_AFTER}


def _locked(session: Session, hit_ids: Collection[UUID]) -> dict[UUID, Hit]:
    """These hits, their rows locked, always in the same order; what only points at them need not wait."""
    query = select(Hit).where(Hit.id.in_(hit_ids)).order_by(Hit.id)
    return {hit.id: hit for hit in session.scalars(query.with_for_update(of=Hit, key_share=True))}


def _route(
    session: Session, blobs: Blobs, plans: Plans, hit: Hit, decision: Decision, now: datetime, deadline_s: float
) -> Routed:
    """Act on one decision."""
    standing = standing_decision(session, hit.id)
    if standing.verdict != "confirmed":
        changed = _withdraw(session, blobs, hit, decision, now)
        routed = Routed(decision, "withdrawn" if changed else "nothing_to_do", changed)
    elif decision.id != standing.id:  # overtaken by a later yes, which leaves at its own release
        routed = Routed(decision, "nothing_to_do")
    else:
        routed = _tell(session, plans, hit, decision, now, decision.release_at + timedelta(seconds=deadline_s))
    _note(session, routed, now)
    return routed


def _note(session: Session, routed: Routed, now: datetime) -> None:
    """That the decision was read; what waits is only marked as looked at, its reasons may be others next time."""
    row = session.get(Routing, routed.decision.id) or Routing(decision_id=routed.decision.id)
    row.routed_at, row.outcome = now, routed.outcome or WAITING
    row.explanation = explanations.kept(routed.route) if routed.route and routed.outcome else []
    session.add(row)


def _tell(
    session: Session, plans: Plans, hit: Hit, decision: Decision, now: datetime, expires_at: datetime
) -> Routed:
    """Queue a hit for the groups that are told at once and do not hold it already."""
    if why := why_untold(session, hit, decision.decided_at, now):
        return Routed(decision, why)
    plan, where = plans.current(session), Where.newest(hit, hit.episode)
    found = route(plan, where, Rules.of(hit.watchlist), now).with_holders(_holders(session, plan, where, hit, now))
    if not found.told:  # until its time has passed it waits for a group
        return Routed(decision, NOBODY_NEAR if now >= expires_at else None, has_nobody=True, route=found)
    groups = _groups(session, found.told)
    made = [
        delivery
        for it in found.told
        for delivery in tell(session, hit, decision, groups[it.group_id], now, expires_at, candidate=it)
    ]
    return Routed(decision, _outcome(found) if made else "nothing_to_do", made, route=found)


def _outcome(found: Route) -> str:
    """Whether those who cover the place were told, or the default, or somebody far away."""
    first = {candidate.why for candidate in found.told} - {HOLDS_CASE}
    return OUTCOMES.get(next(iter(first), ""), "delivered")


def _holders(session: Session, plan: Plan, where: Where, hit: Hit, now: datetime) -> Iterator[Candidate]:
    """Groups that were told of the case before hear its updates, wherever it has moved."""
    rules = Rules.of(hit.watchlist)
    for group_id in holding(session, hit.episode_id) if hit.episode_id else ():
        group = plan.groups[group_id]
        if refusal(group, rules, now) is None:
            yield candidate(plan, where, group, HOLDS_CASE)


def _groups(session: Session, told: Iterable[Candidate]) -> dict[str, Group]:
    ids = [it.group_id for it in told]
    rows = session.scalars(select(Group).where(Group.id.in_(ids)).options(selectinload(Group.chats)))
    return {group.id: group for group in rows}


def _say_whether_nobody(session: Session, hit: Hit, routed: Routed, now: datetime) -> None:
    """As long as a group may still appear; after that the hit was not delivered."""
    if routed.has_nobody and routed.outcome is None:
        alarms.sound(session, NOBODY, f"hit:{hit.id}", now, number=hit.number, site_id=hit.site_id)
        return
    alarms.clear(session, NOBODY, f"hit:{hit.id}", now)
    if routed.has_nobody:
        say_not_delivered(session, hit, now)


def say_not_delivered(session: Session, hit: Hit, now: datetime) -> None:
    """For a person to see; the fault is not a chat's."""
    alarms.sound(session, HIT_NOT_DELIVERED, f"hit:{hit.id}", now, number=hit.number, site_id=hit.site_id)


def _say_how(session: Session, hit: Hit, routed: Routed, now: datetime) -> None:
    """What no delivery says, the hit's history does: that a yes went nowhere, or not to those who cover the place."""
    kind = {**dict.fromkeys(NOT_TOLD, "hit.not_told"), **dict.fromkeys(OUTCOMES.values(), "hit.told_others")}
    if routed.outcome in kind:
        events.append(
            session,
            kind[routed.outcome],
            actor="sender",
            subject=f"hit:{hit.id}",
            now=now,
            site_id=hit.site_id,
            hit_id=str(hit.id),
            number=hit.number,
            reason=routed.outcome,
        )


def _withdraw(session: Session, blobs: Blobs, hit: Hit, decision: Decision, now: datetime) -> list[Delivery]:
    """Stop what has not left, queue a withdrawal for every chat that was told, and delete the pictures."""
    standing = _standing(session, hit)
    stopped = [delivery for parts in standing for delivery in parts if delivery.state == "queued"]
    for delivery in stopped:
        delivery.state, delivery.ended_at = "withdrawn", now
    told = [[delivery for delivery in parts if delivery.state in OUT] for parts in standing]
    made = [withdrawal(hit, decision, parts[0], now) for parts in told if parts]
    for parts in standing:
        drop_pictures(blobs, parts)
    session.add_all(made)
    session.flush()
    return stopped + made


def _standing(session: Session, hit: Hit) -> list[list[Delivery]]:
    """What went out of a hit or is about to, and is not being withdrawn: its parts, chat by chat."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.hit_id == hit.id, Delivery.kind == "hit", Delivery.state.in_(STANDING))
        .order_by(Delivery.created_at, Delivery.part.desc())
        .with_for_update(of=Delivery)
    ).all()
    cancelled = set(session.scalars(select(Delivery.cancels_id).where(Delivery.hit_id == hit.id)).all())
    messages: dict[tuple[UUID, UUID | None], list[Delivery]] = defaultdict(list)
    for delivery in rows:
        messages[delivery.chat_id, delivery.decision_id].append(delivery)
    return [parts for parts in messages.values() if not cancelled & {part.id for part in parts}]


def withdrawal(hit: Hit, decision: Decision, told: Delivery, now: datetime, revision: int = 0) -> Delivery:
    return Delivery(
        id=uuid4(),
        kind="withdraw",
        decision_id=decision.id,
        verdict=decision.verdict,
        hit=hit,
        group=told.group,
        chat=told.chat,
        part="withdraw",
        revision=revision,
        cancels_id=told.id,
        lane=LANES["withdraw"],
        state="queued",
        next_try_at=now,
        expires_at=now + WITHDRAW_WITHIN,
        text=wording.withdrawal_text(hit, wording.language_of(told.group)),
        distance_m=told.distance_m,
        created_at=now,
    )


def drop_pictures(blobs: Blobs, deliveries: Iterable[Delivery]) -> None:
    """Delete before the commit, not after: the decision that ended these pictures stands already."""
    for delivery in deliveries:
        if delivery.picture_key is not None:
            blobs.delete(delivery.picture_key)
            delivery.picture_key = None
