"""Reads members' answers from the chats that have them, each from where reading stopped last time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.chats.chat import SendError
from patrol.chats.table import LIMITS, Chats
from patrol.dispatch.replies import ReplyRefused, receive
from patrol.store.engine import Database
from patrol.store.tables import GroupChat
from patrol.values import Reply

log = structlog.get_logger()

WITH_REPLIES = tuple(kind for kind, limits in LIMITS.items() if limits.has_replies)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(seconds=60)  # for a chat that cannot be read


class Inbox:
    """Reads every chat in turn; one that fails waits longer each time and holds up no other for long."""

    def __init__(self, database: Database, chats: Chats, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._chats = chats
        self._clock = clock
        self._resting: dict[UUID, tuple[datetime, timedelta]] = {}  # until when, and how long that was

    def read_once(self) -> bool:
        """Read every chat that may be read now; False where nothing new was said."""
        with self._database.read() as session:
            chats = session.scalars(
                select(GroupChat).where(GroupChat.kind.in_(WITH_REPLIES), GroupChat.removed_at.is_(None))
            ).all()
        return sum(self._read(chat) for chat in chats if not self._is_resting(chat.id)) > 0

    def _read(self, chat: GroupChat) -> int:
        """Read one chat and return how many answers were written down."""
        try:
            replies = self._chats.open(chat.kind, chat.address, chat.secret).replies(chat.cursor)
        except SendError as error:
            self._rest(chat, error)
            return 0
        self._resting.pop(chat.id, None)
        if not replies.items and replies.cursor == chat.cursor:
            return 0
        received = 0
        for reply in replies.items:  # each on its own, and the cursor last: what is read twice counts once
            with self._database.write() as session:
                received += self._receive(session, chat.id, reply)
        with self._database.write() as session:
            row = session.get(GroupChat, chat.id)
            if row is not None:
                row.cursor = replies.cursor
        return received

    def _receive(self, session: Session, chat_id: UUID, reply: Reply) -> bool:
        try:
            return receive(session, chat_id, reply, self._clock()) is not None
        except ReplyRefused as error:
            log.info("answer refused", chat=str(chat_id), error=str(error))
            return False

    def _is_resting(self, chat_id: UUID) -> bool:
        until, _length = self._resting.get(chat_id, (None, None))
        return until is not None and self._clock() < until

    def _rest(self, chat: GroupChat, error: SendError) -> None:
        _until, length = self._resting.get(chat.id, (None, FIRST_WAIT / 2))
        length = min(LONGEST_WAIT, length * 2)
        asked = timedelta(seconds=min(error.wait_s or 0, LONGEST_WAIT.total_seconds()))
        self._resting[chat.id] = (self._clock() + max(length, asked), length)
        log.warning("answers cannot be read", group=chat.group_id, chat=chat.kind, error=str(error))
