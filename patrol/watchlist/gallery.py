"""Who is looked for right now: follows the database by revisions, and matches tracks by exact search."""

import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import structlog
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from patrol.faces.thresholds import Thresholds
from patrol.store.tables import GalleryChange, Person, Portrait, PortraitTemplate, Watchlist
from patrol.values import Float32, Grade, Match, PatrolError, Template, Track
from patrol.watchlist.floors import Floors, cap_of, read_floors
from patrol.watchlist.roster import BLOCK_ROWS, Block, Nearest, Roster

MIN_LOOKS = 2  # one look may be a lucky blur; two are the least that could contradict each other
MIN_AGREEMENT = 0.5  # more than this part of a track's looks must have the matched person as its own nearest
IDS_A_QUERY = 500  # older SQLite takes 999 parameters a statement
RELOAD_FROM = 5_000  # with so many people changed, reading everybody is faster than reading them by id
UNIT_WITHIN = 0.01  # of a template's length from 1

log = structlog.get_logger()


class TemplateRow(Protocol):
    """One active template, as it comes from the database."""

    person_id: uuid.UUID
    portrait_id: uuid.UUID
    vector: bytes
    ends_at: datetime
    list_ends_at: datetime


class OtherEmbedder(PatrolError):
    """Templates of two embedders are never compared."""


