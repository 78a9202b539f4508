"""Who is looked for: lists, people, portraits, templates, and the changes workers follow."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from patrol.store.tables.columns import Base, one_of


class Watchlist(Base):
    __tablename__ = "watchlist"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    category: Mapped[str]
    reason: Mapped[str]
    owner: Mapped[str]
    instruction: Mapped[str | None]  #: what guards are told; None is the default wording
    levels: Mapped[list[Any] | None]  #: levels of groups that may be told; None is patrol's own list
    tell_at_once: Mapped[int | None]  #: most groups told at once, the others wait for a clock; None is patrol's own
    is_exercise: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    ends_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    people: Mapped[list["Person"]] = relationship(back_populates="watchlist")

    __table_args__ = (
        one_of("category", "wanted", "missing", "banned", "vip", "staff", "exercise", "other"),
        CheckConstraint("length(reason) > 0 AND length(owner) > 0", name="answerable"),
    )


class Person(Base):
    """One entry of a watchlist."""

    __tablename__ = "person"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    watchlist_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("watchlist.id"))
    name: Mapped[str]
    external_ref: Mapped[str | None]  #: the owner's own key, e.g. a case number; unique in its list while not removed
    reason: Mapped[str]
    source: Mapped[str]  #: where the photos come from
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    ends_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    suspended_by: Mapped[str | None]
    suspended_why: Mapped[str | None]  #: code or words, e.g. wrongful_stop
    removed_at: Mapped[datetime | None]
    watchlist: Mapped[Watchlist] = relationship(back_populates="people", lazy="joined")
    portraits: Mapped[list["Portrait"]] = relationship(back_populates="person")

    __table_args__ = (
        Index(  # a removed entry gives its key back
            "uq_person_external_ref",
            "watchlist_id",
            "external_ref",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        CheckConstraint("length(reason) > 0 AND length(source) > 0", name="answerable"),
    )


class Portrait(Base):
    """One enrolled photo. The photo itself is kept, so that a new embedder can embed it again."""

    __tablename__ = "portrait"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    picture_key: Mapped[str | None]  #: blob; None once removed
    sha256: Mapped[str]  #: of the photo as it came
    file_name: Mapped[str] = mapped_column(default="")
    box_xyxy: Mapped[list[Any]]
    landmarks_xy: Mapped[list[Any]]
    quality: Mapped[float]
    measures: Mapped[dict[str, Any]] = mapped_column(default=dict)  #: what `quality` was made of, by name
    is_weak: Mapped[bool] = mapped_column(default=False)  #: the strict gate refused it, the list's owner let it in
    weak_reason: Mapped[str | None]
    weak_by: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    removed_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship(back_populates="portraits")
    templates: Mapped[list["PortraitTemplate"]] = relationship(
        back_populates="portrait", cascade="all, delete-orphan"
    )

    __table_args__ = (
        Index(None, "sha256"),
        Index(None, "person_id"),
        CheckConstraint("NOT is_weak OR (length(weak_reason) > 0 AND weak_by IS NOT NULL)", name="weak_for_a_reason"),
    )


class PortraitTemplate(Base):
    __tablename__ = "template"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    portrait_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portrait.id", ondelete="CASCADE"))
    embedder: Mapped[str]
    vector: Mapped[bytes]  #: float32 little-endian (D,), unit length
    created_at: Mapped[datetime]
    portrait: Mapped[Portrait] = relationship(back_populates="templates")

    __table_args__ = (UniqueConstraint("portrait_id", "embedder"),)


class GalleryChange(Base):
    """Monotone: a worker that has applied `rev` knows everything up to it."""

    __tablename__ = "gallery_change"

    rev: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    operation: Mapped[str]  #: enrolled, removed, suspended, resumed, changed, closed; volunteers, budget: of nobody's
    person_id: Mapped[uuid.UUID | None]
    watchlist_id: Mapped[uuid.UUID | None]

    __table_args__ = ({"sqlite_autoincrement": True},)
