"""What readers see of a member's answer: what was said, where, and what came with it."""

import uuid
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from patrol.store.tables import GroupReply
from patrol.values import ReplyKind
from patrol.web.case_views import GroupRef


class MediaView(BaseModel):
    kind: Literal["photo", "voice"]
    content_type: str
    address: str


class ReplyView(BaseModel):
    id: uuid.UUID
    kind: ReplyKind
    text: str
    member: str
    is_on_roster: bool
    is_late: bool  #: the hit was over, and the member was told so
    group: GroupRef
    place: str | None  #: in words, where the person was sighted
    media: list[MediaView]
    said_at: datetime


def reply_view(reply: GroupReply, group_name: str) -> ReplyView:
    made = {
        "group": GroupRef(id=reply.group_id, name=group_name),
        "is_on_roster": reply.member_id is not None,
        "place": place_in_words(reply),
        "media": _media_of(reply),
    }
    stored = {name: getattr(reply, name) for name in ReplyView.model_fields if name not in made}
    return ReplyView.model_validate({**stored, **made})


def place_in_words(reply: GroupReply) -> str | None:
    """Where the person was sighted, as the member said it: in words, by its post, or in degrees."""
    said = reply.place
    named = " ".join(said[key] for key in ("building", "floor", "post") if said.get(key))
    degrees = f"{said['latitude']:.5f}, {said['longitude']:.5f}" if said.get("latitude") is not None else None
    return said.get("words") or named or degrees


def _media_of(reply: GroupReply) -> list[MediaView]:
    addresses = (f"/api/v1/replies/{reply.id}/media/{n}" for n in range(len(reply.media)))
    return [
        MediaView(kind=it["kind"], content_type=it["content_type"], address=address)
        for it, address in zip(reply.media, addresses, strict=True)
    ]
