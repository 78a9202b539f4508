"""Taking the next delivery to send. What becomes of it is in outcomes.py.

A claim is a lease: the row says `sending` until `lease_until`, and each outcome is guarded by `attempts`, so that
a sender that was killed loses its row to the next one and a late one overwrites nothing.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from patrol.chats.table import KINDS, LIMITS
from patrol.dispatch import rates, tries
from patrol.dispatch.leases import chats_held
from patrol.dispatch.pauses import is_paused, is_sighting
from patrol.store.tables import Decision, Delivery, Episode, Group, GroupChat, Hit, Person, UtcDateTime, Watchlist
from patrol.store.tables.deliveries import CLAIMED_IN_ORDER

LEASE = timedelta(seconds=60)  # longer than a send: an exchange that is not broken off takes 35 s at most

CLAIM_LOCK = 7_203_114  # any number that no other advisory lock has
TOLD = ("hit", "exercise")  # kinds of delivery that stand or fall with a decision

#: Why a hit must not leave any more.
OVERRULED, CHAT_REMOVED, ENTRY_ENDED = "overruled", "chat_removed", "entry_ended"
CASE_ENDED = "case_ended"

#: Parts of a status that wait for nothing said before: a person is in danger, or is looked for in vain.
OVERTAKES = ("need_help", "ended", "withdraw")

FOREIGN = ""  #: stands for the kinds of chat whose bots are other senders'

GOING: ColumnClause[str] = literal_column(
    "'sending'"
)  # no parameter: only so does SQLite see that its partial index will do
NOW = bindparam("now", type_=UtcDateTime())

#: For a statement that joins an entry with its list: it is not looked for any more, or the list is not in force.
ENTRY_IS_OVER = or_(
    Person.suspended_at.is_not(None),
    Person.removed_at.is_not(None),
    Person.ends_at <= NOW,
    Watchlist.closed_at.is_not(None),
    Watchlist.ends_at <= NOW,
)


def claim(
    session: Session, now: datetime, lease: timedelta = LEASE, kinds: Collection[str] = KINDS, owner: str = ""
) -> Delivery | None:
    """Take the most urgent delivery that may leave now by one of these kinds of chat; None where there is none."""
    taken = claim_some(session, now, lease, dict.fromkeys(kinds, 1), owner, at_most=1)
    return taken[0] if taken else None


def claim_some(
    session: Session,
    now: datetime,
    lease: timedelta,
    room: Mapping[str, int],
    owner: str,
    *,
    at_most: int,
    for_urgent: int = 0,
) -> list[Delivery]:
    """Take the most urgent deliveries in one transaction, at most `room` of each kind of chat.

    for_urgent: how much of the room is kept for withdrawals and hits.
    """
    _take_turns(session)
    left, taken, closed = Counter(room), list[Delivery](), _closed(session, now, +Counter(room), owner)
    while len(taken) < at_most:
        with_room = [kind for kind, n in left.items() if n > for_urgent]
        row = session.scalars(NEXT, _asked(now, +left, closed) | {"calm": with_room}).one_or_none()
        if row is None:
            break
        _take(session, row, owner, now, lease)
        left[row.chat.kind] -= 1
        closed[row.chat.kind] = rates.full(session, row.chat.kind, now)
        taken.append(row)
    return taken


def may_claim(session: Session, now: datetime, kinds: Collection[str] = KINDS, owner: str = "") -> bool:
    """Whether there is something to take; looking takes no lock."""
    asked = _asked(now, kinds, _closed(session, now, kinds, owner))
    return session.scalar(LOOK, asked | {"calm": list(kinds)}) is not None


def _take(session: Session, row: Delivery, owner: str, now: datetime, lease: timedelta) -> None:
    """The row is this sender's. One that a killed sender left behind may have arrived: where the platform has no key
    it becomes a repeat.
    """
    if row.state == "sending":
        row.may_have_arrived, row.error = True, f"{tries.SENDER_ENDED}: the sender that had it did not come back"
        tries.give_up(session, row)
    row.is_repeat = row.may_have_arrived and not knows_key(row, now)
    row.state, row.attempts, row.lease_until = "sending", row.attempts + 1, now + lease
    tries.begin(session, row, owner, now, lease)
    session.flush()


def knows_key(row: Delivery, now: datetime) -> bool:
    """Whether its platform would still know this message's key, and show it once only."""
    same_key_for = LIMITS[row.chat.kind].same_key_for
    return same_key_for is not None and now - row.created_at <= same_key_for


