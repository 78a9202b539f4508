"""What was told and answered: deliveries, replies, the links in place of pictures, and what stops them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from patrol.store.tables.columns import Base, one_of
from patrol.store.tables.groups import Group, GroupChat, Member
from patrol.store.tables.hits import Hit

OPEN, GOING = text("ended_at IS NULL"), text("state = 'sending'")
CLAIMED_IN_ORDER = ("lane", "created_at", "hit_id", "id")
REPLY_KINDS = (
    *("seen", "on_my_way", "cannot_go", "need_help", "sighted"),
    *("not_him", "stopped", "gone", "other"),
)


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
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("delivery.id"))  #: what was forwarded
    forwarded_by: Mapped[str | None]  #: who clicked, as "user:NAME" or "member:NAME"
    forward_policy_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("forward_policy.id"))
    updates_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("delivery.id"))  #: the first message of the case
    episode_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("episode.id"))
    exercise_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("exercise.id"))
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
    missed: Mapped[list[Any]] = mapped_column(default=list)  #: members that the platform says it did not reach
    error: Mapped[str | None]  #: code and words, never a secret
    distance_m: Mapped[float | None]  #: from the camera to the group, why this group
    walk_min: Mapped[float | None]  #: minutes on foot, where the site's table knows them
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]  #: the first member's receipt or answer
    ended_at: Mapped[datetime | None]
    hit: Mapped[Hit | None] = relationship()
    group: Mapped[Group] = relationship()
    chat: Mapped[GroupChat] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(
            ["decision_id", "hit_id", "verdict"], ["decision.id", "decision.hit_id", "decision.verdict"]
        ),
        UniqueConstraint("decision_id", "group_id", "chat_id", "part", "revision"),
        one_of("kind", "hit", "withdraw", "status", "exercise", "bulletin", "drill", "alarm", "test"),
        one_of("state", "queued", "sending", "sent", "unknown", "failed", "expired", "withdrawn"),
        CheckConstraint(
            "kind NOT IN ('hit', 'exercise') OR (decision_id IS NOT NULL AND hit_id IS NOT NULL"
            " AND verdict IS NOT NULL AND verdict = 'confirmed')",
            name="a_hit_is_confirmed",
        ),
        Index(None, "state", "lane", "next_try_at"),
        Index("ix_delivery_open", *CLAIMED_IN_ORDER, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_delivery_going", "chat_id", sqlite_where=GOING, postgresql_where=GOING),
        Index(None, "group_id", "created_at"),
        Index(None, "hit_id"),
        Index(None, "lease_until"),
        Index(None, "episode_id"),
        Index(None, "exercise_id"),
    )


class DeliveryLink(Base):
    """A link that stands in a message instead of the picture: expiring, one group's, ended by a withdrawal."""

    __tablename__ = "delivery_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    delivery_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    n_opened: Mapped[int] = mapped_column(default=0)
    first_opened_at: Mapped[datetime | None]


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
    member: Mapped[str] = mapped_column(default="")  #: as shown
    member_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("member.id"))  #: of the roster, where known
    phone_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("phone.id"))
    media: Mapped[list[Any]] = mapped_column(default=list)  #: [{"kind", "key", "content_type"}], keys of blobs
    #: where the person was sighted: {"site", "building", "floor", "post", "words", "latitude", "longitude"}
    place: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_late: Mapped[bool] = mapped_column(default=False)  #: the hit was over; the member was told so
    said_at: Mapped[datetime]
    received_at: Mapped[datetime]
    from_member: Mapped[Member | None] = relationship()

    __table_args__ = (
        UniqueConstraint("chat_id", "event_ref"),
        one_of("kind", *REPLY_KINDS),
        Index(None, "hit_id"),
        Index(None, "delivery_id"),
    )


class Clock(Base):
    """A running clock of one group at one hit: until seen, until on the way, until an outcome."""

    __tablename__ = "clock"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    hit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hit.id"))
    group_id: Mapped[str] = mapped_column(ForeignKey("guard_group.id"))
    kind: Mapped[str]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    stopped_why: Mapped[str | None]  #: code: seen, on_my_way, cannot_go, outcome, withdrawn, ended, deadline
    ran_out_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("hit_id", "group_id", "kind"),
        one_of("kind", "seen", "on_my_way", "outcome"),
        Index(
            "ix_clock_running",
            "due_at",
            sqlite_where=text("stopped_at IS NULL AND ran_out_at IS NULL"),
            postgresql_where=text("stopped_at IS NULL AND ran_out_at IS NULL"),
        ),
    )


class Step(Base):
    """What was done at a hit to reach somebody: told, passed on, asked the parent, rang the duty officer."""

    __tablename__ = "step"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    hit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hit.id"))
    at: Mapped[datetime]
    kind: Mapped[str]  #: code: told, passed_on, asked_parent, rang_duty, helped, forwarded, moved, ended
    group_id: Mapped[str | None]  #: who was told
    from_group_id: Mapped[str | None]  #: whose clock or answer made it so
    why: Mapped[str]  #: code: confirmed, seen_ran_out, on_my_way_ran_out, outcome_ran_out, cannot_go, need_help ...

    __table_args__ = (Index(None, "hit_id", "at"),)


class Pause(Base):
    """The stop button: nothing about these hits is sent until it ends."""

    __tablename__ = "pause"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    scope: Mapped[str]
    ref: Mapped[str | None]  #: id of the site, list or entry; None for everything
    reason: Mapped[str]
    by: Mapped[str]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    __table_args__ = (
        one_of("scope", "all", "site", "watchlist", "person"),
        CheckConstraint("length(reason) > 0", name="has_reason"),
        CheckConstraint("(scope = 'all') = (ref IS NULL)", name="names_what"),
    )


class Exercise(Base):
    """A drill by hand, a scheduled self-test or a test message, and how far it came."""

    __tablename__ = "exercise"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    kind: Mapped[str]
    started_at: Mapped[datetime]
    started_by: Mapped[str]
    ends_at: Mapped[datetime]
    group_ids: Mapped[list[Any]] = mapped_column(default=list)
    stream_id: Mapped[str | None]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    hit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("hit.id", ondelete="SET NULL"))
    stages: Mapped[dict[str, Any]] = mapped_column(default=dict)  #: code of the stage: when it was reached, ISO 8601
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  #: code: passed, failed_at_STAGE

    __table_args__ = (one_of("kind", "drill", "self_test", "check"),)


class Notice(Base):
    """What the maintenance groups were told of a cause: one message for many alarms, one for the recovery."""

    __tablename__ = "notice"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    cause: Mapped[str]  #: code of the alarms it stands for
    opened_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    n_alarms: Mapped[int] = mapped_column(default=0)
    recovered_at: Mapped[datetime | None]
    recovery_told_at: Mapped[datetime | None]
