"""WeCom's server API for one app: HTTP 200 whatever happens, tokens that end, messages dropped in silence."""

import email
import email.policy
import hashlib
import json
import time
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

from patrol.chats.chat import Call
from patrol.chats.wecom_crypto import key_of, seal_envelope, signature
from tests.chats.fakes.server import CALLED_AT_S, SECRET, Answer, HttpFake, Request, Said

CORP, AGENT = "wx5823bf96d3bd56c7", 1000002
TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"  # of the official document's sample
MEMBERS = ("gus", "rita")
A_MINUTE = 30


class WecomAppFake(HttpFake):
    kind = "wecom_app"
    secret = f"{CORP}:{SECRET}:{TOKEN}:{AES_KEY}"
    wrong_secret = f"{CORP}:another:{TOKEN}:{AES_KEY}"
    limited = Answer(body={"errcode": 45009, "errmsg": "api freq out of limit"})
    limited_wait_s = 60
    refused = Answer(body={"errcode": 60020, "errmsg": f"not allow to access from your ip, {SECRET}"})
    busy = Answer(body={"errcode": 45033, "errmsg": "api concurrency out of limit"})
    not_understood = Answer(200, b"<html>log in to the wireless network</html>")

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str] = []  #: that are good; the newest last
        self.media: dict[str, bytes] = {}
        self.cards: dict[str, dict[str, Any]] = {}
        self.is_switched_off = False
        self.called_at_s = CALLED_AT_S
        self._had: set[str] = set()
        self._sent_at: dict[str, list[float]] = {}

    @classmethod
    def address_at(cls, url: str) -> str:
        return f"{url}/{AGENT}/gus|rita"

    def is_message(self, request: Request) -> bool:
        return request.path == "/cgi-bin/message/send"

    def platform(self, request: Request) -> Answer:
        if request.path == "/cgi-bin/gettoken":
            return self._gettoken(request.query)
        if request.query.get("access_token") not in self.tokens:
            return Answer(body={"errcode": 42001, "errmsg": "access_token expired"})
        answers = {
            "/cgi-bin/message/send": self._send,
            "/cgi-bin/message/recall": self._recall,
            "/cgi-bin/media/upload": self._upload,
            "/cgi-bin/media/get": self._get,
            "/cgi-bin/agent/get": self._agent,
        }
        return answers[request.path](request)

    def say(self, member: str, text: str) -> None:
        self.call(member, MsgType="text", Content=text, MsgId=str(10_000 + len(self.calls)))

    def press(self, member: str, label: str) -> None:
        self.press_on(self.newest_with(label), member, label)

    def press_on(self, said: Said, member: str, label: str) -> None:
        button = next(it for it in self.cards[said.key]["button_list"] if it["text"] == label)
        pressed = {"EventKey": button["key"], "TaskId": said.key, "CardType": "button_interaction"}
        self.call(member, MsgType="event", Event="template_card_event", ResponseCode="r0", **pressed)

    def call(self, member: str, **fields: str) -> None:
        """What WeCom calls us with when a member does something in the app."""
        about = {
            "ToUserName": CORP,
            "FromUserName": member,
            "CreateTime": str(self.called_at_s),
            "AgentID": str(AGENT),
        }
        message = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in (about | fields).items())
        self.calls.append(envelope(f"<xml>{message}</xml>".encode(), at=self.called_at_s))

    def forged(self, call: Call) -> Call:
        """Signed with another token."""
        encrypted = call.body.partition(b"<Encrypt>")[2].partition(b"</Encrypt>")[0].decode()
        signed = signature("another", call.query["timestamp"], call.query["nonce"], encrypted)
        return replace(call, query={**call.query, "msg_signature": signed})

    def _gettoken(self, query: dict[str, str]) -> Answer:
        if (query.get("corpid"), query.get("corpsecret")) != (CORP, SECRET):
            return Answer(body={"errcode": 40001, "errmsg": "invalid credential"})
        self.tokens.append(f"token-{len(self.tokens)}-{SECRET}")
        return _ok(access_token=self.tokens[-1], expires_in=7200)

    def _send(self, request: Request) -> Answer:
        body = request.json()
        members = body.get("touser", "").split("|")
        reached = [member for member in members if member in MEMBERS]
        if not reached or body["agentid"] != AGENT:
            return Answer(body={"errcode": 81013, "errmsg": "user & party & tag all invalid"})
        missed = "|".join(member for member in members if member not in MEMBERS)
        ref = f"msg-{len(self.said)}"
        if not self._is_had(body) and self._is_let_through(reached):
            refusal = self._say(body, ref)
            if refusal is not None:
                return refusal
        return _ok(msgid=ref, invaliduser=missed)

    def _is_had(self, body: dict[str, Any]) -> bool:
        """Whether the same was sent before, by its task_id or its whole content: then it is dropped in silence."""
        task_id = body.get("template_card", {}).get("task_id")
        content = task_id or hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        is_had = content in self._had and bool(task_id or body.get("enable_duplicate_check"))
        self._had.add(content)
        return is_had

    def _is_let_through(self, members: list[str]) -> bool:
        """A member gets so many a minute, and is spared the rest without a word."""
        now = time.monotonic()
        for member in members:
            recent = [at for at in self._sent_at.get(member, []) if at > now - 60]
            self._sent_at[member] = [*recent, now]
        return all(len(self._sent_at[member]) <= A_MINUTE for member in members)

    def _say(self, body: dict[str, Any], ref: str) -> Answer | None:
        kind, content = body["msgtype"], body[body["msgtype"]]
        if kind == "text":
            cut = content["content"].encode()[:2048].decode(errors="ignore")
            self.said.append(Said(cut, None, ref=ref))
        elif kind == "image" and content["media_id"] in self.media:
            self.said.append(Said("", self.media[content["media_id"]], ref=ref))
        elif kind == "template_card":
            self.cards[content["task_id"]] = content
            words = "\n".join(filter(None, [content["main_title"]["title"], content.get("sub_title_text")]))
            labels = tuple(button["text"] for button in content["button_list"])
            self.said.append(Said(words, None, body["touser"], content["task_id"], ref, labels))
        else:
            return Answer(body={"errcode": 40007, "errmsg": "invalid media_id"})
        return None

    def _recall(self, request: Request) -> Answer:
        found = [said for said in self.said if said.ref == request.json()["msgid"]]
        if not found:
            return Answer(body={"errcode": 40058, "errmsg": "invalid msgid"})
        found[0].is_gone = True
        return _ok()

    def _upload(self, request: Request) -> Answer:
        raw = b"content-type: " + request.headers["content-type"].encode() + b"\r\n\r\n" + request.body
        [file] = email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts()
        media_id = f"media-{len(self.media)}"
        self.media[media_id] = file.get_payload(decode=True)
        return _ok(type=request.query["type"], media_id=media_id, created_at=str(CALLED_AT_S))

    def _get(self, request: Request) -> Answer:
        media = self.media.get(request.query["media_id"])
        if media is None:
            return Answer(
                body={"errcode": 40007, "errmsg": "invalid media_id"}, headers={"Content-Type": "application/json"}
            )
        kind = "audio/amr" if media.startswith(b"#!AMR") else "image/jpeg"
        return Answer(200, media, {"Content-Type": kind})

    def _agent(self, request: Request) -> Answer:
        return _ok(agentid=AGENT, name="Patrol", close=int(self.is_switched_off))


def envelope(message: bytes, *, at: int = CALLED_AT_S, corp: str = CORP) -> Call:
    """A call as WeCom makes it."""
    encrypted = seal_envelope(key_of(AES_KEY), message, corp, b"0123456789abcdef")
    query = {"timestamp": str(at), "nonce": "1372623149"}
    query["msg_signature"] = signature(TOKEN, *query.values(), encrypted)
    body = f"<xml><ToUserName>{corp}</ToUserName><AgentID>{AGENT}</AgentID><Encrypt>{encrypted}</Encrypt></xml>"
    return Call("POST", query, {"content-type": "text/xml"}, body.encode())


def _ok(**content: Any) -> Answer:
    return Answer(body={"errcode": 0, "errmsg": "ok"} | content)
