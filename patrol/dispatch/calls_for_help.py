"""A guard needs help: everybody above, below and beside the group hears of it, whoever they are looking for."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from patrol.dispatch import statuses, steps, wording
from patrol.dispatch.record import record
from patrol.dispatch.shifts import is_on_shift
from patrol.hits.episodes import NEED_HELP
from patrol.store import alarms
from patrol.store.tables import Delivery, Group, GroupReply, Hit

NOT_GUARDS = ("maintenance",)  # they mend the machine


def call(session: Session, hit: Hit, group: Group, received: GroupReply, told: Iterable[str]) -> None:
    """Alert those on shift above, below and beside it, and whoever is at the same case: no picture goes."""
    now = received.received_at
    called = [it for it in _called(session, group, told) if _may_hear(it, hit, now)]
    made = [message for it in called for message in _messages(it, hit, group, received)]
    session.add_all(made)
    session.flush()
    for it in called:
        steps.add(session, hit, "helped", "need_help", now, group_id=it.id, from_group_id=group.id)
    if not called:
        steps.add(session, hit, "rang_duty", "need_help", now, from_group_id=group.id)
    detail = {"number": hit.number, "site_id": hit.site_id, "group_id": group.id}
    alarms.sound(session, NEED_HELP, f"hit:{hit.id}", now, **detail)
    record(session, made, now)


def _called(session: Session, group: Group, told: Iterable[str]) -> Sequence[Group]:
    beside = Group.parent_id == group.parent_id if group.parent_id is not None else Group.id.in_(())
    around = or_(Group.id.in_({*_above(session, group), *_below(session, group), *told}), beside)
    return session.scalars(
        select(Group).where(around, Group.id != group.id, Group.is_active).order_by(Group.id)
    ).all()


def _above(session: Session, group: Group) -> list[str]:
    found: list[str] = []
    here: Group | None = group
    while here is not None and here.parent_id is not None and here.parent_id not in found:
        found.append(here.parent_id)
        here = session.get(Group, here.parent_id)
    return found


def _below(session: Session, group: Group) -> set[str]:
    found, here = set[str](), {group.id}
    while here:
        here = set(session.scalars(select(Group.id).where(Group.parent_id.in_(here)))) - found
        found |= here
    return found


def _may_hear(group: Group, hit: Hit, now: datetime) -> bool:
    return group.level not in NOT_GUARDS and is_on_shift(group.shifts, group.time_zone or hit.time_zone, now)


def _messages(called: Group, hit: Hit, group: Group, received: GroupReply) -> list[Delivery]:
    """Ahead of everything but a withdrawal: a person is in danger."""
    episode, now = hit.episode, received.received_at
    fields = {
        "number": wording.short_number(episode.first_hit_number if episode else hit.number),
        "group": group.name,
        "place": episode.place if episode else hit.place,
        "time": wording.clock_time(now, hit.time_zone),
    }
    chats = statuses.ways_to(called)
    return [statuses.status(chat, "need_help", fields, now, hit=hit, is_urgent=True) for chat in chats]
