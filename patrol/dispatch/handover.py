"""Hands given deliveries over at once, by whoever asks, where no `patrol send` runs that would."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from patrol.chats.table import LIMITS, Chats
from patrol.dispatch import leases, tries
from patrol.dispatch.claims import LEASE
from patrol.dispatch.courier import Courier
from patrol.store.engine import Database
from patrol.store.tables import Delivery


class Handover:
    """One try at each delivery. Nothing else of the queue is touched."""

    def __init__(
        self, database: Database, chats: Chats, courier: Courier, clock: Callable[[], datetime], owner: str
    ) -> None:
        self._database = database
        self._chats = chats
        self._courier = courier
        self._clock = clock
        self._owner = owner

    def deliver(self, ids: Sequence[UUID]) -> None:
        """Send those that still wait and that nobody else has taken up."""
        for id in ids:
            with self._database.write() as session:
                claimed = take(session, id, self._owner, self._clock())
            if claimed is not None:
                self._courier.deliver(claimed)
                self._let_go(claimed)

    def _let_go(self, claimed: Delivery) -> None:
        """Close the only connection of a bot again: the sender that is started next will want it."""
        chat = claimed.chat
        if LIMITS[chat.kind].has_one_connection:
            self._chats.drop_bot(chat.kind, chat.address, chat.secret)
            with self._database.write() as session:
                leases.let_go(session, leases.key_of(chat), self._owner)


def take(session: Session, id: UUID, owner: str, now: datetime) -> Delivery | None:
    """Claim one delivery that was never tried; None where somebody was quicker, or speaks for its bot."""
    wanted = select(Delivery).where(Delivery.id == id, Delivery.state == "queued", Delivery.attempts == 0)
    wanted = wanted.options(joinedload(Delivery.chat), joinedload(Delivery.group), joinedload(Delivery.hit))
    row = session.scalars(wanted.with_for_update(of=Delivery, skip_locked=True)).one_or_none()
    if row is None:
        return None
    if LIMITS[row.chat.kind].has_one_connection and not leases.hold(session, leases.key_of(row.chat), owner, now):
        return None
    row.state, row.attempts, row.lease_until = "sending", 1, now + LEASE
    tries.begin(session, row, owner, now, LEASE)
    session.flush()
    return row
