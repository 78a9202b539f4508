"""The embedder: which are there, how far a change of it is, and what the coming one says of live hits. For admins."""

import uuid
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, status
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from patrol.faces.manifest import ManifestError
from patrol.matching.prior import PriorBroken
from patrol.store.tables import EmbedderChange, Person
from patrol.values import Language
from patrol.watchlist import changeover, embedders
from patrol.web.doors import Admin, ChiefAdmin
from patrol.web.explanations import explain
from patrol.web.parts import Parts, PartsHere

router = APIRouter(prefix="/api/v1/embedder", tags=["accuracy"])

MOST_NAMED = 100  # of those that fail or would be lost; the counts say how many there are


class EmbedderView(BaseModel):
    name: str
    version: str = Field(description="what templates carry")
    state: Literal["present", "missing", "corrupt"] = Field(description="of its file on this server")
    licence: str
    allows_commercial_use: bool
    trained_on: str
    is_measured: bool = Field(description="its rates are known; else thresholds are careful ones")


class FailureView(BaseModel):
    """A photo that the new embedder can make nothing of."""

    person_id: uuid.UUID | None = Field(description="null for a volunteer's")
    person: str | None
    reason: str
    explanation: str


class LostView(BaseModel):
    person_id: uuid.UUID
    name: str
    watchlist: str


class TriedView(BaseModel):
    """What the new embedder takes the faces for, of the hits that one verdict was given of."""

    verdict: Literal["confirmed", "rejected", "unsure"] | None = Field(description="null waits for review")
    n_same: int = Field(description="the same person")
    n_other: int = Field(description="another person of the list")
    n_nobody: int


class ChangeView(BaseModel):
    id: uuid.UUID
    before: str
    after: str
    state: Literal["embedding", "comparing"]
    n_total: int = Field(description="photos of entries and volunteers")
    n_embedded: int
    started_at: datetime
    started_by: str
    failures: list[FailureView]
    n_failures: int
    lost: list[LostView] = Field(description="who would not be looked for any more after the switch")
    n_lost: int
    tried: list[TriedView] = Field(description="live hits since the start; none of strangers")


class EmbeddersView(BaseModel):
    in_use: str
    known: list[EmbedderView]
    change: ChangeView | None


class NewChange(BaseModel):
    after: str = Field(min_length=1, max_length=80, description="a name of `known`")


class Switch(BaseModel):
    is_loss_accepted: bool = Field(False, description="although somebody would not be looked for any more")


@router.get("")
def show_embedders(visitor: Admin, parts: PartsHere) -> EmbeddersView:
    with parts.database.read() as session:
        return _view(session, parts, visitor.language)


@router.post("/change", status_code=status.HTTP_201_CREATED)
def start_change(new: NewChange, visitor: ChiefAdmin, parts: PartsHere) -> EmbeddersView:
    """Embed every photo anew, beside the cameras. What is matched by stays as it is until the switch."""
    version = embedders.require_here(parts.settings.models_dir, new.after)
    with parts.database.write() as session:
        before = changeover.in_use(session, parts.settings.embedder)
        changeover.start(session, before, new.after, version, by=visitor.name, now=parts.clock())
        return _view(session, parts, visitor.language)


@router.post("/change/switch")
def switch_embedder(asked: Switch, visitor: ChiefAdmin, parts: PartsHere) -> EmbeddersView:
    """Match by the new embedder from now on; the workers follow within seconds."""
    with parts.database.write() as session:
        change = changeover.require_open(session)
        version, now = embedders.version_of(parts.settings.models_dir, change.after), parts.clock()
        changeover.switch(session, change, version, by=visitor.name, now=now, is_loss_accepted=asked.is_loss_accepted)
        return _view(session, parts, visitor.language)


@router.post("/change/cancel")
def cancel_change(visitor: ChiefAdmin, parts: PartsHere) -> EmbeddersView:
    """Stay with the embedder in use; what the new one made is deleted.

    `known` is empty where the manifest or a calibration cannot be read: no reason not to cancel.
    """
    with parts.database.write() as session:
        changeover.cancel(session, changeover.require_open(session), by=visitor.name, now=parts.clock())
        in_use = changeover.in_use(session, parts.settings.embedder)
    try:
        known = _known(parts)
    except (ManifestError, PriorBroken):
        known = []
    return EmbeddersView(in_use=in_use, known=known, change=None)


def _view(session: Session, parts: Parts, language: Language) -> EmbeddersView:
    change = changeover.open_change(session)
    return EmbeddersView(
        in_use=changeover.in_use(session, parts.settings.embedder),
        known=_known(parts),
        change=None if change is None else _change(session, change, parts, language),
    )


def _known(parts: Parts) -> list[EmbedderView]:
    models_dir = parts.settings.models_dir
    return [
        EmbedderView(
            name=listed.name,
            version=listed.weights.version,
            state=listed.state,
            licence=listed.weights.licence,
            allows_commercial_use=listed.weights.allows_commercial_use,
            trained_on=listed.weights.trained_on,
            is_measured=embedders.is_measured(models_dir, listed.name),
        )
        for listed in embedders.known(models_dir)
    ]


def _change(session: Session, change: EmbedderChange, parts: Parts, language: Language) -> ChangeView:
    lost = changeover.left_out(session, change.version, parts.clock()) if change.state == "comparing" else []
    return ChangeView.model_validate(
        {
            **{name: getattr(change, name) for name in _COLUMNS},
            "failures": [_failure(session, failure, language) for failure in change.failures[:MOST_NAMED]],
            "n_failures": len(change.failures),
            "lost": [_lost(person) for person in lost[:MOST_NAMED]],
            "n_lost": len(lost),
            "tried": changeover.summary(session, change.version, change.started_at),
        },
        from_attributes=True,
    )


_COLUMNS = ("id", "before", "after", "state", "n_total", "n_embedded", "started_at", "started_by")


def _failure(session: Session, failure: dict[str, Any], language: Language) -> FailureView:
    person_id, code = failure["person_id"], failure["code"]
    person = session.get(Person, uuid.UUID(person_id)) if person_id else None
    return FailureView(
        person_id=person and person.id,
        person=person and person.name,
        reason=code,
        explanation=explain("enrolment", code, language, failure["fields"]),
    )


def _lost(person: Person) -> LostView:
    return LostView(person_id=person.id, name=person.name, watchlist=person.watchlist.name)