def _take_turns(session: Session) -> None:
    """One claim after the other: what is going on in a chat is seen only once the claim before is committed.

    SQLite's BEGIN IMMEDIATE does that by itself; on PostgreSQL a row lock would not, for each takes another row.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CLAIM_LOCK})


def _closed(session: Session, now: datetime, kinds: Collection[str], owner: str) -> dict[str, list[set[UUID]]]:
    """By kind of chat that has anything waiting, and lane by lane: the chats that take nothing now."""
    waiting = set(session.scalars(KINDS_WAITING, {"now": now})) & set(kinds)
    closed = {kind: rates.full(session, kind, now) for kind in waiting}
    foreign = not_ours(session, now, waiting, owner)
    return closed | ({FOREIGN: [foreign for _lane in rates.LANES]} if foreign else {})


def _asked(now: datetime, kinds: Collection[str], closed: Mapping[str, list[set[UUID]]]) -> dict[str, Any]:
    """What `_may_leave` wants to know."""
    lanes = {f"closed_{n}": [chat for lanes in closed.values() for chat in lanes[n]] for n in rates.LANES}
    return {"now": now, "kinds": [kind for kind in kinds if kind in closed], **lanes}


def not_ours(session: Session, now: datetime, kinds: Collection[str], owner: str) -> set[UUID]:
    """Chats whose bot has one connection, and it is not this sender's."""
    alone = [kind for kind in kinds if LIMITS[kind].has_one_connection]
    if not alone:
        return set()
    chats = session.scalars(select(GroupChat.id).where(GroupChat.kind.in_(alone)))
    return set(chats) - chats_held(session, owner, now)


def _may_leave() -> Select[Delivery]:
    """Deliveries that may leave: due, in time, still wanted, and with nothing before them in their chat."""
    is_due = and_(Delivery.state != "sending", Delivery.next_try_at <= NOW)
    is_left_behind = and_(Delivery.state == "sending", Delivery.lease_until <= NOW)
    return (
        select(Delivery)
        .join(Delivery.chat)
        .where(
            Delivery.ended_at.is_(None),
            or_(is_due, is_left_behind),
            Delivery.expires_at > NOW,
            GroupChat.kind.in_(bindparam("kinds", expanding=True)),
            or_(Delivery.lane <= rates.HIT, GroupChat.kind.in_(bindparam("calm", expanding=True))),
            *(_is_open(lane) for lane in rates.LANES),
            ~chat_is_busy(),
            ~withdrawal_goes_first(),
            ~earlier_goes_first(),
            ~is_paused(Delivery),
            ~is_doubted(Delivery),
            why_stopped().is_(None),
        )
    )


def _is_open(lane: int) -> ColumnElement[bool]:
    """A chat that is closed to a lane is closed to those behind it; the last one stands for all that may come."""
    is_closed = Delivery.chat_id.in_(bindparam(f"closed_{lane}", expanding=True))
    return ~is_closed if lane == 0 else or_(Delivery.lane < lane, ~is_closed)


def why_stopped() -> ColumnElement[str | None]:
    """Why a hit, or where he was sighted, must not leave any more, as a code; None where it may.

    A withdrawal always may.
    """
    why = case(
        (is_overruled(), OVERRULED),
        (_chat_is_gone(), CHAT_REMOVED),
        (entry_has_ended(Delivery.hit_id), ENTRY_ENDED),
        (_case_has_ended(), CASE_ENDED),
        else_=None,
    )
    return case((or_(Delivery.kind.in_(TOLD), is_sighting(Delivery)), why), else_=None)


def is_overruled() -> ColumnElement[bool]:
    """The newest decision on its hit is no yes any more, whether or not that has been read yet."""
    newest, newer = aliased(Decision), aliased(Decision)
    overtaken = select(newer.id).where(newer.hit_id == newest.hit_id, newer.round > newest.round).exists()
    taken_back = select(newest.id).where(newest.hit_id == Delivery.hit_id, newest.verdict != "confirmed")
    return taken_back.where(~overtaken).exists()


