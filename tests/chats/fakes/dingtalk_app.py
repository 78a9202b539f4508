"""DingTalk's open platform with one group and an app's robot: codes in words, tokens end, links that speak."""

import base64
import email
import email.policy
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from patrol.chats.chat import Call
from tests.chats.fakes.server import CALLED_AT_S, SECRET, Answer, HttpFake, Request, Said

APP_KEY, CONVERSATION = "dingabc123", "cid6KeBBLoveMJ/GXo+YKF5x7EeiodoA=="
SAY = "dtmd://dingtalkclient/sendMessage?content="
GROUP = "/v1.0/robot/groupMessages/"


def no(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"code": code, "message": message, "requestid": "r-1"})


class DingtalkAppFake(HttpFake):
    kind = "dingtalk_app"
    secret = f"{APP_KEY}:{SECRET}"
    wrong_secret = f"{APP_KEY}:another"
    refused = no(400, "invalidParameter.openConversationId.invalid", f"无效的会话 {SECRET}")
    limited = no(403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "qps limit")
    limited_wait_s = 1
    busy = no(500, "ServiceUnavailable", "unknown error")
    not_understood = Answer(200, b"<html>log in to the wireless network</html>")

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str] = []  #: the newest is good, the others have ended
        self.media: dict[str, bytes] = {}
        self.cards: dict[str, dict[str, str]] = {}  #: by processQueryKey
        self.readers: list[str] = []
        self.files: dict[str, bytes] = {}
        self.is_recall_too_late = False

    @classmethod
    def address_at(cls, url: str) -> str:
        return f"{url}/{quote(CONVERSATION, safe='+=')}"

    def is_message(self, request: Request) -> bool:
        return request.path == f"{GROUP}send"

    def platform(self, request: Request) -> Answer:
        if request.path == "/v1.0/oauth2/accessToken":
            return self._hand_out(request.json())
        if request.path.startswith("/files/"):
            return Answer(200, self.files[request.path.removeprefix("/files/")], {"Content-Type": "image/jpeg"})
        if request.path == "/media/upload":
            return self._upload(request)
        if request.headers.get("x-acs-dingtalk-access-token") not in self.tokens[-1:]:
            return no(400, "InvalidAuthentication", "不合法的access_token")
        if request.path == "/v1.0/robot/messageFiles/download":
            return Answer(200, {"downloadUrl": f"{self.url}/files/{request.json()['downloadCode']}"})
        body = request.json()
        if (body["robotCode"], body["openConversationId"]) != (APP_KEY, CONVERSATION):
            return no(400, "invalidParameter.robotCode.notExist", "robot not exist")
        return {"send": self._send, "recall": self._recall, "query": self._query}[request.path.rpartition("/")[2]](
            body
        )

    def end_token(self) -> None:
        """The token that was handed out last is good no more."""
        self.tokens.append("t-nobody-has-this-one")

    def _hand_out(self, asked: dict[str, str]) -> Answer:
        if asked != {"appKey": APP_KEY, "appSecret": SECRET}:
            return no(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
        self.tokens.append(f"t-{len(self.tokens)}")
        return Answer(200, {"accessToken": self.tokens[-1], "expireIn": 7200})

    def _upload(self, request: Request) -> Answer:
        if request.query.get("access_token") not in self.tokens[-1:]:
            return Answer(200, {"errcode": 40014, "errmsg": "不合法的access_token"})
        raw = b"content-type: " + request.headers["content-type"].encode() + b"\r\n\r\n" + request.body
        [part] = email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts()
        media_id = f"@lADP{len(self.media)}"
        self.media[media_id] = part.get_payload(decode=True)
        return Answer(200, {"errcode": 0, "errmsg": "ok", "media_id": media_id, "type": request.query["type"]})

    def _send(self, body: dict[str, Any]) -> Answer:
        if len(body["msgParam"].encode()) > 15_000:
            return no(400, "invalidParameter.msgParam.tooLong", "msgParam too long")
        fields, ref = json.loads(body["msgParam"]), f"pqk-{len(self.said)}"
        if body["msgKey"] == "sampleImageMsg":
            self.said.append(Said("", self.media[fields["photoURL"]], ref=ref))
        elif body["msgKey"] == "sampleText":
            self.said.append(Said(fields["content"], None, ref=ref))
        else:
            self._send_card(body["msgKey"], fields, ref)
        return Answer(200, {"processQueryKey": ref})

    def _send_card(self, template: str, fields: dict[str, str], ref: str) -> None:
        n_buttons = {"sampleActionCard": 1}.get(template) or int(template.removeprefix("sampleActionCard"))
        assert n_buttons <= 5
        titles = ["singleTitle"] if n_buttons == 1 else [f"actionTitle{n}" for n in range(1, n_buttons + 1)]
        assert {*fields} == {"title", "text", *titles, *(it.replace("Title", "URL") for it in titles)}
        self.cards[ref] = {fields[title]: fields[title.replace("Title", "URL")] for title in titles}
        self.said.append(Said(fields["text"].replace("  \n", "\n"), None, ref=ref, buttons=tuple(self.cards[ref])))

    def _recall(self, body: dict[str, Any]) -> Answer:
        if self.is_recall_too_late:
            return Answer(200, {"successResult": [], "failedResult": dict.fromkeys(body["processQueryKeys"], "超时")})
        for said in self.said:
            said.is_gone = said.is_gone or said.ref in body["processQueryKeys"]
        return Answer(200, {"successResult": body["processQueryKeys"], "failedResult": {}})

    def _query(self, body: dict[str, Any]) -> Answer:
        start, size = int(body.get("nextToken", 0)), body["maxResults"]
        more = start + size < len(self.readers)
        read = {"readUserIds": self.readers[start : start + size], "hasNext": more, "nextToken": str(start + size)}
        return Answer(200, {"sendStatus": "SUCCESS"} | read)

    # --- what it calls us with

    def say(self, member: str, text: str, **more: Any) -> None:
        self.tell(member, {"msgtype": "text", "text": {"content": f" {text}"}} | more)

    def press(self, member: str, label: str) -> None:
        link = self.cards[self.newest_with(label).ref][label]
        assert link.startswith(SAY)
        self.say(member, unquote(link.removeprefix(SAY)))

    def tell(self, member: str, said: dict[str, Any]) -> None:
        message = {
            "conversationId": CONVERSATION,
            "conversationType": "2",
            "msgId": f"msg-{len(self.calls)}",
            "createAt": CALLED_AT_S * 1000,
            "senderId": f"$:LWCP_v1:${member}",
            "senderStaffId": f"staff-{member}",
            "isInAtList": True,
            "robotCode": APP_KEY,
        }
        self.calls.append(signed(json.dumps(message | said, ensure_ascii=False).encode()))

    def forged(self, call: Call) -> Call:
        return replace(call, headers=call.headers | {"sign": base64.b64encode(b"0" * 32).decode()})


def signed(body: bytes, at_ms: int = CALLED_AT_S * 1000) -> Call:
    signature = hmac.new(SECRET.encode(), f"{at_ms}\n{SECRET}".encode(), hashlib.sha256).digest()
    return Call("POST", {}, {"timestamp": str(at_ms), "sign": base64.b64encode(signature).decode()}, body)
