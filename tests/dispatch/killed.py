"""A sender in a process of its own, to be killed; started by a fork server, so that it is up in milliseconds."""

import multiprocessing
import threading
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from patrol.chats.table import Chats
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import open_database
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


def start(url: str, pictures: Path) -> ForkServerProcess:
    process = context.Process(target=send, args=(url, pictures))
    process.start()
    return process
