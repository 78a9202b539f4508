"""The live wall: what the cameras show now, as their workers see it, with a box around each face."""

import asyncio
import base64
import json
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from patrol.streams.rtsp import StreamLost
from patrol.values import Language
from patrol.web.doors import Reviewer, Visitor
from patrol.web.explanations import explain
from patrol.web.feed import Feed
from patrol.web.live_pictures import POLL_S, LivePictures, PictureView, Seat, Seen, seats_of
from patrol.web.parts import Parts, PartsHere
from patrol.web.pictures import JPEG, jpeg
from patrol.web.streams import find_stream, view_of
from patrol.web.viewings import Viewings

router = APIRouter(prefix="/api/v1", tags=["live"])

MOST_TILES = 64  # of one question; a screen shows 36
HOLD_S = 5.0  # how long a question may wait for a picture; a proxy's patience is longer
FIRST_PICTURE_S = 12.0  # of a stream that nobody looked at until now: until its next key frame

Width = Annotated[int, Query(ge=1, le=1920, description="px; a few sizes are made, the next larger one is sent")]
Wait = Annotated[float, Query(ge=0, le=HOLD_S, description="seconds to wait for something newer")]
Known = Annotated[str, StringConstraints(pattern=r"^.+:\d{1,15}$")]


class TileView(BaseModel):
    """One stream on the wall: how it is, and its newest picture where that is not known yet."""

    stream_id: str
    state: Literal["opening", "live", "down", "stopped"]
    explanation: str | None  #: why there is no picture, in the reader's language
    since: datetime | None
    attention: str | None  #: quiet: nothing moves; patrol: looked at now and then; attending: somebody is in view
    picture: PictureView | None


class WallView(BaseModel):
    now: datetime  #: the server's clock, that the pictures' age is counted by
    tiles: list[TileView]


class Wall:
    """What all who look share: the connections to the workers, and who is on record as looking."""

    def __init__(self) -> None:
        self.pictures = LivePictures()
        self.viewings = Viewings()


def _wall_of(request: Request) -> Wall:
    wall: Wall = request.app.state.wall
    return wall


WallHere = Annotated[Wall, Depends(_wall_of)]


@router.get("/wall")
async def show_wall(
    request: Request,
    visitor: Reviewer,
    parts: PartsHere,
    wall: WallHere,
    show: Annotated[
        list[Known],
        Query(min_length=1, max_length=MOST_TILES, description="ID:NUMBER, the number of the picture known, or 0"),
    ],
    width: Width = 640,
    wait_s: Wait = HOLD_S,
) -> WallView:
    """How these streams are, and every picture that is another than the known one; waits until there is any.

    The pictures are those that the workers look at: no camera is connected to once more. A stream that does not
    exist, or is not the visitor's to see, is left out. A viewer's first look in an hour is on record.
    """
    known = {stream_id: int(number) for stream_id, _, number in (each.rpartition(":") for each in show)}
    seats = await run_in_threadpool(_find_seats, parts, known, visitor)
    seen = await wait_for_newer(request, seats, known, width, wait_s)
    await run_in_threadpool(note_viewed, wall, parts, visitor, seats, seen)
    return WallView(now=parts.clock(), tiles=_tiles(seats, seen, visitor.language, parts.clock()))


@router.get("/streams/{stream_id}/live", response_class=Response, responses={**JPEG, 204: {"description": "not yet"}})
async def show_live_picture(
    request: Request,
    stream_id: str,
    visitor: Reviewer,
    parts: PartsHere,
    wall: WallHere,
    after: Annotated[int, Query(ge=0, lt=10**15, description="X-Number of the picture known, or 0")] = 0,
    width: Width = 640,
    wait_s: Wait = HOLD_S,
) -> Response:
    """One stream's newest picture, where it is another than `after`; else 204 once the wait is over.

    X-Number, X-Taken-At and X-Boxes (JSON: x1, y1, x2, y2 of each face, parts of the picture) come with it.
    """
    seat = await run_in_threadpool(find_seat, parts, stream_id, visitor)
    require_shown(seat)
    seen = await wait_for_newer(request, [seat], {stream_id: after}, width, wait_s)
    if seen.lost:
        raise StreamLost("no_answer")
    await run_in_threadpool(note_viewed, wall, parts, visitor, [seat], seen)
    return _answer(seen.pictures[0]) if seen.pictures else Response(status_code=204)


