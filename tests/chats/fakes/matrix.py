"""As much of a Matrix homeserver as one room needs; the real one is in tests/chats/test_matrix.py."""

from typing import Any

from tests.chats.fakes.server import CALLED_AT_S, SECRET, Answer, HttpFake, Request, Said

ROOM = "!room:example.org"
HTML = Answer(200, b"<html>log in to the wireless network</html>")


class MatrixFake(HttpFake):
    kind = "matrix"
    limited = Answer(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 7000}, {"Retry-After": "8"})
    limited_wait_s = 7
    refused = Answer(401, {"errcode": "M_UNKNOWN_TOKEN", "error": f"Unrecognised access token {SECRET}"})
    busy = Answer(503)
    not_understood = HTML

    def __init__(self) -> None:
        super().__init__()
        self.media: dict[str, bytes] = {}
        self.events: dict[str, dict[str, Any]] = {}  #: by txnId

    @classmethod
    def address_at(cls, url: str) -> str:
        return f"{url}/{ROOM}"

    def is_message(self, request: Request) -> bool:
        return "/send/m.room.message/" in request.path

    def platform(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return self.refused
        if request.path == "/_matrix/media/v3/upload":
            uri = f"mxc://example.org/m{len(self.media)}"
            self.media[uri] = request.body
            return Answer(200, {"content_uri": uri})
        if self.is_message(request):
            return self._send(request.path.rpartition("/")[2], request.json())
        if "/redact/" in request.path:
            return self._redact(request.path.split("/")[-2])
        return self._read(request)

    def say(self, member: str, text: str) -> None:
        self._add(f"by-{member}-{len(self.events)}", f"@{member}:example.org", {"msgtype": "m.text", "body": text})

    def _read(self, request: Request) -> Answer:
        if request.path.endswith("/messages"):
            return Answer(200, {"chunk": list(self.events.values())[::-1]})
        if request.path.endswith("/account/whoami"):
            return Answer(200, {"user_id": "@patrol:example.org"})
        if request.path.endswith("/sync"):
            timeline = {"events": list(self.events.values()), "limited": False}
            return Answer(200, {"next_batch": "s1", "rooms": {"join": {ROOM: {"timeline": timeline}}}})
        return Answer(404, {"errcode": "M_NOT_FOUND"})

    def _send(self, txn_id: str, content: dict[str, Any]) -> Answer:
        if txn_id not in self.events:
            event_id = self._add(txn_id, "@patrol:example.org", content)
            picture = self.media.get(content.get("url", ""))
            self.said.append(Said(content["body"], picture, key=txn_id, ref=event_id))
        return Answer(200, {"event_id": self.events[txn_id]["event_id"]})

    def _add(self, txn_id: str, sender: str, content: dict[str, Any]) -> str:
        event_id = f"$e{len(self.events)}"
        self.events[txn_id] = {
            "type": "m.room.message",
            "event_id": event_id,
            "sender": sender,
            "origin_server_ts": CALLED_AT_S * 1000,
            "content": content,
            "unsigned": {"transaction_id": txn_id},
        }
        return event_id

    def _redact(self, event_id: str) -> Answer:
        for said in self.said:
            said.is_gone = said.is_gone or said.ref == event_id
        return Answer(200, {"event_id": "$redaction"})
