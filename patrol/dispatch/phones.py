"""Guards' own phones: bound once by a captain's QR code, known by a hash, ended one at a time."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from patrol.store import events
from patrol.store.tables import Group, Member, Phone, PhoneInvite
from patrol.values import PatrolError

TOKEN_BYTES = 32  # 256 random bits: unguessable
INVITE_FOR = timedelta(minutes=10)  # long enough to fetch a guard and scan; a photo of the screen is soon worthless
FORGOTTEN_AFTER = timedelta(days=1)  # a code that is over long since need not be told apart from one that never was
REACH_EVERY = timedelta(minutes=1)  # how exactly the last sign of life of a phone is known; each costs a write
LONGEST_LABEL = 60


class MemberUnknown(PatrolError):
    """There is no such member on a roster."""


class PhoneUnknown(PatrolError):
    """There is no such phone."""


class InviteRefused(PatrolError):
    """This QR code binds no phone: it was used, its time is over, or its member has left. Ask for a new one."""


@dataclass(frozen=True, slots=True)
class MemberPhones:
    """One member of a roster and the phones that are theirs now."""

    member: Member
    phones: tuple[Phone, ...]

    @property
    def has_reached_us(self) -> bool:
        return any(phone.last_seen_at is not None for phone in self.phones)


def invite(session: Session, member_id: uuid.UUID, by: str, now: datetime) -> str:
    """Return the token of a QR code that binds one phone to a member; an earlier code of theirs binds none any more.

    `by` is the actor: "user:NAME", "member:NAME" or "group:ID".
    """
    member = find_member(session, member_id)
    unused = update(PhoneInvite).where(PhoneInvite.member_id == member_id, PhoneInvite.used_at.is_(None))
    session.execute(unused.where(PhoneInvite.expires_at > now).values(expires_at=now))
    session.execute(delete(PhoneInvite).where(PhoneInvite.expires_at <= now - FORGOTTEN_AFTER))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        PhoneInvite(
            token_hash=_hash(token), member_id=member_id, created_at=now, created_by=by, expires_at=now + INVITE_FOR
        )
    )
    session.flush()
    _record(session, "phone.invited", member, by, now)
    return token


def member_of_invite(session: Session, token: str, now: datetime) -> Member:
    """Whose phone a QR code would bind now; InviteRefused where it binds none."""
    invited = session.get(PhoneInvite, _hash(token))
    if invited is None or invited.used_at is not None or invited.expires_at <= now:
        raise InviteRefused
    try:
        return find_member(session, invited.member_id)
    except MemberUnknown:
        raise InviteRefused from None


def bind(session: Session, token: str, label: str, now: datetime) -> str:
    """Bind the phone that brings a QR code's token, and return the phone's own, which is kept nowhere.

    Of two phones that bring the same code at once only one is bound: the code is used up by a guarded UPDATE.
    """
    member = member_of_invite(session, token, now)
    unused = update(PhoneInvite).where(PhoneInvite.token_hash == _hash(token), PhoneInvite.used_at.is_(None))
    if session.scalar(unused.values(used_at=now).returning(PhoneInvite.token_hash)) is None:
        raise InviteRefused
    own_token = secrets.token_urlsafe(TOKEN_BYTES)
    phone = Phone(
        member_id=member.id,
        group_id=member.group_id,
        token_hash=_hash(own_token),
        label=label[:LONGEST_LABEL],
        bound_at=now,
    )
    session.add(phone)
    session.flush()
    _record(session, "phone.bound", member, f"member:{member.name}", now, phone)
    return own_token


def phone_of(session: Session, token: str) -> Phone | None:
    """The phone a token belongs to, its member and group with it; None where it is no standing phone's."""
    return session.scalars(_with_owner().where(Phone.token_hash == _hash(token), is_standing())).one_or_none()


def has_ended(session: Session, token: str) -> bool:
    """Whether this was a phone's token: its phone was revoked, or its member left the roster."""
    return session.scalar(select(Phone.id).where(Phone.token_hash == _hash(token), ~is_standing())) is not None


