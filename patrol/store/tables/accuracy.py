"""What the match decision goes by: budgets, what follows from them, volunteers, and a change of embedder."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from patrol.store.tables.columns import Base, one_of


class Budget(Base):
    """How many false alerts a day somebody accepts. Appended; the newest holds."""

    __tablename__ = "budget"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    false_alerts_per_day: Mapped[float]
    passages_per_day: Mapped[float]
    set_at: Mapped[datetime]
    set_by: Mapped[str]

    __table_args__ = (
        CheckConstraint("false_alerts_per_day > 0 AND passages_per_day > 0", name="positive"),
        Index(None, "set_at"),
    )


class Calibration(Base):
    """The thresholds that followed from one budget and one state of the list, and what was believed of them."""

    __tablename__ = "calibration"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    embedder: Mapped[str]
    rev: Mapped[int]  #: of the gallery: the last one that these thresholds are known to follow from
    budget_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("budget.id"))  #: None is patrol's own
    made_at: Mapped[datetime]
    n_people: Mapped[int]
    sure: Mapped[float]  #: scores, not cosines
    uncertain: Mapped[float]
    weak: Mapped[float]  #: what an entry with weak portraits only is held against
    belief: Mapped[dict[str, Any]]  #: expected false alerts and find rate with intervals, and what they rest on

    __table_args__ = (Index(None, "embedder", "rev"), Index(None, "made_at"))


class Volunteer(Base):
    """Somebody who agreed that patrol measures with their face; nobody is looked for here."""

    __tablename__ = "volunteer"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str]
    consent: Mapped[str]  #: what was agreed to, and where that is written
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    ends_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    picture_key: Mapped[str | None]  #: blob; None once removed
    box_xyxy: Mapped[list[Any]]
    templates: Mapped[list["VolunteerTemplate"]] = relationship(
        back_populates="volunteer", cascade="all, delete-orphan"
    )

    __table_args__ = (CheckConstraint("length(consent) > 0", name="agreed"),)


class VolunteerTemplate(Base):
    __tablename__ = "volunteer_template"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    volunteer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("volunteer.id", ondelete="CASCADE"))
    embedder: Mapped[str]
    vector: Mapped[bytes]  #: float32 little-endian (D,), unit length
    created_at: Mapped[datetime]
    volunteer: Mapped[Volunteer] = relationship(back_populates="templates")

    __table_args__ = (UniqueConstraint("volunteer_id", "embedder"),)


class EmbedderChange(Base):
    """One change of the embedder, from the first portrait embedded again to the switch. At most one is open."""

    __tablename__ = "embedder_change"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    before: Mapped[str]  #: short names, as in the manifest
    after: Mapped[str]
    version: Mapped[str]  #: of `after`, as templates carry it: its entry may leave the manifest meanwhile
    state: Mapped[str]
    n_total: Mapped[int] = mapped_column(default=0)
    n_embedded: Mapped[int] = mapped_column(default=0)
    failures: Mapped[list[Any]] = mapped_column(default=list)  #: {id, person_id, code, fields} of each that fails
    started_at: Mapped[datetime]
    started_by: Mapped[str]
    worker_id: Mapped[str | None]  #: who embeds; others leave it alone until `leased_until`
    leased_until: Mapped[datetime | None]
    switched_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (one_of("state", "embedding", "comparing", "switched", "cancelled"),)


class Comparison(Base):
    """What the coming embedder says of a live hit of the present one."""

    __tablename__ = "comparison"

    hit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hit.id", ondelete="CASCADE"), primary_key=True)
    embedder: Mapped[str] = mapped_column(primary_key=True)
    score: Mapped[float | None]  #: on the scale of `threshold`; None where it takes the face for nobody
    threshold: Mapped[float]
    grade: Mapped[str | None]  #: None: it would not have been a hit
    person_id: Mapped[uuid.UUID | None]  #: whom it takes the face for
    made_at: Mapped[datetime]

    __table_args__ = (one_of("grade", "sure", "uncertain"),)


class StreamDay(Base):
    """Counts of one stream on one day of its site; a count names nobody."""

    __tablename__ = "stream_day"

    stream_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    site_id: Mapped[str]
    n_looks: Mapped[int] = mapped_column(default=0)
    n_faces: Mapped[int] = mapped_column(default=0)
    n_too_small: Mapped[int] = mapped_column(default=0)  #: faces under the bar: counted, never matched
    n_masked: Mapped[int] = mapped_column(default=0)  #: faces under a mask: counted, never matched
    n_passages: Mapped[int] = mapped_column(default=0)
    n_unusable: Mapped[int] = mapped_column(default=0)  #: passages without one look good enough for a template

    __table_args__ = (Index(None, "day"),)


class StillFace(Base):
    """A listed face that does not move: a poster or a screen. Matching there rests, and a mask is offered."""

    __tablename__ = "still_face"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    stream_id: Mapped[str]
    site_id: Mapped[str]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    hit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("hit.id", ondelete="SET NULL"))
    box: Mapped[list[Any]]  #: x1, y1, x2, y2 as parts of the picture, 0..1
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    state: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]

    __table_args__ = (one_of("state", "offered", "masked", "dismissed", "gone"), Index(None, "stream_id", "state"))
