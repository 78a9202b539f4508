"""A Matrix room (spec.matrix.org, client-server API). A hit is one m.image event with its text as the caption.

What members write, send and react is in matrix_events.py.
"""

import json
import re
import struct
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from patrol.chats.chat import FOREVER, AddressError, Limits, Look, Replies, SendError, Sent
from patrol.chats.exchange import Access, Answer, require_success, unseen, without
from patrol.chats.matrix_events import event_id_of, file_in, read_event
from patrol.chats.payload import part
from patrol.values import Media, Message, Receipt

ADDRESS = re.compile(r"(https?://[^/?#@\s]+(?:/[^?#!@\s]+)*)/(![^/?#\s]+)")
PAGE_EVENTS = 100
MOST_PAGES = 20  # a gap in a room's timeline is read back for this many pages
NOT_OURS = (400, 401, 403, 404, 405)  # we are no admin there, or it is not Synapse
TIMEOUT_MS = 0  # many rooms take turns, so nobody waits on one


class Matrix:
    limits: ClassVar[Limits] = Limits(
        picture_bytes=10_000_000,  # Synapse takes 50 MB unless told otherwise
        text_bytes=30_000,  # an event has 65,536 bytes in all, and JSON may double a text
        has_caption=True,
        same_key_for=timedelta(hours=24),  # same txnId, same event, as long as Synapse remembers
        withdraw_within=FOREVER,
        hears="chat",
    )

    def __init__(self, access: Access) -> None:
        self._base_url, self._room = split_address(access.address)
        self._in_room = f"/_matrix/client/v3/rooms/{_quoted(self._room)}"
        self._access = access

    def send(self, message: Message) -> Receipt:
        self.limits.require_fits(message)
        self.limits.require_fits(message)
        content: dict[str, Any] = {"msgtype": "m.text", "body": message.text}
        if message.picture_jpeg is not None:
            content = _image(message, self._upload(message.picture_jpeg))
        content |= _relations(message)
        path = f"{self._in_room}/send/m.room.message/{_quoted(message.key)}"
        event_id = self._ask("PUT", path, is_message=True, json=content).get("event_id")
        if not isinstance(event_id, str):
            raise SendError("not_understood", "the answer names no event", is_unknown=True)
        return Receipt(message_ref=event_id, accepted_at=self._access.clock())

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        """Delete the picture where our account may, redact the event, then say so; each step can be repeated."""
        event_id = sent.message_ref or self._find(sent.key)
        if event_id:
            self._delete_picture(event_id)
            path = f"{self._in_room}/redact/{_quoted(event_id)}/{_quoted(notice.key)}-r"
            self._ask("PUT", path, accept=(403, 404), json={})
        return self.send(notice)

    def replies(self, cursor: str | None) -> Replies:
        """What members wrote in this room since `cursor`, oldest first; our own messages are left out."""
        asked = {"filter": _filter(self._room), "timeout": str(TIMEOUT_MS)} | ({"since": cursor} if cursor else {})
        content = self._ask("GET", "/_matrix/client/v3/sync", params=asked)
        timeline = part(content, "rooms", "join", self._room, "timeline")
        events = list(timeline.get("events", []))
        if cursor and timeline.get("limited"):
            events = [*self._missed(timeline["prev_batch"], cursor), *events]
        me = self._me() if events else ""
        return self._read([event for event in events if event.get("sender") != me], content.get("next_batch", cursor))

    def look(self) -> Look:
        """The room's name, where our account is in it."""
        content = self._ask("GET", f"{self._in_room}/state/m.room.name", accept=(404,))
        members = part(self._ask("GET", f"{self._in_room}/joined_members"), "joined")
        return Look(str(content.get("name", "")), len(members))

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        return ()

    def _read(self, events: list[dict[str, Any]], cursor: str | None) -> Replies:
        heard = [(event, read_event(event, self._access)) for event in events]
        media = {
            reply.event_ref: partial(self._download, *file)
            for event, reply in heard
            if reply is not None and (file := file_in(event)) is not None
        }
        return Replies(tuple(reply for _event, reply in heard if reply is not None), cursor, media=media)

    def _download(self, kind: Literal["photo", "voice"], url: str) -> tuple[Media, ...]:
        """Media is given out to whoever is logged in, not to the room alone."""
        headers = {"authorization": f"Bearer {_printable(self._access.secret())}"}
        path = f"/_matrix/client/v1/media/download/{quote(url.removeprefix('mxc://'))}"
        answer = self._access.download(self._base_url + path, headers=headers)
        require_success(answer, now=self._access.clock())
        return (Media(kind, answer.body, answer.headers.get("content-type", "")),)

    def _upload(self, jpeg: bytes) -> str:
        headers = {"content-type": "image/jpeg"}
        uri = self._ask("POST", "/_matrix/media/v3/upload", content=jpeg, headers=headers).get("content_uri")
        if not isinstance(uri, str):
            raise SendError("not_understood", "the answer to the upload names no picture")
        return uri

    def _find(self, key: str) -> str | None:
        """Our event with this txnId among the room's newest, where its answer never reached us."""
        asked = {"dir": "b", "limit": str(PAGE_EVENTS)}
        newest = self._ask("GET", f"{self._in_room}/messages", params=asked).get("chunk", [])
        return next((event_id_of(e) for e in newest if part(e, "unsigned").get("transaction_id") == key), None)

    def _delete_picture(self, event_id: str) -> None:
        """A redaction empties the event, but its picture stays on the server until an admin deletes it."""
        event = self._ask("GET", f"{self._in_room}/event/{_quoted(event_id)}", accept=(403, 404))
        url = str(part(event, "content").get("url", ""))
        if url.startswith("mxc://"):
            media = quote(url.removeprefix("mxc://"))
            self._ask("DELETE", f"/_synapse/admin/v1/media/{media}", accept=NOT_OURS)

    def _missed(self, start: str, end: str) -> list[dict[str, Any]]:
        """The events between two syncs that the second one left out, oldest first."""
        events: list[dict[str, Any]] = []
        path = f"{self._in_room}/messages"
        for _page in range(MOST_PAGES):
            asked = {"dir": "b", "from": start, "to": end, "limit": str(PAGE_EVENTS)}
            content = self._ask("GET", path, params=asked)
            events += content.get("chunk", [])
            if not content.get("chunk") or "end" not in content:
                break
            start = content["end"]
        return events[::-1]

    def _me(self) -> str:
        return str(self._ask("GET", "/_matrix/client/v3/account/whoami").get("user_id", ""))

    def _ask(
        self, method: str, path: str, *, is_message: bool = False, accept: tuple[int, ...] = (), **request: Any
    ) -> dict[str, Any]:
        """Ask the server; `accept` lists the refusals that are no error here."""
        token = _printable(self._access.secret())
        headers = request.pop("headers", {}) | {"authorization": f"Bearer {token}"}
        with unseen(not is_message):
            answer = self._access.ask(method, self._base_url + path, headers=headers, **request)
            if answer.status not in accept:
                _require_taken(answer, token, self._access.clock())
        return answer.json()


