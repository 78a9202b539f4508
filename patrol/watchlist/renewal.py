"""A new embedder embeds the portraits that are there: their photos are kept for this."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from patrol.store.blobs import Blobs, PictureGone
from patrol.store.engine import Database
from patrol.store.tables import Person, Portrait, PortraitTemplate
from patrol.values import Face, Template
from patrol.watchlist import people
from patrol.watchlist.changes import SYSTEM, record_change
from patrol.watchlist.photos import read_photo
from patrol.watchlist.portraits import Examiner, template_row
from patrol.watchlist.refusals import PhotoRefused

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Renewal:
    """How many portraits got a template of the embedder in use, and how many could not."""

    n_embedded: int
    n_failed: int


def embed_missing(database: Database, blobs: Blobs, finder: Examiner, now: datetime) -> Renewal:
    """Give every portrait a template of the finder's embedder that has none yet.

    A portrait whose face this embedder's gate refuses stays without one, and its person is then not looked for
    by it, unless another of their portraits succeeds. The log names each.
    """
    with database.read() as session:
        waiting = session.scalars(select(Portrait.id).join(Portrait.person).where(*_lacks(finder.embedder))).all()
    n_embedded = 0
    for portrait_id in waiting:
        template = _embedded(database, blobs, finder, portrait_id)
        if template is None:
            log.warning("portrait_not_embedded", portrait_id=str(portrait_id), embedder=finder.embedder)
            continue
        with database.write() as session:
            n_embedded += _keep(session, portrait_id, template, now)
    return Renewal(n_embedded, len(waiting) - n_embedded)


def _lacks(embedder: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Portrait.removed_at.is_(None),
        Person.removed_at.is_(None),
        ~Portrait.templates.any(PortraitTemplate.embedder == embedder),
    )


def _embedded(database: Database, blobs: Blobs, finder: Examiner, portrait_id: uuid.UUID) -> Template | None:
    with database.read() as session:
        portrait = session.get_one(Portrait, portrait_id)
    if portrait.picture_key is None:
        return None
    try:
        faces = finder.examine(read_photo(blobs.get(portrait.picture_key)))
    except (PhotoRefused, PictureGone):
        return None
    face = _same_face(faces, portrait)
    return None if face is None else face.template


def _same_face(faces: Sequence[Face], portrait: Portrait) -> Face | None:
    """The face at the place where the portrait's was when it was enrolled."""
    box = np.array(portrait.box_xyxy, np.float32)
    centre_xy, width = (box[:2] + box[2:]) / 2, float(box[2] - box[0])
    for face in faces:
        found_xy = (face.box_xyxy[:2] + face.box_xyxy[2:]) / 2
        if np.linalg.norm(found_xy - centre_xy) < width / 2:
            return face
    return None


def _keep(session: Session, portrait_id: uuid.UUID, template: Template, now: datetime) -> bool:
    """Add a template, unless the portrait was removed or embedded by somebody else meanwhile."""
    portrait = people.find_portrait(session, portrait_id)
    people.lock_person(session, portrait.person)
    if portrait.removed_at is not None or any(row.embedder == template.embedder for row in portrait.templates):
        return False
    portrait.templates.append(template_row(template, now))
    record_change(session, "changed", portrait.person, by=SYSTEM, now=now)
    return True
