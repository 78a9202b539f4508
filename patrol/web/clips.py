"""The clip of a hit, as a file that a player seeks in."""

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from patrol.clips.viewing import Playable
from patrol.hits import queue
from patrol.store.blobs import PictureGone
from patrol.store.tables import Hit
from patrol.web.doors import Viewer
from patrol.web.parts import Parts, PartsHere
from patrol.web.ranges import ranged
from patrol.web.refusals import Problem
from patrol.web.viewings import CLIP_SAVED, say_clip
from patrol.web.wall import Wall

router = APIRouter(prefix="/api/v1/hits", tags=["hits"])

MP4 = "video/mp4"
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {MP4: {}}},
    206: {"content": {MP4: {}}, "description": "The part that the Range header asks for"},
}
FILE_NAME = 'attachment; filename="hit-{number}.mp4"'


@router.get("/{hit_id}/clip", response_class=Response, responses=ANSWERS)
def show_clip(
    hit_id: uuid.UUID,
    request: Request,
    visitor: Viewer,
    parts: PartsHere,
    wanted: Annotated[
        Literal["h264"] | None, Query(alias="as", description="encoded anew for browsers that play nothing else")
    ] = None,
    download: Annotated[bool, Query(description="to be saved, not played")] = False,
    range: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """The seconds around the hit, as the camera sent them; 410 where they are not kept, or not yet."""
    with parts.database.read() as session:
        hit = queue.read(session, hit_id, visitor.sites).hit
    playable: Playable = request.app.state.playable
    try:
        content = _content(hit, playable, parts, is_h264_wanted=wanted is not None)
    except PictureGone:
        raise Problem(410, "clip_gone") from None
    _note(request, parts, hit, f"user:{visitor.name}", is_saved=download)
    headers = {"Content-Disposition": FILE_NAME.format(number=hit.number)} if download else {}
    return ranged(content, range, MP4, **headers)


def _note(request: Request, parts: Parts, hit: Hit, viewer: str, *, is_saved: bool) -> None:
    """Who has looked at a clip is on record, and who has taken it away."""
    wall: Wall = request.app.state.wall
    if not is_saved:
        wall.viewings.note_clip(parts.database, viewer, hit, parts.clock())
        return
    with parts.database.write() as session:
        say_clip(session, CLIP_SAVED, viewer, hit, parts.clock())


def _content(hit: Hit, playable: Playable, parts: PartsHere, *, is_h264_wanted: bool) -> bytes:
    if hit.clip_key is None:
        raise PictureGone
    is_another_wanted = is_h264_wanted and hit.clip_codec != "h264"
    return playable.h264(hit.clip_key) if is_another_wanted else parts.blobs.get(hit.clip_key)
