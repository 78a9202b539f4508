"""Drills, self-tests and checks: what was begun, how far it came, how it ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from patrol.store import events
from patrol.store.tables import Delivery, Exercise, GroupChat, GroupReply
from patrol.values import PatrolError

PASSED = "passed"


class ExerciseUnknown(PatrolError):
    """There is no such exercise."""


def begin(
    session: Session, kind: str, by: str, now: datetime, ends_at: datetime, group_ids: Sequence[str], **more: Any
) -> Exercise:
    exercise = Exercise(
        id=uuid4(),
        kind=kind,
        started_at=now,
        started_by=by,
        ends_at=ends_at,
        group_ids=list(group_ids),
        stages={},
        **more,
    )
    session.add(exercise)
    session.flush()
    return exercise


def say(session: Session, exercise: Exercise, what: str, now: datetime, *, by: str, **more: Any) -> None:
    """Append "exercise.WHAT"; call it last, for it holds up every other writer until the commit."""
    about = {"exercise_id": str(exercise.id), "exercise_kind": exercise.kind, **more}
    events.append(session, f"exercise.{what}", actor=by, subject=f"exercise:{exercise.id}", now=now, **about)


def find(session: Session, id: UUID, kind: str, *, is_locking: bool = False) -> Exercise:
    """One exercise of a kind; ExerciseUnknown where there is none."""
    query = select(Exercise).where(Exercise.id == id, Exercise.kind == kind)
    row = session.scalars(query.with_for_update(of=Exercise) if is_locking else query).one_or_none()
    if row is None:
        raise ExerciseUnknown(f"there is no {kind.replace('_', '-')} {id}")
    return row


def note(exercise: Exercise, stage: str, at: datetime) -> None:
    """Write down that a stage was reached; the first time counts."""
    if stage not in exercise.stages:
        exercise.stages = {**exercise.stages, stage: at.isoformat()}


def stage_at(exercise: Exercise, stage: str) -> datetime | None:
    said = exercise.stages.get(stage)
    return datetime.fromisoformat(said) if said else None


def deliveries(session: Session, exercise: Exercise) -> Sequence[Delivery]:
    """What went out for it, group by group, each group's chats in their order."""
    rows = select(Delivery).where(Delivery.exercise_id == exercise.id).join(Delivery.chat)
    rows = rows.order_by(Delivery.group_id, GroupChat.position, Delivery.part.desc(), Delivery.id)
    return session.scalars(rows.options(joinedload(Delivery.chat), joinedload(Delivery.group))).all()


def answers(session: Session, exercise: Exercise) -> Sequence[GroupReply]:
    """What members said to it, the first first."""
    to_it = select(Delivery.id).where(Delivery.exercise_id == exercise.id)
    rows = select(GroupReply).where(GroupReply.delivery_id.in_(to_it))
    return session.scalars(rows.order_by(GroupReply.received_at, GroupReply.id)).all()


def waiting(session: Session, exercise: Exercise) -> list[UUID]:
    """What of it no sender has taken up."""
    untouched = select(Delivery.id).where(
        Delivery.exercise_id == exercise.id, Delivery.state == "queued", Delivery.attempts == 0
    )
    return list(session.scalars(untouched.order_by(Delivery.created_at, Delivery.id)))
