"""Drills: start one, and watch the groups answer."""

import uuid
from datetime import datetime, timedelta

from fastapi import APIRouter, status
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from patrol.dispatch import drills, exercises, wording
from patrol.dispatch.drills import DRILL, ChatScore, Report, Score
from patrol.store.tables import Exercise
from patrol.values import Language
from patrol.web.doors import Reviewer, Visitor
from patrol.web.groups import own_group
from patrol.web.inputs import Line
from patrol.web.parts import PartsHere
from patrol.web.refusals import Problem, not_found

router = APIRouter(prefix="/api/v1/drills", tags=["drills"])


class NewDrill(BaseModel):
    group_ids: list[Line] = Field(default=[], max_length=2000, description="all groups where there are none")
    site_id: Line | None = Field(None, description="all groups of this site")
    minutes: float = Field(5, gt=0, le=drills.LONGEST_MIN)


class ChatScoreView(BaseModel):
    kind: str
    state: str  #: queued, accepted or failed
    error: str | None  #: in words
    accepted_after_s: float | None


class ScoreView(BaseModel):
    group_id: str
    name: str
    state: str
    seen_after_s: float | None  #: from the start to the group's first answer
    answer: str | None
    member: str
    chats: list[ChatScoreView]


class DrillView(BaseModel):
    id: uuid.UUID
    started_at: datetime
    started_by: str
    ends_at: datetime
    is_over: bool
    n_groups: int
    n_seen: int
    groups: list[ScoreView]


@router.post("", status_code=status.HTTP_201_CREATED)
def start_drill(new: NewDrill, visitor: Reviewer, parts: PartsHere) -> DrillView:
    """Send an exercise to these groups; the clock runs from here."""
    now = parts.clock()
    with parts.database.write() as session:
        group_ids = _own_groups(session, new, visitor)
        within = timedelta(minutes=new.minutes)
        exercise = drills.start(
            session, group_ids, now, by=f"user:{visitor.name}", site_id=new.site_id, within=within
        )
        return _view(drills.report(session, exercise, now), visitor.language)


@router.get("")
def list_drills(visitor: Reviewer, parts: PartsHere) -> list[DrillView]:
    """The newest drills of groups that the visitor sees."""
    with parts.database.read() as session:
        seen = [it for it in drills.recent(session) if _may_see(session, it, visitor)]
        return [_view(drills.report(session, it, parts.clock()), visitor.language) for it in seen]


@router.get("/{drill_id}")
def show_drill(drill_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> DrillView:
    with parts.database.read() as session:
        exercise = exercises.find(session, drill_id, DRILL)
        if not _may_see(session, exercise, visitor):
            raise not_found()
        return _view(drills.report(session, exercise, parts.clock()), visitor.language)


def _own_groups(session: Session, new: NewDrill, visitor: Visitor) -> list[str]:
    """The groups that were named, each of them the visitor's; who is for some sites names groups or a site."""
    if not new.group_ids:
        visitor.require_site(new.site_id)
        visitor.require_own(new.site_id)
    elif new.site_id is not None:
        raise Problem(422, "drill_of_both")
    return [own_group(session, group_id, visitor).id for group_id in new.group_ids]


def _may_see(session: Session, exercise: Exercise, visitor: Visitor) -> bool:
    """Whether all its groups are of sites that the visitor sees."""
    sites = drills.sites_of(session, exercise)
    return all(visitor.sees(site_id) for site_id in sites)


def _view(report: Report, language: Language) -> DrillView:
    return DrillView(
        id=report.id,
        started_at=report.started_at,
        started_by=report.started_by,
        ends_at=report.ends_at,
        is_over=report.is_over,
        n_groups=len(report.scores),
        n_seen=sum(score.seen_after_s is not None for score in report.scores),
        groups=[_score_view(score, language) for score in report.scores],
    )


def _score_view(score: Score, language: Language) -> ScoreView:
    stored = {name: getattr(score, name) for name in ScoreView.model_fields if name != "chats"}
    chats = [_chat_view(chat, language) for chat in score.chats]
    return ScoreView.model_validate({**stored, "chats": chats})


def _chat_view(chat: ChatScore, language: Language) -> ChatScoreView:
    error = wording.explain(chat.error, language) if chat.error else None
    return ChatScoreView(kind=chat.kind, state=chat.state, error=error, accepted_after_s=chat.accepted_after_s)
