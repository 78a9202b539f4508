"""Which sender speaks for a bot: one at a time, by a lease on the bot's row.

A platform that lets only one connection speak for a bot kicks the older of two. So nobody connects without the
lease, and after a kick nobody connects at all until a person says so: two senders would kick each other for ever.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from patrol.chats.table import LIMITS, base_of
from patrol.store import alarms
from patrol.store.tables import Bot, GroupChat

BOT_KICKED = "bot_kicked"  #: alarm
LEASE = timedelta(seconds=30)  # a sender that was killed is followed by the next one within this
RENEWED_EVERY = timedelta(seconds=10)  # two renewals may fail before the lease is lost
KINDS = tuple(kind for kind, limits in LIMITS.items() if limits.hears == "bot" or limits.has_one_connection)


@dataclass(frozen=True, slots=True)
class BotKey:
    """What makes two chats share a bot."""

    kind: str
    base: str
    secret: str

    @property
    def subject(self) -> str:
        return f"bot:{self.kind}:{self.secret}"


def key_of(chat: GroupChat) -> BotKey:
    return BotKey(chat.kind, base_of(chat.address), chat.secret or "")


def bots_wanted(session: Session) -> dict[BotKey, str]:
    """The bots of all the groups' chats, each with the address of one of them."""
    chats = select(GroupChat).where(GroupChat.kind.in_(KINDS), GroupChat.removed_at.is_(None))
    rows = session.scalars(chats.order_by(GroupChat.id.desc())).all()
    return {key_of(chat): chat.address for chat in rows}


def hold(session: Session, key: BotKey, owner: str, now: datetime, lease: timedelta = LEASE) -> bool:
    """Take a bot that nobody holds, or hold on to it; False where it is another's, or was kicked."""
    _ensure(session, key)
    is_free = or_(Bot.owner == owner, Bot.owner.is_(None), Bot.lease_until <= now)
    taken = update(Bot).where(*_is(key), Bot.kicked_at.is_(None), is_free)
    taken = taken.values(owner=owner, lease_until=now + lease)
    return session.scalar(taken.returning(Bot.kind)) is not None


def let_go(session: Session, key: BotKey, owner: str) -> None:
    """Give a bot back at once, so that the next sender need not wait for the lease to end."""
    session.execute(update(Bot).where(*_is(key), Bot.owner == owner).values(owner=None, lease_until=None))


def chats_held(session: Session, owner: str, now: datetime) -> set[UUID]:
    """The chats that only this sender may send to: those of the bots it holds."""
    held = session.scalars(select(Bot).where(Bot.owner == owner, Bot.lease_until > now, Bot.kicked_at.is_(None)))
    keys = {BotKey(bot.kind, bot.base, bot.secret) for bot in held}
    if not keys:
        return set()
    chats = session.scalars(select(GroupChat).where(GroupChat.kind.in_({key.kind for key in keys})))
    return {chat.id for chat in chats if key_of(chat) in keys}


def cursor_of(session: Session, key: BotKey) -> str | None:
    return session.scalar(select(Bot.cursor).where(*_is(key)))


def save_cursor(session: Session, key: BotKey, owner: str, cursor: str | None) -> None:
    """Where reading goes on; left alone where the bot is another's by now."""
    session.execute(update(Bot).where(*_is(key), Bot.owner == owner).values(cursor=cursor))


def note_kick(session: Session, key: BotKey, now: datetime) -> None:
    """Another connection took over: nobody of ours connects again until a person says so."""
    session.execute(update(Bot).where(*_is(key)).values(owner=None, lease_until=None, kicked_at=now))
    alarms.sound(session, BOT_KICKED, key.subject, now, chat_kind=key.kind, secret=key.secret)


def reconnect(session: Session, chat: GroupChat, now: datetime) -> None:
    """A person says so: the chat was saved again, or is being checked. Nothing happens where it was not kicked."""
    if chat.kind not in KINDS:
        return
    key = key_of(chat)
    session.execute(update(Bot).where(*_is(key), Bot.kicked_at.is_not(None)).values(kicked_at=None))
    alarms.clear(session, BOT_KICKED, key.subject, now)


def _ensure(session: Session, key: BotKey) -> None:
    """Another sender may be adding the same row in this moment."""
    if session.get(Bot, (key.kind, key.base, key.secret)) is not None:
        return
    try:
        with session.begin_nested():
            session.add(Bot(kind=key.kind, base=key.base, secret=key.secret))
    except IntegrityError:
        return


def _is(key: BotKey) -> tuple[ColumnElement[bool], ...]:
    """The row of this bot, as conditions."""
    return Bot.kind == key.kind, Bot.base == key.base, Bot.secret == key.secret
