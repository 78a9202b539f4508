"""Hits: the queue, one hit, its pictures and history, and what a person says of it."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from patrol.hits import queue, review
from patrol.hits.reasons import Verdict
from patrol.store import events
from patrol.store.tables import Hit, Portrait
from patrol.web.doors import Reviewer, Viewer
from patrol.web.hit_views import HitPage, HitView, PictureKind, views_of
from patrol.web.inputs import Line, Number, Words
from patrol.web.parts import PartsHere
from patrol.web.pictures import JPEG, stored_picture

router = APIRouter(prefix="/api/v1/hits", tags=["hits"])


class HitQuery(BaseModel):
    state: Literal["waiting", "decided", "all"] = "waiting"
    verdict: Verdict | None = None
    site_id: Line | None = None
    stream_id: Line | None = None
    watchlist_id: uuid.UUID | None = None
    before: Number | None = Field(None, description="the `next` of the page before")
    limit: int = Field(50, ge=1, le=200)


class NewDecision(BaseModel):
    round: Number = Field(description="the round the reader was looking at")
    verdict: Verdict
    reason: Line | None = Field(None, max_length=64)
    note: Words = Field("", max_length=2000)


class NewAmendment(NewDecision):
    reason: Line = Field(min_length=1, max_length=64)


class HistoryEntry(BaseModel):
    seq: int
    at: datetime
    kind: str
    actor: str
    body: dict[str, Any]


@router.get("")
def list_hits(asked: Annotated[HitQuery, Query()], visitor: Viewer, parts: PartsHere) -> HitPage:
    """Waiting hits in the order to review them, others newest first."""
    with parts.database.read() as session:
        page = queue.find(session, visitor.sites, **asked.model_dump())
        return HitPage(
            items=views_of(session, page.hits), next=page.next, waiting=queue.n_waiting(session, visitor.sites)
        )


@router.get("/{hit_id}")
def show_hit(hit_id: uuid.UUID, visitor: Viewer, parts: PartsHere) -> HitView:
    with parts.database.read() as session:
        return views_of(session, [queue.read(session, hit_id, visitor.sites).hit])[0]


@router.post("/{hit_id}/decisions", status_code=status.HTTP_201_CREATED)
def decide(hit_id: uuid.UUID, said: NewDecision, visitor: Reviewer, parts: PartsHere) -> HitView:
    """Confirm, reject or mark unsure. Who comes second gets 409 and is told who was first."""
    with parts.database.write() as session:
        decision = review.decide(
            session,
            hit_id,
            round=said.round,
            verdict=said.verdict,
            user=visitor.user,
            reason=said.reason,
            note=said.note,
            now=parts.clock(),
            undo_s=parts.settings.undo_s,
            sites=visitor.sites,
        )
        return views_of(session, [decision.hit])[0]


@router.post("/{hit_id}/amendments", status_code=status.HTTP_201_CREATED)
def amend(hit_id: uuid.UUID, said: NewAmendment, visitor: Reviewer, parts: PartsHere) -> HitView:
    """Say otherwise later, with a reason; the earlier decision stays in the history."""
    with parts.database.write() as session:
        decision = review.amend(
            session,
            hit_id,
            round=said.round,
            verdict=said.verdict,
            user=visitor.user,
            reason=said.reason,
            note=said.note,
            now=parts.clock(),
            undo_s=parts.settings.undo_s,
            sites=visitor.sites,
        )
        return views_of(session, [decision.hit])[0]


@router.get("/{hit_id}/pictures/{kind}", response_class=Response, responses=JPEG)
def show_picture(hit_id: uuid.UUID, kind: PictureKind, visitor: Viewer, parts: PartsHere) -> Response:
    with parts.database.read() as session:
        key = _key_of(session, queue.read(session, hit_id, visitor.sites).hit, kind)
    return stored_picture(parts.blobs, key)


@router.get("/{hit_id}/history")
def show_history(hit_id: uuid.UUID, visitor: Viewer, parts: PartsHere) -> list[HistoryEntry]:
    with parts.database.read() as session:
        hit = queue.read(session, hit_id, visitor.sites).hit
        return [
            HistoryEntry(seq=event.seq, at=event.at, kind=event.kind, actor=event.actor, body=event.body)
            for event in events.about(session, f"hit:{hit.id}")
        ]


def _key_of(session: Session, hit: Hit, kind: PictureKind) -> str | None:
    if kind == "portrait":
        portrait = session.get(Portrait, hit.portrait_id)
        return portrait.picture_key if portrait else None
    return hit.face_key if kind == "face" else hit.frame_key
