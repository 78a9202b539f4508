"""What members write, send and react in a Matrix room (spec.matrix.org, "Instant messaging")."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from patrol.chats.answers import Answer, read_reaction, read_text, with_media
from patrol.chats.exchange import Access
from patrol.chats.payload import moment, part, position, text
from patrol.values import Reply

GEO = re.compile(r"geo:(-?[\d.]+),(-?[\d.]+)")  # RFC 5870
FILES: dict[str, Literal["photo", "voice"]] = {"m.image": "photo", "m.audio": "voice"}
SAYS_ITSELF = (*FILES, "m.location")  # without a word too


def read_event(event: Mapping[str, Any], access: Access) -> Reply | None:
    """A member's answer; None for talk that answers no message and names no hit, which is nobody's business."""
    meaning, in_reply_to = _meaning(event)
    event_id = event_id_of(event)
    if meaning is None or event_id is None or (in_reply_to is None and meaning.hit_number is None):
        return None
    return Reply(
        kind=meaning.kind,
        member=text(event, "sender"),
        event_ref=event_id,
        said_at=moment(event.get("origin_server_ts"), access.clock(), per_s=1000),
        text=meaning.text,
        in_reply_to=in_reply_to,
        hit_number=meaning.hit_number,
        chat_address=access.address,
        position=_position(part(event, "content")),
    )


def file_in(event: Mapping[str, Any]) -> tuple[Literal["photo", "voice"], str] | None:
    """The kind and the address of a photo or a voice note; an encrypted one has no address."""
    content = part(event, "content")
    kind, url = FILES.get(text(content, "msgtype")), text(content, "url")
    return (kind, url) if kind is not None and url.startswith("mxc://") else None


def event_id_of(relation: Mapping[str, Any]) -> str | None:
    value = relation.get("event_id")
    return value if isinstance(value, str) else None


def _meaning(event: Mapping[str, Any]) -> tuple[Answer | None, str | None]:
    """What was said, and the event it was said about."""
    content = part(event, "content")
    relation = part(content, "m.relates_to")
    if event.get("type") == "m.reaction":
        return read_reaction(text(relation, "key")), event_id_of(relation)
    if event.get("type") != "m.room.message" or relation.get("rel_type") == "m.replace":
        return None, None
    return _said(content), _answered(relation)


def _said(content: Mapping[str, Any]) -> Answer:
    """The words of a text, or the caption of what was sent: a body beside a file's name (spec 1.10)."""
    words, kind = text(content, "body"), content.get("msgtype")
    if kind not in SAYS_ITSELF:
        return read_text(words)
    has_caption = kind in FILES and content.get("filename", words) != words
    return with_media(read_text(words if has_caption else ""))


def _answered(relation: Mapping[str, Any]) -> str | None:
    """The message replied to; in a thread the one it hangs on, unless a reply in it is meant."""
    in_reply_to = event_id_of(part(relation, "m.in_reply_to"))
    if relation.get("rel_type") == "m.thread" and (in_reply_to is None or relation.get("is_falling_back")):
        return event_id_of(relation)
    return in_reply_to


def _position(content: Mapping[str, Any]) -> tuple[float, float] | None:
    found = GEO.match(text(content, "geo_uri"))
    return position({"latitude": found[1], "longitude": found[2]}) if found else None
