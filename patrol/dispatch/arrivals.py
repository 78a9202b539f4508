"""Members' answers as they come in, from whichever side: each is written down by itself, and trips no other."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from patrol.chats.chat import Fetch, SendError
from patrol.chats.table import PLATFORMS
from patrol.dispatch.answers import record_refusal
from patrol.dispatch.attachments import attach, clean
from patrol.dispatch.members import NOT_ON_ROSTER, speaker_in
from patrol.dispatch.replies import ReplyRefused, receive, uuid_of
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery, GroupChat
from patrol.values import Media, Reply

log = structlog.get_logger()


class Arrivals:
    """Writes answers down, then what is attached to them: the words count first."""

    def __init__(self, database: Database, blobs: Blobs, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock

    def keep(self, chat_id: UUID, reply: Reply) -> bool | None:
        """Whether an answer was new; None where it was refused or cannot be kept."""
        reply = replace(reply, media=clean(reply.media))
        try:
            with self._database.write() as session:
                is_new = receive(session, self._blobs, chat_id, reply, self._clock()) is not None
        except ReplyRefused as error:
            self._refuse(error)
            return None
        except OperationalError:  # the database's trouble and not the answer's, which is read again
            raise
        except Exception:
            log.exception("answer cannot be kept, it is left out", chat=str(chat_id))
            return None
        return is_new

    def keep_named(self, kind: str, secret: str, reply: Reply) -> bool | None:
        """The same for an answer that names its chat.

        What is said in a chat that no group has is not ours: it is not kept, and the log does not repeat it.
        """
        chat_ids = self._chat_ids(kind, secret, reply)
        if chat_ids is None:
            log.info("said in a chat that no group has, not kept", chat=kind)
            return None
        if not chat_ids:
            who = f"{kind}: the answer {reply.event_ref!r} is of nobody on any roster"
            self._refuse(ReplyRefused(who, NOT_ON_ROSTER, reply_kind=reply.kind))
        tried = (self.keep(chat_id, reply) for chat_id in chat_ids)
        return next((is_new for is_new in tried if is_new is not None), None)

    def fetch(self, kind: str, secret: str, replies: Iterable[Reply], media: Mapping[str, Fetch]) -> None:
        """Fetch what came with answers that were kept; they stand without it where that fails."""
        for reply in replies:
            fetch = media.get(reply.event_ref)
            if fetch is None:
                continue
            try:
                content = clean(fetch())
            except SendError as error:
                log.warning("an attachment cannot be fetched", chat=kind, error=str(error))
                continue
            for chat_id in self._chat_ids(kind, secret, reply) or ():
                self._attach(chat_id, reply, content)

    def _chat_ids(self, kind: str, secret: str, reply: Reply) -> list[UUID] | None:
        """The chats an answer may be from; none where several may be and nobody fits, None where no group has it."""
        with self._database.read() as session:
            chats = chats_at(session, kind, secret, reply.chat_address)
            if not chats:
                return None
            return [chat.id for chat in (chats if len(chats) < 2 else likeliest(session, chats, reply))]

    def _refuse(self, error: ReplyRefused) -> None:
        log.info("answer refused", chat=str(error.chat_id), error=str(error))
        with self._database.write() as session:
            record_refusal(session, error, self._clock())

    def _attach(self, chat_id: UUID, reply: Reply, media: Iterable[Media]) -> None:
        with self._database.write() as session:
            attach(session, self._blobs, chat_id, reply.event_ref, media, self._clock())


def chats_at(session: Session, kind: str, secret: str, address: str | None) -> list[GroupChat]:
    """The groups' chats that an answer may be from: one, save where a platform tells only who spoke."""
    if address is None:
        return []
    chats = select(GroupChat).where(
        GroupChat.kind == kind, GroupChat.secret == secret, GroupChat.removed_at.is_(None)
    )
    is_said_in = PLATFORMS[kind].is_said_in
    return [chat for chat in session.scalars(chats.order_by(GroupChat.id)) if is_said_in(address, chat.address)]


def likeliest(session: Session, chats: list[GroupChat], reply: Reply) -> list[GroupChat]:
    """Of several, the one whose message was answered; else those of the groups that have the member, if any."""
    asked = session.scalar(select(Delivery.chat_id).where(Delivery.id == uuid_of(reply.message_key)))
    meant = [chat for chat in chats if chat.id == asked]
    return meant or [chat for chat in chats if speaker_in(session, chat, reply.member)]


def move_chat(session: Session, kind: str, secret: str, old: str, new: str) -> None:
    """The platform has given a chat another address."""
    if not chats_at(session, kind, secret, new):
        for chat in chats_at(session, kind, secret, old):
            chat.address = new
