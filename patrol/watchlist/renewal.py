"""A new embedder embeds the photos that are there: portraits and volunteers' are kept for this."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import structlog
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from patrol.store.blobs import Blobs, PictureGone
from patrol.store.engine import Database
from patrol.store.tables import Person, Portrait, PortraitTemplate, Volunteer, VolunteerTemplate
from patrol.values import Face, Template
from patrol.watchlist import people
from patrol.watchlist.changes import SYSTEM, record_change
from patrol.watchlist.photos import read_photo
from patrol.watchlist.portraits import Examiner, refused_for_quality, template_row
from patrol.watchlist.refusals import PhotoRefused

log = structlog.get_logger()

REMOVED = "removed"  #: no failure: the photo was removed while it was being embedded


@dataclass(frozen=True, slots=True)
class Renewal:
    """How many photos got a template of the embedder in use, and how many could not."""

    n_embedded: int
    n_failed: int


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of one photo: `code` is why it has no template, "" where it has one."""

    id: uuid.UUID  #: of the portrait or the volunteer
    person_id: uuid.UUID | None  #: None for a volunteer
    code: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)  #: what the words of `code` name


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo that was enrolled once: where its file is and where in it the face."""

    id: uuid.UUID
    person_id: uuid.UUID | None
    picture_key: str | None
    box_xyxy: list[float]


def embed_missing(database: Database, blobs: Blobs, finder: Examiner, now: datetime) -> Renewal:
    """Give every photo a template of the finder's embedder that has none yet.

    A photo whose face this embedder's gate refuses stays without one, and its person is then not looked for
    by it, unless another of their portraits succeeds. The log names each.
    """
    renewed = list(embed_each(database, blobs, finder, lambda: now))
    n_failed = sum(bool(one.code) for one in renewed)
    return Renewal(len(renewed) - n_failed, n_failed)


def embed_each(
    database: Database,
    blobs: Blobs,
    finder: Examiner,
    clock: Callable[[], datetime],
    failed: frozenset[uuid.UUID] = frozenset(),
    is_wanted: Callable[[Session], bool] = lambda session: True,
) -> Iterator[Renewed]:
    """Embed what has no template yet, one photo a step, but for those that `failed` before.

    `is_wanted` is asked in each step's transaction, before the template is kept: it ends where that is False.
    Each step is a transaction: who stops between two of them, or is killed in one, goes on from there another time.
    """
    with database.read() as session:
        waiting = [kept for kept in _waiting(session, finder.embedder) if kept.id not in failed]
    for kept in waiting:
        try:
            template = _embedded(blobs, finder, kept)
        except PhotoRefused as refused:
            log.warning("photo_not_embedded", id=str(kept.id), embedder=finder.embedder, code=refused.code)
            yield Renewed(kept.id, kept.person_id, refused.code, refused.fields)
            continue
        with database.write() as session:
            if not is_wanted(session):
                return
            keep = _keep_volunteers if kept.person_id is None else _keep
            is_kept = keep(session, kept.id, template, clock())
        yield Renewed(kept.id, kept.person_id, "" if is_kept else REMOVED)


def n_photos(session: Session) -> int:
    """Photos of entries and volunteers that a new embedder has to embed."""
    portraits = select(func.count(Portrait.id)).join(Portrait.person).where(*_present())
    volunteers = select(func.count(Volunteer.id)).where(Volunteer.removed_at.is_(None))
    return (session.scalar(portraits) or 0) + (session.scalar(volunteers) or 0)


def n_waiting(session: Session, embedder: str) -> int:
    """Those of them that have no template of an embedder yet."""
    portraits = select(func.count(Portrait.id)).join(Portrait.person).where(*_lacking(embedder))
    volunteers = select(func.count(Volunteer.id)).where(*_volunteers_lacking(embedder))
    return (session.scalar(portraits) or 0) + (session.scalar(volunteers) or 0)


def _present() -> tuple[ColumnElement[bool], ...]:
    return Portrait.removed_at.is_(None), Person.removed_at.is_(None)


def _lacking(embedder: str) -> tuple[ColumnElement[bool], ...]:
    return *_present(), ~Portrait.templates.any(PortraitTemplate.embedder == embedder)


def _volunteers_lacking(embedder: str) -> tuple[ColumnElement[bool], ...]:
    return Volunteer.removed_at.is_(None), ~Volunteer.templates.any(VolunteerTemplate.embedder == embedder)


def _waiting(session: Session, embedder: str) -> list[Kept]:
    portraits = (
        select(Portrait.id, Portrait.person_id, Portrait.picture_key, Portrait.box_xyxy)
        .join(Portrait.person)
        .where(*_lacking(embedder))
        .order_by(Portrait.created_at, Portrait.id)
    )
    volunteers = (
        select(Volunteer.id, Volunteer.picture_key, Volunteer.box_xyxy)
        .where(*_volunteers_lacking(embedder))
        .order_by(Volunteer.created_at, Volunteer.id)
    )
    return [
        *(Kept(*row) for row in session.execute(portraits)),
        *(Kept(row.id, None, row.picture_key, row.box_xyxy) for row in session.execute(volunteers)),
    ]


def _embedded(blobs: Blobs, finder: Examiner, kept: Kept) -> Template:
    """The template of a photo's face, or PhotoRefused."""
    try:
        content = blobs.get(kept.picture_key or "")
    except PictureGone:
        raise PhotoRefused("picture_gone") from None
    face = _same_face(finder.examine(read_photo(content)), kept.box_xyxy)
    if face is None:
        raise PhotoRefused("no_face")
    if face.template is None:
        raise refused_for_quality(face)
    return face.template


def _same_face(faces: Sequence[Face], box_xyxy: list[float]) -> Face | None:
    """The face at the place where the photo's was when it was enrolled."""
    box = np.array(box_xyxy, np.float32)
    centre_xy, width = (box[:2] + box[2:]) / 2, float(box[2] - box[0])
    for face in faces:
        found_xy = (face.box_xyxy[:2] + face.box_xyxy[2:]) / 2
        if np.linalg.norm(found_xy - centre_xy) < width / 2:
            return face
    return None


def _keep(session: Session, portrait_id: uuid.UUID, template: Template, now: datetime) -> bool:
    """Add a template, unless it was embedded by somebody else meanwhile; False where the portrait was removed."""
    portrait = people.find_portrait(session, portrait_id)
    people.lock_person(session, portrait.person)
    if portrait.removed_at is not None:
        return False
    if not any(row.embedder == template.embedder for row in portrait.templates):
        portrait.templates.append(template_row(template, now))
        record_change(session, "changed", portrait.person, by=SYSTEM, now=now)
    return True


def _keep_volunteers(session: Session, volunteer_id: uuid.UUID, template: Template, now: datetime) -> bool:
    """The same for a volunteer's photo; nobody is looked for by it."""
    volunteer = session.get(Volunteer, volunteer_id, with_for_update=True)
    if volunteer is None or volunteer.removed_at is not None:
        return False
    if not any(row.embedder == template.embedder for row in volunteer.templates):
        vector = template.vector.astype("<f4").tobytes()
        volunteer.templates.append(VolunteerTemplate(embedder=template.embedder, vector=vector, created_at=now))
    return True
