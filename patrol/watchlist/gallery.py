"""Who is looked for right now: follows the database by revisions, and matches tracks by exact search."""

import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import structlog
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from patrol.faces.thresholds import Thresholds
from patrol.matching.budget import Derived, Entries, Scale, members_of
from patrol.matching.cohort import Cohort
from patrol.matching.decision import MIN_LOOKS, Evidence, grade_of
from patrol.matching.prior import Prior
from patrol.store.tables import GalleryChange, Person, Portrait, PortraitTemplate, Watchlist
from patrol.values import Float32, Grade, Match, PatrolError, Template, Track
from patrol.watchlist.calibrating import UNIT_WITHIN, Basis, read_basis
from patrol.watchlist.floors import Floors, cap_of, read_floors
from patrol.watchlist.roster import BLOCK_ROWS, HIDDEN, Block, Nearest, Roster, nearest

IDS_A_QUERY = 500  # older SQLite takes 999 parameters a statement
RELOAD_FROM = 5_000  # with so many people changed, reading everybody is faster than reading them by id
N_CANDIDATES = 3  # people a track is held against before it is nobody's

log = structlog.get_logger()


class TemplateRow(Protocol):
    """One active template, as it comes from the database."""

    person_id: uuid.UUID
    portrait_id: uuid.UUID
    vector: bytes
    ends_at: datetime
    list_ends_at: datetime
    is_weak: bool


class OtherEmbedder(PatrolError):
    """Templates of two embedders are never compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Everything a search reads, of one revision: it is replaced as a whole."""

    roster: Roster
    floors: Floors
    cohort: Cohort
    offsets: Float32  #: float32 (N,), of the roster's people
    scale: Scale
    basis: Basis | None = None  #: None where the thresholds were given
    derived: Derived | None = None

    def is_of(self, roster: Roster, basis: Basis) -> bool:
        """Whether the same follows for this list: a verdict or another list's embedder moves the revision too."""
        mine = self.basis
        return (
            mine is not None
            and (mine.budget, mine.budget_id, mine.prior) == (basis.budget, basis.budget_id, basis.prior)
            and np.array_equal(mine.volunteers, basis.volunteers)
            and np.array_equal(self.roster.people, roster.people)
            and np.array_equal(self.roster.templates, roster.templates)
            and np.array_equal(self.roster.is_weak, roster.is_weak)
        )

    def scores(self, templates: Float32, similarities: Float32) -> Float32:
        """templates: float32 (Q, D); similarities: float32 (Q, N). Returns float32 (Q, N); who has ended has none."""
        held = similarities - self.offsets - self.cohort.offsets(templates)[:, None]
        return np.where(similarities > HIDDEN, held, np.float32(HIDDEN))


