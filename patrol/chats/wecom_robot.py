"""A WeCom group robot (企业微信群机器人): sends, cannot take back, hears nothing. The key is the only credential.

Its calls are those of path 91770 (developer.work.weixin.qq.com).
"""

import base64
import hashlib
from typing import Any, ClassVar

from patrol.chats.chat import Limits, Look, Rate, Replies, Sent
from patrol.chats.exchange import Access, is_web_address, require_success
from patrol.chats.wecom_codes import require_zero
from patrol.values import Message, Receipt

BASE_URL = "https://qyapi.weixin.qq.com"


class WecomRobot:
    limits: ClassVar[Limits] = Limits(
        picture_bytes=2_000_000,  # 2 MB before base64
        text_bytes=2_048,
        has_caption=False,
        same_key_for=None,
        withdraw_within=None,
        hears="nothing",
        rates=(Rate(18, 60.0, "bot"),),  # 20 published; whether their window slides is not, ours does
    )

    def __init__(self, access: Access) -> None:
        self._url = f"{(access.address or BASE_URL).rstrip('/')}/cgi-bin/webhook/send"
        self._access = access

    def send(self, message: Message) -> Receipt:
        """Send one text or one picture; the platform has no message that holds both."""
        self.limits.require_fits(message)
        if message.picture_jpeg is not None:
            self._post(_picture(message.picture_jpeg))
        else:
            self._post({"msgtype": "text", "text": _text(message)})
        return Receipt(message_ref=message.key, accepted_at=self._access.clock())

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        return self.send(notice)

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)

    def look(self) -> Look:
        return Look()

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        return ()

    def _post(self, body: dict[str, Any]) -> None:
        key = self._access.secret()
        answer = self._access.ask("POST", self._url, params={"key": key}, json=body)
        require_success(answer, now=self._access.clock())
        require_zero(answer.host, answer.json(), [key])


def _text(message: Message) -> dict[str, Any]:
    called = {"mentioned_list": list(message.mentions)} if message.mentions else {}
    return {"content": message.text} | called


def _picture(jpeg: bytes) -> dict[str, Any]:
    md5 = hashlib.md5(jpeg, usedforsecurity=False).hexdigest()
    return {"msgtype": "image", "image": {"base64": base64.b64encode(jpeg).decode(), "md5": md5}}


def is_address(address: str) -> bool:
    """Empty for WeCom's own server, or the address of a gateway in front of it."""
    return not address or is_web_address(address)
