"""A real patrol server on a free port, with a sender beside it, for a browser to talk to."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread

import uvicorn
from fastapi import FastAPI

from patrol.chats.table import open_chats
from patrol.dispatch.groups import new_link
from patrol.dispatch.sender import Sender
from patrol.settings import Settings, read_chat_secret
from patrol.web.app import build_app
from patrol.web.parts import Parts
from patrol.web.serving import make_server
from tests.browser.scene import HALL, MALL, Scene
from tests.waiting import eventually
from tests.watchlist.drawn import DrawnFinder


@dataclass
class RunningServer:
    """Serves one app until `stop`; started again it stands at the same address."""

    app: Callable[[], FastAPI]
    port: int = field(default_factory=lambda: free_port())
    _server: uvicorn.Server | None = None
    _thread: Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = server = make_server(self.app(), "127.0.0.1", self.port)
        self._thread = Thread(target=server.run, daemon=True)
        self._thread.start()
        eventually(lambda: server.started)

    def stop(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = True
        self._thread.join(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serve_scene(scene: Scene, clock: Callable[[], datetime]) -> RunningServer:
    def app() -> FastAPI:
        settings = Settings(data_dir=scene.blobs.folder, public_url=server.url)
        return build_app(
            Parts(
                settings,
                scene.database,
                scene.blobs,
                clock,
                read_streams=lambda _settings: (HALL,),
                read_sites=lambda _settings: (MALL,),
                open_finder=lambda _settings: DrawnFinder(),  # type: ignore[arg-type, return-value]
            )
        )

    server = RunningServer(app)
    return server


def send(scene: Scene, clock: Callable[[], datetime], stop: Event) -> Thread:
    """Send what is confirmed, in a thread, until `stop`."""
    sender = Sender(scene.database, scene.blobs, open_chats(read_chat_secret, clock), clock)
    thread = Thread(target=sender.run, args=(stop,), daemon=True)
    thread.start()
    return thread


def page_of(scene: Scene, server: RunningServer, group_id: str) -> str:
    """A fresh link to a group's own page."""
    with scene.database.write() as session:
        token = new_link(session, group_id, by="Ada", now=scene.now)
    return f"{server.url}/g/{token}"
