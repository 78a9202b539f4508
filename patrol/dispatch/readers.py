"""Who opens a group's page: anybody with the group's link, or one guard's own phone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.dispatch import phones
from patrol.dispatch.groups import group_of_link
from patrol.dispatch.members import had_phones
from patrol.dispatch.replies import TooManyReplies
from patrol.store import events
from patrol.store.tables import Event, Group, GroupReply, Phone

MOST_A_MINUTE = 15  # answers of one phone; half of what its group's page takes, so that one cannot silence the others
REFUSALS_EVERY = timedelta(minutes=1)  # of one cause; an ended page asks on and a scanner asks for ever
LOOKS_BACK = 10  # more than there are causes, so that each of them is found within its minute


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may see a group's page, and what else they may do there."""

    group: Group
    phone: Phone | None  #: None came by the group's link, and has no name
    may_answer: bool  #: from a group's first phone on only phones' answers count
    leads: bool  #: makes QR codes and ends phones: a captain, or by the link until a captain's phone was bound

    @property
    def name(self) -> str:
        return self.phone.member.name if self.phone else ""

    @property
    def actor(self) -> str:
        return f"member:{self.name}" if self.phone else f"group:{self.group.id}"

    @property
    def is_captain(self) -> bool:
        return self.phone is not None and self.phone.member.role == "captain"


def reader_of(session: Session, token: str) -> Reader | None:
    """Who a token lets in; None for an unknown or ended one."""
    phone = phones.phone_of(session, token)
    if phone is not None:
        return Reader(phone.member.group, phone, may_answer=True, leads=phone.member.role == "captain")
    group = group_of_link(session, token)
    if group is None:
        return None
    had_captain = phones.had_captain_phone(session, group.id)
    return Reader(group, None, may_answer=not had_phones(session, group.id), leads=not had_captain)


def require_calm(session: Session, reader: Reader, now: datetime) -> None:
    """Refuse a phone that has gone wild before it uses up what its group may say."""
    if reader.phone is None:
        return
    since = now - timedelta(minutes=1)
    recent = select(func.count()).where(GroupReply.phone_id == reader.phone.id, GroupReply.received_at > since)
    if (session.scalar(recent) or 0) >= MOST_A_MINUTE:
        raise TooManyReplies


def record_refusal(
    session: Session, kind: str, why: str, now: datetime, reader: Reader | None = None, **about: str
) -> None:
    """Record that somebody was refused, without what they brought."""
    group = reader.group if reader else None
    actor, site_id = (reader.actor if reader else "stranger"), (group.site_id if group else None)
    body = {"why": why, "group_id": group.id if group else None, **about}
    events.append(session, kind, actor=actor, subject=_subject(reader), now=now, site_id=site_id, **body)


def was_recorded(session: Session, kind: str, why: str, now: datetime, reader: Reader | None = None) -> bool:
    """Whether the same was recorded within the last minute."""
    newest = select(Event).where(Event.subject == _subject(reader)).order_by(Event.seq.desc()).limit(LOOKS_BACK)
    recent = (event for event in session.scalars(newest) if event.at > now - REFUSALS_EVERY)
    return any(event.kind == kind and event.body.get("why") == why for event in recent)


def _subject(reader: Reader | None) -> str:
    if reader is None:
        return "page:stranger"
    return f"phone:{reader.phone.id}" if reader.phone else f"page:{reader.group.id}"
