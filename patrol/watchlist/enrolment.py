"""Photos in, portraits of an entry out, and for every photo what became of it.

Examining a photo takes its time and no database; keeping what passed is one short transaction.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Person
from patrol.watchlist import people, rules
from patrol.watchlist.expectations import find_rate
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.portraits import MAX_PORTRAITS, Candidate, Examiner, Photo, examine_photo, keep_photo
from patrol.watchlist.refusals import PhotoRefused, PoorPhotoRefused

Examined = list[tuple[str, Candidate | PhotoRefused]]  # by file name


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """What became of one photo."""

    file_name: str
    is_accepted: bool
    reason_code: str | None = None  #: an entry of words/enrolment.json, said with `fields`; None where accepted
    fields: Mapping[str, object] = field(default_factory=dict)
    portrait_id: uuid.UUID | None = None  #: None where refused
    is_weak: bool = False  #: let in as weak
    may_be_weak: bool = False  #: refused, and may be let in as weak for a written reason
    find_rate: float | None = None  #: where it is weak or may be: part of good passages in which it is to be found


@dataclass(frozen=True, slots=True)
class PersonResult:
    """What became of one person and of each of their photos."""

    person_id: uuid.UUID | None  #: None where no photo was accepted, and so nobody was kept
    photos: tuple[PhotoResult, ...]


def enrol_photo(
    session: Session,
    blobs: Blobs,
    finder: Examiner,
    person: Person,
    photo: bytes,
    file_name: str,
    by: str,
    now: datetime,
    *,
    is_lookalike_allowed: bool = False,
    weak_reason: str | None = None,
) -> PhotoResult:
    """Add one photo to an entry of this session, in its transaction, which waits while the photo is examined."""
    gallery = Gallery(finder.embedder, finder.thresholds)
    gallery.refresh(session, now)
    admitted = _Admitted.of(is_lookalike_allowed, weak_reason)
    examined = _examine_all(finder, [Photo(file_name, photo)], admitted)
    return _Keeper(session, blobs, gallery, by, now, admitted).keep(person, examined)[0]


def enrol_photos(
    database: Database,
    blobs: Blobs,
    finder: Examiner,
    person_id: uuid.UUID,
    photos: Iterable[Photo],
    *,
    by: str,
    now: datetime,
    is_lookalike_allowed: bool = False,
    weak_reason: str | None = None,
) -> PersonResult:
    """Add photos to an entry, in one short transaction after they were examined.

    `weak_reason`: why photos that are too poor for a portrait are let in as weak.
    """
    admitted = _Admitted.of(is_lookalike_allowed, weak_reason)
    gallery = Gallery(finder.embedder, finder.thresholds)
    with database.read() as session:
        rules.require_present(people.find_person(session, person_id))
        gallery.refresh(session, now)
    examined = _examine_all(finder, photos, admitted)
    with database.write() as session:
        person = people.find_person(session, person_id)
        people.lock_watchlist(session, person.watchlist)
        gallery.refresh(session, now)
        keeper = _Keeper(session, blobs, gallery, by, now, admitted)
        return PersonResult(person_id, keeper.keep(person, examined))


def enrol_person(
    database: Database,
    blobs: Blobs,
    finder: Examiner,
    watchlist_id: uuid.UUID,
    entry: people.Entry,
    photos: Iterable[Photo],
    *,
    by: str,
    now: datetime,
    gallery: Gallery | None = None,
    is_lookalike_allowed: bool = False,
    weak_reason: str | None = None,
) -> PersonResult:
    """Add somebody with their photos, in one short transaction after the photos were examined.

    EntryRefused where the entry may not be added at all. Where no photo is accepted nobody is kept.
    `gallery` is brought up to date here; who enrols many passes the same one each time.
    `weak_reason`: why photos that are too poor for a portrait are let in as weak.
    """
    admitted = _Admitted.of(is_lookalike_allowed, weak_reason)
    gallery = gallery or Gallery(finder.embedder, finder.thresholds)
    with database.read() as session:
        people.new_person(session, people.find_watchlist(session, watchlist_id), entry, by=by, now=now)
        gallery.refresh(session, now)
    examined = _examine_all(finder, photos, admitted)
    with database.write() as session:
        watchlist = people.find_watchlist(session, watchlist_id)
        people.lock_watchlist(session, watchlist)
        gallery.refresh(session, now)  # before this transaction adds anything: what it may undo must stay unknown
        keeper = _Keeper(session, blobs, gallery, by, now, admitted)
        attempt = session.begin_nested()
        person = people.add_person(session, watchlist, **asdict(entry), by=by, now=now)
        results = keeper.keep(person, examined)
        if any(result.is_accepted for result in results):
            attempt.commit()
            return PersonResult(person.id, results)
        attempt.rollback()
        return PersonResult(None, results)


@dataclass(frozen=True, slots=True)
class _Admitted:
    """What somebody answers for although patrol would refuse it."""

    is_lookalike: bool
    weak_reason: str | None  #: None lets no photo in as weak

    @staticmethod
    def of(is_lookalike_allowed: bool, weak_reason: str | None) -> "_Admitted":
        return _Admitted(is_lookalike_allowed, rules.weak_reason(weak_reason))


def _examine_all(finder: Examiner, photos: Iterable[Photo], admitted: _Admitted) -> Examined:
    """Examine photos one after the other; of each only the part that would be kept stays in memory."""
    examined: Examined = []
    n_candidates = 0
    for photo in photos:
        try:
            if n_candidates == MAX_PORTRAITS:
                raise PhotoRefused("too_many_photos", limit=MAX_PORTRAITS)
            is_weak_allowed = admitted.weak_reason is not None
            examined.append((photo.file_name, examine_photo(finder, photo, is_weak_allowed=is_weak_allowed)))
            n_candidates += 1
        except PhotoRefused as refusal:
            examined.append((photo.file_name, refusal))
    return examined


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Keeps candidates in one transaction."""

    session: Session
    blobs: Blobs
    gallery: Gallery
    by: str
    now: datetime
    admitted: _Admitted

    def keep(self, person: Person, examined: Examined) -> tuple[PhotoResult, ...]:
        return tuple(self._keep(person, file_name, one) for file_name, one in examined)

    def _keep(self, person: Person, file_name: str, one: Candidate | PhotoRefused) -> PhotoResult:
        try:
            if isinstance(one, PhotoRefused):
                raise one
            portrait = keep_photo(
                self.session,
                self.blobs,
                self.gallery,
                person,
                one,
                by=self.by,
                now=self.now,
                is_lookalike_allowed=self.admitted.is_lookalike,
                weak_reason=self.admitted.weak_reason,
            )
        except PhotoRefused as refusal:
            return _refused(file_name, refusal)
        rate = find_rate(portrait.quality) if portrait.is_weak else None
        return PhotoResult(
            file_name, is_accepted=True, portrait_id=portrait.id, is_weak=portrait.is_weak, find_rate=rate
        )


def _refused(file_name: str, refusal: PhotoRefused) -> PhotoResult:
    rate = find_rate(refusal.quality) if isinstance(refusal, PoorPhotoRefused) else None
    return PhotoResult(file_name, False, refusal.code, refusal.fields, may_be_weak=rate is not None, find_rate=rate)
