"""A DingTalk group's custom robot (自定义机器人): sends texts, takes nothing back, hears nothing.

It has no message with a picture in it, only with the public address of one, and patrol's pictures have none: dispatch
sends the text alone. Every answer comes as HTTP 200; `errcode` says how it went.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any, ClassVar

from patrol.chats.chat import Limits, Look, Rate, Replies, SendError, Sent
from patrol.chats.exchange import Access, Answer, is_web_address, require_success, without
from patrol.chats.payload import text, whole
from patrol.values import Message, Receipt

BASE_URL = "https://oapi.dingtalk.com"
SECRET_FORM = "ACCESS_TOKEN[:SIGN_SECRET]"
TOO_FAST, PUNISHED = 130101, 1111
BLOCKED_S = 600.0  # more than 20 in a minute, and the robot is silenced for ten
PUNISHED_S = 300.0  # more than 10,000 calls in 20 s from one address of the internet, for five minutes
CODES = {
    310000: "robot_security",  # the signature, a keyword or the caller's address
    300001: "unauthorised",
    300005: "unauthorised",
    400101: "unauthorised",
    400102: "forbidden",  # the robot is switched off
    400105: "refused",
    430101: "refused",
    460101: "too_large",
    -1: "busy",
    90018: "limited",
    90019: "limited",
}


class DingtalkWebhook:
    limits: ClassVar[Limits] = Limits(
        picture_bytes=0,
        text_bytes=15_000,  # of 20,000 in all, and JSON adds to a text
        has_caption=False,
        same_key_for=None,
        withdraw_within=None,
        hears="nothing",
        rates=(Rate(18, 60.0, "bot"),),  # of 20
    )

    def __init__(self, access: Access) -> None:
        self._url = f"{(access.address or BASE_URL).rstrip('/')}/robot/send"
        self._access = access

    def send(self, message: Message) -> Receipt:
        self.limits.require_fits(message)
        rung = " ".join(f"@{member}" for member in message.mentions)  # who is rung has to stand in the text
        content = "\n".join(filter(None, (message.text, rung)))
        at = {"at": {"atUserIds": list(message.mentions)}} if message.mentions else {}
        self._post({"msgtype": "text", "text": {"content": content}} | at)
        return Receipt(message.key, self._access.clock())

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        return self.send(notice)

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)

    def look(self) -> Look:
        return Look()

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        return ()

    def _post(self, body: dict[str, Any]) -> None:
        token, key = self._access.secret_parts(SECRET_FORM)
        asked = {"access_token": token} | (signature(key, self._access.clock()) if key else {})
        answer = self._access.ask("POST", self._url, params=asked, json=body)
        require_success(answer, now=self._access.clock())
        _require_zero(answer, [token, key])


def signature(key: str, now: datetime) -> dict[str, str]:
    """The time in milliseconds and an HMAC-SHA256 over it, both as parameters of the address."""
    at = str(int(now.timestamp() * 1000))
    return {"timestamp": at, "sign": sign(key, at)}


def sign(key: str, at: str) -> str:
    """DingTalk's signature, both ways: of the time alone, and not of what is sent."""
    return base64.b64encode(hmac.new(key.encode(), f"{at}\n{key}".encode(), hashlib.sha256).digest()).decode()


def _require_zero(answer: Answer, secrets: list[str]) -> None:
    content = answer.json()
    code = whole(content, "errcode")
    if code == 0:
        return
    if code is None and whole(content, "status") == PUNISHED:
        raise SendError("limited", f"{answer.host} takes no calls from us for a while", wait_s=PUNISHED_S)
    if code is None:
        raise SendError("not_understood", f"{answer.host} answered without errcode", is_unknown=True)
    detail = f"{answer.host} answered errcode {code}, {without(text(content, 'errmsg'), secrets)}"
    if code == TOO_FAST:
        raise SendError("limited", detail, wait_s=BLOCKED_S)
    name = CODES.get(code, "refused")
    wait_s = 1.0 if name == "limited" else None  # those limits are by the second
    raise SendError(name, detail, is_permanent=name not in ("busy", "limited"), wait_s=wait_s)


def is_address(address: str) -> bool:
    """Empty for DingTalk's own server, or the address of a gateway in front of it, without the token."""
    return not address or (is_web_address(address) and "access_token" not in address)
