"""The hits of one person within a time and place: one running case."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from patrol.store.tables.columns import Base, one_of

OPEN = text("closed_at IS NULL")
TO_TELL = text("closed_at IS NOT NULL AND stood_down_at IS NULL")


class Episode(Base):
    """Opened by the first confirmed hit, moved by sightings, closed with an outcome that all who were told hear."""

    __tablename__ = "episode"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    origin: Mapped[str]  #: of its hits; an exercise is never mixed with the real thing
    first_hit_number: Mapped[int]  #: what the case is called: #0123
    n_updates: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    deadline_at: Mapped[datetime]  #: clocks and routes end here; each confirmed hit and sighting moves it
    site_id: Mapped[str]  #: where the person was last: by a hit, or by a member's sighting
    stream_id: Mapped[str | None]  #: None where a member saw the person
    building: Mapped[str | None]
    floor: Mapped[str | None]
    post: Mapped[str | None]
    latitude: Mapped[float]
    longitude: Mapped[float]
    place: Mapped[str]  #: in words
    placed_at: Mapped[datetime]
    placed_by: Mapped[str]  #: "hit:NUMBER" or "group:ID"
    moved_at: Mapped[datetime | None]  #: a member's sighting moved it and dispatch has not routed from there yet
    overdue_at: Mapped[datetime | None]  #: its deadline passed without an outcome, and an alarm asks for one
    handled_until: Mapped[datetime | None]  #: his hits at this site are quiet until then
    handled_site_id: Mapped[str | None]
    handled_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    outcome: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    stood_down_at: Mapped[datetime | None]  #: dispatch has told every group that was told; None is its queue

    __table_args__ = (
        one_of("outcome", "handed_over", "not_him", "lost", "called_off"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="ends_with_an_outcome"),
        Index(
            "uq_episode_open",
            "person_id",
            "origin",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index(None, "closed_at"),
        Index("ix_episode_to_tell", "closed_at", sqlite_where=TO_TELL, postgresql_where=TO_TELL),
    )
