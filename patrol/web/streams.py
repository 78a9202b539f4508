"""Streams: what streams.yaml names, and what the workers know of each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import select

from patrol.health.load import Looks, counters
from patrol.store.beats import ALIVE_FOR
from patrol.store.tables import StreamOverlay, StreamState
from patrol.values import Language, Stream
from patrol.web.doors import Viewer, Visitor
from patrol.web.explanations import explain
from patrol.web.hit_views import SiteRef
from patrol.web.parts import Parts, PartsHere
from patrol.web.refusals import not_found

router = APIRouter(prefix="/api/v1", tags=["streams"])

LEFT_OUT_FROM = 0.01  # of the looks that were due: below that nobody has to read of it


class StreamView(BaseModel):
    id: str
    name: str
    place: str
    site: SiteRef
    is_enabled: bool
    is_key: bool
    state: Literal["opening", "live", "down", "stopped"]
    attention: Literal["quiet", "patrol", "attending"]  #: of a live stream: how closely it is looked at now
    error: str | None
    explanation: str | None
    since: datetime | None
    last_frame_at: datetime | None
    changed_at: datetime | None  #: when the newest picture that differs from the one before it came
    n_frames: int
    n_looks: int
    n_faces: int
    n_dropped: int  #: looks that were due and left out, since the worker began
    dropped_share: float | None  #: 0..1 of the looks that were due in the last two minutes; None before it is known
    n_connections: int
    policy: Literal["key_frames", "reference_frames", "every_frame", "sub_stream"] | None
    policy_explanation: str | None
    codec: str | None
    width: int | None
    height: int | None
    fps: float | None
    gop_s: float | None
    bit_rate_kbps: float | None
    n_masks: int


@router.get("/streams")
def list_streams(visitor: Viewer, parts: PartsHere) -> list[StreamView]:
    """Every stream of the visitor's sites, in the order of streams.yaml."""
    now = parts.clock()
    with parts.database.read() as session:
        states = {state.stream_id: state for state in session.scalars(select(StreamState))}
        n_masks = {row.stream_id: len(row.masks) for row in session.scalars(select(StreamOverlay))}
        parts.load.note(counters(session, now), now)
    lately = parts.load.lately()
    return [
        view_of(stream, states.get(stream.id), visitor.language, now, n_masks.get(stream.id, 0), lately)
        for stream in parts.streams()
        if visitor.sees(stream.site.id)
    ]


def find_stream(parts: Parts, stream_id: str, visitor: Visitor) -> Stream:
    """A stream of the visitor's sites; others do not exist for them."""
    found = next((stream for stream in parts.known_places()[1] if stream.id == stream_id), None)
    if found is None or not visitor.sees(found.site.id):
        raise not_found()
    return found


def view_of(
    stream: Stream,
    state: StreamState | None,
    language: Language,
    now: datetime,
    n_masks: int = 0,
    lately: Mapping[str, Looks] | None = None,
) -> StreamView:
    """One stream as its reader sees it; without a state no worker has taken it up yet."""
    word, error, since = said_of(stream, state, now)
    looks = (lately or {}).get(stream.id)
    known = state or StreamState(n_frames=0, n_looks=0, n_faces=0, n_dropped=0, n_connections=0, attention="patrol")
    kept = {name: getattr(known, name) for name in StreamView.model_fields if hasattr(StreamState, name)}
    return StreamView.model_validate(
        {
            **kept,
            "id": stream.id,
            "name": stream.name,
            "place": stream.place,
            "site": {name: getattr(stream.site, name) for name in SiteRef.model_fields},
            "is_enabled": stream.is_enabled,
            "is_key": stream.is_key,
            "state": word,
            "error": error,
            "explanation": explain("streams", error, language, {}) if error else None,
            "since": since,
            "dropped_share": looks and looks.dropped_share,
            "policy_explanation": _policy(known, stream, language),
            "n_masks": n_masks,
        }
    )


def _policy(state: StreamState, stream: Stream, language: Language) -> str | None:
    """Which frames are decoded, and why; a reason of another version leaves the plain sentence."""
    if state.policy is None:
        return None
    fields = {"id": stream.id, "gop_s": "?" if state.gop_s is None else f"{state.gop_s:.0f}"}
    reasoned = f"{state.policy}.{state.policy_reason}"
    said = explain("watching", reasoned, language, fields)
    return said if said != reasoned else explain("watching", state.policy, language, fields)


def said_of(stream: Stream, state: StreamState | None, now: datetime) -> tuple[str, str | None, datetime | None]:
    """State, error and since when. What a worker said last holds only while it goes on saying so."""
    if state is None or not stream.is_enabled:
        return "stopped", None, state.since if state else None
    if now - state.updated_at >= ALIVE_FOR:
        return "down", "no_worker", state.updated_at
    return state.state, state.error, state.since
