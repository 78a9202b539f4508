"""The live feed of events (SSE), which goes on where its reader was cut."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from patrol.accounts.sessions import session_of
from patrol.web.doors import Viewer, Visitor
from patrol.web.feed import Feed, Item
from patrol.web.parts import Parts, PartsHere

router = APIRouter(prefix="/api/v1", tags=["live"])

RETRY_MS = 1000  # how soon a browser that was cut comes back
RECHECK_S = 15.0  # how long a session that has ended may still listen when nothing happens


@router.get("/events", response_class=EventSourceResponse)
async def follow_events(
    request: Request,
    visitor: Viewer,
    parts: PartsHere,
    after: Annotated[int | None, Query(ge=0, description="start behind this seq; else with what comes next")] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Every event of the reader's sites: `id` is its seq, `event` its kind.

    `reset` comes first where the asked seq is not one of ours (the database is another one): load everything anew.
    """
    feed: Feed = request.app.state.feed
    newest = await feed.newest()
    start = _asked(last_event_id, after)
    yield ServerSentEvent(comment="patrol", retry=RETRY_MS)
    if start is not None and not 0 <= start <= newest:
        yield ServerSentEvent(event="reset", id=str(newest), data={"seq": newest})
        start = None
    async for items in feed.follow(newest if start is None else start, RECHECK_S):
        for item in items:
            if _is_for(item, visitor):
                yield ServerSentEvent(id=str(item.seq), event=item.kind, raw_data=item.line)
        if _may_have_changed(items, visitor) and not await run_in_threadpool(_is_same, visitor, parts):
            return


def _asked(last_event_id: str | None, after: int | None) -> int | None:
    """Where the reader wants to go on; -1, which is never ours, for what is no number."""
    if last_event_id is None:
        return after
    return int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 19 else -1


def _is_for(item: Item, visitor: Visitor) -> bool:
    if item.kind.startswith("account."):
        return visitor.is_admin and visitor.sites is None
    return visitor.hears(str(item.body.get("code")), item.site_id)


def _may_have_changed(items: Sequence[Item], visitor: Visitor) -> bool:
    return not items or any(item.body.get("user_id") == str(visitor.user.id) for item in items)


def _is_same(visitor: Visitor, parts: Parts) -> bool:
    """Whether the session still stands, with the role and sites it began with; else the browser comes back."""
    with parts.database.read() as session:
        found = session_of(session, visitor.token, parts.clock())
        return found is not None and Visitor(found[0], visitor.token).rights == visitor.rights
