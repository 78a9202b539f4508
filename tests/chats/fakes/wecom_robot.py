"""A WeCom group robot: HTTP 200 whatever happens, the truth in errcode."""

import base64
import hashlib
from typing import Any

from tests.chats.fakes.server import SECRET, Answer, HttpFake, Request, Said


class WecomRobotFake(HttpFake):
    kind = "wecom_robot"
    limited = Answer(body={"errcode": 45009, "errmsg": "api freq out of limit"})
    limited_wait_s = 60
    refused = Answer(body={"errcode": 93000, "errmsg": f"invalid webhook url, key={SECRET}"})
    busy = Answer(body={"errcode": -1, "errmsg": "system busy"})
    not_understood = Answer(200, b"<html>log in to the wireless network</html>")

    def platform(self, request: Request) -> Answer:
        if not request.path.endswith("/cgi-bin/webhook/send") or request.query.get("key") != SECRET:
            return self.refused
        content = request.json()
        if content["msgtype"] == "text":
            return self._text(content["text"], request.path)
        if content["msgtype"] == "image":
            return self._image(content["image"], request.path)
        return Answer(body={"errcode": 40008, "errmsg": "invalid message type"})

    def _text(self, text: dict[str, Any], path: str) -> Answer:
        if len(text["content"].encode()) > 2048:
            return Answer(body={"errcode": 93000, "errmsg": "content exceed max length"})
        self.said.append(Said(text["content"], None, path, mentions=tuple(text.get("mentioned_list", ()))))
        return Answer(body={"errcode": 0, "errmsg": "ok"})

    def _image(self, image: dict[str, str], path: str) -> Answer:
        raw = base64.b64decode(image["base64"], validate=True)
        if hashlib.md5(raw).hexdigest() != image["md5"]:
            return Answer(body={"errcode": 301019, "errmsg": "media md5 not match"})
        if len(raw) > 2 * 1024 * 1024:
            return Answer(body={"errcode": 40009, "errmsg": "invalid image size"})
        self.said.append(Said("", raw, path))
        return Answer(body={"errcode": 0, "errmsg": "ok"})