async def snapshot_of(request: Request, seat: Seat, width: int) -> bytes:
    """JPEG of what a watched stream shows now, from its worker; StreamLost says why there is none."""
    require_shown(seat)
    seen = await wait_for_newer(request, [seat], {}, width, FIRST_PICTURE_S)
    if not seen.pictures:
        raise StreamLost("no_answer" if seen.lost else "no_picture")
    return base64.b64decode(seen.pictures[0].jpeg)


def find_seat(parts: Parts, stream_id: str, visitor: Visitor) -> Seat:
    """A stream of the visitor's sites, and who watches it."""
    stream = find_stream(parts, stream_id, visitor)
    with parts.database.read() as session:
        return seats_of(session, [stream], parts.clock())[0]


def _find_seats(parts: Parts, stream_ids: Container[str], visitor: Visitor) -> list[Seat]:
    streams = [each for each in parts.known_places()[1] if each.id in stream_ids and visitor.sees(each.site.id)]
    with parts.database.read() as session:
        return seats_of(session, streams, parts.clock())


def require_shown(seat: Seat) -> None:
    """Refuse where no picture can come: nobody watches, the camera is lost, or its worker shows none."""
    if code := seat.why_none:
        raise StreamLost(code)


async def wait_for_newer(
    request: Request, seats: Sequence[Seat], known: Mapping[str, int], width: int, wait_s: float
) -> Seen:
    """Ask until something is newer, other workers do not answer, or the time is up; nobody's thread waits meanwhile.

    It ends early when the asker has gone, the server is to stop, or nobody who could show anything answers. That it
    has waited is no slowness of ours.
    """
    wall: Wall = request.app.state.wall
    parts: Parts = request.app.state.parts
    request.state.waited_s = 0.0
    shown = {seat.stream.id for seat in seats if seat.post is not None}
    lost_at_first: set[str] | None = None
    while True:
        seen = await wall.pictures.ask(seats, known, width, parts.clock())
        lost_at_first = seen.lost if lost_at_first is None else lost_at_first
        has_news = seen.pictures or seen.lost != lost_at_first or (shown and seen.lost >= shown)
        left_s = wait_s - request.state.waited_s
        if has_news or left_s <= 0 or await _is_over(request):
            return seen
        pause_s = min(POLL_S, left_s)
        await asyncio.sleep(pause_s)
        request.state.waited_s += pause_s


async def _is_over(request: Request) -> bool:
    feed: Feed = request.app.state.feed
    return feed.is_closed or await request.is_disconnected()


def note_viewed(wall: Wall, parts: Parts, visitor: Visitor, seats: Sequence[Seat], seen: Seen) -> None:
    shown = {picture.stream_id for picture in seen.pictures}
    streams = [seat.stream for seat in seats if seat.stream.id in shown]
    wall.viewings.note(parts.database, f"user:{visitor.name}", streams, parts.clock())


def _tiles(seats: Sequence[Seat], seen: Seen, language: Language, now: datetime) -> list[TileView]:
    pictures = {picture.stream_id: picture for picture in seen.pictures}
    return [_tile(seat, pictures.get(seat.stream.id), seat.stream.id in seen.lost, language, now) for seat in seats]


def _tile(seat: Seat, picture: PictureView | None, is_lost: bool, language: Language, now: datetime) -> TileView:
    found = view_of(seat.stream, seat.state, language, now)
    code = seat.why_none or ("no_answer" if is_lost else None)
    return TileView(
        stream_id=seat.stream.id,
        state=found.state,
        explanation=explain("streams", code, language, {}) if code and seat.stream.is_enabled else None,
        since=found.since,
        attention=seat.state.attention if seat.state else None,
        picture=picture,
    )


def _answer(picture: PictureView) -> Response:
    answer = jpeg(base64.b64decode(picture.jpeg))
    answer.headers["X-Number"] = str(picture.number)
    answer.headers["X-Taken-At"] = picture.taken_at.isoformat()
    answer.headers["X-Boxes"] = json.dumps(picture.boxes)
    return answer
