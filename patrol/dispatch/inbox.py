"""Reads members' answers from the chats that are read one by one, each from where reading stopped last time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select

from patrol.chats.chat import Replies, SendError
from patrol.chats.table import LIMITS, Chats
from patrol.dispatch.arrivals import Arrivals
from patrol.dispatch.groups import ANSWERS_UNREAD
from patrol.store import alarms
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import GroupChat

log = structlog.get_logger()

READ_HERE = tuple(kind for kind, limits in LIMITS.items() if limits.hears == "chat")
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(seconds=60)  # for a chat that cannot be read


class Inbox:
    """Reads every chat in turn; one that fails waits longer each time and holds up no other for long."""

    def __init__(self, database: Database, blobs: Blobs, chats: Chats, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._arrivals = Arrivals(database, blobs, clock)
        self._chats = chats
        self._clock = clock
        self._resting: dict[UUID, tuple[datetime, timedelta]] = {}  # until when, and how long that was
        self._heard: set[UUID] = set()  # read without trouble the last time

    def read_once(self) -> bool:
        """Read every chat that may be read now; False where nothing new was said."""
        with self._database.read() as session:
            chats = session.scalars(
                select(GroupChat).where(GroupChat.kind.in_(READ_HERE), GroupChat.removed_at.is_(None))
            ).all()
        return sum(self._read(chat) for chat in chats if not self._is_resting(chat.id)) > 0

    def _read(self, chat: GroupChat) -> int:
        """Read one chat and return how many answers were written down. No trouble of one is another's."""
        try:
            replies = self._chats.open(chat.kind, chat.address, chat.secret).replies(chat.cursor)
            received = self._write_down(chat, replies)
        except SendError as error:
            self._rest(chat, str(error), error.wait_s)
        except Exception:  # whatever a server made us stumble over
            log.exception("answers cannot be read", group=chat.group_id, chat=chat.kind)
            self._rest(chat, "internal: the log says what went wrong")
        else:
            self._hear(chat)
            return received
        return 0

    def _write_down(self, chat: GroupChat, replies: Replies) -> int:
        if not replies.items and replies.cursor == chat.cursor:
            return 0
        # each on its own, and the cursor last: what is read twice counts once
        kept = {reply: self._arrivals.keep(chat.id, reply) for reply in replies.items}
        taken = [reply for reply, is_new in kept.items() if is_new is not None]
        self._arrivals.fetch(chat.kind, chat.secret or "", taken, replies.media)
        received = sum(is_new is True for is_new in kept.values())
        with self._database.write() as session:
            row = session.get(GroupChat, chat.id)
            if row is not None:
                row.cursor = replies.cursor
        return received

    def _is_resting(self, chat_id: UUID) -> bool:
        until, _length = self._resting.get(chat_id, (None, None))
        return until is not None and self._clock() < until

    def _rest(self, chat: GroupChat, error: str, asked_s: float | None = None) -> None:
        """Leave a chat alone for a while; an alarm sounds where that does not help."""
        self._heard.discard(chat.id)
        _until, length = self._resting.get(chat.id, (None, FIRST_WAIT / 2))
        length = min(LONGEST_WAIT, length * 2)
        asked = timedelta(seconds=min(asked_s or 0, LONGEST_WAIT.total_seconds()))
        self._resting[chat.id] = (self._clock() + max(length, asked), length)
        log.warning("answers cannot be read", group=chat.group_id, chat=chat.kind, error=error)
        if length < LONGEST_WAIT:
            return
        detail = {"group_id": chat.group_id, "chat_kind": chat.kind, "error": error.partition(":")[0]}
        with self._database.write() as session:
            alarms.sound(session, ANSWERS_UNREAD, f"group:{chat.group_id}", self._clock(), **detail)

    def _hear(self, chat: GroupChat) -> None:
        self._resting.pop(chat.id, None)
        if chat.id in self._heard:
            return
        self._heard.add(chat.id)
        with self._database.write() as session:
            alarms.clear(session, ANSWERS_UNREAD, f"group:{chat.group_id}", self._clock())
