"""Where a worker shows what it sees now: a small HTTP server for `patrol serve`, and nobody else.

    GET /pictures?show=STREAM:NUMBER&show=...&width=640     Authorization: Bearer TOKEN

answers at once, with the pictures that are not those of the numbers. Nothing is written to disk or to a log.
"""

import base64
import json
import secrets
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import BoundedSemaphore, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog

from patrol.live.pictures import LivePictures, Shot
from patrol.values import Face, Frame

PATH = "/pictures"
MOST_STREAMS = 64  # in one question
MOST_CONNECTIONS = 64  # each has a thread of its own; a `patrol serve` asks with 40 threads at most
IDLE_S = 30.0  # a connection on which nothing is asked is closed
SWEEP_EVERY_S = 0.2  # and how long closing takes
ANY_HOST = ("0.0.0.0", "::")

log = structlog.get_logger()


class LiveServer:
    """The server of one worker; `token` is made anew for each, and whoever asks has to show it."""

    def __init__(self, pictures: LivePictures, host: str, port: int = 0, token: str | None = None) -> None:
        """Bind `host`; port 0 is any free one. OSError where the address is not this machine's, or is taken."""
        self.token = token or secrets.token_urlsafe(32)
        self._server = _Server((host, port), pictures, self.token)
        self._pictures, self._host = pictures, host

    @property
    def address(self) -> str:
        """http://HOST:PORT as others reach it: by this machine's name where every address is listened on."""
        host = socket.gethostname() if self._host in ANY_HOST else self._host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._server.server_address[1]}"

    def wants(self, stream_id: str) -> bool:
        """Whether somebody looks at the stream."""
        return self._pictures.wants(stream_id)

    def note(self, stream_id: str, frame: Frame, faces: Sequence[Face]) -> None:
        """Take the newest frame of a stream that somebody looks at, with the faces that may be shown."""
        self._pictures.note(stream_id, frame, faces)

    def start(self) -> None:
        """Answer from now on, in threads of its own."""
        Thread(target=self._server.serve_forever, args=(SWEEP_EVERY_S,), name="live pictures", daemon=True).start()

    def close(self) -> None:
        """Stop listening, and end every connection. Only after `start`."""
        self._server.shutdown()
        self._server.server_close()
        self._server.end_connections()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], pictures: LivePictures, token: str) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.pictures, self.token = pictures, token
        self._seats = BoundedSemaphore(MOST_CONNECTIONS)
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """As HTTPServer does, without asking the name service who we are."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def service_actions(self) -> None:
        self.pictures.sweep()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return self._seats.acquire(blocking=False)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.discard(request)
            self._seats.release()

    def end_connections(self) -> None:
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked went away in the middle of the answer."""
        log.debug("live picture not taken", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"  # one connection for many questions
    server_version, sys_version = "patrol", ""
    timeout = IDLE_S

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        if not self._knows_token():
            return self._say(HTTPStatus.UNAUTHORIZED, {"error": "token"})
        if path != PATH:
            return self._say(HTTPStatus.NOT_FOUND, {"error": "path"})
        try:
            asked, width = _question(query)
        except ValueError as error:
            return self._say(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        self._say(HTTPStatus.OK, {"pictures": [_written(shot) for shot in self.server.pictures.newer(asked, width)]})

    def _knows_token(self) -> bool:
        given = self.headers.get("Authorization", "").encode("latin-1", "replace")
        return secrets.compare_digest(given, f"Bearer {self.server.token}".encode())

    def _say(self, status: HTTPStatus, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Who looks at what is in the record of `patrol serve`; here it would be a line for every picture."""


def _question(query: str) -> tuple[dict[str, int], int]:
    """Each stream with the number of the known picture, and the width in px; ValueError says what is wrong."""
    fields = parse_qs(query)
    shown: Sequence[str] = fields.get("show", [])
    if not 0 < len(shown) <= MOST_STREAMS:
        raise ValueError(f"show: 1 to {MOST_STREAMS} streams, got {len(shown)}")
    asked: dict[str, int] = {}
    for each in shown:
        stream_id, _, number = each.rpartition(":")
        asked[stream_id] = int(number)
    return asked, int(fields.get("width", ["640"])[0])


def _written(shot: Shot) -> dict[str, Any]:
    return {
        "stream_id": shot.stream_id,
        "number": shot.number,
        "taken_at": shot.taken_at.isoformat(),
        "width": shot.resolution_wh[0],
        "height": shot.resolution_wh[1],
        "boxes": shot.boxes,
        "jpeg": base64.b64encode(shot.jpeg).decode("ascii"),
    }
