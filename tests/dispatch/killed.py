"""A sender and a web in processes of their own, to be killed; started by a fork server, so that they are up soon."""

import multiprocessing
import threading
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from patrol.chats.table import Chats
from patrol.dispatch.sender import Sender
from patrol.settings import Settings
from patrol.store.blobs import Blobs
from patrol.store.engine import open_database
from patrol.web.app import build_app
from patrol.web.parts import Parts
from patrol.web.serving import make_server
from tests.chats.fakes.server import SECRET

LEASE = timedelta(seconds=2)  # a killed sender's messages come back after this
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload([__name__])


def clock() -> datetime:
    return datetime.now(UTC)


def send(url: str, pictures: Path) -> None:
    """Send until killed."""
    chats = Chats(lambda _name: SECRET, clock)
    Sender(open_database(url), Blobs(pictures), chats, clock, lease=LEASE).run(threading.Event())


def serve(url: str, pictures: Path, port: int) -> None:
    """Serve the API until killed."""
    parts = Parts(Settings(), open_database(url), Blobs(pictures), clock)
    make_server(build_app(parts), "127.0.0.1", port).run()


def start(url: str, pictures: Path) -> ForkServerProcess:
    process = context.Process(target=send, args=(url, pictures))
    process.start()
    return process


def start_web(url: str, pictures: Path, port: int) -> ForkServerProcess:
    process = context.Process(target=serve, args=(url, pictures, port))
    process.start()
    return process