class Gallery:
    """The active templates of one embedder. Safe to match from many threads while another one refreshes."""

    def __init__(self, embedder: str, thresholds: Thresholds) -> None:
        self.embedder = embedder
        self.thresholds = thresholds
        self._roster = Roster(rev=-1)
        self._floors = Floors()
        self._numbers: dict[uuid.UUID, int] = {}  # of everybody ever seen here; written under the lock
        self._ids: list[uuid.UUID] = []  # number -> person; only ever appended to
        self._template_bytes: int | None = None  # what templates of this embedder take; known from the first ones
        self._refreshing = threading.Lock()

    @property
    def rev(self) -> int:
        return max(0, self._roster.rev)

    @property
    def n_people(self) -> int:
        return self._roster.n_people

    def refresh(self, session: Session, now: datetime) -> int:
        """Apply what changed since the last time, drop who has ended by the clock, and return the revision."""
        with self._refreshing:
            newest = session.scalar(select(func.coalesce(func.max(GalleryChange.rev), 0))) or 0
            if newest != self._roster.rev or now.timestamp() >= self._roster.next_end_at:
                self._roster = self._newer_roster(session, newest, now)
                self._floors = read_floors(session, self.embedder, cap_of(self.embedder), now)
            return newest

    def match(self, track: Track, now: datetime) -> Match | None:
        """The person a track shows, or None. Who has ended by `now` is not there, refreshed or not."""
        roster = self._roster
        looks = [look.template for look in track.looks if look.template is not None]
        templates = self._stacked([track.template, *looks])
        if not roster.blocks or (len(looks) < MIN_LOOKS and not track.is_over):
            return None  # the next look comes within half a second, and says more than this one alone
        similarities = roster.similarities(templates, now.timestamp())
        nearest = roster.nearest(similarities[0])
        agreeing = int((roster.nearest_people(similarities[1:]) == nearest.person).sum()) if looks else 0
        grade = self._grade(nearest, len(looks), agreeing)
        return None if grade is None else self._floors.hold(self._match(nearest, grade), track, now)

    def _newer_roster(self, session: Session, newest: int, now: datetime) -> Roster:
        roster = self._roster
        is_unknown = roster.rev < 0 or newest < roster.rev  # the latter: a database put back from a backup
        changed = set() if is_unknown else _people_changed(session, roster.rev)
        if is_unknown or len(changed) > RELOAD_FROM:
            return Roster(newest, [*self._read(session, now)])
        numbers = [self._number(person_id) for person_id in changed]
        return Roster(newest, [*roster.without(numbers, now.timestamp()), *self._read(session, now, changed)])

    def nearest_other(
        self, template: Template, person_id: uuid.UUID | None, now: datetime
    ) -> tuple[uuid.UUID, float] | None:
        """Who, other than a person, is nearest to a template, and how near."""
        roster = self._roster
        templates = self._stacked([template])
        if not roster.blocks:
            return None
        nearest = roster.nearest(roster.similarities(templates, now.timestamp())[0])
        if self._ids[nearest.person] != person_id:
            return self._ids[nearest.person], nearest.similarity
        if nearest.runner_up is None or nearest.runner_up_similarity is None:
            return None
        return self._ids[nearest.runner_up], nearest.runner_up_similarity

    def _grade(self, nearest: Nearest, n_looks: int, n_agreeing: int) -> Grade | None:
        """Sure: near enough, clearly ahead of everybody else, and most of several looks say the same.

        What is near enough but lacks one of the others is uncertain; so is what is less near, if the looks
        agree. A track whose looks point to different people and whose mean is near to none is nobody.
        """
        lead = nearest.similarity - (-1.0 if nearest.runner_up_similarity is None else nearest.runner_up_similarity)
        is_agreed = n_agreeing > MIN_AGREEMENT * n_looks
        is_clear = is_agreed and n_looks >= MIN_LOOKS and lead >= self.thresholds.margin
        if nearest.similarity >= self.thresholds.sure:
            return "sure" if is_clear else "uncertain"
        return "uncertain" if nearest.similarity >= self.thresholds.uncertain and is_agreed else None

    def _match(self, nearest: Nearest, grade: Grade) -> Match:
        return Match(
            person_id=self._ids[nearest.person],
            portrait_id=nearest.portrait_id,
            similarity=nearest.similarity,
            score=nearest.similarity,
            threshold=self.thresholds.sure if grade == "sure" else self.thresholds.uncertain,
            runner_up=nearest.runner_up_similarity,
            runner_up_id=None if nearest.runner_up is None else self._ids[nearest.runner_up],
            embedder=self.embedder,
            grade=grade,
        )

    def _stacked(self, templates: list[Template]) -> Float32:
        for template in templates:
            if template.embedder != self.embedder:
                raise OtherEmbedder(f"a template of {template.embedder!r} meets a gallery of {self.embedder!r}")
        return np.stack([template.vector for template in templates])

    def _read(self, session: Session, now: datetime, people: Iterable[uuid.UUID] | None = None) -> Iterator[Block]:
        """Read the active templates, of everybody or of some people, as blocks."""
        wanted: list[ColumnElement[bool] | None] = [None]
        if people is not None:
            ids = sorted(people)
            chunks = (ids[start : start + IDS_A_QUERY] for start in range(0, len(ids), IDS_A_QUERY))
            wanted = [Person.id.in_(chunk) for chunk in chunks]
        for condition in wanted:
            query = _active_templates(self.embedder, now)
            if condition is not None:
                query = query.where(condition)
            for rows in session.execute(query).partitions(BLOCK_ROWS):
                yield self._block(rows)

    def _block(self, rows: Sequence[TemplateRow]) -> Block:
        """Make rows of the database a block, without those that are damaged.

        One that is not of unit length would be near to everybody or, not being a number at all, hide all others.
        """
        n_bytes = self._template_bytes or Counter(len(row.vector) for row in rows).most_common(1)[0][0]
        whole = [row for row in rows if len(row.vector) == n_bytes]
        vectors = np.frombuffer(b"".join(row.vector for row in whole), "<f4").reshape(len(whole), n_bytes // 4)
        is_unit = np.abs(np.linalg.norm(vectors, axis=1) - 1.0) <= UNIT_WITHIN
        if n_damaged := len(rows) - int(is_unit.sum()):
            log.error("templates_damaged", n=n_damaged, embedder=self.embedder)
        usable = [row for row, is_usable in zip(whole, is_unit, strict=True) if is_usable]
        if usable:
            self._template_bytes = n_bytes
        portraits = np.empty(len(usable), dtype=np.object_)
        portraits[:] = [row.portrait_id for row in usable]
        return Block(
            vectors=vectors[is_unit],
            people=np.array([self._number(row.person_id) for row in usable], dtype=np.int64),
            portraits=portraits,
            ends_at=np.array([min(row.ends_at, row.list_ends_at).timestamp() for row in usable]),
        )

    def _number(self, person_id: uuid.UUID) -> int:
        if person_id not in self._numbers:
            self._numbers[person_id] = len(self._ids)
            self._ids.append(person_id)
        return self._numbers[person_id]


def _active_templates(embedder: str, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Person.id.label("person_id"),
            Portrait.id.label("portrait_id"),
            PortraitTemplate.vector,
            Person.ends_at,
            Watchlist.ends_at.label("list_ends_at"),
        )
        .select_from(PortraitTemplate)
        .join(Portrait, Portrait.id == PortraitTemplate.portrait_id)
        .join(Person, Person.id == Portrait.person_id)
        .join(Watchlist, Watchlist.id == Person.watchlist_id)
        .where(
            PortraitTemplate.embedder == embedder,
            Portrait.removed_at.is_(None),
            Person.removed_at.is_(None),
            Person.suspended_at.is_(None),
            Person.ends_at > now,
            Watchlist.closed_at.is_(None),
            Watchlist.ends_at > now,
        )
    )


def _people_changed(session: Session, rev: int) -> set[uuid.UUID]:
    """Everybody a change behind `rev` is about; a change of a list is about everybody in it."""
    changes = session.execute(
        select(GalleryChange.person_id, GalleryChange.watchlist_id).where(GalleryChange.rev > rev)
    ).all()
    people = {person_id for person_id, _ in changes if person_id is not None}
    lists = {list_id for person_id, list_id in changes if person_id is None and list_id is not None}
    for list_id in lists:
        people |= set(session.scalars(select(Person.id).where(Person.watchlist_id == list_id)))
    return people
