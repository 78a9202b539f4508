"""Trying a group's chats: what can be read of each, and a test message. How they keep up is in deliveries.py."""

import uuid
from datetime import datetime

from fastapi import APIRouter, status
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from patrol.dispatch import chat_checks, exercises, wording
from patrol.dispatch.chat_checks import CHECK, Checked, Looked
from patrol.store.tables import Exercise
from patrol.values import Language
from patrol.web.doors import Admin, Visitor
from patrol.web.groups import own_group
from patrol.web.inputs import Line
from patrol.web.parts import Parts, PartsHere

router = APIRouter(prefix="/api/v1", tags=["chats"])


class NewCheck(BaseModel):
    is_sending: bool = Field(True, description="false reads what can be read and sends nothing")


class CheckedView(BaseModel):
    group_id: str
    group_name: str
    kind: str
    address: str
    is_well: bool
    is_looked_at: bool
    name: str
    n_members: int | None
    state: str  #: not_sent, queued, accepted, refused, unknown or late
    error: str | None
    explanation: str
    took_s: float | None


class CheckView(BaseModel):
    id: uuid.UUID | None  #: to ask on for the test messages; null where none was sent
    started_at: datetime
    is_over: bool
    chats: list[CheckedView]


@router.post("/groups/{group_id}/test", status_code=status.HTTP_201_CREATED)
def test_group(group_id: Line, wanted: NewCheck, visitor: Admin, parts: PartsHere) -> CheckView:
    """Read each of a group's chats, and queue a test message for each; GET /checks/{id} says what came of it."""
    now = parts.clock()
    with parts.database.read() as session:
        own_group(session, group_id, visitor)
        groups = chat_checks.chosen(session, [group_id])
    rows = [chat for group in groups for chat in group.chats if chat.removed_at is None]
    looked = chat_checks.look_at(parts.looker.chats, rows, is_alone=False) if parts.looker else {}
    if not wanted.is_sending:
        chats = [chat_checks.checked(chat, None, looked.get(chat.id)) for chat in rows]
        return CheckView(id=None, started_at=now, is_over=True, chats=_checked_views(chats, visitor.language))
    with parts.database.write() as session:
        actor = f"user:{visitor.name}"
        exercise = chat_checks.start(session, chat_checks.chosen(session, [group_id]), actor, now)
        return _check_view(session, exercise, looked, visitor, parts)


@router.get("/checks/{check_id}")
def show_check(check_id: uuid.UUID, visitor: Admin, parts: PartsHere) -> CheckView:
    """What came of the test messages; what was read of the chats was said when the check began."""
    with parts.database.read() as session:
        exercise = exercises.find(session, check_id, CHECK)
        for group_id in exercise.group_ids:
            own_group(session, group_id, visitor)
        return _check_view(session, exercise, {}, visitor, parts)


def _check_view(
    session: Session, exercise: Exercise, looked: dict[uuid.UUID, Looked], visitor: Visitor, parts: Parts
) -> CheckView:
    chats = chat_checks.report(session, exercise, looked)
    is_over = chat_checks.is_over(session, exercise, parts.clock())
    views = _checked_views(chats, visitor.language)
    return CheckView(id=exercise.id, started_at=exercise.started_at, is_over=is_over, chats=views)


def _checked_views(chats: list[Checked], language: Language) -> list[CheckedView]:
    own = {"explanation"}
    return [
        CheckedView.model_validate(
            {
                **{name: getattr(it, name) for name in CheckedView.model_fields if name not in own},
                "explanation": wording.explain(it.error, language) if it.error else "",
            }
        )
        for it in chats
    ]
