"""A WeCom AI bot (企业微信智能机器人) over its WebSocket: groups and single chats, with buttons (path 101463).

A bot has one connection: a newer one anywhere ends ours. There is no recall, and no id of what was sent.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import inf
from queue import Empty, Queue
from threading import Lock
from typing import Any, ClassVar
from uuid import uuid4

from patrol.chats.chat import AddressError, Fetch, Limits, Look, Rate, Replies, SendError, Sent
from patrol.chats.exchange import Access, is_web_address, split_address
from patrol.chats.payload import part, text
from patrol.chats.wecom_aibot_events import REPEAT, SINGLE, attached, chat_of, pressed_card, read, said
from patrol.chats.wecom_card import Room, card_of, short_card_of
from patrol.chats.wecom_socket import PING_S, Frame, Socket
from patrol.values import Message, Receipt, Reply

BASE_URL = "wss://openws.work.weixin.qq.com"
SECRET_FORM = "BOT_ID:SECRET"
CHAT = re.compile(r"@?[A-Za-z0-9_.-]{1,64}")
CHUNK_BYTES = 512_000  # 512 KB published, before base64
CARD = Room(title=26, text=112)  # advised (path 101032)
LISTEN_S = 2.0
BIND = {"bind", "绑定"}


class WecomAibot:
    limits: ClassVar[Limits] = Limits(
        picture_bytes=10_000_000,  # 10 MB published
        text_bytes=4_096,  # what its sister, the group robot, takes as markdown (path 91770)
        has_caption=False,
        same_key_for=None,  # a card's task_id is taken once, but texts and pictures have no key
        withdraw_within=None,
        hears="bot",
        # 30 a minute and 1,000 an hour published; a text with buttons may take two messages, so half of nine tenths
        rates=(Rate(13, 60.0, "chat"), Rate(450, 3_600.0, "chat")),
        n_buttons=6,
        has_one_connection=True,
    )

    def __init__(self, access: Access) -> None:
        if not is_address(access.address):
            raise AddressError(f"{access.address!r} is no chat of a WeCom AI bot; write its chatid, or @USERID")
        self._access = access
        self._chat = split_address(access.address, BASE_URL)[1]

    def send(self, message: Message) -> Receipt:
        """A picture, a text, or a text on a card with buttons."""
        self.limits.require_fits(message)
        if message.picture_jpeg is not None:
            self._post("image", {"media_id": self._upload(message.picture_jpeg)})
        if message.buttons and message.text:  # a picture alone follows the text that has them
            self._send_with_buttons(message)
        elif message.text:
            self._post("markdown", {"content": _marked(message)})
        return Receipt(message_ref=message.key, accepted_at=self._access.clock())

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        return self.send(notice)

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)

    def look(self) -> Look:
        """Nothing: a look by any process but the one that speaks for the bot would end its connection."""
        return Look()

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        return ()

    def _send_with_buttons(self, message: Message) -> None:
        """One card where it shows all the text and has nobody to ring; else the text, and a card under it.

        A card that fails under its text fails nothing: the text says how to answer without buttons.
        """
        card, task_id = card_of(message), message.key + (REPEAT if message.is_repeat else "")
        if card.fits(CARD) and not message.mentions:
            self._post("template_card", card.json(task_id))
            return
        self._post("markdown", {"content": _marked(message)})
        with suppress(SendError):
            self._post("template_card", short_card_of(message, CARD).json(task_id))

    def _post(self, kind: str, content: dict[str, Any]) -> None:
        chat_type = 1 if self._chat.startswith(SINGLE) else 2
        body = {"chatid": self._chat.removeprefix(SINGLE), "chat_type": chat_type, "msgtype": kind, kind: content}
        self._bot().ask("aibot_send_msg", body, is_message=True, deadline=self._access.deadline)

    def _upload(self, jpeg: bytes) -> str:
        chunks = [jpeg[at : at + CHUNK_BYTES] for at in range(0, len(jpeg), CHUNK_BYTES)]
        md5 = hashlib.md5(jpeg, usedforsecurity=False).hexdigest()
        about = {"filename": "picture.jpg", "total_size": len(jpeg), "total_chunks": len(chunks), "md5": md5}
        upload_id = self._ask_for("upload_id", "init", {"type": "image"} | about)
        for index, chunk in enumerate(chunks):
            content = {"chunk_index": index, "base64_data": base64.b64encode(chunk).decode()}
            self._ask_upload("chunk", {"upload_id": upload_id} | content)
        return self._ask_for("media_id", "finish", {"upload_id": upload_id})

    def _ask_for(self, name: str, step: str, body: dict[str, Any]) -> str:
        value = text(self._ask_upload(step, body), name)
        if not value:
            raise SendError("not_understood", f"the answer to the upload has no {name}")
        return value

    def _ask_upload(self, step: str, body: dict[str, Any]) -> Frame:
        return self._bot().ask(f"aibot_upload_media_{step}", body, deadline=self._access.deadline)

    def _bot(self) -> "Aibot":
        bot = self._access.find_bot() if self._access.find_bot else None
        assert isinstance(bot, Aibot)
        return bot


class Aibot:
    """A bot's one connection, which all its chats share; opened when it is first needed, and again when it broke."""

    def __init__(self, access: Access, ping_s: float = PING_S) -> None:
        self._access = access
        self._ping_s = ping_s
        self._url = split_address(access.address, BASE_URL)[0]
        self._said: Queue[Frame] = Queue()
        self._socket: Socket | None = None
        self._is_closed = False
        self._lock = Lock()

    def ask(self, cmd: str, body: dict[str, Any], *, is_message: bool = False, deadline: float = inf) -> Frame:
        return self._open().ask(cmd, body, is_message=is_message, deadline=deadline)

    def listen(self, cursor: str | None) -> Replies:
        """What was said since the last time; there is nothing to read again, so there is no cursor."""
        self._open()
        replies: dict[str, Reply] = {}
        media: dict[str, Fetch] = {}
        shows: dict[str, Callable[[bool], None]] = {}
        for frame in self._heard():
            self._answer_bind(part(frame, "body"))
            reply = read(frame, self._access, self._access.clock())
            if reply is not None:
                replies[reply.event_ref] = reply
                media |= {reply.event_ref: fetch} if (fetch := attached(frame, self._access)) else {}
                shows[reply.event_ref] = partial(self._show, frame)
        return Replies(tuple(replies.values()), None, media=media, shows=shows)

    def close(self) -> None:
        """For good: who still holds this bot does not bring it back to life."""
        with self._lock:
            self._is_closed = True
            if self._socket is not None:
                self._socket.close()

    def _open(self) -> Socket:
        """SendError("kicked") for good once another process has taken the bot: two that fight are heard by nobody."""
        with self._lock:
            if self._socket is not None and self._socket.is_kicked:
                raise SendError("kicked", f"{self._socket.host} has another connection of this bot and closed ours")
            if self._is_closed:
                raise SendError("unreachable", "our connection of this bot was closed")
            if self._socket is None or self._socket.is_over:
                self._socket = self._connected()
            return self._socket

    def _connected(self) -> Socket:
        bot_id, secret = self._access.secret_parts(SECRET_FORM)
        silence_s = self._access.client.timeout.read or LISTEN_S
        login = {"bot_id": bot_id, "secret": secret}
        return Socket(self._url, login, self._said, silence_s=silence_s, ping_s=self._ping_s)

    def _heard(self) -> list[Frame]:
        """Every frame there is; waits a little for the first."""
        frames: list[Frame] = []
        try:
            frames.append(self._said.get(timeout=LISTEN_S))
            while True:
                frames.append(self._said.get_nowait())
        except Empty:
            return frames

    def _show(self, frame: Frame, is_taken: bool) -> None:
        """Draw a pressed card anew, for which there are 5 s; the answer counts where that fails."""
        pressed = pressed_card(frame, is_taken=is_taken)
        if pressed is None:
            return
        update = {"response_type": "update_template_card", "template_card": pressed[0].json(pressed[1])}
        with suppress(SendError):
            self._open().tell("aibot_respond_update_msg", text(part(frame, "headers"), "req_id"), update)

    def _answer_bind(self, body: Frame) -> None:
        """Write a chat's own address into it where a member asks for that, for an admin to copy into the group."""
        if said(body).casefold() not in BIND:
            return
        address = self._access.address_of(chat_of(body))
        access = replace(self._access, address=address, find_bot=lambda: self, deadline=inf)
        with suppress(SendError):
            WecomAibot(access).send(Message(f"bind-{uuid4()}", address))


def _marked(message: Message) -> str:
    """Markdown with the members to ring in front, which is how it names them."""
    called = " ".join(f"<@{member}>" for member in message.mentions)
    return "\n".join(filter(None, [called, message.text]))


def is_address(address: str) -> bool:
    """A chatid or @USERID; behind ws:// or wss:// and a server where it is not WeCom's own."""
    base, chat = split_address(address, BASE_URL)
    is_server = base.startswith(("ws://", "wss://")) and is_web_address("http" + base.removeprefix("ws"))
    return is_server and CHAT.fullmatch(chat) is not None
