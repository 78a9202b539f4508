"""What Feishu calls us with: a member's message in a group, or a press on a card's button."""

import json
import re
from datetime import datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

from patrol.chats.answers import Answer, read_kind, read_text, with_media
from patrol.chats.chat import Call, CallAnswer, CallRefused
from patrol.chats.exchange import Access, split_address
from patrol.chats.feishu import BASE_URL, Credentials, credentials_of, download
from patrol.chats.feishu_crypto import open_event
from patrol.chats.payload import items, moment, part, position, text, whole
from patrol.values import Media, Reply

JSON = "application/json; charset=utf-8"
MENTION = re.compile(r"@_(?:user_\d+|all)\s*")  # what stands in a text for "@patrol"
SAYS_ITSELF = ("image", "audio", "post", "location")  # without a word too


def answer(access: Access, call: Call) -> CallAnswer:
    """Read one call; Feishu wants its answer within 3 s, and calls again where it gets none."""
    credentials = credentials_of(access)
    event = open_event(call, credentials.encrypt_key, credentials.verification_token, access.clock())
    if event.get("type") == "url_verification":
        return _json({"challenge": text(event, "challenge")})
    header, body = part(event, "header"), part(event, "event")
    _require_ours(header, credentials)
    if header.get("event_type") == "im.message.receive_v1":
        return _message(access, body)
    if header.get("event_type") == "card.action.trigger":
        return _press(access, header, body)
    return _json({})


def _require_ours(header: dict[str, Any], credentials: Credentials) -> None:
    if header.get("app_id") != credentials.app_id:
        raise CallRefused("the event is another app's")


def _press(access: Access, header: dict[str, Any], body: dict[str, Any]) -> CallAnswer:
    """What the button's value says; it comes back as we made it."""
    value, context = part(body, "action", "value"), part(body, "context")
    kind = read_kind(value.get("answer"))
    if kind is None:
        return _json({})
    reply = Reply(
        kind=kind,
        member=text(part(body, "operator"), "open_id"),
        event_ref=text(header, "event_id"),
        said_at=_said_at(header.get("create_time"), access.clock()),
        in_reply_to=text(context, "open_message_id") or None,
        hit_number=whole(value, "hit"),
        chat_address=access.address_of(text(context, "open_chat_id")),
        message_key=text(value, "key") or None,
    )
    label = text(value, "label")
    return CallAnswer(_toast("success", label), JSON, (reply,), refusal=_toast("error", f"✗ {label}"))


def _message(access: Access, body: dict[str, Any]) -> CallAnswer:
    """A member's message; nothing for talk that answers none of ours, names no hit and is not said to us."""
    message, sender = part(body, "message"), part(body, "sender")
    content = _content(message)
    meaning, in_reply_to = _meaning(message, content), text(message, "parent_id") or None
    is_to_us = in_reply_to is not None or meaning.hit_number is not None or bool(items(message, "mentions"))
    if not is_to_us or sender.get("sender_type") != "user":
        return _json({})
    reply = Reply(
        kind=meaning.kind,
        member=text(part(sender, "sender_id"), "open_id"),
        event_ref=text(message, "message_id"),
        said_at=_said_at(message.get("create_time"), access.clock()),
        text=meaning.text,
        in_reply_to=in_reply_to,
        hit_number=meaning.hit_number,
        chat_address=access.address_of(text(message, "chat_id")),
        position=position(content),
    )
    keys = _attached(message, content)
    media = {reply.event_ref: partial(_fetch, access, reply.event_ref, keys)} if keys else {}
    return CallAnswer(b"{}", JSON, (reply,), media=media)


def _meaning(message: dict[str, Any], content: dict[str, Any]) -> Answer:
    meaning = read_text(MENTION.sub("", _words(content)))
    return with_media(meaning) if message.get("message_type") in SAYS_ITSELF else meaning


def _words(content: dict[str, Any]) -> str:
    """Of a text, or of a post's paragraphs; a place or a photo has none."""
    spoken = (text(piece, "text") for piece in _post(content) if piece.get("tag") == "text")
    return text(content, "text") or "".join(spoken)


def _attached(message: dict[str, Any], content: dict[str, Any]) -> list[tuple[Literal["photo", "voice"], str]]:
    """The keys of the photos and the voice note in a message."""
    if message.get("message_type") == "audio":
        return [("voice", text(content, "file_key"))]
    keys = [text(content, "image_key"), *(text(piece, "image_key") for piece in _post(content))]
    return [("photo", key) for key in keys if key]


def _fetch(access: Access, message_id: str, keys: list[tuple[Literal["photo", "voice"], str]]) -> tuple[Media, ...]:
    base_url, _chat = split_address(access.address, BASE_URL)
    media = []
    for kind, key in keys:
        as_type = "image" if kind == "photo" else "file"
        path = f"/im/v1/messages/{quote(message_id)}/resources/{quote(key)}?type={as_type}"
        media.append(Media(kind, *download(access, base_url, path)))
    return tuple(media)


def _post(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Every piece of a post, paragraph after paragraph."""
    paragraphs = content.get("content")
    lines = paragraphs if isinstance(paragraphs, list) else []
    return [piece for line in lines for piece in items({"line": line}, "line")]


def _content(message: dict[str, Any]) -> dict[str, Any]:
    """A message's content, which is JSON in a string."""
    try:
        content = json.loads(text(message, "content"))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _said_at(since_epoch: object, now: datetime) -> datetime:
    """Milliseconds of a message and an event, microseconds of a card's press: both have 13 digits that count."""
    return moment(str(since_epoch)[:13], now, per_s=1000)


def _toast(kind: str, words: str) -> bytes:
    return json.dumps({"toast": {"type": kind, "content": words}}, ensure_ascii=False).encode()


def _json(content: dict[str, Any]) -> CallAnswer:
    return CallAnswer(json.dumps(content, ensure_ascii=False).encode(), JSON)
