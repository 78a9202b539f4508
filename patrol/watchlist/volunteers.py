"""People who agreed that patrol measures with their faces: strangers to every list, whom nobody looks for.

What an entry reaches with them is what it reaches with passers-by, and passers-by are never kept. A volunteer's
picture and templates go with the end of what was agreed to, or the moment somebody takes it back.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import numpy as np
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Volunteer, VolunteerTemplate
from patrol.values import PatrolError
from patrol.watchlist import rules
from patrol.watchlist.bundles import Bundle, Folder
from patrol.watchlist.changes import actor_of, record_new_basis
from patrol.watchlist.enrolment import PhotoResult
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.plans import plan
from patrol.watchlist.portraits import Candidate, Examiner, Photo, examine_photo
from patrol.watchlist.refusals import EntryRefused, ImportRefused, PhotoRefused

PICTURE_KIND = "volunteer"  # the folder of the blobs
AT_ONCE = 50  # volunteers a transaction: each ends in one new calibration of every worker
#: This part of the way from `sure` to 1. On the half of LFW in ../shared/data SFace's 0.595 is reached by one of 4.1
#: million pairs of strangers and 73 % of the pairs of one person (`python -m tests.faces.measurements thresholds`).
SAME_PERSON = 0.25


class VolunteerUnknown(PatrolError):
    """There is no such volunteer."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What somebody agreed to, and until when."""

    consent: str  #: in words: what was agreed to, and where that is written
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class VolunteerResult:
    """What became of somebody who agreed, and of their photo."""

    name: str
    photo: PhotoResult
    volunteer_id: uuid.UUID | None = None  #: None where the photo was refused


Named = tuple[str, Photo | PhotoRefused]  # a person, and their photo or why it cannot be read
Examined = tuple[str, str, Candidate | PhotoRefused]  # a person, the photo's file name, what is in it


def add_volunteers(
    database: Database,
    blobs: Blobs,
    finder: Examiner,
    agreement: Agreement,
    photos: Iterable[tuple[str, Photo]],
    *,
    by: str,
    now: datetime,
) -> list[VolunteerResult]:
    """Take in people who agreed, by name with a photo each; EntryRefused where the agreement lacks something.

    Photos are held to the bar of enrolment. Who is a volunteer already, or on a list, is refused: the former would
    count twice, and to the latter the entry is no stranger.
    """
    intake = _Intake(database, blobs, finder, agreement, by, now)
    return [result for results in intake.run(photos) for result in results]


def add_folder(
    database: Database,
    blobs: Blobs,
    finder: Examiner,
    agreement: Agreement,
    folder: Path,
    *,
    by: str,
    now: datetime,
    progress: Callable[[int, int], None] = lambda n_done, n_total: None,
) -> list[VolunteerResult]:
    """Take in the people of a folder, a photo or a folder each; of a folder its first photo by name.

    ImportRefused where the folder cannot be read as a whole.
    """
    if not folder.is_dir():
        raise ImportRefused("not_a_folder", folder=folder)
    bundle = Folder(folder)
    planned = [(person.line.name, person.photos[0]) for person in plan(bundle, is_folder_given=True) if person.photos]
    intake = _Intake(database, blobs, finder, agreement, by, now)
    done: list[VolunteerResult] = []
    for results in intake.run((name, _photo_in(bundle, file)) for name, file in planned):
        done += results
        progress(len(done), len(planned))
    return done


def list_volunteers(session: Session, now: datetime) -> Sequence[Volunteer]:
    """Everybody whose agreement holds, by name."""
    return session.scalars(select(Volunteer).where(*_holds(now)).order_by(Volunteer.name, Volunteer.created_at)).all()


def find_volunteer(session: Session, volunteer_id: uuid.UUID) -> Volunteer:
    volunteer = session.get(Volunteer, volunteer_id)
    if volunteer is None or volunteer.removed_at is not None:
        raise VolunteerUnknown(f"{volunteer_id}: there is no such volunteer")
    return volunteer


def remove_volunteer(session: Session, blobs: Blobs, volunteer: Volunteer, *, by: str, now: datetime) -> None:
    """Delete the picture, the templates and the name; the bare row says until its own end that there was consent."""
    if volunteer.removed_at is not None:
        return
    if volunteer.picture_key is not None:
        blobs.delete_with(session, volunteer.picture_key)
    volunteer.name, volunteer.picture_key, volunteer.box_xyxy = "", None, []
    volunteer.removed_at = now
    volunteer.templates.clear()
    _record(session, "volunteer.removed", volunteer, by, now)
    record_new_basis(session, "volunteers", now)


def ended_volunteers(now: datetime) -> Select[uuid.UUID]:
    """Whose agreement has ended and who are still there."""
    return select(Volunteer.id).where(*_has_ended(now))


def remove_ended(session: Session, blobs: Blobs, volunteer_id: uuid.UUID, *, by: str, now: datetime) -> bool:
    """Remove somebody whose agreement has ended; False where another process was first."""
    ended = select(Volunteer).where(Volunteer.id == volunteer_id, *_has_ended(now))
    volunteer = session.scalar(ended.with_for_update())
    if volunteer is None:
        return False
    remove_volunteer(session, blobs, volunteer, by=by, now=now)
    return True


