"""Chat servers for tests, by the kind of their platform: real connections on loopback, failing when told to."""

import socket
from contextlib import AbstractContextManager

from tests.chats.fakes import FAKES
from tests.chats.fakes.server import HttpFake


def running(kind: str) -> AbstractContextManager[HttpFake]:
    """A platform's server; those that do not speak HTTP are started by their own class."""
    fake = FAKES[kind]
    assert issubclass(fake, HttpFake)
    return fake.running()


def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
