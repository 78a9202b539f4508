"""The WebSocket of a WeCom AI bot (path 101463): subscribed, kept alive, each answer matched to its question.

A frame is {"cmd", "headers": {"req_id"}, "body"}; an answer has the req_id of its question, an errcode and no cmd.
"""

import json
import logging
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from math import inf
from queue import Empty, Full, Queue
from socket import SO_SNDTIMEO, SOL_SOCKET
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

from patrol.chats.chat import SendError
from patrol.chats.exchange import authorities, host_of
from patrol.chats.payload import part
from patrol.chats.wecom_codes import require_zero

Frame = dict[str, Any]

PING_S = 30.0  # published; one that says nothing for longer is cut off
CLOSE_S = 1.0  # nobody waits for a goodbye
FRAME_BYTES = 4_000_000  # what comes in is text and addresses of pictures, never pictures
SILENT = logging.getLogger("patrol.wecom")  # the library would write every frame down, and one holds the secret
SILENT.disabled = True
KICKED = "disconnected_event"  #: another process has subscribed as this bot


class Socket:
    """One connection that is open and subscribed once it exists. When it is over it stays over."""

    def __init__(
        self, url: str, login: Mapping[str, str], said: "Queue[Frame]", *, silence_s: float, ping_s: float = PING_S
    ) -> None:
        """said: where frames go that answer no question; they outlive the connection."""
        self.host = host_of(url)
        self.is_kicked = False
        self._said = said
        self._hidden = tuple(login.values())
        self._silence_s, self._ping_s = silence_s, ping_s
        self._waiting: dict[str, Queue[Frame | None]] = {}
        self._over = Event()
        self._connection = _open(url, self.host, silence_s)
        Thread(target=self._read, daemon=True, name=f"wecom-{self.host}").start()
        self._subscribe(login)

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    def ask(self, cmd: str, body: Mapping[str, Any], *, is_message: bool = False, deadline: float = inf) -> Frame:
        """Ask and wait for the answer's body. SendError, unknown where a message left and no answer came."""
        req_id = f"{cmd}-{uuid4().hex}"
        answers: Queue[Frame | None] = Queue(1)
        self._waiting[req_id] = answers
        try:
            self.tell(cmd, req_id, body, deadline=deadline)
            answer = self._answer(answers, is_message)
        finally:
            del self._waiting[req_id]
        require_zero(self.host, answer, self._hidden, is_message=is_message)
        return part(answer, "body")

    def tell(self, cmd: str, req_id: str, body: Mapping[str, Any], *, deadline: float = inf) -> None:
        """Say something of which no answer is awaited. SendError where it did not leave as a whole."""
        if time.monotonic() > deadline:
            raise SendError("too_slow", f"{self.host} takes the message too slowly")
        if self.is_over:
            raise self._lost()
        frame = json.dumps({"cmd": cmd, "headers": {"req_id": req_id}, "body": body}, ensure_ascii=False)
        try:
            self._connection.send(frame)
        except (ConnectionClosed, OSError):  # half a frame is none: it did not arrive
            raise self._lost() from None

    def close(self) -> None:
        self._over.set()
        with suppress(OSError):
            self._connection.close()

    def _subscribe(self, login: Mapping[str, str]) -> None:
        try:
            self.ask("aibot_subscribe", login)
        except SendError:
            self.close()
            raise

    def _answer(self, answers: "Queue[Frame | None]", is_message: bool) -> Frame:
        try:
            answer = answers.get(timeout=self._silence_s)
        except Empty:
            words = f"{self.host} took the request and did not answer in time"
            raise SendError("no_answer", words, is_unknown=is_message) from None
        if answer is None:
            raise SendError("cut_off", f"{self.host} broke off before it answered", is_unknown=is_message)
        return answer

    def _lost(self) -> SendError:
        if self.is_kicked:
            return SendError("kicked", f"{self.host} has another connection of this bot and closed ours")
        return SendError("unreachable", f"the connection to {self.host} is gone")

    def _read(self) -> None:
        """Take what comes in until the connection is over; then nobody waits any more."""
        try:
            with suppress(ConnectionClosed, OSError, SendError):
                for frame in self._frames():
                    self._take(frame)
        finally:
            self.close()
            for answers in list(self._waiting.values()):
                _put(answers, None)

    def _frames(self) -> Iterator[Frame]:
        """Frames as they come; a ping whenever one is due, and an end where nothing came since the one before."""
        ping_at, is_heard = time.monotonic() + self._ping_s, True
        while not self.is_kicked:
            try:
                raw = self._connection.recv(timeout=max(0.0, ping_at - time.monotonic()))
            except TimeoutError:
                if not is_heard:
                    return
                self.tell("ping", f"ping-{uuid4().hex}", {})
                ping_at, is_heard = time.monotonic() + self._ping_s, False
            else:
                is_heard = True
                yield _frame(raw)

    def _take(self, frame: Frame) -> None:
        if frame.get("cmd") is None:
            answers = self._waiting.get(str(part(frame, "headers").get("req_id")))
            if answers is not None:
                _put(answers, frame)
        elif part(frame, "body", "event").get("eventtype") == KICKED:
            self.is_kicked = True
        else:
            self._said.put(frame)


def _open(url: str, host: str, silence_s: float) -> ClientConnection:
    try:
        connection = ExitStack().enter_context(
            connect(
                url,
                ssl=authorities() if url.startswith("wss:") else None,
                open_timeout=silence_s,
                close_timeout=CLOSE_S,
                ping_interval=None,  # the platform's own ping is another one
                max_size=FRAME_BYTES,
                compression=None,  # pictures do not get smaller
                logger=SILENT,
            )
        )
    except (OSError, InvalidHandshake, InvalidURI):
        raise SendError("unreachable", f"{host} cannot be reached") from None
    # a network that takes no more bytes blocks a send for minutes: longer than a sender's lease
    connection.socket.setsockopt(SOL_SOCKET, SO_SNDTIMEO, struct.pack("ll", max(1, int(silence_s)), 0))
    return connection


def _put(answers: "Queue[Frame | None]", answer: Frame | None) -> None:
    """The first one counts: whoever waited for it may be gone, and the reader waits for nobody."""
    with suppress(Full):
        answers.put_nowait(answer)


def _frame(raw: str | bytes) -> Frame:
    """A frame; empty where it is none."""
    try:
        content = json.loads(raw)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