class Gallery:
    """The active templates of one embedder. Safe to match from many threads while another one refreshes.

    `thresholds` are cosines, and say what enrolment takes for one person. With a `prior` tracks are held to what
    follows from the budget, the list and the volunteers; without one to `thresholds`, and scores are cosines.
    """

    def __init__(self, embedder: str, thresholds: Thresholds, prior: Prior | None = None) -> None:
        self.embedder = embedder
        self.thresholds = thresholds
        self._prior = prior
        self._standing = self._given(Roster(rev=-1), Floors())
        self._numbers: dict[uuid.UUID, int] = {}  # of everybody ever seen here; written under the lock
        self._ids: list[uuid.UUID] = []  # number -> person; only ever appended to
        self._template_bytes: int | None = None  # what templates of this embedder take; known from the first ones
        self._refreshing = threading.Lock()

    @property
    def rev(self) -> int:
        return max(0, self._standing.roster.rev)

    @property
    def n_people(self) -> int:
        return self._standing.roster.n_people

    @property
    def standing(self) -> Standing:
        return self._standing

    def refresh(self, session: Session, now: datetime) -> int:
        """Apply what changed since the last time, drop who has ended by the clock, and return the revision."""
        with self._refreshing:
            newest = session.scalar(select(func.coalesce(func.max(GalleryChange.rev), 0))) or 0
            roster = self._standing.roster
            if newest != roster.rev or now.timestamp() >= roster.next_end_at:
                floors = read_floors(session, self.embedder, cap_of(self._prior), now)
                self._standing = self._stand(session, self._newer_roster(session, newest, now), floors, now)
            return newest

    def match(self, track: Track, now: datetime) -> Match | None:
        """The person a track shows, or None. Who has ended by `now` is not there, refreshed or not."""
        standing = self._standing
        looks = [look.template for look in track.looks if look.template is not None]
        templates = self._stacked([track.template, *looks])
        if not standing.roster.n_people or (len(looks) < MIN_LOOKS and not track.is_over):
            return None  # the next look comes within half a second, and says more than this one alone
        similarities = standing.roster.similarities(templates, now.timestamp())
        return self._judged(standing, track, similarities, standing.scores(templates, similarities), now)

    def _judged(
        self, standing: Standing, track: Track, similarities: Float32, scores: Float32, now: datetime
    ) -> Match | None:
        """The nearest person, or the next one where that one's own bar is higher: a weak portrait, a camera's floor.

        Whoever stands behind somebody that was passed over is uncertain at most.
        """
        for place_in_line in range(min(N_CANDIDATES, standing.roster.n_people)):
            best = nearest(scores[0])
            is_weak = bool(standing.roster.is_weak[best.place])
            evidence = Evidence.of(best.score, best.runner_up_score, best.place, scores[1:].argmax(axis=1))
            grade, threshold = _graded(evidence, standing.scale, is_weak=is_weak)
            if grade is not None:
                match = self._match(standing, best, float(similarities[0, best.place]), track, grade, threshold)
                if held := standing.floors.hold(match, track, now):
                    return held if place_in_line == 0 else _as_uncertain(held, standing.scale)
            elif not is_weak:
                return None  # by the bar that all others have too
            scores[:, best.place] = HIDDEN
        return None

    def _given(self, roster: Roster, floors: Floors) -> Standing:
        """Cosines against the thresholds as they are."""
        given = self.thresholds
        scale = Scale(given.sure, given.uncertain, given.sure, given.margin)
        nobody = Cohort(self.embedder, np.empty((0, roster.templates.shape[1]), np.float32))
        return Standing(roster, floors, nobody, np.zeros(roster.n_people, np.float32), scale)

    def _stand(self, session: Session, roster: Roster, floors: Floors, now: datetime) -> Standing:
        """Derive what this revision is held to; the same in every process."""
        if self._prior is None or not roster.n_people:
            return self._given(roster, floors)
        order = np.argsort([self._ids[number].bytes for number in roster.people])
        entries = Entries(roster.templates[order], roster.is_weak[order])
        basis = read_basis(session, self._prior, roster.rev, entries, now)
        if self._standing.is_of(roster, basis):
            return replace(self._standing, roster=roster, floors=floors, basis=basis)
        derived = basis.derive()
        cohort = self._prior.cohort(members_of(entries, basis.volunteers))
        offsets = cohort.offsets(roster.templates)
        return Standing(roster, floors, cohort, offsets, derived.scale, basis, derived)

    def _newer_roster(self, session: Session, newest: int, now: datetime) -> Roster:
        roster = self._standing.roster
        is_unknown = roster.rev < 0 or newest < roster.rev  # the latter: a database put back from a backup
        changed = set() if is_unknown else _people_changed(session, roster.rev)
        if is_unknown or len(changed) > RELOAD_FROM:
            return Roster(newest, [*self._read(session, now)])
        numbers = [self._number(person_id) for person_id in changed]
        return Roster(newest, [*roster.without(numbers, now.timestamp()), *self._read(session, now, changed)])

    def nearest_other(
        self, template: Template, person_id: uuid.UUID | None, now: datetime
    ) -> tuple[uuid.UUID, float] | None:
        """Who, other than a person, is nearest to a template, and how near: a cosine."""
        roster = self._standing.roster
        templates = self._stacked([template])
        if not roster.n_people:
            return None
        near = nearest(roster.similarities(templates, now.timestamp())[0])
        if self._person(roster, near.place) != person_id:
            return self._person(roster, near.place), near.score
        if near.runner_up is None or near.runner_up_score is None:
            return None
        return self._person(roster, near.runner_up), near.runner_up_score

    def _person(self, roster: Roster, place: int) -> uuid.UUID:
        return self._ids[int(roster.people[place])]

    def _match(
        self, standing: Standing, best: Nearest, similarity: float, track: Track, grade: Grade, threshold: float
    ) -> Match:
        roster = standing.roster
        portrait_id, is_weak = roster.nearest_portrait(best.place, track.template.vector)
        return Match(
            person_id=self._person(roster, best.place),
            portrait_id=portrait_id,
            similarity=similarity,
            score=best.score,
            threshold=threshold,
            runner_up=best.runner_up_score,
            runner_up_id=None if best.runner_up is None else self._person(roster, best.runner_up),
            embedder=self.embedder,
            grade=grade,
            is_weak=is_weak,
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
            is_weak=np.array([row.is_weak for row in usable], np.bool_),
        )

    def _number(self, person_id: uuid.UUID) -> int:
        if person_id not in self._numbers:
            self._numbers[person_id] = len(self._ids)
            self._ids.append(person_id)
        return self._numbers[person_id]


def _graded(evidence: Evidence, scale: Scale, *, is_weak: bool) -> tuple[Grade | None, float]:
    """The grade, and the threshold it was held against. By weak portraits alone nobody is sure."""
    if is_weak:
        never = max(scale.sure, scale.weak) + 2.0  # no score is as high
        return grade_of(evidence, sure=never, uncertain=scale.weak, margin=scale.margin), scale.weak
    grade = grade_of(evidence, sure=scale.sure, uncertain=scale.uncertain, margin=scale.margin)
    return grade, scale.sure if grade == "sure" else scale.uncertain


def _as_uncertain(match: Match, scale: Scale) -> Match:
    """Somebody else was nearer, and passed over by a bar of their own."""
    if match.grade == "uncertain":
        return match
    return replace(match, grade="uncertain", threshold=min(match.threshold, scale.uncertain))


def _active_templates(embedder: str, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Person.id.label("person_id"),
            Portrait.id.label("portrait_id"),
            PortraitTemplate.vector,
            Person.ends_at,
            Watchlist.ends_at.label("list_ends_at"),
            Portrait.is_weak,
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
