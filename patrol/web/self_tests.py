"""Self-tests: start one, see how far the last ones came, and the policy that lets them confirm their own hits."""

import uuid
from datetime import datetime

from fastapi import APIRouter, status
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.dispatch import exercises, self_tests
from patrol.dispatch.self_tests import SELF_TEST, STAGES
from patrol.hits import policies
from patrol.store.tables import Exercise, Policy, Watchlist
from patrol.watchlist.people import WatchlistUnknown
from patrol.web.doors import Admin, ChiefAdmin, Reviewer
from patrol.web.inputs import Line, When, Words
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/api/v1", tags=["self-tests"])

MOST = 50


class NewSelfTest(BaseModel):
    site_id: Line = Field(min_length=1, max_length=64)


class SelfTestView(BaseModel):
    id: uuid.UUID
    site_id: str
    stream_id: str | None
    started_at: datetime
    started_by: str  #: a user, "cli", or "shift:SITE:TIME"
    ended_at: datetime | None
    outcome: str | None  #: passed or failed_at_STAGE
    stages_ms: dict[str, int]  #: from the start to each stage that was reached
    hit_id: uuid.UUID | None


class NewPolicy(BaseModel):
    text: Words = Field(min_length=1, max_length=policies.LONGEST_TEXT)
    ends_at: When


class PolicyView(BaseModel):
    id: uuid.UUID
    text: str
    written_by: str
    created_at: datetime
    ends_at: datetime


@router.get("/self-tests")
def list_self_tests(visitor: Reviewer, parts: PartsHere) -> list[SelfTestView]:
    """The newest ones of the visitor's sites."""
    newest = select(Exercise).where(Exercise.kind == SELF_TEST).order_by(Exercise.started_at.desc(), Exercise.id)
    with parts.database.read() as session:
        views = [_view(session, it) for it in session.scalars(newest.limit(MOST))]
    return [view for view in views if visitor.sees(view.site_id)]


@router.post("/self-tests", status_code=status.HTTP_201_CREATED)
def start_self_test(new: NewSelfTest, visitor: Admin, parts: PartsHere) -> SelfTestView:
    """Let a listed face in at this site; what is missing for that is said."""
    visitor.require_site(new.site_id)
    with parts.database.write() as session:
        groups = [group.id for group in self_tests.groups_of_site(session, new.site_id)]
        exercise = self_tests.begin(session, new.site_id, groups, f"user:{visitor.name}", parts.clock())
        return _view(session, exercise)


@router.get("/self-tests/{self_test_id}")
def show_self_test(self_test_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> SelfTestView:
    with parts.database.read() as session:
        view = _view(session, exercises.find(session, self_test_id, SELF_TEST))
    visitor.require_site(view.site_id)
    return view


@router.get("/watchlists/{watchlist_id}/exercise-policy")
def show_exercise_policy(watchlist_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> PolicyView | None:
    """The policy of an exercise list that is in force; null where there is none."""
    with parts.database.read() as session:
        policy = policies.standing(session, watchlist_id, parts.clock())
        return _policy_view(policy) if policy else None


@router.put("/watchlists/{watchlist_id}/exercise-policy")
def write_exercise_policy(
    watchlist_id: uuid.UUID, new: NewPolicy, visitor: ChiefAdmin, parts: PartsHere
) -> PolicyView:
    """Let the self-tests' own hits of an exercise list confirm themselves until then; no other hit ever does."""
    with parts.database.write() as session:
        watchlist = session.get(Watchlist, watchlist_id)
        if watchlist is None:
            raise WatchlistUnknown
        policy = policies.write(session, watchlist, new.text, f"user:{visitor.name}", parts.clock(), new.ends_at)
        return _policy_view(policy)


def _policy_view(policy: Policy) -> PolicyView:
    return PolicyView.model_validate({name: getattr(policy, name) for name in PolicyView.model_fields})


def _view(session: Session, exercise: Exercise) -> SelfTestView:
    reached = {stage: exercises.stage_at(exercise, stage) for stage in STAGES}
    return SelfTestView(
        id=exercise.id,
        site_id=self_tests.site_of(session, exercise),
        stream_id=exercise.stream_id,
        started_at=exercise.started_at,
        started_by=exercise.started_by,
        ended_at=exercise.ended_at,
        outcome=exercise.outcome,
        stages_ms={
            stage: max(0, round((at - exercise.started_at).total_seconds() * 1000))
            for stage, at in reached.items()
            if at is not None
        },
        hit_id=exercise.hit_id,
    )
