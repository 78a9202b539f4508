"""Every time a sender took a delivery to send it, and what came of it: what rates are counted from."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from patrol.store.tables.columns import Base, one_of


class Try(Base):
    """One try at one delivery. It weighs on its platform's rates from its start to a window behind its end."""

    __tablename__ = "delivery_try"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    delivery_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"))
    number: Mapped[int]  #: Delivery.attempts of this try
    chat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("group_chat.id", ondelete="CASCADE"))
    kind: Mapped[str]  #: of the chat
    base: Mapped[str]  #: with `kind` and `secret` the bot, as in the table of bots
    secret: Mapped[str]  #: the name of a secret, empty where the platform needs none
    sender: Mapped[str]  #: the process that took it
    started_at: Mapped[datetime]
    lease_until: Mapped[datetime]  #: later than this nothing of it is on its way
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    error: Mapped[str | None]  #: code and words, never a secret
    next_try_at: Mapped[datetime | None]  #: where another was to follow

    __table_args__ = (
        one_of("outcome", "accepted", "refused", "later", "limited", "unknown", "kept_back", "sender_ended"),
        Index(None, "delivery_id"),
        Index(None, "chat_id", "started_at"),
        Index(None, "lease_until"),
        Index(None, "ended_at"),
        Index(None, "next_try_at"),
    )
