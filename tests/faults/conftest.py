"""Cameras behind wires that the tests spoil."""

import random
from collections.abc import Iterator

import pytest

from patrol.bench.wire import Wire, Wires
from tests.rtsp import RtspServer, clips, gstreamer, rtsp_server

__all__ = ["clips", "gstreamer", "rtsp_server"]


@pytest.fixture(scope="session")
def wires() -> Iterator[Wires]:
    with Wires(random.Random(1)).running() as running:
        yield running


@pytest.fixture
def wire(wires: Wires, rtsp_server: RtspServer) -> Iterator[Wire]:
    wire = wires.before(rtsp_server.port)
    yield wire
    wire.pull()
