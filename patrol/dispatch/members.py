"""Who answers: checked against the group's roster, from the first one it has had on."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from patrol.store.tables import GroupChat, Member, Phone
from patrol.values import PatrolError

NOT_ON_ROSTER, NO_SUCH_MESSAGE, NO_SUCH_CHAT = "not_on_roster", "no_such_message", "no_such_chat"  #: why refused


class ReplyRefused(PatrolError):
    """The answer is about no message this group was sent, or from nobody of the group."""

    def __init__(self, message: str, why: str, *, chat_id: UUID | None = None, reply_kind: str = "other") -> None:
        super().__init__(message)
        self.why = why
        self.chat_id = chat_id
        self.reply_kind = reply_kind


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who answers, as far as they are known."""

    name: str
    member: Member | None = None
    phone: Phone | None = None

    @property
    def key(self) -> str:
        return str(self.member.id) if self.member else self.name


def speaker_in(session: Session, chat: GroupChat, identity: str) -> Speaker | None:
    """Who says something in a chat; None where they are not on the roster, with this kind of chat's id of them.

    Only a group that never had a roster hears everybody: one that has been emptied does not fall open.
    """
    known = {
        str(member.identities[chat.kind]): member
        for member in roster(session, chat.group_id)
        if member.identities.get(chat.kind)
    }
    member = known.get(identity)
    if member is not None:
        return Speaker(member.name, member)
    return None if had_roster(session, chat.group_id) else Speaker(identity)


def speaker_at(session: Session, group_id: str, name: str, phone: Phone | None) -> Speaker | None:
    """Who answers on a group's page; None where its members have ever bound phones and this is none that stands."""
    if phone is not None and phone.id in {bound.id for bound in bound_phones(session, group_id)}:
        return Speaker(phone.member.name, phone.member, phone)
    return None if phone is not None or had_phones(session, group_id) else Speaker(name)


def roster(session: Session, group_id: str) -> Sequence[Member]:
    query = select(Member).where(Member.group_id == group_id, Member.removed_at.is_(None))
    return session.scalars(query.order_by(Member.name)).all()


def had_roster(session: Session, group_id: str) -> bool:
    """Whether a group has, or ever had, anybody on its roster."""
    return bool(session.scalar(select(exists().where(Member.group_id == group_id))))


def had_phones(session: Session, group_id: str) -> bool:
    """Whether any phone is, or ever was, bound in a group: from then on only phones' answers count on its page."""
    return bool(session.scalar(select(exists().where(Phone.group_id == group_id))))


def bound_phones(session: Session, group_id: str) -> Sequence[Phone]:
    """The phones that members of a group have bound, and that nobody has revoked."""
    query = select(Phone).join(Phone.member).where(Phone.group_id == group_id, Phone.revoked_at.is_(None))
    return session.scalars(query.where(Member.removed_at.is_(None), Member.group_id == group_id)).all()
