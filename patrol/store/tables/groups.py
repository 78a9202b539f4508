"""Who is told: groups as a tree, who is in them, by which chats and phones they are reached."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from patrol.store.tables.columns import Base, one_of


class Group(Base):
    """One chat group of guards, managers or shopkeepers, with its place in the tree."""

    __tablename__ = "guard_group"  # "group" is a reserved word

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    site_id: Mapped[str | None]
    latitude: Mapped[float]
    longitude: Mapped[float]
    building: Mapped[str | None]  #: where the group stands: walking times are counted from here
    floor: Mapped[str | None]
    post: Mapped[str | None]
    level: Mapped[str] = mapped_column(default="guards")
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("guard_group.id"))
    #: what it covers: [{"site", "building"?, "floor"?, "post"?}, {"stream"}]; where it is empty, the whole of
    #: `site_id`, unless there is a radius or the group is a default
    covers: Mapped[list[Any]] = mapped_column(default=list)
    radius_m: Mapped[float | None]  #: it also covers this far around its point
    is_default: Mapped[bool] = mapped_column(default=False)  #: told where nobody covers the place
    time_zone: Mapped[str | None]  #: of its shifts, IANA name; None is its site's
    #: {"weekly": [{"days": ["mon"...], "from": "22:00", "to": "06:00"}], "exceptions": [{"date", "is_off"} or
    #: {"date", "from", "to"}]}; empty is always on shift
    shifts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    picture_policy: Mapped[str] = mapped_column(default="upper_body")
    shows_name: Mapped[bool] = mapped_column(default=False)  #: its captions may carry the person's name
    keep_h: Mapped[float] = mapped_column(default=12.0)  #: how long it may look at what it received
    language: Mapped[str] = mapped_column(default="en")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    chats: Mapped[list["GroupChat"]] = relationship(
        back_populates="group", order_by="GroupChat.position", cascade="all, delete-orphan"
    )
    links: Mapped[list["GroupLink"]] = relationship(back_populates="group", cascade="all, delete-orphan")
    members: Mapped[list["Member"]] = relationship(
        back_populates="group", order_by="Member.name", cascade="all, delete-orphan"
    )

    __table_args__ = (
        one_of("language", "en", "zh"),
        one_of("picture_policy", "upper_body", "full_frame", "face", "with_portrait", "link", "text"),
        Index(None, "parent_id"),
    )


class GroupChat(Base):
    """One way to reach a group. Its secret is named here and kept outside the database."""

    __tablename__ = "group_chat"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    group_id: Mapped[str] = mapped_column(ForeignKey("guard_group.id", ondelete="CASCADE"))
    kind: Mapped[str]  #: a row of patrol.chats.table
    address: Mapped[str] = mapped_column(default="")  #: room id, address of a webhook; never a secret
    secret: Mapped[str | None]  #: the name of a secret
    position: Mapped[int] = mapped_column(default=0)  #: order of preference
    cursor: Mapped[str | None]  #: where reading replies goes on
    broken_at: Mapped[datetime | None]
    broken_reason: Mapped[str | None]
    last_success_at: Mapped[datetime | None]
    last_error_at: Mapped[datetime | None]
    last_error: Mapped[str | None]  #: code and words, never a secret
    removed_at: Mapped[datetime | None]  #: taken out of the group; what went out by it can still be withdrawn
    group: Mapped[Group] = relationship(back_populates="chats")

    __table_args__ = (UniqueConstraint("group_id", "kind", "address", "secret"),)


class Bot(Base):
    """One bot that many chats share, and the one process that speaks for it just now."""

    __tablename__ = "bot"

    kind: Mapped[str] = mapped_column(primary_key=True)
    base: Mapped[str] = mapped_column(primary_key=True)  #: patrol.chats.table.base_of its chats' addresses
    secret: Mapped[str] = mapped_column(primary_key=True)  #: the name of a secret
    cursor: Mapped[str | None]
    owner: Mapped[str | None]  #: the sender that holds it
    lease_until: Mapped[datetime | None]
    kicked_at: Mapped[datetime | None]  #: another connection took over; nobody connects until a person says so


class Member(Base):
    """Somebody on a group's roster: only their answers count."""

    __tablename__ = "member"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    group_id: Mapped[str] = mapped_column(ForeignKey("guard_group.id", ondelete="CASCADE"))
    name: Mapped[str]
    role: Mapped[str] = mapped_column(default="member")
    phone: Mapped[str | None]
    identities: Mapped[dict[str, Any]] = mapped_column(default=dict)  #: platform's id of them by kind of chat
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    group: Mapped[Group] = relationship(back_populates="members")
    phones: Mapped[list["Phone"]] = relationship(back_populates="member", cascade="all, delete-orphan")

    __table_args__ = (one_of("role", "captain", "member"), Index(None, "group_id"))


class Phone(Base):
    """One guard's phone, bound once by a captain's QR code; its token is kept nowhere, only its hash."""

    __tablename__ = "phone"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    group_id: Mapped[str] = mapped_column(ForeignKey("guard_group.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(default="")  #: what it calls itself, shortened
    bound_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]  #: None: it has never reached us by itself since it was bound
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    member: Mapped[Member] = relationship(back_populates="phones")


class PhoneInvite(Base):
    """What a captain's QR code holds: good for one phone, for some minutes."""

    __tablename__ = "phone_invite"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class GroupLink(Base):
    """An unguessable, revocable link to a group's page; only its hash is kept."""

    __tablename__ = "group_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("guard_group.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    group: Mapped[Group] = relationship(back_populates="links")


class ForwardPolicy(Base):
    """A group's written, expiring rule to forward what it receives to its children without a click."""

    __tablename__ = "forward_policy"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    group_id: Mapped[str] = mapped_column(ForeignKey("guard_group.id", ondelete="CASCADE"))
    text: Mapped[str]
    written_by: Mapped[str]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("length(text) > 0 AND length(written_by) > 0", name="written"),)


class LevelClock(Base):
    """How long a level may take; None runs no such clock. Levels without a row have patrol's own times."""

    __tablename__ = "level_clock"

    level: Mapped[str] = mapped_column(primary_key=True)
    seen_s: Mapped[int | None]
    on_my_way_s: Mapped[int | None]
    outcome_s: Mapped[int | None]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
