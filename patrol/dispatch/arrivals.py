"""Members' answers as they come in, from whichever side: each is written down by itself, and trips no other."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from patrol.dispatch.attachments import attach
from patrol.dispatch.replies import ReplyRefused, receive
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import GroupChat
from patrol.values import Media, Reply

log = structlog.get_logger()


def chat_at(session: Session, kind: str, secret: str, address: str | None) -> GroupChat | None:
    """The chat of a group that an answer names; None where no group has it."""
    chats = select(GroupChat).where(
        GroupChat.kind == kind,
        GroupChat.secret == secret,
        GroupChat.address == address,
        GroupChat.removed_at.is_(None),
    )
    return session.scalars(chats.order_by(GroupChat.id).limit(1)).one_or_none()


def move_chat(session: Session, kind: str, secret: str, old: str, new: str) -> None:
    """The platform has given a chat another address."""
    chat = chat_at(session, kind, secret, old)
    if chat is not None and chat_at(session, kind, secret, new) is None:
        chat.address = new


def keep_all(database: Database, kind: str, secret: str, replies: Iterable[Reply], now: datetime) -> int:
    """Write down what was said in the chats of one bot; return how many answers were new."""
    return sum(keep_one(database, kind, secret, reply, now) is True for reply in replies)


def keep_one(database: Database, kind: str, secret: str, reply: Reply, now: datetime) -> bool | None:
    """Whether an answer was new; None where it is not to be taken.

    What is said in a chat that no group has is not ours: it is not kept, and the log does not repeat it.
    """
    with database.read() as session:
        chat = chat_at(session, kind, secret, reply.chat_address)
    if chat is None:
        log.info("said in a chat that no group has, not kept", chat=kind)
        return None
    return keep(database, chat.id, reply, now)


def keep(database: Database, chat_id: UUID, reply: Reply, now: datetime) -> bool | None:
    """Write down one answer; whether it was new, None where it was refused or cannot be kept."""
    try:
        with database.write() as session:
            return receive(session, chat_id, reply, now) is not None
    except ReplyRefused as error:
        log.info("answer refused", chat=str(chat_id), error=str(error))
    except OperationalError:  # the database's trouble and not the answer's, which is read again
        raise
    except Exception:
        log.exception("answer cannot be kept, it is left out", chat=str(chat_id))
    return None


def attach_later(
    database: Database, blobs: Blobs, kind: str, secret: str, reply: Reply, media: Iterable[Media], now: datetime
) -> None:
    """Add to an answer that was written down what its platform gave out afterwards."""
    with database.write() as session:
        chat = chat_at(session, kind, secret, reply.chat_address)
        if chat is not None:
            attach(session, blobs, chat.id, reply.event_ref, media, now)
