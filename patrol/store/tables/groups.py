"""Who is told: groups, their chats, the deliveries and the replies."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from patrol.store.tables.columns import Base, one_of
from patrol.store.tables.hits import Hit


class Group(Base):
    """One chat group of guards."""

    __tablename__ = "guard_group"  # "group" is a reserved word

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    site_id: Mapped[str | None]
    latitude: Mapped[float]
    longitude: Mapped[float]
    level: Mapped[str] = mapped_column(default="guards")
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("guard_group.id"))
    language: Mapped[str] = mapped_column(default="en")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    chats: Mapped[list["GroupChat"]] = relationship(
        back_populates="group", order_by="GroupChat.position", cascade="all, delete-orphan"
    )
    links: Mapped[list["GroupLink"]] = relationship(back_populates="group", cascade="all, delete-orphan")

    __table_args__ = (one_of("language", "en", "zh"),)


class GroupChat(Base):
    """One way to reach a group. Its secret is named here and kept outside the database."""

    __tablename__ = "group_chat"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    group_id: Mapped[str] = mapped_column(ForeignKey("guard_group.id", ondelete="CASCADE"))
    kind: Mapped[str]  #: page, matrix, wecom_robot, webhook
    address: Mapped[str] = mapped_column(default="")  #: room id, address of a webhook; never a secret
    secret: Mapped[str | None]  #: the name of a secret
    position: Mapped[int] = mapped_column(default=0)  #: order of preference
    cursor: Mapped[str | None]  #: where reading replies goes on
    broken_at: Mapped[datetime | None]
    broken_reason: Mapped[str | None]
    removed_at: Mapped[datetime | None]  #: taken out of the group; what went out by it can still be withdrawn
    group: Mapped[Group] = relationship(back_populates="chats")

    __table_args__ = (UniqueConstraint("group_id", "kind", "address", "secret"),)


class GroupLink(Base):
    """An unguessable, revocable link to a group's page; only its hash is kept."""

    __tablename__ = "group_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("guard_group.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    group: Mapped[Group] = relationship(back_populates="links")


class Delivery(Base):
    """One decision to one group by one chat; a withdrawal is a delivery too, and names what it cancels."""

    __tablename__ = "delivery"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    kind: Mapped[str]
    decision_id: Mapped[uuid.UUID | None]
    verdict: Mapped[str | None]  #: the decision's, so that the schema can hold the promise
    hit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("hit.id"))
    group_id: Mapped[str] = mapped_column(ForeignKey("guard_group.id"))
    chat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("group_chat.id"))
    part: Mapped[str] = mapped_column(default="hit")
    revision: Mapped[int] = mapped_column(default=0)
    cancels_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("delivery.id"))
    lane: Mapped[int]  #: 0 withdraw, 1 hit, 2 status, 3 bulletin; lower leaves first
    state: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    next_try_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(default="")
    picture_key: Mapped[str | None]
    picture_sha256: Mapped[str | None]
    is_repeat: Mapped[bool] = mapped_column(default=False)  #: this try says so, an earlier one may have arrived
    may_have_arrived: Mapped[bool] = mapped_column(default=False)  #: some try left and was never answered
    message_ref: Mapped[str | None]
    error: Mapped[str | None]  #: code and words, never a secret
    distance_m: Mapped[float | None]  #: from the camera to the group, why this group
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    hit: Mapped[Hit | None] = relationship()
    group: Mapped[Group] = relationship()
    chat: Mapped[GroupChat] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(
            ["decision_id", "hit_id", "verdict"], ["decision.id", "decision.hit_id", "decision.verdict"]
        ),
        UniqueConstraint("decision_id", "group_id", "chat_id", "part", "revision"),
        one_of("kind", "hit", "withdraw", "status", "exercise", "bulletin"),
        one_of("state", "queued", "sending", "sent", "unknown", "failed", "expired", "withdrawn"),
        CheckConstraint(
            "kind NOT IN ('hit', 'exercise') OR (decision_id IS NOT NULL AND hit_id IS NOT NULL"
            " AND verdict IS NOT NULL AND verdict = 'confirmed')",
            name="a_hit_is_confirmed",
        ),
        Index(None, "state", "lane", "next_try_at"),
        Index(None, "group_id", "created_at"),
        Index(None, "hit_id"),
        Index(None, "lease_until"),
    )


class GroupReply(Base):
    """A member's answer."""

    __tablename__ = "reply"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("delivery.id"))
    hit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("hit.id"))
    group_id: Mapped[str] = mapped_column(ForeignKey("guard_group.id"))
    chat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("group_chat.id"))
    event_ref: Mapped[str]  #: the platform's id of the answer; the same one counts once
    kind: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    member: Mapped[str] = mapped_column(default="")
    said_at: Mapped[datetime]
    received_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("chat_id", "event_ref"),
        one_of("kind", "seen", "on_my_way", "sighted", "not_him", "other"),
        Index(None, "hit_id"),
    )
