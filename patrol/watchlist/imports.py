"""Takes in many people at once: a folder or a ZIP with a table, or with a folder or a file for each person.

Everybody is enrolled in a transaction of their own, so that one person's trouble is nobody else's.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import BinaryIO

import structlog
from sqlalchemy.exc import SQLAlchemyError

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.watchlist import people, rules
from patrol.watchlist.bundles import Bundle, Folder, Zip
from patrol.watchlist.enrolment import PersonResult, PhotoResult, enrol_person
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.plans import SHEETS, Planned, plan
from patrol.watchlist.portraits import Examiner, Photo
from patrol.watchlist.refusals import EntryRefused, ImportRefused, PhotoRefused
from patrol.watchlist.sheets import Line, read_end

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for everybody of whom the table says nothing."""

    zone: tzinfo  #: whose midnight ends a day
    reason: str = ""
    source: str = ""
    ends_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """What became of one photo, or of a person of whom no photo was looked at."""

    line: int | None  #: of the table; None without one
    file_name: str
    name: str
    is_accepted: bool
    reason_code: str | None = None  #: an entry of words/enrolment.json, said with `fields`
    fields: Mapping[str, object] = field(default_factory=dict)
    person_id: uuid.UUID | None = None
    is_weak: bool = False  #: let in as weak
    may_be_weak: bool = False  #: refused, and may be let in as weak for a written reason
    find_rate: float | None = None  #: where it is weak or may be: part of good passages in which it is to be found


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of everything that was handed in."""

    rows: tuple[ImportRow, ...]

    @property
    def n_people(self) -> int:
        return len({row.person_id for row in self.rows if row.person_id is not None})

    @property
    def n_accepted(self) -> int:
        return sum(row.is_accepted for row in self.rows)

    @property
    def n_refused(self) -> int:
        return len(self.rows) - self.n_accepted

    @property
    def n_weak(self) -> int:
        return sum(row.is_weak for row in self.rows)

    @property
    def n_with_one_portrait(self) -> int:
        """People of whom one photo was accepted: a second one would find them more often."""
        n_photos = Counter(row.person_id for row in self.rows if row.is_accepted and row.person_id is not None)
        return sum(n == 1 for n in n_photos.values())


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import has come, in people."""

    n_done: int
    n_total: int
    n_accepted: int  #: photos


def import_zip(
    database: Database,
    blobs: Blobs,
    finder: Examiner,
    watchlist_id: uuid.UUID,
    file: BinaryIO,
    defaults: Defaults,
    *,
    by: str,
    now: datetime,
    progress: Callable[[ImportProgress], None] = lambda _: None,
) -> ImportReport:
    """Take in the people of a ZIP; ImportRefused where it cannot be read as a whole."""
    bundle = Zip(file)
    intake = _Intake(database, blobs, finder, watchlist_id, bundle, defaults, by, now)
    return intake.run(plan(bundle, is_folder_given=False), progress)


def import_folder(
    database: Database,
    blobs: Blobs,
    finder: Examiner,
    watchlist_id: uuid.UUID,
    folder: Path,
    defaults: Defaults,
    *,
    by: str,
    now: datetime,
    progress: Callable[[ImportProgress], None] = lambda _: None,
) -> ImportReport:
    """Take in the people of a folder; ImportRefused where it cannot be read as a whole."""
    if not folder.is_dir():
        raise ImportRefused("not_a_folder", folder=folder)
    bundle = Folder(folder)
    intake = _Intake(database, blobs, finder, watchlist_id, bundle, defaults, by, now)
    return intake.run(plan(bundle, is_folder_given=True), progress)


