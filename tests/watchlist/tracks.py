"""Tracks of drawn people, and galleries filled without photos."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from patrol.store.tables import Person, Portrait, PortraitTemplate
from patrol.values import BgrPicture, Float32, Frame, Template, Track
from patrol.watchlist.changes import record_change
from patrol.watchlist.floors import Floors
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.roster import BLOCK_ROWS, Block, Roster
from tests.watchlist.drawn import drawn_face, template_of

SEEN_AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
BOX = (100, 100, 160, 180)


def track_of(*templates: Template, fused: Template | None = None) -> Track:
    """A track whose looks have these templates; its own is their mean, unless given."""
    looks = tuple(drawn_face(BOX, (), template) for template in templates)
    return Track(
        passage_id=uuid.uuid4(),
        stream_id="gate",
        first_seen_at=SEEN_AT,
        last_seen_at=SEEN_AT + timedelta(seconds=2),
        n_faces=len(looks),
        looks=looks,
        best=looks[0],
        best_frame=Frame("gate", 1, SEEN_AT, BgrPicture(np.zeros((240, 320, 3), np.uint8))),
        best_frame_boxes_xyxy=np.array([BOX], np.float32),
        template=fused or mean_of(templates),
        is_over=True,
    )


def mean_of(templates: Sequence[Template]) -> Template:
    mean = np.mean([template.vector for template in templates], axis=0)
    return Template(templates[0].embedder, unit(mean))


def between(first: Template, second: Template, part: float) -> Template:
    """A template `part` of the way from one to another."""
    return Template(first.embedder, unit((1 - part) * first.vector + part * second.vector))


def unit(vector: np.ndarray) -> Float32:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def add_portrait(session: Session, person: Person, template: Template, now: datetime) -> Portrait:
    """Give somebody a portrait without a photo."""
    portrait = Portrait(
        person_id=person.id,
        picture_key=None,
        sha256="0" * 64,
        box_xyxy=[0, 0, 1, 1],
        landmarks_xy=[],
        quality=0.8,
        created_at=now,
        created_by="rita",
        templates=[PortraitTemplate(embedder=template.embedder, vector=template.vector.tobytes(), created_at=now)],
    )
    session.add(portrait)
    record_change(session, "enrolled", person, by="rita", now=now)
    return portrait


def looks_of(person: int, n: int = 3) -> Track:
    """Somebody seen n times, each time a little different, never as on the portraits."""
    return track_of(*(template_of(person, 5 + look) for look in range(n)))


def fill(gallery: Gallery, vectors: Float32, now: datetime) -> None:
    """Fill a gallery with as many people as `vectors`, float32 (P, D), has rows, without a database."""
    blocks = []
    for start in range(0, len(vectors), BLOCK_ROWS):
        rows = vectors[start : start + BLOCK_ROWS]
        portraits = np.array([uuid.uuid4() for _ in rows], dtype=np.object_)
        numbers = np.array([gallery._number(uuid.uuid4()) for _ in rows], dtype=np.int64)
        ends_at = np.full(len(rows), now.timestamp() + 3600.0)
        blocks.append(Block(rows, numbers, portraits, ends_at, np.zeros(len(rows), np.bool_)))
    gallery._standing = gallery._given(Roster(0, blocks), Floors())
