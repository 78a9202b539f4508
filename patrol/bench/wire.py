"""The wire between a camera and patrol, as bad as it can be: cut, stalled, slow, late, spoiled; for UDP, losing.

One proxy a camera, on loopback, in an event loop that all of them share.
"""

import asyncio
import random
import re
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, TypeVar

from patrol.bench.datagrams import Relay, open_relay
from patrol.bench.packets import PacketChange, Unwrapped

T = TypeVar("T")

CHUNK_BYTES = 16_384
QUEUE_CHUNKS = 64  # beyond that the sender has to wait, as with any full buffer
STALL_POLL_S = 0.02
CLIENT_PORTS = re.compile(rb"client_port=(\d+)-\d+")
SERVER_PORTS = re.compile(rb"server_port=(\d+)-\d+")


@dataclass(slots=True)
class Weather:
    """How the wire is now. Plain values: a test or the soak changes them from its own thread."""

    is_stalled: bool = False  #: connections stay, nothing passes
    delay_s: float = 0.0  #: each way
    bytes_per_s: float | None = None  #: from the camera
    change: PacketChange | None = None  #: to the video's packets, inside RTSP
    lost: float = 0.0  #: share of the camera's datagrams that never come


@dataclass(slots=True)
class Seen:
    """What has passed. A session is a connection on which SETUP was said."""

    n_connections: int = 0
    n_sessions: int = 0
    sessions_now: int = 0
    most_sessions: int = 0
    n_lost: int = 0  #: datagrams of the camera's that were dropped by chance
    video_at_s: float = 0.0  #: when the newest of the camera's packets was passed on, by the monotonic clock

    def begin(self) -> None:
        self.n_sessions += 1
        self.sessions_now += 1
        self.most_sessions = max(self.most_sessions, self.sessions_now)


@dataclass(eq=False)
class Wire:
    """A proxy before one RTSP server. Made by Wires; its methods may be called from any thread."""

    loop: asyncio.AbstractEventLoop
    camera_port: int
    chance: random.Random
    weather: Weather = field(default_factory=Weather)
    seen: Seen = field(default_factory=Seen)
    port: int = 0
    _server: asyncio.Server | None = None
    _links: set["_Link"] = field(default_factory=set)

    def url(self, path: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}{path}"

    def plug(self) -> None:
        """Listen, at the port of last time."""
        _run(self.loop, self._listen())

    def pull(self) -> None:
        """Close every connection and refuse new ones, as a camera does that is booting."""
        _run(self.loop, self._close())

    def cut(self) -> None:
        """Close every connection; new ones are welcome."""
        _run(self.loop, self._drop())

    def calm(self) -> None:
        """Fair weather, as at the beginning."""
        self.weather = Weather()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._welcome, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        await self._drop()

    async def _drop(self) -> None:
        for link in list(self._links):
            link.close()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen.n_connections += 1
        link = _Link(self, reader, writer)
        self._links.add(link)
        try:
            await link.run()
        finally:
            link.close()
            self._links.discard(link)


class _Link:
    """One connection through a wire."""

    def __init__(self, wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._wire, self._reader, self._writer = wire, reader, writer
        self._unwrapped = Unwrapped()
        self._relay: Relay | None = None
        self._camera_writer: asyncio.StreamWriter | None = None
        self._is_session = False
        self._is_closed = False

    async def run(self) -> None:
        """Pass on what comes both ways until one side has closed."""
        with suppress(OSError):
            camera_reader, self._camera_writer = await asyncio.open_connection("127.0.0.1", self._wire.camera_port)
            ways = (
                self._pass(self._reader, self._camera_writer, self._from_client),
                self._pass(camera_reader, self._writer, self._from_camera),
            )
            tasks = [asyncio.ensure_future(way) for way in ways]
            _, unfinished = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """Let go of both sides; once."""
        if self._is_closed:
            return
        self._is_closed = True
        self._wire.seen.sessions_now -= self._is_session
        for writer in (self._writer, self._camera_writer):
            if writer is not None:
                writer.transport.abort()
        if self._relay is not None:
            self._relay.close()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        edit: Callable[[bytes], Coroutine[None, None, bytes]],
    ) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUE_CHUNKS)
        sending = asyncio.ensure_future(self._send(queue, writer))
        try:
            while came := await reader.read(CHUNK_BYTES):
                due_s = self._wire.loop.time() + self._wire.weather.delay_s
                await queue.put((due_s, await edit(came)))
        finally:
            sending.cancel()

    async def _send(self, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due_s, chunk = await queue.get()
            await asyncio.sleep(due_s - self._wire.loop.time())
            while self._wire.weather.is_stalled:
                await asyncio.sleep(STALL_POLL_S)
            writer.write(chunk)
            await writer.drain()
            if chunk[:1] == b"$" and writer is self._writer:
                self._wire.seen.video_at_s = time.monotonic()
            rate = self._wire.weather.bytes_per_s
            if rate and writer is self._writer:
                await asyncio.sleep(len(chunk) / rate)

    async def _from_client(self, came: bytes) -> bytes:
        if came.startswith(b"SETUP ") and not self._is_session:
            self._is_session = True
            self._wire.seen.begin()
        if asked := CLIENT_PORTS.search(came):
            self._relay = await open_relay(int(asked.group(1)), self._takes_datagram)
            return CLIENT_PORTS.sub(_ports("client", self._relay.port), came)
        return came

    def _takes_datagram(self) -> bool:
        """Whether the camera's next datagram comes through."""
        weather = self._wire.weather
        if weather.is_stalled:
            return False
        if self._wire.chance.random() < weather.lost:
            self._wire.seen.n_lost += 1
            return False
        self._wire.seen.video_at_s = time.monotonic()
        return True

    async def _from_camera(self, came: bytes) -> bytes:
        if self._relay is not None and (said := SERVER_PORTS.search(came)):
            self._relay.camera_port = int(said.group(1))
            came = CLIENT_PORTS.sub(_ports("client", self._relay.client_port), came)
            return SERVER_PORTS.sub(_ports("server", self._relay.port), came)
        return self._unwrapped.feed(came, self._wire.weather.change)


def _ports(side: str, port: int) -> bytes:
    return f"{side}_port={port}-{port + 1}".encode()


class Wires:
    """The event loop that all wires of a run share, in a thread of its own."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="wires", daemon=True)
        self._wires: list[Wire] = []

    def before(self, camera_port: int) -> Wire:
        """A new wire to a server on loopback, plugged in."""
        wire = Wire(self._loop, camera_port, random.Random(self._chance.random()))
        wire.plug()
        self._wires.append(wire)
        return wire

    @contextmanager
    def running(self) -> Iterator["Wires"]:
        """The loop runs until the block ends; then every wire is pulled."""
        self._thread.start()
        try:
            yield self
        finally:
            for wire in self._wires:
                wire.pull()
            _run(self._loop, _finished())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


async def _finished() -> None:
    """Wait until every other task has ended, so that nothing is left half closed."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop).result(10)