def same_person(sure: float) -> float:
    """The cosine from which two photos are taken to show one person, for bookkeeping and never for an alert.

    It lies well above `sure`, since of those who are taken for one person one is left out, and to leave out two
    strangers who look alike would hide what the thresholds are there for.
    """
    return sure + SAME_PERSON * (1.0 - sure)


@dataclass(frozen=True, slots=True)
class _Intake:
    """Volunteers on their way in."""

    database: Database
    blobs: Blobs
    finder: Examiner
    agreement: Agreement
    by: str
    now: datetime

    def run(self, photos: Iterable[Named]) -> Iterator[list[VolunteerResult]]:
        """Examine and keep some at a time: what was examined stays in memory until it is kept."""
        _require_agreement(self.agreement, self.now)
        left = iter(photos)
        while some := list(islice(left, AT_ONCE)):
            examined = [self._examined(name, photo) for name, photo in some]
            with self.database.write() as session:
                results = self._keep(session, examined)
            yield results

    def _examined(self, name: str, photo: Photo | PhotoRefused) -> Examined:
        if isinstance(photo, PhotoRefused):
            return name, name, photo
        try:
            _require_name(name)
            return name, photo.file_name, examine_photo(self.finder, photo)
        except PhotoRefused as refusal:
            return name, photo.file_name, refusal

    def _keep(self, session: Session, examined: Sequence[Examined]) -> list[VolunteerResult]:
        events.take_turn(session)  # two who add the same person see each other
        gallery = Gallery(self.finder.embedder, self.finder.thresholds)
        gallery.refresh(session, self.now)
        results = [self._keep_one(session, gallery, *one) for one in examined]
        if any(result.photo.is_accepted for result in results):
            record_new_basis(session, "volunteers", self.now)
        return results

    def _keep_one(
        self, session: Session, gallery: Gallery, name: str, file_name: str, one: Candidate | PhotoRefused
    ) -> VolunteerResult:
        try:
            if isinstance(one, PhotoRefused):
                raise one
            self._refuse_known(session, gallery, one)
        except PhotoRefused as refusal:
            return VolunteerResult(name, PhotoResult(file_name, False, refusal.code, refusal.fields))
        return VolunteerResult(name, PhotoResult(file_name, True), self._add(session, name, one).id)

    def _refuse_known(self, session: Session, gallery: Gallery, candidate: Candidate) -> None:
        alike = same_person(self.finder.thresholds.sure)
        listed = gallery.nearest_other(candidate.template, None, self.now)
        if listed is not None and listed[1] >= alike:
            raise PhotoRefused("volunteer_is_listed")
        for row in _templates(session, candidate.template.embedder, self.now):
            if float(np.frombuffer(row.vector, "<f4") @ candidate.template.vector) >= alike:
                raise PhotoRefused("already_volunteer", other=row.volunteer.name)

    def _add(self, session: Session, name: str, candidate: Candidate) -> Volunteer:
        template = candidate.template
        vector = template.vector.astype("<f4").tobytes()
        volunteer = Volunteer(
            name=name.strip(),
            consent=self.agreement.consent.strip(),
            created_at=self.now,
            created_by=self.by,
            ends_at=self.agreement.ends_at,
            picture_key=self.blobs.put_with(session, PICTURE_KIND, candidate.picture_jpeg, self.now),
            box_xyxy=candidate.box_xyxy.tolist(),
            templates=[VolunteerTemplate(embedder=template.embedder, vector=vector, created_at=self.now)],
        )
        session.add(volunteer)
        session.flush()
        _record(session, "volunteer.added", volunteer, self.by, self.now)
        return volunteer


def _require_agreement(agreement: Agreement, now: datetime) -> None:
    if not agreement.consent.strip():
        raise EntryRefused("no_consent")
    if len(agreement.consent) > rules.MAX_WORDS:
        raise EntryRefused("text_too_long", limit=rules.MAX_WORDS)
    rules.check_end(agreement.ends_at, now)


def _require_name(name: str) -> None:
    if not name.strip():
        raise PhotoRefused("no_name")
    if len(name) > rules.MAX_NAME:
        raise PhotoRefused("name_too_long", limit=rules.MAX_NAME)


def _photo_in(bundle: Bundle, file: str) -> Photo | PhotoRefused:
    try:
        if file in bundle.refused:
            raise bundle.refused[file]
        return Photo(file, bundle.read(file))
    except PhotoRefused as refusal:
        return refusal


def _holds(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Volunteer.removed_at.is_(None), Volunteer.ends_at > now


def _has_ended(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Volunteer.removed_at.is_(None), Volunteer.ends_at <= now


def _templates(session: Session, embedder: str, now: datetime) -> Sequence[VolunteerTemplate]:
    return session.scalars(
        select(VolunteerTemplate)
        .join(VolunteerTemplate.volunteer)
        .where(VolunteerTemplate.embedder == embedder, *_holds(now))
        .order_by(VolunteerTemplate.volunteer_id)
    ).all()


def _record(session: Session, kind: str, volunteer: Volunteer, by: str, now: datetime) -> None:
    """Events name nobody: the row says who it was, as long as there is one."""
    events.append(session, kind, actor=actor_of(by), subject=f"volunteer:{volunteer.id}", now=now)
