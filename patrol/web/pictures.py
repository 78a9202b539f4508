"""Answers that are pictures."""

from typing import Any

from starlette.responses import Response

from patrol.store.blobs import Blobs, PictureGone

JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}}  # for the API's description


def stored_picture(blobs: Blobs, key: str | None) -> Response:
    """The picture under a row's key; PictureGone where the row has none any more, or the file is deleted."""
    if key is None:
        raise PictureGone
    return jpeg(blobs.get(key))


def jpeg(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg")
