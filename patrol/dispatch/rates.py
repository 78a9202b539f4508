"""How many more messages a bot or a chat may take: every rate of its platform, counted in the database.

A try weighs on a rate from its start until the rate's window has passed since its end, whichever sender made it. A
platform counts a message when it arrives, which is between the two; so no window of the platform's holds more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from patrol.chats.chat import Rate
from patrol.chats.table import LIMITS
from patrol.dispatch.leases import BotKey, key_of
from patrol.store.tables import GroupChat, Try, UtcDateTime

#: The part of a rate that a lane leaves to those before it: withdraw, hit, status, bulletin.
RESERVED = (0.0, 0.05, 0.25, 0.5)
LANES = range(len(RESERVED))
HIT = 1  #: the lane of hits
RESERVED_FROM_S = 10.0  # a slot of a shorter window is free again before anybody misses it


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much one rate has left for the messages of one chat."""

    rate: Rate
    n_used: int

    def left(self, lane: int) -> int:
        return max(0, most(self.rate, lane) - self.n_used)


def most(rate: Rate, lane: int) -> int:
    """How many messages of a lane may stand in a window, those of the other lanes counted."""
    if rate.per_s < RESERVED_FROM_S:
        return rate.n
    return max(1, rate.n - ceil(rate.n * RESERVED[min(lane, LANES[-1])]))


def full(session: Session, kind: str, now: datetime) -> list[set[UUID]]:
    """The chats of a kind that may take nothing just now, by lane."""
    bots: list[set[BotKey]] = [set() for _ in LANES]
    chats: list[set[UUID]] = [set() for _ in LANES]
    for rate in LIMITS[kind].rates:
        used = _used(session, rate, kind, now)
        for lane in LANES:
            over = {key for key, n_used in used.items() if n_used >= most(rate, lane)}
            chats[lane] |= {key for key in over if isinstance(key, UUID)}
            bots[lane] |= {key for key in over if isinstance(key, BotKey)}
    silent_bots, silent_chats = _silenced(session, kind, now)
    return [
        here | silent_chats | _chats_of(session, of_bots | silent_bots)
        for here, of_bots in zip(chats, bots, strict=True)
    ]


def left(session: Session, chat: GroupChat, now: datetime, lane: int = HIT) -> int | None:
    """How many more hits this chat may take now; None where its platform itself says when to wait."""
    return min((allowance.left(lane) for allowance in allowances(session, chat, now)), default=None)


def allowances(session: Session, chat: GroupChat, now: datetime) -> list[Allowance]:
    """Every rate of a chat with what is used of it."""
    bot = key_of(chat)
    return [
        Allowance(rate, _used(session, rate, chat.kind, now).get(chat.id if rate.scope == "chat" else bot, 0))
        for rate in LIMITS[chat.kind].rates
    ]


def free_at(session: Session, chat: GroupChat, lane: int, now: datetime) -> datetime | None:
    """When a chat at its limit may take the next message; None where it may take one now."""
    moments = [
        _freed_at(session, chat, allowance, lane, now)
        for allowance in allowances(session, chat, now)
        if not allowance.left(lane)
    ]
    return max(moments, default=None)


def silent_until(session: Session, chat: GroupChat, now: datetime) -> datetime | None:
    """Until when the platform wants to hear nothing in this chat; None where it has not asked for silence."""
    of_whom = Try.chat_id == chat.id if _counts_by_chat(chat.kind) else and_(*_is_bot(key_of(chat)))
    asked = select(Try.next_try_at).where(of_whom, Try.outcome == "limited", Try.next_try_at > now)
    return session.scalar(asked.order_by(Try.next_try_at.desc()).limit(1))


def chats_of_bots(session: Session, kinds: Collection[str]) -> Mapping[BotKey, set[UUID]]:
    """The chats of every bot of these kinds."""
    found: dict[BotKey, set[UUID]] = {}
    for chat in session.scalars(select(GroupChat).where(GroupChat.kind.in_(kinds))):
        found.setdefault(key_of(chat), set()).add(chat.id)
    return found


def _used(session: Session, rate: Rate, kind: str, now: datetime) -> dict[BotKey | UUID, int]:
    """How many tries stand in a rate's window now, by chat or by bot."""
    asked = {"kind": kind, "since": now - timedelta(seconds=rate.per_s)}
    if rate.scope == "chat":
        return {row[0]: row[1] for row in session.execute(BY_CHAT, asked)}
    return {BotKey(kind, row[0], row[1]): row[2] for row in session.execute(BY_BOT, asked)}


def _silenced(session: Session, kind: str, now: datetime) -> tuple[set[BotKey], set[UUID]]:
    """The bots, and single chats, whose platform has asked for silence that is not over."""
    tries = session.execute(SILENCED, {"kind": kind, "now": now}).all()
    if _counts_by_chat(kind):
        return set(), {row[2] for row in tries}
    return {BotKey(kind, row[0], row[1]) for row in tries}, set()


def _counts_by_chat(kind: str) -> bool:
    """Whether a refusal for now is about one chat; else the whole bot has to be silent."""
    rates = LIMITS[kind].rates
    return not rates or any(rate.scope == "chat" for rate in rates)


def _weighs() -> ColumnElement[bool]:
    """Tries that the platform may count into a window that begins at `since`."""
    since = bindparam("since", type_=UtcDateTime())
    may_be_new = or_(Try.ended_at > since, and_(Try.ended_at.is_(None), Try.lease_until > since))
    return and_(may_be_new, or_(Try.outcome.is_(None), Try.outcome != "kept_back"))


# Built once: putting them together costs more than running them.
OF_KIND = Try.kind == bindparam("kind")
BY_CHAT = select(Try.chat_id, func.count()).where(OF_KIND, _weighs()).group_by(Try.chat_id)
BY_BOT = select(Try.base, Try.secret, func.count()).where(OF_KIND, _weighs()).group_by(Try.base, Try.secret)
SILENCED = select(Try.base, Try.secret, Try.chat_id).where(
    OF_KIND, Try.outcome == "limited", Try.next_try_at > bindparam("now", type_=UtcDateTime())
)


def _freed_at(session: Session, chat: GroupChat, allowance: Allowance, lane: int, now: datetime) -> datetime:
    """When so many of the tries have left the window that one more may follow."""
    rate, bot = allowance.rate, key_of(chat)
    of_whom = Try.chat_id == chat.id if rate.scope == "chat" else and_(*_is_bot(bot))
    ends = session.scalars(
        select(func.coalesce(Try.ended_at, Try.lease_until, type_=UtcDateTime())).where(of_whom, _weighs()),
        {"since": now - timedelta(seconds=rate.per_s)},
    )
    in_order = sorted(ends)
    n_to_leave = len(in_order) - most(rate, lane) + 1
    return in_order[max(0, n_to_leave - 1)] + timedelta(seconds=rate.per_s)


def _is_bot(bot: BotKey) -> tuple[ColumnElement[bool], ...]:
    return Try.kind == bot.kind, Try.base == bot.base, Try.secret == bot.secret


def _chats_of(session: Session, bots: Collection[BotKey]) -> set[UUID]:
    if not bots:
        return set()
    found = chats_of_bots(session, {bot.kind for bot in bots})
    return {chat_id for bot in bots for chat_id in found.get(bot, ())}
