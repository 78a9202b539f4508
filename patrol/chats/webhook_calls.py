"""Answers that a webhook's receiver gives us, signed as our messages to it are."""

import base64
import binascii
import hmac
import json
from datetime import datetime, timedelta
from typing import Any, Literal

from patrol.chats.answers import Answer, read_kind, read_text, with_media
from patrol.chats.chat import Call, CallAnswer, CallRefused
from patrol.chats.exchange import Access
from patrol.chats.payload import items, moment, part, position, text, whole
from patrol.chats.webhook import sign
from patrol.values import Media, Reply

NOT_OLDER = timedelta(minutes=5)
KINDS: dict[str, Literal["photo", "voice"]] = {"photo": "photo", "voice": "voice"}


def answer(access: Access, call: Call) -> CallAnswer:
    """Read one answer; a call without `id` or without a word is no answer."""
    _require_signature(call, access.secret(), access.clock())
    content = _content(call.body)
    media = tuple(_media(content))
    meaning = _meaning(content, has_more=bool(media) or position(part(content, "position")) is not None)
    reply = Reply(
        kind=meaning.kind,
        member=text(content, "member"),
        event_ref=text(content, "id"),
        said_at=moment(content.get("said_at"), access.clock()),
        text=meaning.text,
        in_reply_to=text(content, "in_reply_to") or None,
        hit_number=whole(content, "hit_number") or meaning.hit_number,
        chat_address=text(content, "chat") or access.address,
        message_key=text(content, "key") or None,
        media=media,
        position=position(part(content, "position")),
    )
    taken, refused = (json.dumps({"is_taken": is_taken}).encode() for is_taken in (True, False))
    return CallAnswer(taken, "application/json", (reply,), refusal=refused)


def _require_signature(call: Call, secret: str, now: datetime) -> None:
    pairs = (piece.partition("=") for piece in call.headers.get("x-signature", "").split(","))
    fields = {name.strip(): value for name, _sign, value in pairs}
    at, given = fields.get("t", ""), fields.get("v1", "")
    if not at.isdecimal() or not hmac.compare_digest(sign(secret, at, call.body).encode(), given.encode()):
        raise CallRefused("the signature is wrong")
    if abs(now.timestamp() - int(at)) > NOT_OLDER.total_seconds():
        raise CallRefused("the call is old, or of another time")


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        raise CallRefused("the call is not JSON") from None
    if not isinstance(content, dict) or not text(content, "id"):
        raise CallRefused("the call is no answer: it has no id")
    return content


def _meaning(content: dict[str, Any], *, has_more: bool) -> Answer:
    """A button's answer, else the words as a member would write them."""
    kind, said = read_kind(content.get("answer")), text(content, "text")
    if kind is not None:
        return Answer(kind, None, said)
    return with_media(read_text(said)) if has_more else read_text(said)


def _media(content: dict[str, Any]) -> list[Media]:
    found = []
    for item in items(content, "media"):
        kind = KINDS.get(text(item, "kind"))
        try:
            raw = base64.b64decode(text(item, "base64"), validate=True)
        except (binascii.Error, ValueError):
            continue
        if kind is not None and raw:
            found.append(Media(kind, raw, text(item, "content_type")))
    return found