@dataclass(frozen=True, slots=True)
class _Intake:
    """One import under way."""

    database: Database
    blobs: Blobs
    finder: Examiner
    watchlist_id: uuid.UUID
    bundle: Bundle
    defaults: Defaults
    by: str
    now: datetime

    def run(self, planned: Sequence[Planned], progress: Callable[[ImportProgress], None]) -> ImportReport:
        with self.database.read() as session:
            rules.require_open(people.find_watchlist(session, self.watchlist_id), self.now)
        gallery = Gallery(self.finder.embedder, self.finder.thresholds)
        rows: list[ImportRow] = []
        for n_done, person in enumerate(planned, start=1):
            rows += self._take_in(person, gallery)
            progress(ImportProgress(n_done, len(planned), sum(row.is_accepted for row in rows)))
        return ImportReport((*rows, *self._left_over(planned)))

    def _take_in(self, planned: Planned, gallery: Gallery) -> list[ImportRow]:
        """Enrol one person; whatever is wrong with them ends in their rows."""
        unread = list(planned.missing)
        try:
            if planned.refusal is not None:
                raise planned.refusal
            result = self._enrol(planned, gallery, unread)
        except EntryRefused as refusal:
            files = [*planned.photos, *(name for name, _ in planned.missing)] or [""]
            return [self._refused(planned, name, refusal) for name in files]
        except SQLAlchemyError as error:
            log.error("person_not_stored", line=planned.line.number, error=type(error).__name__)
            return [self._refused(planned, name, EntryRefused("not_stored")) for name in planned.photos]
        rows = [self._row(planned, photo, result) for photo in result.photos]
        return rows + [self._refused(planned, name, refusal) for name, refusal in unread]

    def _enrol(self, planned: Planned, gallery: Gallery, unread: list[tuple[str, PhotoRefused]]) -> PersonResult:
        return enrol_person(
            self.database,
            self.blobs,
            self.finder,
            self.watchlist_id,
            _entry(planned.line, self.defaults),
            self._photos(planned, unread),
            by=self.by,
            now=self.now,
            gallery=gallery,
            weak_reason=planned.line.weak_reason or None,
        )

    def _photos(self, planned: Planned, unread: list[tuple[str, PhotoRefused]]) -> Iterator[Photo]:
        """Read one photo after the other; what cannot be read is noted in `unread`."""
        for name in planned.photos:
            try:
                if name in self.bundle.refused:
                    raise self.bundle.refused[name]
                content = self.bundle.read(name)
            except PhotoRefused as refusal:
                unread.append((name, refusal))
            else:
                yield Photo(name, content)

    def _left_over(self, planned: Sequence[Planned]) -> Iterator[ImportRow]:
        """The files that belong to nobody: refused before anybody looked, or not in the table."""
        used = {name for person in planned for name in person.photos}
        for name, refusal in self.bundle.refused.items():
            if name not in used:
                yield ImportRow(None, name, "", False, refusal.code, refusal.fields)
        for name in self.bundle.names:
            if name not in used and not name.lower().endswith(SHEETS):
                yield ImportRow(None, name, "", False, "not_in_sheet")

    def _row(self, planned: Planned, photo: PhotoResult, result: PersonResult) -> ImportRow:
        return ImportRow(
            planned.line.number,
            photo.file_name,
            planned.line.name,
            photo.is_accepted,
            photo.reason_code,
            photo.fields,
            result.person_id,
            photo.is_weak,
            photo.may_be_weak,
            photo.find_rate,
        )

    def _refused(self, planned: Planned, file_name: str, refusal: EntryRefused | PhotoRefused) -> ImportRow:
        return ImportRow(planned.line.number, file_name, planned.line.name, False, refusal.code, refusal.fields)


def _entry(line: Line, defaults: Defaults) -> people.Entry:
    ends_at = read_end(line.ends_at, defaults.zone) if line.ends_at else defaults.ends_at
    if ends_at is None:
        raise EntryRefused("no_end")
    return people.Entry(
        name=line.name,
        reason=line.reason or defaults.reason,
        source=line.source or defaults.source,
        ends_at=ends_at,
        external_ref=line.external_ref or None,
        note=line.note or defaults.note,
    )
