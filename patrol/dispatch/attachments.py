"""What members attach to their answers: photos without a trace of the phone that took them, and voice notes."""

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.blobs import Blobs
from patrol.store.tables import GroupReply, Hit
from patrol.values import Media

log = structlog.get_logger()

FOLDER = "reply"  #: of the blobs
LONGEST_SIDE_PX = 1_920  # enough to know a person by
MOST_PIXELS = 50_000_000  # a phone's largest photo; more is a trap
QUALITY = 85
VOICE_BYTES = 12_000_000
MOST = 9  # photos of one answer: what a chat lets a member choose at once


class Clean(Media):
    """Media that is as we keep it."""


def clean(media: Iterable[Media]) -> tuple[Clean, ...]:
    """What can be read of it, made ours. A photo may take half a second: not while a transaction is open."""
    return tuple(found for found in map(_clean, list(media)[:MOST]) if found is not None)


def store(session: Session, blobs: Blobs, media: Iterable[Media], now: datetime) -> list[dict[str, Any]]:
    """Keep what can be read of it, for a row of this transaction: its column `media`."""
    return [
        {
            "kind": item.kind,
            "key": blobs.put_with(session, FOLDER, item.content, now),
            "content_type": item.content_type,
        }
        for item in clean(media)
    ]


def is_shed(session: Session, hit_id: UUID | None) -> bool:
    """Whether a hit's pictures have gone: then none is kept that comes later. They do not go before the commit."""
    shed_at = select(Hit.pictures_shed_at).where(Hit.id == hit_id).with_for_update(of=Hit, read=True, key_share=True)
    return hit_id is not None and session.scalar(shed_at) is not None


def attach(
    session: Session, blobs: Blobs, chat_id: UUID, event_ref: str, media: Iterable[Media], now: datetime
) -> None:
    """Add to an answer what came after it; nothing happens where it has its attachments already, or had its time."""
    answer = select(GroupReply).where(GroupReply.chat_id == chat_id, GroupReply.event_ref == event_ref)
    if is_shed(session, session.scalar(answer.with_only_columns(GroupReply.hit_id))):
        return
    received = session.scalars(answer.with_for_update(of=GroupReply)).one_or_none()
    if received is None or received.media:
        return
    received.media = store(session, blobs, media, now)
    if received.media and received.hit_id is not None:
        _record(session, received, now)


def _record(session: Session, received: GroupReply, now: datetime) -> None:
    hit = session.get_one(Hit, received.hit_id)
    events.append(
        session,
        "reply.attached",
        actor=f"group:{received.group_id}",
        subject=f"hit:{hit.id}",
        now=now,
        site_id=hit.site_id,
        hit_id=str(hit.id),
        number=hit.number,
        group_id=received.group_id,
        reply_id=str(received.id),
        n_media=len(received.media),
    )


def _clean(item: Media) -> Clean | None:
    if isinstance(item, Clean):
        return item
    content = clean_photo(item.content) if item.kind == "photo" else item.content[: VOICE_BYTES + 1]
    if not content or len(content) > VOICE_BYTES:
        log.info("an attachment cannot be read, it is left out", kind=item.kind, n_bytes=len(item.content))
        return None
    return Clean(item.kind, content, _content_type(item))


def clean_photo(content: bytes) -> bytes | None:
    """The photo as a JPEG of ours, upright and without EXIF; None where it is none."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF", "BMP")) as photo:
            if photo.width * photo.height > MOST_PIXELS:
                return None
            photo.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
            upright = ImageOps.exif_transpose(photo).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    upright.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    file = io.BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _content_type(item: Media) -> str:
    """As the browser is told: a photo is a JPEG of ours, and nothing a member sent is ever shown as a page."""
    if item.kind == "photo":
        return "image/jpeg"
    stated = item.content_type.partition(";")[0].strip().lower().replace("video/", "audio/", 1)  # so some say
    return stated if stated.startswith("audio/") and stated.isascii() and " " not in stated else "audio/ogg"
