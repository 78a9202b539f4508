"""Deliveries: what was sent, what waits and why, how each chat keeps up, and sending again what failed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from patrol.dispatch import backlog, redriving, stories, wording
from patrol.dispatch.backlog import Backlog, State, Wanted
from patrol.store.tables import Delivery
from patrol.values import Language
from patrol.web.doors import Reviewer, Viewer, Visitor
from patrol.web.explanations import explain
from patrol.web.inputs import Line, Number
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/api/v1/deliveries", tags=["deliveries"])


OWN = (
    *("id", "kind", "part", "state", "hit_id", "group_id", "parent_id", "attempts", "is_repeat", "may_have_arrived"),
    *("created_at", "expires_at", "sent_at", "read_at", "ended_at"),
)


class DeliveryQuery(BaseModel):
    state: State | None = None
    group: Line | None = None
    hit: Number | None = Field(None, description="the hit's number")
    hit_id: UUID | None = None
    limit: int = Field(100, ge=1, le=500)


class DeliveryRow(BaseModel):
    id: UUID
    kind: str
    part: str
    state: State
    hit_id: UUID | None
    number: int | None
    group_id: str
    group_name: str
    chat_kind: str
    attempts: int
    is_repeat: bool
    may_have_arrived: bool
    error: str | None  #: in the reader's words
    n_missed: int
    created_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    read_at: datetime | None
    ended_at: datetime | None
    parent_id: UUID | None


class RateView(BaseModel):
    n: int
    per_s: float


class ChatQueue(BaseModel):
    """How one chat keeps up."""

    chat_id: UUID
    group_id: str
    group_name: str
    kind: str
    n_queued: int
    oldest_queued_at: datetime | None
    left: int | None = Field(description="hits it may take now; null where the platform itself says when to wait")
    free_at: datetime | None = Field(description="where nothing is left: when the next may leave")
    rates: list[RateView]
    last_success_at: datetime | None
    last_error_at: datetime | None
    last_error: str | None  #: in the reader's words
    is_broken: bool


class DeliveryPage(BaseModel):
    items: list[DeliveryRow]
    queues: list[ChatQueue]


class StoryLine(BaseModel):
    at: datetime
    code: str
    text: str


class DeliveryStory(DeliveryRow):
    text: str
    story: list[StoryLine]


class Redriven(BaseModel):
    outcome: str = Field(description="again, sooner, or the code of why nothing was done")
    explanation: str
    delivery: DeliveryRow


@router.get("")
def list_deliveries(asked: Annotated[DeliveryQuery, Query()], visitor: Viewer, parts: PartsHere) -> DeliveryPage:
    """Deliveries, newest first, and how each chat keeps up."""
    wanted = Wanted(asked.state, asked.group, asked.hit, asked.hit_id)
    with parts.database.read() as session:
        rows = backlog.find(session, wanted, visitor.sites, asked.limit)
        return DeliveryPage(items=_rows(rows, visitor), queues=queues_of(session, visitor, parts.clock()))


@router.get("/{delivery_id}")
def show_delivery(delivery_id: UUID, visitor: Viewer, parts: PartsHere) -> DeliveryStory:
    """One delivery with its whole story."""
    with parts.database.read() as session:
        row = backlog.read(session, delivery_id, visitor.sites)
        zone, told = stories.zone_of(row), stories.story(session, row, parts.clock())
        lines = [StoryLine(at=it.at, code=it.code, text=it.say(visitor.language, zone)) for it in told]
        return DeliveryStory(**_row(row, visitor.language).model_dump(), text=row.text, story=lines)


@router.post("/{delivery_id}/redrive")
def redrive_delivery(delivery_id: UUID, visitor: Reviewer, parts: PartsHere) -> Redriven:
    """Send it again where it failed, at once where it waits; never what is overdue, overruled or paused."""
    with parts.database.write() as session:
        row = backlog.read(session, delivery_id, visitor.sites)
        outcome = redriving.redrive(session, row, f"user:{visitor.name}", parts.clock())
        said = explain("deliveries", f"done_{outcome}", visitor.language, {"id": backlog.short(row.id)})
        return Redriven(outcome=outcome, explanation=said, delivery=_row(row, visitor.language))


def _rows(rows: Sequence[Delivery], visitor: Visitor) -> list[DeliveryRow]:
    return [_row(row, visitor.language) for row in rows]


def _row(row: Delivery, language: Language) -> DeliveryRow:
    return DeliveryRow(
        **{name: getattr(row, name) for name in OWN},
        number=row.hit.number if row.hit else None,
        group_name=row.group.name,
        chat_kind=row.chat.kind,
        error=wording.explain(row.error, language) if row.error else None,
        n_missed=len(row.missed),
    )


def queues_of(session: Session, visitor: Visitor, now: datetime) -> list[ChatQueue]:
    """How each chat that the visitor may know of keeps up."""
    return [_queue(it, visitor.language) for it in backlog.backlogs(session, now, visitor.sites)]


def _queue(it: Backlog, language: Language) -> ChatQueue:
    chat = it.chat
    return ChatQueue(
        chat_id=chat.id,
        group_id=chat.group_id,
        group_name=chat.group.name,
        kind=chat.kind,
        n_queued=it.n_queued,
        oldest_queued_at=it.oldest_at,
        left=it.left,
        free_at=it.free_at,
        rates=[RateView(n=rate.n, per_s=rate.per_s) for rate in it.rates],
        last_success_at=chat.last_success_at,
        last_error_at=chat.last_error_at,
        last_error=wording.explain(chat.last_error, language) if chat.last_error else None,
        is_broken=chat.broken_at is not None,
    )
