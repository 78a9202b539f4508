"""The wire that is as bad as asked: RTSP through it, cut, stalled, slow, late and lossy."""

import random
import time
from collections.abc import Iterator

import av
import av.error
import pytest

from patrol.bench.packets import losing
from patrol.bench.wire import Wire, Wires
from tests.rtsp import RtspServer, clips, gstreamer, rtsp_server

__all__ = ["clips", "gstreamer", "rtsp_server"]

pytestmark = [pytest.mark.rtsp, pytest.mark.slow]


@pytest.fixture
def wires() -> Iterator[Wires]:
    with Wires(random.Random(1)).running() as running:
        yield running


@pytest.fixture
def wire(wires: Wires, rtsp_server: RtspServer) -> Wire:
    return wires.before(rtsp_server.port)


def opened(wire: Wire, transport: str = "tcp", read_s: float = 1.0) -> av.container.InputContainer:
    options = {"rtsp_transport": transport, "analyzeduration": "500000"}
    return av.open(wire.url("/moving"), options=options, timeout=(5, read_s))


def arrivals_s(container: av.container.InputContainer, n: int) -> list[float]:
    """When the next n packets came, seconds from now."""
    began_s = time.monotonic()
    packets = container.demux(video=0)
    return [time.monotonic() - began_s for _, _ in zip(range(n), packets, strict=False)]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_in_fair_weather_a_camera_is_watched_as_without_it(wire: Wire, transport: str) -> None:
    with opened(wire, transport) as container:
        assert arrivals_s(container, 20)[-1] < 3
        assert (wire.seen.n_sessions, wire.seen.sessions_now) == (1, 1)


def test_sessions_are_counted_and_knocks_are_none(wire: Wire) -> None:
    for _ in range(2):
        with opened(wire) as container:
            arrivals_s(container, 3)
    assert (wire.seen.n_sessions, wire.seen.most_sessions) == (2, 1)


def test_a_stalled_wire_gives_nothing_until_it_is_mended(wire: Wire) -> None:
    with opened(wire) as container:
        wire.weather.is_stalled = True
        with pytest.raises(av.error.FFmpegError):
            arrivals_s(container, 1000)
    wire.calm()
    with opened(wire) as container:
        assert len(arrivals_s(container, 5)) == 5


def test_a_late_wire_delays_every_answer(wire: Wire) -> None:
    wire.weather.delay_s = 0.2
    began_s = time.monotonic()
    opened(wire).close()
    assert time.monotonic() - began_s > 4 * 0.4  # OPTIONS, DESCRIBE, SETUP and PLAY, there and back


def test_a_pulled_wire_refuses_until_it_is_plugged_in_at_the_same_port(wire: Wire) -> None:
    port = wire.port
    with opened(wire) as container:
        wire.pull()
        assert len(arrivals_s(container, 1000)) < 1000  # libav takes a closed connection for the end
    with pytest.raises(av.error.ConnectionRefusedError):
        opened(wire)
    wire.plug()
    assert wire.port == port
    opened(wire).close()


def test_a_cut_wire_takes_the_next_connection(wire: Wire) -> None:
    with opened(wire) as container:
        wire.cut()
        arrivals_s(container, 3)
    opened(wire).close()
    assert wire.seen.n_sessions == 2


def test_a_narrow_wire_takes_longer(wire: Wire) -> None:
    with opened(wire, read_s=5) as container:
        fast_s = arrivals_s(container, 15)[-1]
        wire.weather.bytes_per_s = 2_000.0
        slow_s = arrivals_s(container, 15)[-1]
    assert slow_s > fast_s * 1.5


def test_packets_can_be_lost_inside_tcp(wire: Wire) -> None:
    with opened(wire) as container:
        wire.weather.change = losing(random.Random(1), 1.0)
        with pytest.raises(av.error.FFmpegError):
            arrivals_s(container, 1000)


def test_datagrams_are_lost_as_often_as_asked(wire: Wire) -> None:
    with opened(wire, "udp") as container:
        wire.weather.lost = 0.5
        arrivals_s(container, 40)
        (relay,) = [link._relay for link in wire._links]
        assert relay is not None
        assert 0.2 < relay.n_lost / (relay.n_lost + relay.n_passed) < 0.6
