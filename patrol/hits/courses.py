"""What is going on about hits: the clocks that run, the steps that were taken, the case they belong to."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from patrol.store.tables import Clock, Episode, Hit, Step

Row = TypeVar("Row", Clock, Step)


@dataclass(frozen=True, slots=True)
class Course:
    """How it stands with a hit, all hits of its case together."""

    episode: Episode | None  #: its own, or the open one that a yes would make it an update of
    clocks: tuple[Clock, ...]
    steps: tuple[Step, ...]


def courses_of(session: Session, hits: Sequence[Hit]) -> Mapping[uuid.UUID, Course]:
    """By the hits' ids; three queries for a page, however long."""
    cases = {hit.id: hit.episode_id or hit.id for hit in hits}
    clocks, steps = _by_case(session, Clock, cases), _by_case(session, Step, cases)
    open_cases = _open_cases(session, hits)
    return {
        hit.id: Course(
            hit.episode or (open_cases.get((hit.person_id, hit.origin)) if hit.verdict is None else None),
            tuple(sorted(clocks[cases[hit.id]], key=lambda clock: (clock.started_at, clock.due_at, clock.group_id))),
            tuple(sorted(steps[cases[hit.id]], key=lambda step: (step.at, str(step.id)))),
        )
        for hit in hits
    }


def _by_case(session: Session, table: type[Row], cases: Mapping[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, list[Row]]:
    """The rows of every hit of these cases; a hit without a case is one by itself."""
    rows = session.execute(
        select(table, Hit.episode_id)
        .join(Hit, table.hit_id == Hit.id)
        .where(or_(table.hit_id.in_(cases), Hit.episode_id.in_(cases.values())))
    )
    found: dict[uuid.UUID, list[Row]] = defaultdict(list)
    for row, episode_id in rows:
        found[episode_id or row.hit_id].append(row)
    return found


def _open_cases(session: Session, hits: Sequence[Hit]) -> Mapping[tuple[uuid.UUID, str], Episode]:
    people = {hit.person_id for hit in hits if hit.verdict is None and hit.episode_id is None}
    open_ones = select(Episode).where(Episode.person_id.in_(people), Episode.closed_at.is_(None))
    return {(episode.person_id, episode.origin): episode for episode in session.scalars(open_ones)}
