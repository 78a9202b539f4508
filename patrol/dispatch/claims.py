"""Taking the next delivery to send. What becomes of it is in outcomes.py.

A claim is a lease: the row says `sending` until `lease_until`, and each outcome is guarded by `attempts`, so that
a sender that was killed loses its row to the next one and a late one overwrites nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from patrol.chats.table import KINDS, LIMITS
from patrol.store.tables import Decision, Delivery, Group, GroupChat, Hit, Person, UtcDateTime, Watchlist

LEASE = timedelta(seconds=60)  # longer than a send: an exchange that is not broken off takes 35 s at most
WINDOW = timedelta(seconds=60)  # every platform's published limit is one a minute

CLAIM_LOCK = 7_203_114  # any number that no other advisory lock has

OVERRULED, CHAT_REMOVED, ENTRY_ENDED = "overruled", "chat_removed", "entry_ended"  # why a hit must not leave any more

NOW = bindparam("now", type_=UtcDateTime())


def claim(
    session: Session, now: datetime, lease: timedelta = LEASE, kinds: Collection[str] = KINDS
) -> Delivery | None:
    """Take the most urgent delivery that may leave now by one of these kinds of chat; None where there is none.

    One that a killed sender left behind may have arrived: where the platform has no key it becomes a repeat.
    """
    _take_turns(session)
    full = _chats_at_their_limit(session, now, lease)
    row = session.scalars(NEXT, {"now": now, "kinds": list(kinds), "full": full}).one_or_none()
    if row is None:
        return None
    if row.state == "sending":
        row.may_have_arrived, row.error = True, "sender_ended: the sender that had it did not come back"
    row.is_repeat = row.may_have_arrived and not LIMITS[row.chat.kind].is_idempotent
    row.state, row.attempts, row.lease_until = "sending", row.attempts + 1, now + lease
    session.flush()
    return row


def _take_turns(session: Session) -> None:
    """One claim after the other: what is going on in a chat is seen only once the claim before is committed.

    SQLite's BEGIN IMMEDIATE does that by itself; on PostgreSQL a row lock would not, for each takes another row.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CLAIM_LOCK})


def kinds_waiting(session: Session, now: datetime) -> list[str]:
    """The kinds of chat that have something to send; looking takes no lock."""
    return list(session.scalars(WAITING, {"now": now, "kinds": list(KINDS)}))


def _chats_at_their_limit(session: Session, now: datetime, lease: timedelta) -> list[UUID]:
    """Chats whose platform took as many messages in the last minute as it may.

    Counted by claims, in the database: whichever sender made them, answered or not. Chats that share an address
    and a secret share a robot, and with it the limit.
    """
    per_minute = {kind: rate.n for kind, limits in LIMITS.items() for rate in limits.rates if rate.scope == "bot"}
    robot = (GroupChat.kind, GroupChat.address, GroupChat.secret)
    counts = session.execute(
        select(*robot, func.count())
        .join(Delivery, Delivery.chat_id == GroupChat.id)
        .where(GroupChat.kind.in_(per_minute), Delivery.lease_until > now - WINDOW + lease)
        .group_by(*robot)
    )
    full = {tuple(row[:3]) for row in counts if row[3] >= per_minute[row[0]]}
    if not full:
        return []
    chats = session.execute(select(GroupChat.id, *robot).where(GroupChat.kind.in_(per_minute)))
    return [row[0] for row in chats if tuple(row[1:]) in full]


def _may_leave() -> Select[Delivery]:
    """Deliveries that may leave: due, in time, still wanted, and with nothing before them in their chat."""
    is_due = and_(Delivery.state.in_(("queued", "unknown")), Delivery.ended_at.is_(None), Delivery.next_try_at <= NOW)
    is_left_behind = and_(Delivery.state == "sending", Delivery.lease_until <= NOW)
    return (
        select(Delivery)
        .join(Delivery.chat)
        .where(
            or_(is_due, is_left_behind),
            Delivery.expires_at > NOW,
            GroupChat.kind.in_(bindparam("kinds", expanding=True)),
            why_stopped().is_(None),
            ~_chat_is_busy(),
            ~_withdrawal_goes_first(),
        )
    )


def why_stopped() -> ColumnElement[str | None]:
    """Why a hit must not leave any more, as a code; None where it may. A withdrawal always may."""
    has_ended = entry_has_ended(Delivery.hit_id)
    why = case((is_overruled(), OVERRULED), (_chat_is_gone(), CHAT_REMOVED), (has_ended, ENTRY_ENDED), else_=None)
    return case((Delivery.kind == "hit", why), else_=None)


def is_overruled() -> ColumnElement[bool]:
    """The newest decision on its hit is no yes any more, whether or not that has been read yet."""
    own, newest, newer = aliased(Decision), aliased(Decision), aliased(Decision)
    overtaken = select(newer.id).where(newer.hit_id == newest.hit_id, newer.round > newest.round).exists()
    taken_back = select(newest.id).join(own, own.hit_id == newest.hit_id)
    taken_back = taken_back.where(own.id == Delivery.decision_id, newest.verdict != "confirmed", ~overtaken)
    return taken_back.exists()


def _chat_is_gone() -> ColumnElement[bool]:
    """The chat was taken out of its group, or the group has ended."""
    chat = select(GroupChat.id).join(GroupChat.group).where(GroupChat.id == Delivery.chat_id)
    return chat.where(or_(GroupChat.removed_at.is_not(None), ~Group.is_active)).correlate(Delivery).exists()


def entry_has_ended(hit_id: ColumnElement[UUID] | InstrumentedAttribute[UUID | None]) -> ColumnElement[bool]:
    """The person of this hit is not looked for any more, or the list is not in force."""
    hit = aliased(Hit)
    entry = select(hit.id).join(hit.person).join(Person.watchlist).where(hit.id == hit_id)
    has_stopped = or_(Person.suspended_at.is_not(None), Person.removed_at.is_not(None), Person.ends_at <= NOW)
    return entry.where(or_(has_stopped, Watchlist.closed_at.is_not(None), Watchlist.ends_at <= NOW)).exists()


def _chat_is_busy() -> ColumnElement[bool]:
    """One message at a time in a chat, so that they arrive in order."""
    other = aliased(Delivery)
    going = select(other.id).where(other.chat_id == Delivery.chat_id, other.id != Delivery.id)
    return going.where(other.state == "sending", other.lease_until > NOW).exists()


def _withdrawal_goes_first() -> ColumnElement[bool]:
    """A hit confirmed again waits until its earlier withdrawal has left the same chat."""
    other = aliased(Delivery)
    going = select(other.id).where(other.chat_id == Delivery.chat_id, other.hit_id == Delivery.hit_id)
    return and_(Delivery.kind == "hit", going.where(other.kind == "withdraw", other.ended_at.is_(None)).exists())


# Built once: putting them together costs more than running them.
NEXT = (
    _may_leave()
    .where(GroupChat.id.not_in(bindparam("full", expanding=True)))
    .order_by(Delivery.lane, Delivery.created_at, Delivery.part.desc(), Delivery.id)  # "text" before "picture"
    .limit(1)
    .options(joinedload(Delivery.hit), joinedload(Delivery.group), joinedload(Delivery.chat))
    .with_for_update(skip_locked=True, of=Delivery)
)
WAITING = _may_leave().with_only_columns(GroupChat.kind).distinct()
