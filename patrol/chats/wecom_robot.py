"""A WeCom group robot (企业微信群机器人): sends, cannot take back, hears nothing. The key is the only credential.

Every answer comes as HTTP 200; `errcode` alone says how it went (developer.work.weixin.qq.com, path 91770).
"""

import base64
import hashlib
from typing import Any, ClassVar

from patrol.chats.chat import Limits, Look, Rate, Replies, SendError, Sent
from patrol.chats.exchange import Access, Answer, is_web_address, require_success, without
from patrol.values import Message, Receipt

BASE_URL = "https://qyapi.weixin.qq.com"
LIMITED, BUSY, TOO_MANY_AT_ONCE = 45009, -1, 45033
BLOCKED_S = 60.0  # there is no Retry-After; a minute's limit blocks for a minute (path 90454)


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
            self._post({"msgtype": "text", "text": {"content": message.text}})
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
        _require_zero(answer, key)


def _picture(jpeg: bytes) -> dict[str, Any]:
    md5 = hashlib.md5(jpeg, usedforsecurity=False).hexdigest()
    return {"msgtype": "image", "image": {"base64": base64.b64encode(jpeg).decode(), "md5": md5}}


def _require_zero(answer: Answer, key: str) -> None:
    content = answer.json()
    code = content.get("errcode")
    if code == 0:
        return
    if not isinstance(code, int):  # a proxy's page, say; what became of the message nobody knows
        raise SendError("not_understood", f"{answer.host} answered without errcode", is_unknown=True)
    detail = f"{answer.host} answered errcode {code}, {without(str(content.get('errmsg', '')), [key])}"
    if code == LIMITED:
        raise SendError("limited", detail, wait_s=BLOCKED_S)
    if code in (BUSY, TOO_MANY_AT_ONCE):
        raise SendError("busy", detail)
    raise SendError("refused", detail, is_permanent=True)


def is_address(address: str) -> bool:
    """Empty for WeCom's own server, or the address of a gateway in front of it."""
    return not address or is_web_address(address)
