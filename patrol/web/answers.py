"""What a guard answers on a page: one of nine kinds, with words, a place, a photo or a voice note where they help."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Request, status
from pydantic import AfterValidator, Base64Bytes, BaseModel, Field, model_validator

from patrol.dispatch import readers
from patrol.dispatch.attachments import clean
from patrol.dispatch.readers import Reader
from patrol.dispatch.replies import ReplyRefused, receive_from_page
from patrol.values import Media, ReplyKind
from patrol.web import places
from patrol.web.doors import require_same_origin
from patrol.web.inputs import Line, Words
from patrol.web.parts import Parts, PartsHere
from patrol.web.readers import ReaderHere, note_sign_of_life, record
from patrol.web.refusals import Problem

router = APIRouter(prefix="/g/{token}", include_in_schema=False)

PHOTO_BYTES = 5_000_000  # a phone's photo as it comes; the page's script makes it a tenth of that
VOICE_BYTES = 2_000_000  # two minutes in the wordiest of these formats
MOST_MEDIA = 4
LONGEST_WAIT_S = 86_400  # a phone forgets what it could not send for a day
CONTENT_TYPES = {
    "photo": ("image/jpeg", "image/png", "image/webp"),
    "voice": (
        *("audio/webm", "audio/ogg", "audio/mp4", "audio/mpeg", "audio/aac", "audio/wav", "audio/x-m4a"),
        *("audio/amr", "audio/3gpp", "video/webm", "video/mp4"),  # some recorders call a voice a video
    ),
}


def _plain_type(content_type: str) -> str:
    """Without parameters: "audio/webm;codecs=opus" is audio/webm."""
    return content_type.partition(";")[0].strip().lower()


class MediaSent(BaseModel):
    kind: Literal["photo", "voice"]
    content_type: Annotated[Line, AfterValidator(_plain_type)] = Field(max_length=100)
    content: Base64Bytes = Field(min_length=1, max_length=PHOTO_BYTES)

    @model_validator(mode="after")
    def _require_its_kind(self) -> Self:
        if self.content_type not in CONTENT_TYPES[self.kind]:
            raise ValueError(f"not a {self.kind}")
        if self.kind == "voice" and len(self.content) > VOICE_BYTES:
            raise ValueError("too long")
        return self

    def value(self) -> Media:
        return Media(self.kind, self.content, self.content_type)


class PlaceSaid(BaseModel):
    """Where somebody was sighted: a place that was picked, words, or where the phone is."""

    id: Line | None = Field(None, max_length=300, description="of a place that the page offered")
    words: Line = Field("", max_length=200)
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)

    def resolved(self, parts: Parts, site_id: str | None) -> dict[str, Any]:
        """As it is stored. A place that is offered no more, for streams.yaml changed meanwhile, keeps its words."""
        picked = places.find(places.choices_of(parts, site_id), self.id) if self.id else None
        said: dict[str, Any] = dict(picked.place) if picked else {}
        if self.words:
            said["words"] = self.words
        if self.latitude is not None and self.longitude is not None:
            said.update(latitude=self.latitude, longitude=self.longitude)
        return said


class NewReply(BaseModel):
    delivery_id: UUID
    kind: ReplyKind
    text: Words = Field("", max_length=1000)
    member: Line = Field("", max_length=40, description="what the guard wants to be called; a phone's is known")
    event_ref: Line = Field(min_length=8, max_length=64, description="made by the phone; the same one counts once")
    age_s: float = Field(0, ge=0, le=LONGEST_WAIT_S, description="how long it has waited for a network")
    place: PlaceSaid = PlaceSaid()
    media: list[MediaSent] = Field(default=[], max_length=MOST_MEDIA)


class ReplyReceived(BaseModel):
    is_new: bool  #: false where this answer had come before
    is_late: bool = False  #: what it answers was over; it is written down, and changes nothing


@router.post("/replies", status_code=status.HTTP_201_CREATED)
def reply(new: NewReply, reader: ReaderHere, request: Request, parts: PartsHere) -> ReplyReceived:
    require_same_origin(request, parts.settings.public_url)
    if not reader.may_answer:
        record(parts, "reply.refused", "not_on_roster", reader, chat_kind="page", reply_kind=new.kind)
        raise Problem(403, "phones_only")
    note_sign_of_life(parts, reader)
    try:
        return _receive(new, reader, parts, parts.clock())
    except ReplyRefused as refused:
        record(parts, "reply.refused", refused.why, reader, chat_kind="page", reply_kind=new.kind)
        raise


def _receive(new: NewReply, reader: Reader, parts: Parts, now: datetime) -> ReplyReceived:
    with parts.database.read() as session:
        readers.require_calm(session, reader, now)
    media = clean(sent.value() for sent in new.media)
    with parts.database.write() as session:
        received = receive_from_page(
            session,
            parts.blobs,
            reader.group.id,
            new.delivery_id,
            new.kind,
            event_ref=new.event_ref,
            now=now,
            text=new.text,
            member=reader.name or new.member,
            phone=reader.phone,
            media=media,
            place=new.place.resolved(parts, reader.group.site_id),
            said_at=now - timedelta(seconds=new.age_s),
        )
        return ReplyReceived(is_new=received is not None, is_late=received is not None and received.is_late)
