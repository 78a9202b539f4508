"""A webhook's receiver that checks the signature over the raw body and takes each Idempotency-Key once."""

import email
import email.policy
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

from patrol.chats.chat import Call
from tests.chats.fakes.server import CALLED_AT_S, SECRET, Answer, HttpFake, Request, Said


class WebhookFake(HttpFake):
    kind = "webhook"
    limited = Answer(429, {"error": "slow down"}, {"Retry-After": "7"})
    limited_wait_s = 7
    refused = Answer(401, {"error": f"bad signature {SECRET}"})
    busy = Answer(503)

    def __init__(self) -> None:
        super().__init__()
        self.by_key: dict[str, Any] = {}

    @classmethod
    def address_at(cls, url: str) -> str:
        return f"{url}/hook"

    def platform(self, request: Request) -> Answer:
        fields = dict(part.split("=", 1) for part in request.headers["x-signature"].split(","))
        signed = fields["t"].encode() + b"." + request.body
        if not hmac.compare_digest(fields["v1"], hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()):
            return self.refused
        key = request.headers["idempotency-key"]
        if key not in self.by_key:
            content, picture = _parts(request)
            self.by_key[key] = content
            self._take_back(content.get("cancels_key"))
            buttons = tuple(button["label"] for button in content["buttons"])
            self.said.append(Said(content["text"], picture, key=key, ref=f"m-{key}", buttons=buttons))
        return Answer(200, {"id": f"m-{key}"})

    def say(self, member: str, text: str, **more: Any) -> None:
        self.answer_with({"id": f"a-{len(self.calls)}", "member": member, "text": text} | more)

    def press(self, member: str, label: str) -> None:
        said = self.newest_with(label)
        [name] = [it["answer"] for it in self.by_key[said.key]["buttons"] if it["label"] == label]
        self.answer_with({"id": f"a-{len(self.calls)}", "member": member, "answer": name, "key": said.key})

    def answer_with(self, content: Any, at_s: int = CALLED_AT_S) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        signed = hmac.new(SECRET.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
        self.calls.append(Call("POST", {}, {"x-signature": f"t={at_s},v1={signed}"}, body))

    def forged(self, call: Call) -> Call:
        return replace(call, body=call.body.replace(b"gus", b"max"))

    def _take_back(self, key: str | None) -> None:
        for said in self.said:
            said.is_gone = said.is_gone or said.key == key


def _parts(request: Request) -> tuple[Any, bytes | None]:
    """The JSON and the picture of a request, read by the standard library's own multipart parser."""
    kind = request.headers["content-type"]
    if kind == "application/json":
        return request.json(), None
    raw = b"content-type: " + kind.encode() + b"\r\n\r\n" + request.body
    message, picture = email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts()
    return json.loads(message.get_payload(decode=True)), picture.get_payload(decode=True)