def is_address(address: str) -> bool:
    return ADDRESS.fullmatch(address) is not None


def split_address(address: str) -> tuple[str, str]:
    """The homeserver and the room of "https://HOMESERVER/!ROOM"."""
    found = ADDRESS.fullmatch(address)
    if not found:
        raise AddressError(
            f"{address!r} is not a Matrix room; write https://HOMESERVER/!ROOM with the room's internal id"
        )
    return found[1], found[2]


def _printable(token: str) -> str:
    if not (token.isascii() and token.isprintable()):
        raise SendError("bad_secret", "the access token has characters that none has", is_permanent=True)
    return token


def _quoted(part: str) -> str:
    return quote(part, safe="")


def _require_taken(answer: Answer, token: str, now: datetime) -> None:
    content = answer.json()
    if answer.status == 429 and isinstance(content.get("retry_after_ms"), int):
        detail = f"{answer.host} answered 429, M_LIMIT_EXCEEDED"
        raise SendError("limited", detail, wait_s=content["retry_after_ms"] / 1000)
    words = f"{content.get('errcode', '')} {content.get('error', '')}"
    require_success(answer, now=now, words=without(words, [token]))


def _image(message: Message, url: str) -> dict[str, Any]:
    """An image with `filename` beside `body`: clients show `body` as its caption (spec 1.10)."""
    jpeg = message.picture_jpeg or b""
    info: dict[str, Any] = {"mimetype": "image/jpeg", "size": len(jpeg)} | _dimensions(jpeg)
    name = f"hit-{message.hit_number}.jpg" if message.hit_number else "picture.jpg"
    return {"msgtype": "m.image", "body": message.text or name, "filename": name, "url": url, "info": info}


def _relations(message: Message) -> dict[str, Any]:
    """Whom to ring (spec 1.7: "Intentional mentions"), and which message this one answers."""
    relations: dict[str, Any] = {"m.mentions": {"user_ids": list(message.mentions)} if message.mentions else {}}
    if message.in_reply_to is not None:
        relations["m.relates_to"] = {"m.in_reply_to": {"event_id": message.in_reply_to}}
    return relations


def _dimensions(jpeg: bytes) -> dict[str, int]:
    """Width and height from a JPEG's frame header, so that clients keep the place; empty where there is none."""
    at = 2
    while at + 9 < len(jpeg) and jpeg[at] == 0xFF:
        if 0xC0 <= jpeg[at + 1] <= 0xC2:
            height, width = struct.unpack(">HH", jpeg[at + 5 : at + 9])
            return {"w": width, "h": height}
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return {}


def _filter(room: str) -> str:
    """Only this room's messages and reactions, and nothing about who is there."""
    nothing: dict[str, Any] = {"types": []}
    timeline = {"types": ["m.room.message", "m.reaction"], "limit": PAGE_EVENTS}
    rooms = {"rooms": [room], "timeline": timeline, "state": nothing, "ephemeral": nothing, "account_data": nothing}
    return json.dumps({"room": rooms, "presence": nothing, "account_data": nothing})
