"""Masks over a stream's picture, the still faces that are offered one, and a picture to draw on."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

import cv2
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from patrol.hits import masks
from patrol.hits.regions import Polygon
from patrol.store.tables import Hit, Person, StillFace
from patrol.values import Stream
from patrol.web.doors import Admin, Reviewer, Visitor
from patrol.web.parts import Parts, PartsHere
from patrol.web.pictures import JPEG, jpeg
from patrol.web.streams import find_stream
from patrol.web.viewings import say_viewed
from patrol.web.wall import find_seat, snapshot_of

router = APIRouter(prefix="/api/v1", tags=["masks"])

JPEG_QUALITY = 80  # somebody draws a rectangle on it
PICTURE_WIDTH = 1280  # px


class MasksView(BaseModel):
    stream_id: str
    masks: list[list[tuple[float, float]]]  #: polygons, x and y as parts of the picture, 0..1


class NewMasks(BaseModel):
    masks: list[list[tuple[float, float]]] = Field(max_length=masks.MOST_MASKS)


class StillFaceView(BaseModel):
    """A listed face that does not move. Its person is not matched there, until somebody says what it is."""

    id: uuid.UUID
    stream_id: str
    stream_name: str
    site_id: str
    person_id: uuid.UUID
    person_name: str
    hit_id: uuid.UUID | None
    hit_number: int | None
    has_frame: bool  #: the hit's own picture is still kept
    box: tuple[float, float, float, float]  #: x1, y1, x2, y2, parts of the picture
    since: datetime
    seen_at: datetime


class StillFaceWord(BaseModel):
    is_picture: bool = Field(description="true: a poster or a screen, mask it; false: a person, go on matching")


@router.get("/streams/{stream_id}/masks")
def show_masks(stream_id: str, visitor: Reviewer, parts: PartsHere) -> MasksView:
    find_stream(parts, stream_id, visitor)
    with parts.database.read() as session:
        return _view(stream_id, masks.masks_of(session, stream_id))


@router.put("/streams/{stream_id}/masks")
def set_masks(stream_id: str, new: NewMasks, visitor: Admin, parts: PartsHere) -> MasksView:
    """Lay exactly these masks over a stream: a face whose centre is under one is matched with nobody."""
    stream = find_stream(parts, stream_id, visitor)
    polygons = [tuple(mask) for mask in new.masks]
    with parts.database.write() as session:
        laid = masks.set_masks(session, stream_id, stream.site.id, polygons, f"user:{visitor.name}", parts.clock())
        return _view(stream_id, laid)


@router.get("/streams/{stream_id}/picture", response_class=Response, responses=JPEG)
async def show_stream_picture(request: Request, stream_id: str, visitor: Admin, parts: PartsHere) -> Response:
    """What the camera shows just now, to draw masks on. It is kept nowhere; that somebody looked is on record.

    Where a worker shows the stream the picture is the worker's; else the camera is asked for one, where it allows it.
    """
    seat = await run_in_threadpool(find_seat, parts, stream_id, visitor)
    if seat.has_room:
        content = await run_in_threadpool(_ask_camera, parts, seat.stream)
    else:
        content = await snapshot_of(request, seat, PICTURE_WIDTH)
    await run_in_threadpool(_note_viewed, parts, seat.stream, visitor)
    return jpeg(content)


def _ask_camera(parts: Parts, stream: Stream) -> bytes:
    _, encoded = cv2.imencode(".jpg", parts.snapshot(stream, parts.clock), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()


def _note_viewed(parts: Parts, stream: Stream, visitor: Visitor) -> None:
    with parts.database.write() as session:
        say_viewed(session, f"user:{visitor.name}", stream, parts.clock())


@router.get("/still-faces")
def list_still_faces(visitor: Reviewer, parts: PartsHere) -> list[StillFaceView]:
    """The still faces of the visitor's sites that wait for a word."""
    names = {stream.id: stream.name for stream in parts.known_places()[1]}
    with parts.database.read() as session:
        return [_still(session, row, names) for row in masks.offered(session, visitor.sites)]


@router.post("/still-faces/{still_id}")
def say_of_still_face(still_id: uuid.UUID, word: StillFaceWord, visitor: Admin, parts: PartsHere) -> MasksView:
    """Mask a poster or a screen, or go on matching there because it is a person."""
    with parts.database.write() as session:
        still = masks.find(session, still_id, visitor.sites)
        say = masks.accept if word.is_picture else masks.dismiss
        say(session, still, f"user:{visitor.name}", parts.clock())
        return _view(still.stream_id, masks.masks_of(session, still.stream_id))


def _view(stream_id: str, laid: Sequence[Polygon]) -> MasksView:
    return MasksView(stream_id=stream_id, masks=[list(mask) for mask in laid])


def _still(session: Session, row: StillFace, names: Mapping[str, str]) -> StillFaceView:
    hit = None if row.hit_id is None else session.get(Hit, row.hit_id)
    made = {
        "stream_name": names.get(row.stream_id, row.stream_id),
        "person_name": session.get_one(Person, row.person_id).name,
        "hit_number": hit and hit.number,
        "has_frame": hit is not None and hit.frame_key is not None,
    }
    stored = {name: getattr(row, name) for name in StillFaceView.model_fields if name not in made}
    return StillFaceView.model_validate({**stored, **made})