def _chat_is_gone() -> ColumnElement[bool]:
    """The chat was taken out of its group, or the group has ended."""
    chat = select(GroupChat.id).join(GroupChat.group).where(GroupChat.id == Delivery.chat_id)
    return chat.where(or_(GroupChat.removed_at.is_not(None), ~Group.is_active)).correlate(Delivery).exists()


def entry_has_ended(hit_id: ColumnElement[UUID] | InstrumentedAttribute[UUID | None]) -> ColumnElement[bool]:
    """The person of this hit is not looked for any more, or the list is not in force."""
    hit = aliased(Hit)
    entry = select(hit.id).join(hit.person).join(Person.watchlist).where(hit.id == hit_id)
    return entry.where(ENTRY_IS_OVER).exists()


def _case_has_ended() -> ColumnElement[bool]:
    """Somebody closed the case of this hit, also after the sender had read the yes."""
    hit = aliased(Hit)
    case_of_hit = select(hit.id).join(hit.episode).where(hit.id == Delivery.hit_id)
    return case_of_hit.where(Episode.closed_at.is_not(None)).exists()


def is_doubted(delivery: type[Delivery]) -> ColumnElement[bool]:
    """A guard has said that it is not him: nobody else is sent after him until a person has looked again."""
    hit = aliased(Hit)
    in_review = select(hit.id).where(hit.id == delivery.hit_id, hit.verdict.is_(None)).correlate(delivery)
    return and_(or_(delivery.kind.in_(TOLD), is_sighting(delivery)), in_review.exists())


def chat_is_busy() -> ColumnElement[bool]:
    """One message at a time in a chat, so that they arrive in order.

    What is urgent does not wait for what is less so, unless both are about the same hit.
    """
    other = aliased(Delivery)
    going = select(other.id).where(other.chat_id == Delivery.chat_id, other.state == GOING)
    going = going.where(other.id != Delivery.id, other.lease_until > NOW)
    return going.where(or_(other.lane <= Delivery.lane, other.hit_id == Delivery.hit_id)).exists()


def withdrawal_goes_first() -> ColumnElement[bool]:
    """A hit confirmed again waits until its earlier withdrawal has left the same chat."""
    other = aliased(Delivery)
    going = select(other.id).where(other.hit_id == Delivery.hit_id, other.kind == "withdraw")
    going = going.where(other.chat_id == Delivery.chat_id, other.ended_at.is_(None))
    return and_(Delivery.kind.in_(TOLD), going.exists())


def earlier_goes_first() -> ColumnElement[bool]:
    """What follows on a message waits for it: a picture for its text, an update for what it updates.

    A withdrawal overtakes, and so do a call for help and the end of the case. What is too late, or held back
    itself, holds up nobody.
    """
    other = aliased(Delivery)
    of_the_case = or_(other.hit_id == Delivery.hit_id, other.episode_id == Delivery.episode_id)
    is_earlier = tuple_(other.created_at, Delivery.part) < tuple_(Delivery.created_at, other.part)
    going = select(other.id).where(other.chat_id == Delivery.chat_id, other.ended_at.is_(None), of_the_case)
    going = going.where(other.id != Delivery.id, other.kind != "withdraw", other.expires_at > NOW, is_earlier)
    going = going.where(~is_paused(other), ~is_doubted(other))
    has_case = or_(Delivery.hit_id.is_not(None), Delivery.episode_id.is_not(None))
    overtakes = or_(Delivery.kind == "withdraw", and_(Delivery.kind == "status", Delivery.part.in_(OVERTAKES)))
    return and_(~overtakes, has_case, going.exists())


# Built once: putting them together costs more than running them.
NEXT = (
    _may_leave()
    .order_by(*(getattr(Delivery, name) for name in CLAIMED_IN_ORDER))  # what an index holds: the first is the one
    .limit(1)
    .options(joinedload(Delivery.hit), joinedload(Delivery.group), joinedload(Delivery.chat))
    .with_for_update(skip_locked=True, of=Delivery)
)
KINDS_WAITING = (
    select(GroupChat.kind)
    .join(Delivery, Delivery.chat_id == GroupChat.id)
    .where(Delivery.ended_at.is_(None), Delivery.expires_at > NOW)
    .distinct()
)
LOOK = _may_leave().with_only_columns(Delivery.id).limit(1)
