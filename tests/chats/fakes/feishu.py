"""Feishu's open platform with one group: `code` says how it went, tokens end, a uuid makes one message."""

import base64
import email
import email.policy
import hashlib
import json
import os
import re
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from patrol.chats.chat import Call
from tests.chats.fakes.server import CALLED_AT_S, SECRET, Answer, HttpFake, Request, Said

APP_ID, CHAT = "cli_a1b2c3", "oc_a0553eda9014c201e6969b478895c230"
ENCRYPT_KEY, VERIFICATION_TOKEN = "kudryavka", "v-token-1"
API = "/open-apis"
MESSAGES = f"{API}/im/v1/messages"
CARD_BYTES = 30 * 1024


def refusal(code: int, message: str, status: int = 400, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"code": code, "msg": message}, headers or {})


class FeishuFake(HttpFake):
    kind = "feishu"
    secret = f"{APP_ID}:{SECRET}:{ENCRYPT_KEY}:{VERIFICATION_TOKEN}"
    wrong_secret = f"{APP_ID}:another"
    refused = refusal(230002, f"Bot can NOT be out of the chat. {SECRET}")
    limited = refusal(99991400, "request trigger frequency limit", 429, {"x-ogw-ratelimit-reset": "7"})
    limited_wait_s = 7
    busy = refusal(1500, "internal error", 500)
    not_understood = Answer(200, b"<html>log in to the wireless network</html>")

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str] = []  #: the newest is good, the others have ended
        self.images: dict[str, bytes] = {}
        self.by_uuid: dict[str, str] = {}
        self.cards: dict[str, dict[str, Any]] = {}  #: by message id
        self.replies_to: dict[str, str] = {}
        self.readers: list[str] = []
        self.resources: dict[str, bytes] = {}
        self.is_recall_too_late = False

    @classmethod
    def address_at(cls, url: str) -> str:
        return f"{url}/{CHAT}"

    def is_message(self, request: Request) -> bool:
        return request.method == "POST" and request.path.startswith(MESSAGES)

    def platform(self, request: Request) -> Answer:
        if request.path == f"{API}/auth/v3/tenant_access_token/internal":
            return self._hand_out(request.json())
        if request.headers.get("authorization") != f"Bearer {self.tokens[-1] if self.tokens else ''}":
            return refusal(99991663, "Invalid access token for authorization. Please make a test attempt")
        if request.path == f"{API}/im/v1/images":
            return self._upload(request)
        if self.is_message(request):
            return self._create(request)
        return self._other(request)

    def end_token(self) -> None:
        """The token that was handed out last is good no more."""
        self.tokens.append("t-nobody-has-this-one")

    def _hand_out(self, asked: dict[str, str]) -> Answer:
        if asked != {"app_id": APP_ID, "app_secret": SECRET}:
            return refusal(10014, "app secret invalid", 200)
        self.tokens.append(f"t-{len(self.tokens)}")
        return Answer(200, {"code": 0, "msg": "ok", "tenant_access_token": self.tokens[-1], "expire": 7200})

    def _upload(self, request: Request) -> Answer:
        raw = b"content-type: " + request.headers["content-type"].encode() + b"\r\n\r\n" + request.body
        parts = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts()
        }
        if parts["image_type"] != b"message" or len(parts["image"]) > 10 * 1024 * 1024:
            return refusal(234006, "The file size exceed the max value")
        key = f"img_v3_{len(self.images)}"
        self.images[key] = parts["image"]
        return ok({"image_key": key})

    def _create(self, request: Request) -> Answer:
        body = request.json()
        answered = (
            request.path.removeprefix(f"{MESSAGES}/").removesuffix("/reply") if "/reply" in request.path else ""
        )
        if answered and any(said.ref == answered and said.is_gone for said in self.said):
            return refusal(230011, "The message has been recalled")
        if not answered and (request.query.get("receive_id_type"), body["receive_id"]) != ("chat_id", CHAT):
            return refusal(230001, "invalid receive_id")
        if len(body["uuid"]) > 50 or body["msg_type"] != "interactive":
            return refusal(230001, "invalid request param")
        if len(body["content"].encode()) > CARD_BYTES:
            return refusal(230025, "The length of the message content reaches its limit")
        if body["uuid"] not in self.by_uuid:
            self._say(body["uuid"], json.loads(body["content"]), answered)
        return ok({"message_id": self.by_uuid[body["uuid"]], "chat_id": CHAT})

    def _say(self, uuid: str, card: dict[str, Any], answered: str) -> None:
        ref = self.by_uuid[uuid] = f"om_{len(self.said)}"
        self.cards[ref], self.replies_to[ref] = card, answered
        pictures = [self.images[it["img_key"]] for it in card["elements"] if it["tag"] == "img"]
        buttons = tuple(button["text"]["content"] for button in buttons_of(card))
        mentions = re.findall("<at id=(.*?)></at>", " ".join(texts_of(card, "lark_md")))
        text = "\n".join([card["header"]["title"]["content"], *texts_of(card, "plain_text")])
        picture = next(iter(pictures), None)
        self.said.append(Said(text, picture, ref=ref, buttons=buttons, mentions=tuple(mentions)))

    def _other(self, request: Request) -> Answer:
        if request.path == f"{API}/im/v1/chats/{CHAT}":
            return ok({"name": "Gate B guards", "user_count": "12"})
        if request.path.endswith("/read_users"):
            return self._read_users(int(request.query.get("page_token", 0)), int(request.query["page_size"]))
        if "/resources/" in request.path:
            return Answer(200, self.resources[request.path.rpartition("/")[2]], {"Content-Type": "image/jpeg"})
        if request.method == "DELETE":
            return self._recall(request.path.rpartition("/")[2])
        return refusal(99992402, "field validation failed")

    def _recall(self, ref: str) -> Answer:
        if self.is_recall_too_late:
            return refusal(230026, "No permission to recall this message, it is too old")
        for said in self.said:
            said.is_gone = said.is_gone or said.ref == ref
        return ok({})

    def _read_users(self, start: int, page_size: int) -> Answer:
        users = [{"user_id_type": "open_id", "user_id": user} for user in self.readers[start : start + page_size]]
        end = start + page_size
        return ok({"items": users, "has_more": end < len(self.readers), "page_token": str(end)})

    # --- what it calls us with

    def say(self, member: str, text: str, **more: Any) -> None:
        self.tell(member, "text", {"text": text}, **more)

    def tell(self, member: str, kind: str, told: dict[str, Any], **more: Any) -> None:
        """A member's message of any kind; `more` are fields of the message."""
        message = {
            "message_id": f"om_by_{member}_{len(self.calls)}",
            "create_time": str(CALLED_AT_S * 1000),
            "chat_id": CHAT,
            "chat_type": "group",
            "message_type": kind,
            "content": json.dumps(told, ensure_ascii=False),
        }
        sender = {"sender_id": {"open_id": f"ou_{member}", "user_id": None}, "sender_type": "user"}
        self.call("im.message.receive_v1", {"sender": sender, "message": message | more})

    def press(self, member: str, label: str) -> None:
        said = self.newest_with(label)
        [value] = [it["value"] for it in buttons_of(self.cards[said.ref]) if it["text"]["content"] == label]
        event = {
            "operator": {"open_id": f"ou_{member}", "user_id": None},
            "token": "c-a1b2",
            "action": {"value": value, "tag": "button"},
            "host": "im_message",
            "context": {"open_message_id": said.ref, "open_chat_id": CHAT},
        }
        self.call("card.action.trigger", event, str(CALLED_AT_S * 1_000_000))

    def call(self, kind: str, event: dict[str, Any], create_time: str = str(CALLED_AT_S * 1000)) -> None:
        header = {
            "event_id": f"event-{len(self.calls)}",
            "token": VERIFICATION_TOKEN,
            "create_time": create_time,
            "event_type": kind,
            "app_id": APP_ID,
        }
        self.calls.append(signed({"schema": "2.0", "header": header, "event": event}))

    def forged(self, call: Call) -> Call:
        return replace(call, headers=call.headers | {"x-lark-signature": "0" * 64})


def ok(data: dict[str, Any]) -> Answer:
    return Answer(200, {"code": 0, "msg": "success", "data": data})


def texts_of(card: dict[str, Any], tag: str) -> list[str]:
    texts = [it["text"] for it in card["elements"] if it["tag"] == "div"]
    return [text["content"] for text in texts if text["tag"] == tag]


def buttons_of(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [button for it in card["elements"] if it["tag"] == "action" for button in it["actions"]]


def signed(event: dict[str, Any], key: str = ENCRYPT_KEY, at_s: int = CALLED_AT_S) -> Call:
    """A call as Feishu makes it where the app has an encrypt key."""
    body = json.dumps({"encrypt": encrypted(json.dumps(event), key)}).encode()
    headers = {
        "x-lark-request-timestamp": str(at_s),
        "x-lark-request-nonce": "n0nce",
        "x-lark-signature": hashlib.sha256(f"{at_s}n0nce{key}".encode() + body).hexdigest(),
    }
    return Call("POST", {}, headers, body)


def encrypted(text: str, key: str = ENCRYPT_KEY) -> str:
    iv = os.urandom(16)
    padder = PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    sealer = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(iv)).encryptor()
    return base64.b64encode(iv + sealer.update(padded) + sealer.finalize()).decode()
