"""WeCom's gateway for AI bots: one subscribed connection a bot, uploads in chunks, 30 messages a minute in a chat."""

import base64
import hashlib
import json
import logging
import struct
import threading
import time
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.chats.fakes.server import CALLED_AT_S, SECRET, Answer, Fake, Said

CHAT = "wrkSFfCgAAhTnJ2-Ysg0fJ9u"
SILENT = logging.getLogger("tests.wecom")
SILENT.disabled = True
OK = {"errcode": 0, "errmsg": "ok"}


class WecomAibotFake(Fake):
    kind = "wecom_aibot"
    secret = f"bot-7:{SECRET}"
    wrong_secret = "bot-7:another"
    limited = Answer(body={"errcode": 45009, "errmsg": "api freq out of limit"})
    limited_wait_s = 60
    refused = Answer(body={"errcode": 846607, "errmsg": f"nobody has talked to the bot, {SECRET}"})
    busy = Answer(body={"errcode": -1, "errmsg": "system busy"})
    not_understood = Answer(body={})
    is_http = False

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[dict[str, Any]] = []  #: everything that arrived
        self.cards: dict[str, dict[str, Any]] = {}  #: by task_id, as they look now
        self.is_deaf = False  #: pings are not answered
        self.media: dict[str, bytes] = {}
        self._uploads: dict[str, dict[str, Any]] = {}
        self._sent_at: list[float] = []
        self._live: ServerConnection | None = None
        self._lock = threading.Lock()
        self._server: Server = serve(
            self._serve, "127.0.0.1", 0, max_size=8_000_000, ping_interval=None, logger=SILENT
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    @classmethod
    def address_at(cls, url: str) -> str:
        return f"{url}/{CHAT}"

    @property
    def is_connected(self) -> bool:
        return self._live is not None

    def close(self) -> None:
        super().close()
        self._server.shutdown()
        if self._live is not None:
            self._live.close()

    def say(self, member: str, text: str) -> None:
        self.tell("aibot_msg_callback", member, {"msgtype": "text", "text": {"content": f"@patrol {text}"}})

    def press(self, member: str, label: str) -> None:
        task_id = self.newest_with(label).key
        button = next(it for it in self.cards[task_id]["button_list"] if it["text"] == label)
        pressed = {"card_type": "button_interaction", "event_key": button["key"], "task_id": task_id}
        event = {"eventtype": "template_card_event", "template_card_event": pressed}
        self.tell("aibot_event_callback", member, {"msgtype": "event", "event": event})

    def tell(self, cmd: str, member: str, content: dict[str, Any]) -> None:
        """Say to the bot what a member did in the group; `content` may say otherwise."""
        n = len(self.frames)
        about = {"msgid": f"m-{member}-{n}", "create_time": CALLED_AT_S, "aibotid": "bot-7"}
        where = {"chatid": CHAT, "chattype": "group", "from": {"userid": member}}
        assert self._live is not None
        self._live.send(json.dumps({"cmd": cmd, "headers": {"req_id": f"r-{n}"}, "body": about | where | content}))

    def kick(self) -> None:
        """Another process has subscribed as this bot."""
        self._end(self._live)
        self._live = None

    def hang_up(self) -> None:
        """The network between us breaks."""
        assert self._live is not None
        _cut(self._live)

    def _serve(self, connection: ServerConnection) -> None:
        try:
            for raw in connection:
                self._take(connection, json.loads(raw))
        except ConnectionClosed:
            pass
        finally:
            if self._live is connection:
                self._live = None

    def _take(self, connection: ServerConnection, frame: dict[str, Any]) -> None:
        with self._lock:
            self.frames.append(frame)
            answer = self._answer(connection, frame)
        if answer.is_dropped:
            _cut(connection)
        elif not answer.stalls:
            connection.send(json.dumps({"headers": frame["headers"]} | answer.body))

    def _answer(self, connection: ServerConnection, frame: dict[str, Any]) -> Answer:
        if frame["cmd"] == "aibot_subscribe":
            return self._subscribe(connection, frame["body"])
        if self._live is not connection:
            return Answer(body={"errcode": 846609, "errmsg": "not subscribed"})
        if frame["cmd"] == "aibot_send_msg":
            return self._scripted(frame["body"])
        if frame["cmd"] == "aibot_respond_update_msg":
            return self._update(frame["body"]["template_card"])
        if frame["cmd"] == "ping":
            return Answer(body=OK, stalls=self.is_deaf)
        return Answer(body=self._upload(frame["cmd"].removeprefix("aibot_upload_media_"), frame["body"]))

    def _subscribe(self, connection: ServerConnection, body: dict[str, Any]) -> Answer:
        if f"{body['bot_id']}:{body['secret']}" != self.secret:
            return Answer(body={"errcode": 853000, "errmsg": "invalid bot_id or secret"})
        self._end(self._live)
        self._live = connection
        return Answer(body=OK)

    def _end(self, connection: ServerConnection | None) -> None:
        """A newer connection ends the older one, which is told so."""
        if connection is not None:
            event = {"msgtype": "event", "event": {"eventtype": "disconnected_event"}}
            frame = {"cmd": "aibot_event_callback", "headers": {"req_id": "bye"}, "body": event}
            connection.send(json.dumps(frame))
            threading.Thread(target=connection.close, daemon=True).start()

    def _scripted(self, body: dict[str, Any]) -> Answer:
        scripted = self.script.pop(0) if self.script else None
        if scripted is not None and not (scripted.is_dropped or scripted.stalls):
            return scripted
        taken = self._send(body)
        return scripted or taken

    def _send(self, body: dict[str, Any]) -> Answer:
        now = time.monotonic()
        self._sent_at = [at for at in self._sent_at if at > now - 60] + [now]
        if len(self._sent_at) > 30:
            return self.limited
        if body["chatid"] != CHAT or body["chat_type"] != 2:
            return Answer(body={"errcode": 93006, "errmsg": "invalid chatid"})
        if body["msgtype"] == "template_card":
            return self._card(body["template_card"])
        if body["msgtype"] == "image" and body["image"]["media_id"] in self.media:
            self.said.append(Said("", self.media[body["image"]["media_id"]]))
        elif body["msgtype"] == "markdown":
            self.said.append(Said(body["markdown"]["content"], None))
        else:
            return Answer(body={"errcode": 40008, "errmsg": "invalid message type"})
        return Answer(body=OK)

    def _card(self, card: dict[str, Any]) -> Answer:
        if card["task_id"] in self.cards or len(card["button_list"]) > 6:
            return Answer(body={"errcode": 40058, "errmsg": "invalid template card"})
        self.cards[card["task_id"]] = card
        labels = tuple(button["text"] for button in card["button_list"])
        words = "\n".join(filter(None, [card["main_title"]["title"], card.get("sub_title_text")]))
        self.said.append(Said(words, None, key=card["task_id"], buttons=labels))
        return Answer(body=OK)

    def _update(self, card: dict[str, Any]) -> Answer:
        self.cards[card["task_id"]] = card
        return Answer(body=OK)

    def _upload(self, step: str, body: dict[str, Any]) -> dict[str, Any]:
        if step == "init":
            upload_id = f"u{len(self._uploads)}"
            self._uploads[upload_id] = body | {"chunks": {}}
            return OK | {"body": {"upload_id": upload_id}}
        upload = self._uploads[body["upload_id"]]
        if step == "chunk":
            upload["chunks"][body["chunk_index"]] = base64.b64decode(body["base64_data"])
            return OK
        return self._finish(upload)

    def _finish(self, upload: dict[str, Any]) -> dict[str, Any]:
        chunks = [upload["chunks"][index] for index in range(upload["total_chunks"])]
        whole = b"".join(chunks)
        is_whole = len(whole) == upload["total_size"] and hashlib.md5(whole).hexdigest() == upload["md5"]
        if not is_whole or max(map(len, chunks)) > 512 * 1024:
            return {"errcode": 301019, "errmsg": "media md5 not match"}
        media_id = f"media-{len(self.media)}"
        self.media[media_id] = whole
        return OK | {"body": {"type": "image", "media_id": media_id}}


def _cut(connection: ServerConnection) -> None:
    connection.socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    connection.close_socket()
