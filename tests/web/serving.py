"""The app over a real socket, as users have it: what a TestClient cannot show is a stream that never ends."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

import httpx
from fastapi import FastAPI

from patrol.web.serving import Server, make_server
from tests.waiting import eventually


@dataclass(frozen=True)
class Served:
    url: str
    server: Server
    thread: Thread

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()


@contextmanager
def served(app: FastAPI) -> Iterator[Served]:
    """Serve on a free port of the loopback until the block ends."""
    server = make_server(app, "127.0.0.1", 0)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    running = Served(f"http://127.0.0.1:{port}", server, thread)
    try:
        yield running
    finally:
        running.stop()


@dataclass
class Said:
    """One event of a stream."""

    id: str
    event: str
    data: str


class Listener:
    """Reads a stream of events in a thread of its own."""

    def __init__(self, client: httpx.Client, path: str, **headers: str) -> None:
        self.said: list[Said] = []
        self.comments: list[str] = []
        self.status = 0
        self.is_over = False
        self._client, self._path, self._headers = client, path, headers
        self._response: httpx.Response | None = None
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()
        eventually(lambda: self.status)

    def kinds(self) -> list[str]:
        return [said.event for said in self.said]

    def close(self) -> None:
        """Cut the connection, as a phone does that leaves the network."""
        if self._response is not None:
            stream = self._response.extensions["network_stream"]
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(5)

    def _read(self) -> None:
        try:
            with self._client.stream("GET", self._path, headers=self._headers, timeout=None) as response:
                self._response = response
                self.status = response.status_code
                self._take(response.iter_lines())
        except httpx.HTTPError:
            pass
        self.is_over = True

    def _take(self, lines: Iterator[str]) -> None:
        now: dict[str, str] = {}
        for line in lines:
            if line.startswith(":"):
                self.comments.append(line)
            elif line:
                name, _, value = line.partition(": ")
                now[name] = value
            elif "event" in now:
                self.said.append(Said(now.get("id", ""), now["event"], now.get("data", "")))
                now = {}
            else:
                now = {}
