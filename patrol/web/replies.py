"""What members sent with their answers: photos and voice notes."""

import uuid
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from patrol.store.blobs import PictureGone
from patrol.store.tables import GroupReply, Hit
from patrol.web.doors import Viewer
from patrol.web.inputs import Number
from patrol.web.parts import PartsHere
from patrol.web.refusals import not_found

router = APIRouter(prefix="/api/v1/replies", tags=["replies"])

MEDIA: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}, "audio/*": {}}}}


@router.get("/{reply_id}/media/{n}", response_class=Response, responses=MEDIA)
def show_media(reply_id: uuid.UUID, n: Number, visitor: Viewer, parts: PartsHere) -> Response:
    """One photo or voice note of an answer, counted from 0."""
    with parts.database.read() as session:
        reply = session.get(GroupReply, reply_id)
        hit = session.get(Hit, reply.hit_id) if reply is not None and reply.hit_id is not None else None
        if reply is None or (hit is None and not visitor.is_admin):
            raise not_found()
        visitor.require_site(hit.site_id if hit else None)
        media = reply.media
    if n >= len(media):
        raise PictureGone
    return Response(parts.blobs.get(media[n]["key"]), media_type=media[n]["content_type"])
