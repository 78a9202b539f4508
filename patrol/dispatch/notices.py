"""Tells the maintenance groups of system alarms: one message a cause, one when it has grown, one when it is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from patrol.dispatch import notice_texts, wording
from patrol.dispatch.causes import Cause, by_cause, since
from patrol.dispatch.plain_messages import message, ways_to
from patrol.dispatch.reach import PAGE
from patrol.dispatch.record import record
from patrol.store import events
from patrol.store.tables import Alarm, Delivery, Group, GroupChat, Notice
from patrol.values import Site

MAINTENANCE = "maintenance"  # level of the groups that are told
DEBOUNCE = timedelta(seconds=20)  # an alarm that is over by then was a hiccup; nobody is rung for it
QUIET_FOR = timedelta(seconds=60)  # a cause that comes back within this was never over: flapping is one alarm
UPDATE_EVERY = timedelta(minutes=10)  # a message more while it grows; somebody is on it since the first
LOOK_BACK = timedelta(days=1)  # for what belonged to a cause; a notice that stands longer counts its last day
STALE_AFTER = timedelta(hours=6)  # an alarm that could not be told by then is in the console, not in a chat

What = Literal["opened", "grown", "over"]


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell of one cause, and to whom."""

    what: What
    cause: Cause
    alarms: Sequence[Alarm]  #: that stand; of one that is over, those that did
    notice: Notice | None
    groups: Sequence[Group]


def has_news(session: Session, now: datetime) -> bool:
    """Whether `tell` would say something."""
    return bool(news(session, now) or _lost(session, now))


def tell(session: Session, now: datetime, sites: Sequence[Site] = ()) -> int:
    """Queue a message to every maintenance group for each piece of news; return how many messages.

    sites: for the time of day in a group's own zone.
    """
    zones = {site.id: site.time_zone for site in sites}
    events.take_turn(session)  # two senders do not open the same notice
    made = [message("alarm", chat, lost.text, now, STALE_AFTER) for lost, chat in _lost(session, now)]
    made += [delivery for item in news(session, now) for delivery in _told(session, item, zones, now)]
    session.add_all(made)
    session.flush()
    record(session, made, now, actor="system")
    return len(made)


def news(session: Session, now: datetime) -> list[News]:
    """What the maintenance groups do not know yet; nothing where there is none to tell."""
    groups = _maintenance_groups(session)
    if not groups:
        return []
    notices = _open_notices(session)
    recent = by_cause(_recent_alarms(session, now))
    found = [_of_cause(cause, alarms, notices.get(cause), now) for cause, alarms in sorted(recent.items())]
    found += [_forgotten(cause, notice) for cause, notice in notices.items() if cause not in recent]
    concerned = [
        News(it.what, it.cause, it.alarms, it.notice, _concerned(groups, it.cause)) for it in found if it is not None
    ]
    return [it for it in concerned if it.groups]


def _of_cause(cause: Cause, alarms: Sequence[Alarm], notice: Notice | None, now: datetime) -> News | None:
    standing = [alarm for alarm in alarms if alarm.cleared_at is None]
    sure = [alarm for alarm in standing if now - alarm.raised_at >= DEBOUNCE]
    if notice is None:
        return News("opened", cause, sure, None, ()) if sure else None
    if not standing:
        told_of = [alarm for alarm in alarms if alarm.cleared_at is not None and alarm.cleared_at >= notice.opened_at]
        is_quiet = all(now - _end(alarm) >= QUIET_FOR for alarm in told_of)
        return News("over", cause, told_of, notice, ()) if is_quiet else None
    may_tell = notice.told_at is None or now - notice.told_at >= UPDATE_EVERY
    return News("grown", cause, sure, notice, ()) if may_tell and len(sure) > notice.n_alarms else None


def _forgotten(cause: Cause, notice: Notice) -> News:
    """It was over so long ago, by a standstill of ours, that its alarms are out of sight."""
    return News("over", cause, (), notice, ())


def _end(alarm: Alarm) -> datetime:
    assert alarm.cleared_at is not None
    return alarm.cleared_at


def _told(session: Session, item: News, zones: Mapping[str, str], now: datetime) -> list[Delivery]:
    """Write down that it is told, and make its messages."""
    notice = item.notice or Notice(cause=str(item.cause), opened_at=since(item.alarms))
    session.add(notice)
    if item.what == "over":
        notice.recovered_at = max(map(_end, item.alarms), default=now)
        notice.recovery_told_at = now
    else:
        notice.n_alarms, notice.told_at = len(item.alarms), now
    return [
        message("alarm", chat, _text(item, notice, group, zones, now), now, STALE_AFTER)
        for group in item.groups
        for chat in ways_to(group, last_choice=item.cause.chat_kind)
    ]


def _lost(session: Session, now: datetime) -> list[tuple[Delivery, GroupChat]]:
    """What a chat did not take, and the group's next one that works and was not told the same."""
    failed = select(Delivery).where(
        Delivery.kind == "alarm", Delivery.state.in_(("failed", "expired")), Delivery.ended_at > now - STALE_AFTER
    )
    rows = session.scalars(failed.options(joinedload(Delivery.chat), joinedload(Delivery.group)))
    found = [(row, chat) for row in rows if row.chat.kind != PAGE for chat in ways_to(row.group)[-1:]]
    untold = [(row, chat) for row, chat in found if chat.kind != PAGE and not _was_told(session, row, chat)]
    return list({(chat.id, row.text): (row, chat) for row, chat in untold}.values())


def _was_told(session: Session, lost: Delivery, chat: GroupChat) -> bool:
    told = select(Delivery.id).where(Delivery.chat_id == chat.id, Delivery.kind == "alarm")
    same = told.where(Delivery.text == lost.text, Delivery.created_at >= lost.created_at)
    return session.scalar(same.limit(1)) is not None


def _text(item: News, notice: Notice, group: Group, zones: Mapping[str, str], now: datetime) -> str:
    site_id = group.site_id or item.cause.site_id
    zone = group.time_zone or zones.get(site_id) or _only(zones)
    reader = notice_texts.Reader(wording.language_of(group), zone, now)
    if item.what != "over":
        return notice_texts.standing(item.cause, item.alarms, reader, is_grown=item.what == "grown")
    return notice_texts.over(item.cause, item.alarms, reader, notice.n_alarms, notice.recovered_at or now)


def _only(zones: Mapping[str, str]) -> str:
    """The zone all sites have in common; UTC where they differ."""
    return next(iter(zones.values())) if len(set(zones.values())) == 1 else "UTC"


def _concerned(groups: Sequence[Group], cause: Cause) -> list[Group]:
    """A group of one site is told of its own site, and of what is no site's."""
    return [group for group in groups if not cause.site_id or group.site_id in (None, cause.site_id)]


def _maintenance_groups(session: Session) -> Sequence[Group]:
    groups = select(Group).where(Group.level == MAINTENANCE, Group.is_active).order_by(Group.id)
    return session.scalars(groups.options(selectinload(Group.chats))).all()


def _open_notices(session: Session) -> dict[Cause, Notice]:
    rows = select(Notice).where(Notice.recovered_at.is_(None)).order_by(Notice.opened_at)
    return {Cause.read(row.cause): row for row in session.scalars(rows)}


def _recent_alarms(session: Session, now: datetime) -> Sequence[Alarm]:
    is_recent = or_(Alarm.cleared_at.is_(None), Alarm.cleared_at > now - LOOK_BACK)
    return session.scalars(select(Alarm).where(is_recent)).all()
