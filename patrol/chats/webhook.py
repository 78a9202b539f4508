"""A signed generic webhook: JSON, with the picture as a second part where there is one.

What a receiver answers is in webhook_calls.py.
"""

import hashlib
import hmac
import json
from typing import Any, ClassVar

import httpx

from patrol.chats.chat import FOREVER, Limits, Look, Replies, Sent
from patrol.chats.exchange import Access, is_web_address, require_success
from patrol.values import Message, Receipt


class Webhook:
    """The receiver checks `X-Signature: t=SECONDS,v1=HEX`, an HMAC-SHA256 of "SECONDS.BODY" with the raw body,
    and takes the same `Idempotency-Key` for the same message."""

    limits: ClassVar[Limits] = Limits(
        picture_bytes=5_000_000,
        text_bytes=16_000,
        has_caption=True,
        same_key_for=FOREVER,
        withdraw_within=FOREVER,
        hears="callback",
        n_buttons=9,
    )

    def __init__(self, access: Access) -> None:
        self._access = access

    def send(self, message: Message) -> Receipt:
        return self._post(message, {"type": "message"})

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        return self._post(notice, {"type": "withdraw", "cancels": sent.message_ref, "cancels_key": sent.key})

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)

    def look(self) -> Look:
        return Look()

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        return ()

    def _post(self, message: Message, fields: dict[str, Any]) -> Receipt:
        self.limits.require_fits(message)
        content = json.dumps(fields | _fields(message), ensure_ascii=False)
        body, content_type = _body(content, message.picture_jpeg)
        headers = {"content-type": content_type, "idempotency-key": message.key, "x-signature": self._signature(body)}
        answer = self._access.ask("POST", self._access.address, content=body, headers=headers)
        require_success(answer, now=self._access.clock())
        message_ref = answer.json().get("id") or message.key
        return Receipt(message_ref=str(message_ref)[:200], accepted_at=self._access.clock())

    def _signature(self, body: bytes) -> str:
        at = str(int(self._access.clock().timestamp()))
        return f"t={at},v1={sign(self._access.secret(), at, body)}"


def sign(secret: str, at: str, body: bytes) -> str:
    """HMAC-SHA256 in hex; the time is signed too, so that an old request cannot be played again."""
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def _fields(message: Message) -> dict[str, Any]:
    return {
        "key": message.key,
        "text": message.text,
        "hit_number": message.hit_number,
        "is_repeat": message.is_repeat,
        "buttons": [{"answer": button.kind, "label": button.label} for button in message.buttons],
        "mentions": list(message.mentions),
        "in_reply_to": message.in_reply_to,
        "picture_sha256": hashlib.sha256(message.picture_jpeg).hexdigest() if message.picture_jpeg else None,
    }


def _body(content: str, picture_jpeg: bytes | None) -> tuple[bytes, str]:
    """The raw body, which is what gets signed, and its content type."""
    if picture_jpeg is None:
        return content.encode(), "application/json"
    parts = {
        "message": ("message.json", content.encode(), "application/json"),
        "picture": ("picture.jpg", picture_jpeg, "image/jpeg"),
    }
    request = httpx.Request("POST", "http://localhost", files=parts)  # only to set the parts
    return request.read(), request.headers["content-type"]


def is_address(address: str) -> bool:
    return is_web_address(address)
