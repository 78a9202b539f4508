"""Asks the platforms that tell it who has read a message: new ones often, older ones seldom, few at a time."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from patrol.chats.chat import SendError, Sent
from patrol.chats.table import LIMITS, Chats
from patrol.dispatch import record
from patrol.store.engine import Database
from patrol.store.tables import Delivery, GroupChat

log = structlog.get_logger()

WITH_RECEIPTS = tuple(kind for kind, limits in LIMITS.items() if limits.has_receipts)
OF_KINDS = ("hit", "exercise", "drill")  # what somebody has to act on
ASKED_FOR = timedelta(minutes=15)  # later nobody's "read" helps any more
NEW_FOR = timedelta(minutes=2)
AGAIN_NEW, AGAIN_OLD = timedelta(seconds=5), timedelta(seconds=60)
AT_ONCE = 5  # requests a round: a hundredth of what these platforms allow their readers
REST = timedelta(seconds=60)  # for a platform that cannot be asked


class Receipts:
    """Reads receipts; what one platform refuses holds up no other."""

    def __init__(self, database: Database, chats: Chats, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._chats = chats
        self._clock = clock
        self._next: dict[UUID, datetime] = {}  # when each delivery is asked about again

    def read_once(self) -> bool:
        """Ask about the few that are due; True where one was read."""
        now = self._clock()
        unread = self._unread(now)
        self._next = {row.id: self._next[row.id] for row in unread if row.id in self._next}
        due = [row for row in unread if self._next.get(row.id, now) <= now][:AT_ONCE]
        return sum(self._ask(row, now) for row in due) > 0

    def _unread(self, now: datetime) -> Sequence[Delivery]:
        if not WITH_RECEIPTS:
            return ()
        unread = (
            select(Delivery)
            .join(Delivery.chat)
            .where(
                GroupChat.kind.in_(WITH_RECEIPTS),
                Delivery.state == "sent",
                Delivery.read_at.is_(None),
                Delivery.kind.in_(OF_KINDS),
                Delivery.ended_at > now - ASKED_FOR,
            )
        )
        with self._database.read() as session:
            return session.scalars(unread.order_by(Delivery.ended_at.desc()).options(joinedload(Delivery.chat))).all()

    def _ask(self, row: Delivery, now: datetime) -> bool:
        """Ask about one delivery and write down that it was read."""
        is_new = row.ended_at is not None and now - row.ended_at < NEW_FOR
        self._next[row.id] = now + (AGAIN_NEW if is_new else AGAIN_OLD)
        try:
            chat = self._chats.open(row.chat.kind, row.chat.address, row.chat.secret)
            readers = chat.read_by(Sent(str(row.id), row.message_ref, row.sent_at))
        except SendError as error:
            log.info("no receipt to be had", chat=row.chat.kind, group=row.group_id, error=str(error))
            self._next[row.id] = now + REST
            return False
        return bool(readers) and self._note(row.id)

    def _note(self, id: UUID) -> bool:
        with self._database.write() as session:
            row = session.get(Delivery, id)
            if row is None or row.read_at is not None:
                return False
            row.read_at = self._clock()
            record.append(session, row, "read", row.read_at, actor=f"chat:{row.chat.kind}")
            return True
