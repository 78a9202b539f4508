"""How each platform of a rehearsal speaks: its addresses, its answers, and what it publishes of its limits."""

import base64
import email
import email.policy
import json
import re
from typing import Any, ClassVar

from patrol.bench.platforms import Answer, Platform, Published, Request, Sent

LIMITED_S = 2  # how long a platform that says so wants silence
NO_NEWS_S = 1.0  # how long a question for what members wrote waits


class WecomRobot(Platform):
    """Robots have a key each and no way to ask twice for one message; text and picture are two messages."""

    kind = "wecom_robot"
    published: ClassVar = (Published(20, 60.0, "bot"),)

    def address(self, n: int) -> str:
        return f"{self.url}/robot-{n}"

    def secret(self, n: int) -> tuple[str, str]:
        return f"robot-{n}", f"key-{n}"

    def read(self, request: Request) -> Sent | None:
        content, chat = json.loads(request.body), request.path.split("/")[1]
        if content["msgtype"] == "text":
            return Sent(request.query["key"], chat, "", content["text"]["content"], None)
        return Sent(request.query["key"], chat, "", "", base64.b64decode(content["image"]["base64"]))

    def accepted(self, sent: Sent, n: int) -> Answer:
        return _json({"errcode": 0, "errmsg": "ok"})

    def limited(self) -> Answer:
        return _json({"errcode": 45009, "errmsg": "api freq out of limit"})

    def busy(self) -> Answer:
        return _json({"errcode": -1, "errmsg": "system busy"})


class Telegram(Platform):
    """One bot for all groups; a photo has a caption; there is no key."""

    kind = "telegram"
    published: ClassVar = (Published(20, 60.0, "chat"), Published(30, 1.0, "bot"))

    def address(self, n: int) -> str:
        return f"{self.url}/-{100 + n}"

    def secret(self, n: int) -> tuple[str, str]:
        return "telegram", "123:abc"

    def read(self, request: Request) -> Sent | None:
        method = request.path.rpartition("/")[2]
        if method not in ("sendPhoto", "sendMessage"):
            return None
        if method == "sendMessage":
            content = json.loads(request.body)
            return Sent("bot", str(content["chat_id"]), "", content["text"], None)
        parts = _parts(request)
        return Sent("bot", parts["chat_id"].decode(), "", parts["caption"].decode(), parts["photo"])

    def accepted(self, sent: Sent, n: int) -> Answer:
        return _json({"ok": True, "result": {"message_id": n, "chat": {"id": int(sent.chat)}}})

    def limited(self) -> Answer:
        said = {"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {LIMITED_S}"}
        return _json(said | {"parameters": {"retry_after": LIMITED_S}}, 429)

    def busy(self) -> Answer:
        return _json({"ok": False, "error_code": 500, "description": "Internal Server Error"}, 500)

    def other(self, request: Request) -> Answer:
        if request.path.endswith("/getUpdates"):
            self.wait(NO_NEWS_S)
        return _json({"ok": True, "result": []})


class Feishu(Platform):
    """One app for all groups; a card holds picture, text and buttons; `uuid` makes it one."""

    kind = "feishu"
    published: ClassVar = (
        Published(5, 1.0, "chat"),
        Published(50, 1.0, "bot"),
        Published(1000, 60.0, "bot"),
    )

    def address(self, n: int) -> str:
        return f"{self.url}/oc_{n}"

    def secret(self, n: int) -> tuple[str, str]:
        return "feishu", "app:secret"

    def read(self, request: Request) -> Sent | None:
        if request.method != "POST" or not request.path.startswith("/open-apis/im/v1/messages"):
            return None
        content = json.loads(request.body)
        return Sent("app", content.get("receive_id", ""), content["uuid"], _words(content["content"]), None)

    def accepted(self, sent: Sent, n: int) -> Answer:
        return _json({"code": 0, "msg": "ok", "data": {"message_id": f"om_{n}"}})

    def limited(self) -> Answer:
        said = {"code": 99991400, "msg": "request trigger frequency limit"}
        return _json(said, 429, {"x-ogw-ratelimit-reset": str(LIMITED_S)})

    def busy(self) -> Answer:
        return _json({"code": 1500, "msg": "internal error"}, 500)

    def other(self, request: Request) -> Answer:
        data = {"image_key": "img_1", "items": [], "has_more": False}
        return _json({"code": 0, "msg": "ok", "tenant_access_token": "t-1", "expire": 7200, "data": data})


class Webhook(Platform):
    """A receiver that takes each Idempotency-Key once."""

    kind = "webhook"

    def address(self, n: int) -> str:
        return f"{self.url}/hook-{n}"

    def read(self, request: Request) -> Sent | None:
        raw = _parts(request)["message"] if "multipart" in request.headers["content-type"] else request.body
        return Sent("", request.path[1:], request.headers["idempotency-key"], json.loads(raw)["text"], None)

    def accepted(self, sent: Sent, n: int) -> Answer:
        return _json({"id": f"m-{n}"})

    def limited(self) -> Answer:
        return _json({"error": "slow down"}, 429, {"retry-after": str(LIMITED_S)})

    def busy(self) -> Answer:
        return _json({}, 503)


class Matrix(Platform):
    """A homeserver's rooms; a transaction id makes one event."""

    kind = "matrix"

    def address(self, n: int) -> str:
        return f"{self.url}/!room{n}:example.org"

    def read(self, request: Request) -> Sent | None:
        found = re.fullmatch(r"/_matrix/client/v3/rooms/([^/]+)/send/m\.room\.message/([^/]+)", request.path)
        if found is None:
            return None
        return Sent("", found[1], found[2], json.loads(request.body)["body"], None)

    def accepted(self, sent: Sent, n: int) -> Answer:
        return _json({"event_id": f"$e{n}"})

    def limited(self) -> Answer:
        return _json({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": LIMITED_S * 1000}, 429)

    def busy(self) -> Answer:
        return _json({}, 503)

    def other(self, request: Request) -> Answer:
        return _json({"content_uri": "mxc://example.org/1", "next_batch": "s1", "user_id": "@patrol:example.org"})


ALL: tuple[type[Platform], ...] = (WecomRobot, Telegram, Feishu, Webhook, Matrix)


def _json(content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(json.dumps(content).encode(), status, {"content-type": "application/json", **(headers or {})})


def _parts(request: Request) -> dict[str, bytes]:
    """The parts of a multipart body, by their names."""
    raw = b"content-type: " + request.headers["content-type"].encode() + b"\r\n\r\n" + request.body
    parts = email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts()
    return {
        str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True) or b"")
        for part in parts
    }


def _words(card: str) -> str:
    """All the text of a card."""
    found: list[str] = []
    waiting = [json.loads(card)]
    while waiting:
        it = waiting.pop()
        if isinstance(it, dict):
            found += [value for name, value in it.items() if name == "content" and isinstance(value, str)]
            waiting += it.values()
        elif isinstance(it, list):
            waiting += it
    return "\n".join(sorted(found))