def revoke(session: Session, phone_id: uuid.UUID, by: str, now: datetime) -> None:
    """End one phone; its open page says so at once. A phone that has ended stays as it is."""
    phone = find_phone(session, phone_id)
    if phone.revoked_at is not None:
        return
    phone.revoked_at, phone.revoked_by = now, by
    session.flush()
    _record(session, "phone.revoked", phone.member, by, now, phone)


def note_sign_of_life(session: Session, phone: Phone, now: datetime) -> None:
    """Note that a phone's own page has reached us; the first time is an event, for its captain waits for it."""
    is_first = phone.last_seen_at is None
    session.execute(update(Phone).where(Phone.id == phone.id).values(last_seen_at=now))
    if is_first:
        _record(session, "phone.reached", phone.member, f"member:{phone.member.name}", now, phone)


def is_sign_due(phone: Phone, now: datetime) -> bool:
    """Whether this sign of life is worth a write."""
    return phone.last_seen_at is None or now - phone.last_seen_at >= REACH_EVERY


def reached(session: Session, group_id: str) -> tuple[int, int]:
    """Of how many of a group's members a phone has reached us since it was bound, and how many members there are."""
    return reached_by_group(session, Member.group_id == group_id).get(group_id, (0, 0))


def reached_by_group(session: Session, *conditions: ColumnElement[bool]) -> dict[str, tuple[int, int]]:
    """The same for every group that has members, in one query."""
    has_reached_us = exists().where(
        Phone.member_id == Member.id, Phone.revoked_at.is_(None), Phone.last_seen_at.is_not(None)
    )
    counts = select(Member.group_id, func.count().filter(has_reached_us), func.count())
    rows = session.execute(counts.where(Member.removed_at.is_(None), *conditions).group_by(Member.group_id))
    return {group_id: (n_reached, n_members) for group_id, n_reached, n_members in rows}


def roster(session: Session, group_id: str) -> list[MemberPhones]:
    """A group's members with their phones, captains first."""
    standing = select(Member).where(Member.group_id == group_id, Member.removed_at.is_(None))
    members = session.scalars(
        standing.order_by(Member.role != "captain", Member.name, Member.id).options(selectinload(Member.phones))
    )
    return [MemberPhones(member, _standing_phones(member)) for member in members]


def had_captain_phone(session: Session, group_id: str) -> bool:
    """Whether a captain's phone is, or ever was, bound in a group: from then on the link makes no codes."""
    of_captain = exists().where(Phone.group_id == group_id, Phone.member.has(Member.role == "captain"))
    return bool(session.scalar(select(of_captain)))


def find_phone(session: Session, phone_id: uuid.UUID) -> Phone:
    phone = session.scalars(_with_owner().where(Phone.id == phone_id)).one_or_none()
    if phone is None:
        raise PhoneUnknown(f"no phone {phone_id}")
    return phone


def find_member(session: Session, member_id: uuid.UUID) -> Member:
    """A member who is on the roster of a group that stands."""
    member = session.get(Member, member_id)
    if member is None or member.removed_at is not None or not member.group.is_active:
        raise MemberUnknown(f"no member {member_id} is on a roster; the group may have been changed meanwhile")
    return member


def is_standing() -> ColumnElement[bool]:
    """A phone opens its page while nobody has ended it, its member is on the roster and its group gets messages."""
    is_member = Phone.member.has((Member.removed_at.is_(None)) & Member.group.has(Group.is_active))
    return Phone.revoked_at.is_(None) & is_member


def _with_owner() -> Select[Phone]:
    return select(Phone).options(joinedload(Phone.member).joinedload(Member.group))


def _standing_phones(member: Member) -> tuple[Phone, ...]:
    phones: Sequence[Phone] = sorted(member.phones, key=lambda phone: phone.bound_at)
    return tuple(phone for phone in phones if phone.revoked_at is None)


def _hash(token: str) -> str:
    """A plain hash is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def _record(
    session: Session, kind: str, member: Member, actor: str, now: datetime, phone: Phone | None = None
) -> None:
    body: dict[str, Any] = {"group_id": member.group_id, "member_id": str(member.id)}
    if phone is not None:
        body["phone_id"] = str(phone.id)
    site_id, subject = member.group.site_id, f"member:{member.id}"
    events.append(session, kind, actor=actor, subject=subject, now=now, site_id=site_id, **body)
