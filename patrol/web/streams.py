"""Streams: what streams.yaml names, and what the workers know of each."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import select

from patrol.store.beats import ALIVE_FOR
from patrol.store.tables import StreamOverlay, StreamState
from patrol.values import Language, Stream
from patrol.web.doors import Viewer
from patrol.web.explanations import explain
from patrol.web.hit_views import SiteRef
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/api/v1", tags=["streams"])


class StreamView(BaseModel):
    id: str
    name: str
    place: str
    site: SiteRef
    is_enabled: bool
    state: Literal["opening", "live", "down", "stopped"]
    error: str | None
    explanation: str | None
    since: datetime | None
    last_frame_at: datetime | None
    n_frames: int
    n_looks: int
    n_faces: int
    n_masks: int


@router.get("/streams")
def list_streams(visitor: Viewer, parts: PartsHere) -> list[StreamView]:
    now = parts.clock()
    with parts.database.read() as session:
        states = {state.stream_id: state for state in session.scalars(select(StreamState))}
        n_masks = {row.stream_id: len(row.masks) for row in session.scalars(select(StreamOverlay))}
    return [
        view_of(stream, states.get(stream.id), visitor.language, now, n_masks.get(stream.id, 0))
        for stream in parts.streams()
        if visitor.sees(stream.site.id)
    ]


def view_of(
    stream: Stream, state: StreamState | None, language: Language, now: datetime, n_masks: int = 0
) -> StreamView:
    """One stream as its reader sees it; without a state no worker has taken it up yet."""
    site = stream.site
    word, error, since = _said_of(stream, state, now)
    return StreamView.model_validate(
        {
            "id": stream.id,
            "name": stream.name,
            "place": stream.place,
            "site": {name: getattr(site, name) for name in SiteRef.model_fields},
            "is_enabled": stream.is_enabled,
            "state": word,
            "error": error,
            "explanation": explain("streams", error, language, {}) if error else None,
            "since": since,
            "last_frame_at": state and state.last_frame_at,
            "n_frames": state.n_frames if state else 0,
            "n_looks": state.n_looks if state else 0,
            "n_faces": state.n_faces if state else 0,
            "n_masks": n_masks,
        }
    )


def _said_of(stream: Stream, state: StreamState | None, now: datetime) -> tuple[str, str | None, datetime | None]:
    """State, error and since when. What a worker said last holds only while it goes on saying so."""
    if state is None or not stream.is_enabled:
        return "stopped", None, state.since if state else None
    if now - state.updated_at >= ALIVE_FOR:
        return "down", "no_worker", state.updated_at
    return state.state, state.error, state.since
