"""Whom a hit went to and why, and whom not and why."""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from patrol.dispatch import explanations
from patrol.dispatch.explanations import ELSEWHERE, Explained, Part
from patrol.dispatch.plan import Plans
from patrol.hits import queue
from patrol.web.doors import Viewer, Visitor
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/api/v1/hits", tags=["hits"])


class CandidateView(BaseModel):
    """A group, and why it was told or not."""

    group_id: str
    name: str
    level: str
    why: str
    explanation: str  #: why, in the reader's language
    walk_min: float | None  #: by the site's table
    distance_m: float | None
    until: datetime | None  #: when the reason ends, where that is known
    n_floors: int | None  #: how many floors above the place it stands, below is negative; null where not known


class RouteView(BaseModel):
    hit_id: uuid.UUID
    number: int
    outcome: str | None
    explanation: str
    routed_at: datetime | None  #: null: nobody was told yet, and this is who would be told now
    is_default: bool  #: nobody covers the place, or none of them may be told
    told: list[CandidateView]
    reserves: list[CandidateView]  #: in the order in which their turn comes
    refused: list[CandidateView]


def _plans_of(request: Request) -> Plans:
    plans: Plans = request.app.state.plans
    return plans


PlansHere = Annotated[Plans, Depends(_plans_of)]


@router.get("/{hit_id}/route")
def show_route(hit_id: uuid.UUID, visitor: Viewer, parts: PartsHere, plans: PlansHere) -> RouteView:
    """Who got the hit, who waits in line, who did not get it, each with the reason."""
    with parts.database.read() as session:
        hit = queue.read(session, hit_id, visitor.sites).hit
        found = explanations.explain(session, hit, plans.current(session), parts.clock())
        return view_of(found, visitor)


def view_of(found: Explained, visitor: Visitor) -> RouteView:
    return RouteView.model_validate(
        {
            "hit_id": found.hit.id,
            "number": found.hit.number,
            "outcome": found.outcome,
            "explanation": explanations.say_outcome(found, visitor.language),
            "routed_at": found.routed_at,
            "is_default": found.route.is_default,
            **{part: _rows(found, part, visitor) for part in explanations.PARTS},
        }
    )


def _rows(found: Explained, part: Part, visitor: Visitor) -> list[dict[str, object]]:
    """Who sees only some sites is not told which groups cover the others."""
    rows = explanations.rows_of(found, part, visitor.language)
    return [row for row in rows if visitor.sites is None or row["why"] != ELSEWHERE]
