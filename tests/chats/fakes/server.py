"""What every fake platform shares: what was said in its chat, what it answers next, how its members answer us.

A fake speaks its platform's real protocol on loopback and fails when told to. `HttpFake` is one that listens for
requests; one that speaks otherwise derives from `Fake` itself.
"""

import json
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, unquote, urlsplit

from patrol.chats.chat import Call

SECRET = "s3cret-c0ffee-f00d"
CALLED_AT_S = 1_772_415_000  # 2026-03-02 01:30 UTC, when the tests take place and callbacks are made


@dataclass
class Request:
    """What arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What goes back, and how."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    is_dropped: bool = False  #: the request was taken, the connection is cut before the answer
    stalls: bool = False  #: the request was taken, the answer does not come
    trickles: bool = False  #: the answer comes a byte at a time, without end

    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Said:
    """A message as its group sees it."""

    text: str
    picture: bytes | None
    path: str = ""  #: where it was posted
    key: str = ""  #: Message.key, where the platform is told it
    ref: str = ""  #: the platform's id of the message, where it has one
    buttons: tuple[str, ...] = ()  #: their labels
    mentions: tuple[str, ...] = ()
    is_gone: bool = False  #: it was taken back


class Fake(ABC):
    """A platform with one chat. `script` holds the answers to the next messages; None lets the platform answer."""

    kind: ClassVar[str]
    secret: ClassVar[str] = SECRET  #: what the chat's secret holds
    wrong_secret: ClassVar[str] = "another"  #: one in the right form that the platform does not know
    refused: ClassVar[Answer]  #: an answer that a person has to see to; it holds SECRET, which must not show
    limited: ClassVar[Answer]
    limited_wait_s: ClassVar[float]  #: what `limited` asks for
    busy: ClassVar[Answer]
    not_understood: ClassVar[Answer | None] = None  #: an answer of which nobody can say what it means for the message
    is_http: ClassVar[bool] = True

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.script: list[Answer | None] = []
        self.calls: list[Call] = []  #: what the platform would call us with, where its answers come in by callback
        self.stop = threading.Event()

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    def address(self) -> str:
        """What a group has as its chat's address on this server."""
        return self.address_at(self.url)

    @classmethod
    def address_at(cls, url: str) -> str:
        """The same for a server that is elsewhere, or down."""
        return url

    def id_of(self, member: str) -> str:
        """What the platform calls a member; at least a part of it."""
        return member

    def say(self, member: str, text: str) -> None:
        """A member writes in the chat; where answers come in by callback, a call is added to `calls`."""
        raise NotImplementedError

    def press(self, member: str, label: str) -> None:
        """A member presses a button of the newest message that has it."""
        raise NotImplementedError

    def forged(self, call: Call) -> Call:
        """The same call from somebody who does not know the secret."""
        raise NotImplementedError

    def newest_with(self, label: str) -> Said:
        return next(said for said in reversed(self.said) if label in said.buttons)

    def close(self) -> None:
        self.stop.set()

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        fake = cls()
        try:
            yield fake
        finally:
            fake.close()


class HttpFake(Fake):
    """A chat server that is asked over HTTP."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.fake = self
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        super().close()
        self._http.shutdown()
        self._http.server_close()

    def answer(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            if not self.is_message(request):
                return self.platform(request)
            scripted = self.script.pop(0) if self.script else None
            if scripted is not None and not (scripted.is_dropped or scripted.stalls):
                return scripted
            taken = self.platform(request)
            return scripted or taken

    def is_message(self, request: Request) -> bool:
        """Whether this request is the one that makes a message."""
        return True

    @abstractmethod
    def platform(self, request: Request) -> Answer: ...


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: HttpFake


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _any(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._reply(self.server.fake.answer(Request(self.command, unquote(parts.path), query, headers, body)))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def _reply(self, answer: Answer) -> None:
        self.close_connection = True
        if answer.stalls:
            self.server.fake.stop.wait(30)
            return
        if answer.is_dropped:
            self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        raw = answer.raw()
        self.send_response(answer.status)
        for name, value in ({"Content-Length": str(len(raw))} | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(raw)
            while answer.trickles and not self.server.fake.stop.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()
        except OSError:
            return
