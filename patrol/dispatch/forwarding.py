"""The cascade: a group hands a hit down to its children, by a named person's click or by a written policy."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from patrol.dispatch import steps
from patrol.dispatch.queue import standing_decision
from patrol.dispatch.record import record
from patrol.dispatch.routing import Rules
from patrol.dispatch.shifts import is_on_shift
from patrol.dispatch.telling import OUT, tell
from patrol.store.tables import Decision, Delivery, Episode, ForwardPolicy, Group, Hit, Step, UtcDateTime
from patrol.values import PatrolError

FORWARD_WITHIN = timedelta(minutes=10)  # as long as a hit itself may take to leave; later it is no help
LONGEST_ON_THE_WAY = timedelta(hours=1)  # far longer than any hit's deadline
AT_ONCE = 20  # messages in one transaction
FORWARDED, BY_PERSON, BY_POLICY = "forwarded", "by_person", "by_policy"
NOBODY, TOLD_ALREADY = "nobody_on_shift", "told_already"  # why a policy forwarded nothing


class ForwardRefused(PatrolError):
    """This message cannot be forwarded to that group."""

    def __init__(self, message: str, why: str, group_id: str | None = None) -> None:
        super().__init__(message)
        self.why = why
        self.group_id = group_id


def forward(
    session: Session, delivery: Delivery, to_groups: Collection[str], by: str, now: datetime
) -> list[Delivery]:
    """Tell children of the group that was told, on a named person's word ("user:NAME" or "member:NAME").

    Whoever is named is told off shift too: a person asks them. A child that holds the hit already gets nothing.
    """
    hit, decision = _require_standing(session, delivery)
    children = [_require_child(session, delivery, hit, group_id) for group_id in dict.fromkeys(to_groups)]
    return [
        made for child in children for made in _tell(session, hit, decision, child, delivery, now, by=by, policy=None)
    ]


def children_of(session: Session, group_id: str) -> Sequence[Group]:
    """The groups a message to this one may be forwarded to."""
    return session.scalars(
        select(Group).where(Group.parent_id == group_id, Group.is_active).order_by(Group.name, Group.id)
    ).all()


def has_to_forward(session: Session, now: datetime) -> bool:
    """Whether any policy has something to forward."""
    return session.execute(TO_FORWARD.limit(1), _when(now)).first() is not None


def forward_by_policy(session: Session, now: datetime) -> int:
    """Forward what the groups with a policy have received; return how many messages were read."""
    rows = session.execute(TO_FORWARD.limit(AT_ONCE), _when(now)).all()
    read: set[tuple[object, str]] = set()
    for delivery, policy in rows:
        if (delivery.hit_id, delivery.group_id) not in read:  # a group's second chat brings nothing new
            read.add((delivery.hit_id, delivery.group_id))
            _forward_by(session, delivery, policy, now)
    return len(read)


def _when(now: datetime) -> dict[str, datetime]:
    since = now - FORWARD_WITHIN
    return {"now": now, "since": since, "made": since - LONGEST_ON_THE_WAY}


def _forward_by(session: Session, delivery: Delivery, policy: ForwardPolicy, now: datetime) -> None:
    """Tell the children on shift of levels the list allows; a step says so where there is none."""
    try:
        hit, decision = _require_standing(session, delivery)
    except ForwardRefused:  # a person was quicker
        return
    children = [child for child in children_of(session, delivery.group_id) if _may_hear(child, hit, now)]
    made = [
        row
        for child in children
        for row in _tell(session, hit, decision, child, delivery, now, by=None, policy=policy)
    ]
    if not made:
        why = TOLD_ALREADY if children else NOBODY
        steps.add(session, hit, FORWARDED, why, now, from_group_id=delivery.group_id)
        session.flush()


def _tell(
    session: Session,
    hit: Hit,
    decision: Decision,
    child: Group,
    delivery: Delivery,
    now: datetime,
    *,
    by: str | None,
    policy: ForwardPolicy | None,
) -> list[Delivery]:
    """The messages of one child, with their record."""
    made = tell(
        session,
        hit,
        decision,
        child,
        now,
        now + FORWARD_WITHIN,
        parent=delivery,
        forwarded_by=by,
        forward_policy=policy,
    )
    if made:
        why, actor = (BY_PERSON, by or "system") if policy is None else (BY_POLICY, f"policy:{policy.id}")
        at = {"group_id": child.id, "from_group_id": delivery.group_id}
        steps.add(session, hit, FORWARDED, why, now, **at, actor=actor)
        record(session, made, now, actor=actor)
    return made


def _require_standing(session: Session, delivery: Delivery) -> tuple[Hit, Decision]:
    """Only what stands is forwarded: a confirmed hit that reached the group and was neither doubted nor withdrawn."""
    hit = delivery.hit
    if hit is None or delivery.kind != "hit" or delivery.state not in OUT:
        raise ForwardRefused(f"delivery {delivery.id} is no hit that its group was told of", "not_told")
    session.refresh(hit, with_for_update={"key_share": True, "of": Hit})
    decision = standing_decision(session, hit.id)
    if hit.verdict != "confirmed" or decision.verdict != "confirmed":
        raise ForwardRefused(f"hit #{hit.number:04} is not confirmed any more: it is not forwarded", "not_standing")
    if hit.episode is not None and hit.episode.closed_at is not None:
        raise ForwardRefused(f"the case of hit #{hit.number:04} has ended: it is not forwarded", "ended")
    return hit, decision


def _require_child(session: Session, delivery: Delivery, hit: Hit, group_id: str) -> Group:
    child = session.get(Group, group_id)
    if child is None or not child.is_active or child.parent_id != delivery.group_id:
        what = f"group {group_id!r} is no group under {delivery.group_id!r}: it is forwarded to its own groups only"
        raise ForwardRefused(what, "no_child", group_id)
    if child.level not in Rules.of(hit.watchlist).levels:
        what = f"the list of hit #{hit.number:04} may not be told to {child.level}: group {group_id!r} gets nothing"
        raise ForwardRefused(what, "level_not_allowed", group_id)
    return child


def _may_hear(child: Group, hit: Hit, now: datetime) -> bool:
    is_on = is_on_shift(child.shifts, child.time_zone or hit.time_zone, now)
    return is_on and child.level in Rules.of(hit.watchlist).levels


def _to_forward() -> Select[Delivery, ForwardPolicy]:
    """Hits that stand in a group since its policy was written, and that the policy has not been read for."""
    now = bindparam("now", type_=UtcDateTime())
    read = aliased(Step)
    was_read = exists().where(
        read.hit_id == Delivery.hit_id,
        read.from_group_id == Delivery.group_id,
        read.kind == FORWARDED,
        read.why.in_((BY_POLICY, NOBODY, TOLD_ALREADY)),
        read.at >= Delivery.created_at,
    )
    is_in_force = and_(
        ForwardPolicy.revoked_at.is_(None), ForwardPolicy.created_at <= now, ForwardPolicy.ends_at > now
    )
    return (
        select(Delivery, ForwardPolicy)
        .join(ForwardPolicy, and_(ForwardPolicy.group_id == Delivery.group_id, is_in_force))
        .join(Hit, Delivery.hit_id == Hit.id)
        .outerjoin(Episode, Hit.episode_id == Episode.id)
        .where(
            Delivery.kind == "hit",
            Delivery.state == "sent",
            Delivery.created_at > bindparam("made", type_=UtcDateTime()),  # what the index holds
            Delivery.sent_at > bindparam("since", type_=UtcDateTime()),
            Delivery.sent_at >= ForwardPolicy.created_at,
            Hit.verdict == "confirmed",
            Episode.closed_at.is_(None),
            ~was_read,
        )
        .order_by(Delivery.sent_at, Delivery.id)
    )


TO_FORWARD = _to_forward()
