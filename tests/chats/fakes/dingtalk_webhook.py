"""A DingTalk group's custom robot: HTTP 200 whatever happens, the truth in errcode, a signature of the time."""

import base64
import hashlib
import hmac

from tests.chats.fakes.server import CALLED_AT_S, SECRET, Answer, HttpFake, Request, Said

SIGN_SECRET = "SECc0ffee"


def errcode(code: int, message: str) -> Answer:
    return Answer(body={"errcode": code, "errmsg": message})


class DingtalkWebhookFake(HttpFake):
    kind = "dingtalk_webhook"
    secret = f"{SECRET}:{SIGN_SECRET}"
    wrong_secret = f"another:{SIGN_SECRET}"
    refused = errcode(310000, f"keywords not in content, more: {SECRET}")
    limited = errcode(130101, "send too fast, exceed 20 times per minute")
    limited_wait_s = 600
    busy = errcode(-1, "system busy")
    not_understood = Answer(200, b"<html>log in to the wireless network</html>")

    def platform(self, request: Request) -> Answer:
        if request.path != "/robot/send" or request.query.get("access_token") != SECRET:
            return errcode(300005, "token is not exist")
        if not self._is_signed(request):
            return errcode(310000, "sign not match, more: https://ding-doc.dingtalk.com")
        content = request.json()
        if content["msgtype"] != "text":
            return errcode(400105, "unsupported msgtype")
        if len(request.body) > 20_000:
            return errcode(460101, "message too long, exceed 20000 bytes")
        self.said.append(
            Said(content["text"]["content"], None, mentions=tuple(content.get("at", {}).get("atUserIds", ())))
        )
        return errcode(0, "ok")

    def _is_signed(self, request: Request) -> bool:
        at = request.query.get("timestamp", "")
        signed = hmac.new(SIGN_SECRET.encode(), f"{at}\n{SIGN_SECRET}".encode(), hashlib.sha256).digest()
        is_fresh = at.isdigit() and abs(int(at) / 1000 - CALLED_AT_S) <= 3_600
        return is_fresh and request.query.get("sign") == base64.b64encode(signed).decode()
