"""Chat servers for tests: real HTTP on loopback, answering as the real ones do, failing when told to."""

import base64
import email
import email.policy
import hashlib
import hmac
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SECRET = "s3cret-c0ffee-f00d"


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


class FakeServer:
    """A chat server. `script` holds the answers to the next messages; None lets the platform answer."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.said: list[Said] = []
        self.script: list[Answer | None] = []
        self.stop = threading.Event()
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.fake = self
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.stop.set()
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

    def platform(self, request: Request) -> Answer:
        raise NotImplementedError


class WecomServer(FakeServer):
    """A WeCom group robot: HTTP 200 whatever happens, the truth in errcode, 20 messages a minute."""

    limited = Answer(body={"errcode": 45009, "errmsg": "api freq out of limit"})
    refused = Answer(body={"errcode": 93000, "errmsg": f"invalid webhook url, key={SECRET}"})
    busy = Answer(body={"errcode": -1, "errmsg": "system busy"})

    def platform(self, request: Request) -> Answer:
        if not request.path.endswith("/cgi-bin/webhook/send") or request.query.get("key") != SECRET:
            return self.refused
        content = request.json()
        if content["msgtype"] == "text":
            return self._text(content["text"]["content"], request.path)
        if content["msgtype"] == "image":
            return self._image(content["image"], request.path)
        return Answer(body={"errcode": 40008, "errmsg": "invalid message type"})

    def _text(self, text: str, path: str) -> Answer:
        if len(text.encode()) > 2048:
            return Answer(body={"errcode": 93000, "errmsg": "content exceed max length"})
        self.said.append(Said(text, None, path))
        return Answer(body={"errcode": 0, "errmsg": "ok"})

    def _image(self, image: dict[str, str], path: str) -> Answer:
        raw = base64.b64decode(image["base64"], validate=True)
        if hashlib.md5(raw).hexdigest() != image["md5"]:
            return Answer(body={"errcode": 301019, "errmsg": "media md5 not match"})
        if len(raw) > 2 * 1024 * 1024:
            return Answer(body={"errcode": 40009, "errmsg": "invalid image size"})
        self.said.append(Said("", raw, path))
        return Answer(body={"errcode": 0, "errmsg": "ok"})


class WebhookServer(FakeServer):
    """A receiver that checks the signature over the raw body and takes each Idempotency-Key once."""

    limited = Answer(429, {"error": "slow down"}, {"Retry-After": "7"})
    refused = Answer(401, {"error": f"bad signature {SECRET}"})
    busy = Answer(503)

    def __init__(self) -> None:
        super().__init__()
        self.by_key: dict[str, Any] = {}

    def platform(self, request: Request) -> Answer:
        fields = dict(part.split("=", 1) for part in request.headers["x-signature"].split(","))
        signed = fields["t"].encode() + b"." + request.body
        if not hmac.compare_digest(fields["v1"], hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()):
            return self.refused
        key = request.headers["idempotency-key"]
        if key not in self.by_key:
            content, picture = _parts(request)
            self.by_key[key] = content
            self.said.append(Said(content["text"], picture))
        return Answer(200, {"id": f"m-{key}"})


def _parts(request: Request) -> tuple[Any, bytes | None]:
    """The JSON and the picture of a request, read by the standard library's own multipart parser."""
    kind = request.headers["content-type"]
    if kind == "application/json":
        return request.json(), None
    raw = b"content-type: " + kind.encode() + b"\r\n\r\n" + request.body
    message, picture = email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts()
    return json.loads(message.get_payload(decode=True)), picture.get_payload(decode=True)


class MatrixServer(FakeServer):
    """As much of a homeserver as one room needs; the real one is in tests/chats/test_matrix.py."""

    limited = Answer(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 7000}, {"Retry-After": "8"})
    refused = Answer(401, {"errcode": "M_UNKNOWN_TOKEN", "error": f"Unrecognised access token {SECRET}"})
    busy = Answer(503)
    room = "!room:example.org"

    def __init__(self) -> None:
        super().__init__()
        self.media: dict[str, bytes] = {}
        self.events: dict[str, dict[str, Any]] = {}  #: by txnId

    def is_message(self, request: Request) -> bool:
        return "/send/m.room.message/" in request.path

    def platform(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return self.refused
        if request.path == "/_matrix/media/v3/upload":
            uri = f"mxc://example.org/m{len(self.media)}"
            self.media[uri] = request.body
            return Answer(200, {"content_uri": uri})
        if self.is_message(request):
            return self._send(request.path.rpartition("/")[2], request.json())
        if request.path.endswith("/messages"):
            return Answer(200, {"chunk": list(self.events.values())[::-1]})
        return Answer(404, {"errcode": "M_NOT_FOUND"}) if request.method in ("GET", "DELETE") else Answer(200, {})

    def _send(self, txn_id: str, content: dict[str, Any]) -> Answer:
        if txn_id not in self.events:
            unsigned = {"transaction_id": txn_id}
            self.events[txn_id] = {"event_id": f"$e{len(self.events)}", "content": content, "unsigned": unsigned}
            self.said.append(Said(content["body"], self.media.get(content.get("url", ""))))
        return Answer(200, {"event_id": self.events[txn_id]["event_id"]})


SERVERS: dict[str, type[FakeServer]] = {
    "matrix": MatrixServer,
    "wecom_robot": WecomServer,
    "webhook": WebhookServer,
}


def address_of(kind: str, server: FakeServer) -> str:
    """What a group's chat on this server has as its address."""
    return {"matrix": f"{server.url}/{MatrixServer.room}", "webhook": f"{server.url}/hook"}.get(kind, server.url)


@contextmanager
def running(kind: str) -> Iterator[FakeServer]:
    server = SERVERS[kind]()
    try:
        yield server
    finally:
        server.close()


def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeServer


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

    do_GET = do_POST = do_PUT = do_DELETE = _any

    def _reply(self, answer: Answer) -> None:
        self.close_connection = True
        if answer.stalls:
            self.server.fake.stop.wait(30)
            return
        if answer.is_dropped:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
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
