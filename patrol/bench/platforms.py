"""Chat platforms for a rehearsal: servers on loopback that count what they get, and fail as often as they are told.

Each holds callers to the limits its real one publishes, not to the lower ones that patrol keeps.
"""

import hashlib
import random
import socket
import struct
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qs, unquote, urlsplit

Fault = Literal["limited", "busy", "slow", "dropped"]
FAULTS: tuple[Fault, ...] = ("limited", "busy", "slow", "dropped")
SLOW_S = 2.0  # a slow answer: most messages take a tenth of that
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the connection is cut instead of closed


@dataclass(frozen=True, slots=True)
class Published:
    """What a platform says it takes: `n` messages in `per_s` seconds."""

    n: int
    per_s: float
    by: Literal["bot", "chat"]


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that would make a message."""

    bot: str
    chat: str
    key: str  #: what makes it one message however often it is asked; empty where the platform has no such thing
    text: str
    picture: bytes | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as its group sees it."""

    chat: str
    content: str  #: the text; of a picture alone, its hash
    at: float  #: time.time()


class Platform(ABC):
    """One platform's server with all its chats."""

    kind: ClassVar[str]
    published: ClassVar[tuple[Published, ...]] = ()

    def __init__(self, fault_share: float, seed: int) -> None:
        self.asked: list[Shown] = []  #: every request for a message, whatever became of it
        self.shown: list[Shown] = []  #: what stands in the chats
        self.fault_share = fault_share
        self.n_limit_breaks = 0
        self.n_faults: Counter[Fault] = Counter()
        self._random = random.Random(seed)
        self._arrivals: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._answers: dict[str, Answer] = {}  # by key
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.platform = self
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @abstractmethod
    def address(self, n: int) -> str:
        """The address of the platform's n-th chat."""

    def secret(self, n: int) -> tuple[str, str]:
        """The name of the n-th chat's secret, and what it holds."""
        return f"{self.kind.replace('_', '-')}", "secret"

    def close(self) -> None:
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()

    def answer(self, request: Request) -> Answer | None:
        """The answer; None cuts the connection."""
        sent = self.read(request)
        if sent is None:
            return self.other(request)
        with self._lock:
            self.asked.append(_shown(sent))
            if self._is_over(sent):
                self.n_limit_breaks += 1
                return self.limited()
            fault = self._fault()
            if fault in ("limited", "busy"):
                return self.limited() if fault == "limited" else self.busy()
            taken = self._take(sent)
        if fault == "slow":
            self._stop.wait(SLOW_S)
        return None if fault == "dropped" else taken

    def wait(self, seconds: float) -> None:
        """As a long poll does."""
        self._stop.wait(seconds)

    @abstractmethod
    def read(self, request: Request) -> Sent | None:
        """What a request would send; None where it sends nothing."""

    @abstractmethod
    def accepted(self, sent: Sent, n: int) -> Answer:
        """The answer to the n-th message."""

    @abstractmethod
    def limited(self) -> Answer: ...

    @abstractmethod
    def busy(self) -> Answer: ...

    def other(self, request: Request) -> Answer:
        """Uploads, tokens and the like; they never fail."""
        return Answer(b"{}")

    def _take(self, sent: Sent) -> Answer:
        if sent.key and sent.key in self._answers:
            return self._answers[sent.key]
        self.shown.append(_shown(sent))
        made = self.accepted(sent, len(self.shown))
        if sent.key:
            self._answers[sent.key] = made
        return made

    def _fault(self) -> Fault | None:
        if self._random.random() >= self.fault_share:
            return None
        fault = self._random.choice(FAULTS)
        self.n_faults[fault] += 1
        return fault

    def _is_over(self, sent: Sent) -> bool:
        """Whether this message is more than the platform takes, whatever becomes of it."""
        now, is_over = time.monotonic(), False
        for limit in self.published:
            arrivals = self._arrivals[f"{limit.n}/{limit.per_s}", sent.bot if limit.by == "bot" else sent.chat]
            arrivals[:] = [at for at in arrivals if at > now - limit.per_s]
            arrivals.append(now)
            is_over = is_over or len(arrivals) > limit.n
        return is_over


def chat_name(address: str) -> str:
    """What the chat of an address is called in `shown`."""
    return address.rpartition("/")[2]


def _shown(sent: Sent) -> Shown:
    return Shown(sent.chat, sent.text or hashlib.sha256(sent.picture or b"").hexdigest(), time.time())


@contextmanager
def running(platforms: list[Platform]) -> Iterator[None]:
    """Close the servers in the end."""
    try:
        yield
    finally:
        for platform in platforms:
            platform.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    platform: Platform


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what was asked is in `shown`."""

    def _any(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.close_connection = True
        answer = self.server.platform.answer(Request(self.command, unquote(parts.path), query, headers, body))
        self._cut() if answer is None else self._give(answer)

    do_GET = do_POST = do_PUT = do_DELETE = _any

    def _cut(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.connection.close()

    def _give(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {**answer.headers, "content-length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
