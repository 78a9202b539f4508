"""What was seen, and what a person said of it."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, and_, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from patrol.store.tables.columns import Base, one_of
from patrol.store.tables.episodes import Episode
from patrol.store.tables.people import Person, Watchlist


class Hit(Base):
    """A match written down for review, with its evidence."""

    __tablename__ = "hit"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)  #: uuid5 of passage and person
    number: Mapped[int] = mapped_column(unique=True)  #: short, for people to say: #0123
    origin: Mapped[str]
    grade: Mapped[str]
    stream_id: Mapped[str]
    stream_name: Mapped[str]
    place: Mapped[str]
    building: Mapped[str | None]
    floor: Mapped[str | None]
    post: Mapped[str | None]
    site_id: Mapped[str]
    site_name: Mapped[str]
    time_zone: Mapped[str]
    latitude: Mapped[float]
    longitude: Mapped[float]
    watchlist_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("watchlist.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    portrait_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portrait.id"))
    passage_id: Mapped[uuid.UUID]  #: the passage the pictures and the score are of
    n_passages: Mapped[int] = mapped_column(default=1)  #: this hit's, the merged ones counted
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    seen_at: Mapped[datetime]  #: when the best look was taken
    n_looks: Mapped[int]
    track_length_s: Mapped[float]
    similarity: Mapped[float]  #: cosine
    #: the cosine less what strangers reach with both faces; held against `threshold`. Of hits of before scores were
    #: made there is none: their threshold is a cosine.
    score: Mapped[float | None]
    threshold: Mapped[float]
    runner_up: Mapped[float | None]  #: the second person's score
    runner_up_id: Mapped[uuid.UUID | None]
    embedder: Mapped[str]
    quality: Mapped[float]
    measures: Mapped[dict[str, Any]] = mapped_column(default=dict)  #: what `quality` was made of, by name
    is_weak: Mapped[bool] = mapped_column(default=False)  #: matched by a portrait that was let in as weak
    is_still: Mapped[bool] = mapped_column(default=False)  #: the face did not move for minutes: a poster, a screen
    box_xyxy: Mapped[list[Any]]  #: the face in the full frame, pixels
    landmarks_xy: Mapped[list[Any]]  #: of the face in the full frame, pixels, so that it can be aligned again
    other_boxes_xyxy: Mapped[list[Any]]  #: every other face in the frame, so that it can be blurred
    frame_wh: Mapped[list[Any]]
    crop_xyxy: Mapped[list[Any]]  #: the part of the full frame that the face crop shows, pixels
    face_key: Mapped[str | None]  #: blob: face crop with margin, JPEG; None once shed
    frame_key: Mapped[str | None]  #: blob: full frame, JPEG; None once shed
    clip_key: Mapped[str | None]  #: blob: the seconds around the hit, MP4; None where there is none, or once shed
    clip_codec: Mapped[str | None]  #: as libav calls it: h264, hevc
    clip_began_at: Mapped[datetime | None]
    clip_s: Mapped[float | None]
    recorded_at: Mapped[datetime]
    round: Mapped[int] = mapped_column(default=1)  #: the round of review that is open or was last decided
    verdict: Mapped[str | None]  #: of the newest decision in this round; None waits for review
    alarm: Mapped[str | None]  #: code that puts the hit on top of the queue, e.g. not_him
    pictures_shed_at: Mapped[datetime | None]
    episode_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("episode.id"))
    update_number: Mapped[int] = mapped_column(default=0)  #: 0 opened its episode, 2 is "update 2"
    is_quiet: Mapped[bool] = mapped_column(default=False)  #: recorded while the case was being handled there
    heading: Mapped[str | None]  #: which way the person walked, as the camera sees it
    watchlist: Mapped[Watchlist] = relationship(lazy="joined")
    person: Mapped[Person] = relationship(lazy="joined")
    episode: Mapped[Episode | None] = relationship(lazy="joined")
    decisions: Mapped[list["Decision"]] = relationship(
        back_populates="hit", order_by="(Decision.round, Decision.seat)"
    )

    __table_args__ = (
        one_of("origin", "match", "manual", "replay", "exercise"),
        one_of("grade", "sure", "uncertain"),
        one_of("verdict", "confirmed", "rejected", "unsure"),
        one_of("heading", "left", "right", "towards", "away"),
        Index(None, "verdict", "recorded_at"),
        Index(None, "stream_id", "person_id", "last_seen_at"),
        Index(None, "site_id", "recorded_at"),
        Index(None, "episode_id"),
    )


#: Waits for a person's word. What has lost its pictures undecided waits no more, unless a guard said "not him".
IS_WAITING = and_(Hit.verdict.is_(None), or_(Hit.pictures_shed_at.is_(None), Hit.alarm.is_not(None)))


class HitPassage(Base):
    """A passage that counts into a hit: its own, and later ones of the same person within the cooldown."""

    __tablename__ = "hit_passage"

    hit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hit.id", ondelete="CASCADE"), primary_key=True)
    passage_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    n_looks: Mapped[int]

    __table_args__ = (Index(None, "passage_id"),)


class HitProbe(Base):
    """The templates a hit was matched with; they end with it."""

    __tablename__ = "hit_probe"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    hit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hit.id", ondelete="CASCADE"))
    embedder: Mapped[str]
    vector: Mapped[bytes]  #: float32 little-endian (D,), unit length
    quality: Mapped[float]

    __table_args__ = (Index(None, "hit_id"),)


class Policy(Base):
    """A written, expiring rule: of a list, that it stands in for a yes; of a site, that it may keep more."""

    __tablename__ = "policy"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    watchlist_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("watchlist.id"))
    site_id: Mapped[str | None]
    kind: Mapped[str]
    text: Mapped[str]
    written_by: Mapped[str]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("(watchlist_id IS NULL) <> (site_id IS NULL)", name="of_a_list_or_a_site"),)


class Decision(Base):
    """What was said of a hit. Appended, never changed; amending opens a round, a second seat is a second person."""

    __tablename__ = "decision"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    hit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hit.id"))
    round: Mapped[int]
    seat: Mapped[int] = mapped_column(default=1)
    verdict: Mapped[str]
    reason: Mapped[str | None]  #: code
    note: Mapped[str] = mapped_column(default="")
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    user_name: Mapped[str | None]  #: as it was then
    policy_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("policy.id"))
    decided_at: Mapped[datetime]
    release_at: Mapped[datetime]  #: nothing leaves before; until then it may still be undone
    hit: Mapped[Hit] = relationship(back_populates="decisions")

    __table_args__ = (
        UniqueConstraint("hit_id", "round", "seat"),
        UniqueConstraint("id", "hit_id", "verdict"),  # what a delivery's foreign key points at
        one_of("verdict", "confirmed", "rejected", "unsure"),
        CheckConstraint("(user_id IS NULL) <> (policy_id IS NULL)", name="by_a_person_or_a_policy"),
        Index(None, "release_at"),
    )


class Routing(Base):
    """Dispatch has read this decision; without such a row, or with one that waits, it is still in its queue."""

    __tablename__ = "routing"

    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    routed_at: Mapped[datetime]
    #: code: delivered, delivered_far, delivered_default, withdrawn, nothing_to_do, nobody_near, entry_ended,
    #: case_ended, too_old, being_handled, replay; waiting: nobody to tell yet, and looked at until its time is over
    outcome: Mapped[str]
    explanation: Mapped[list[Any]] = mapped_column(default=list)  #: who got it and why, who did not and why
