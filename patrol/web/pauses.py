"""The stop button: who stopped sending of what, why, and until when."""

import uuid
from datetime import datetime

from fastapi import APIRouter, status
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from patrol.dispatch import pauses
from patrol.dispatch.pauses import PauseRefused, PauseUnknown, Scope
from patrol.store.tables import Pause
from patrol.web.doors import Admin, Viewer
from patrol.web.inputs import Line, When, Words
from patrol.web.parts import Parts, PartsHere

router = APIRouter(prefix="/api/v1/pauses", tags=["pauses"])


class NewPause(BaseModel):
    scope: Scope
    ref: Line | None = Field(None, max_length=200, description="id of the site, list or entry; null for everything")
    reason: Words = Field(min_length=1, max_length=pauses.LONGEST_REASON)
    ends_at: When


class PauseView(BaseModel):
    id: uuid.UUID
    scope: Scope
    ref: str | None
    name: str | None  #: of the site, list or entry; null for everything
    reason: str
    by: str
    created_at: datetime
    ends_at: datetime  #: by itself
    ended_at: datetime | None  #: by a person, before that
    ended_by: str | None


@router.get("")
def list_pauses(visitor: Viewer, parts: PartsHere) -> list[PauseView]:
    """What is paused now, the newest first: for every page to show."""
    with parts.database.read() as session:
        rows = pauses.standing(session, parts.clock())
        return [view_of(session, row, parts) for row in rows if visitor.sees(site_of(row))]


@router.post("", status_code=status.HTTP_201_CREATED)
def start_pause(new: NewPause, visitor: Admin, parts: PartsHere) -> PauseView:
    """Stop sending of everything, a site, a list or an entry. Withdrawals and stand-downs leave all the same."""
    visitor.require_own(new.ref if new.scope == "site" else None)
    if new.scope == "site" and new.ref is not None and new.ref not in {site.id for site in parts.sites()}:
        raise PauseRefused("unknown_ref", ref=f"site {new.ref}")
    with parts.database.write() as session:
        row = pauses.pause(session, **new.model_dump(), by=visitor.name, now=parts.clock())
        return view_of(session, row, parts)


@router.post("/{pause_id}/end")
def end_pause(pause_id: uuid.UUID, visitor: Admin, parts: PartsHere) -> PauseView:
    """Send again. What became overdue meanwhile is never sent."""
    with parts.database.write() as session:
        row = session.get(Pause, pause_id)
        if row is None or not visitor.sees(site_of(row)):
            raise PauseUnknown(f"there is no pause {pause_id}")
        visitor.require_own(site_of(row))
        return view_of(session, pauses.resume(session, pause_id, visitor.name, parts.clock()), parts)


def site_of(row: Pause) -> str | None:
    """Whose readers see it; None is everybody's."""
    return row.ref if row.scope == "site" else None


def view_of(session: Session, row: Pause, parts: Parts) -> PauseView:
    sites, _streams = parts.known_places()
    names = {site.id: site.name for site in sites}
    stored = {name: getattr(row, name) for name in PauseView.model_fields if name != "name"}
    name = pauses.name_of(session, row)
    return PauseView.model_validate({**stored, "name": names.get(name or "", name)})
