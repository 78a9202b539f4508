"""What networks do to cameras: cut, gone, slow, late, losing. Each camera is watched again within five seconds."""

import pytest

from patrol.bench.wire import Wire
from patrol.streams.reconnect import Patience
from tests.faults.returns import GOAL_S, GONE_FOR_LONG, QUICK_TO_NOTICE, is_back, is_lost
from tests.streams.eyes import watching
from tests.waiting import eventually

pytestmark = [pytest.mark.rtsp, pytest.mark.slow]


def test_a_cut_connection_is_opened_again(wire: Wire) -> None:
    with watching(wire.url("/moving"), patience=QUICK_TO_NOTICE) as watch:
        is_back(watch)
        wire.cut()
        is_lost(watch, "ended", "timed_out")
        assert is_back(watch) < GOAL_S
    assert (wire.seen.n_sessions, wire.seen.most_sessions) == (2, 1)


def test_a_camera_that_boots_for_long_is_seen_when_its_port_opens(wire: Wire) -> None:
    """The port is closed, then the camera is slow: the next try is half a minute away but for the knocks."""
    with watching(wire.url("/moving"), patience=GONE_FOR_LONG) as watch:
        is_back(watch)
        wire.pull()
        is_lost(watch, "ended", "refused")
        eventually(lambda: watch.reader.n_connections == 1 and watch.is_at("down"))
        wire.weather.delay_s = 0.1
        wire.plug()
        assert is_back(watch, 40) < GOAL_S
    assert wire.seen.most_sessions == 1


def test_a_network_that_is_gone_is_noticed_and_its_return_too(wire: Wire) -> None:
    """Connections stay open and nothing passes, as behind a switch without power."""
    with watching(wire.url("/moving"), patience=GONE_FOR_LONG) as watch:
        is_back(watch)
        wire.weather.is_stalled = True
        is_lost(watch, "timed_out")
        wire.calm()
        assert is_back(watch, 40) < GOAL_S
    assert wire.seen.most_sessions == 1


def test_half_a_second_each_way_is_no_loss(wire: Wire) -> None:
    wire.weather.delay_s = 0.5
    with watching(wire.url("/moving"), patience=Patience(report_s=0.1)) as watch:
        is_back(watch)
        n_frames = len(watch.frames)
        eventually(lambda: len(watch.frames) > n_frames + 5)
        assert watch.states() == [("opening", None), ("live", None)]
    assert wire.seen.n_sessions == 1


def test_a_tenth_of_the_datagrams_may_be_lost(wire: Wire) -> None:
    """What comes whole is looked at, and what does not is no reason to open the camera anew."""
    with watching(wire.url("/moving"), patience=QUICK_TO_NOTICE, transport="udp") as watch:
        is_back(watch)
        wire.weather.lost = 0.1
        n_frames = len(watch.frames)
        eventually(lambda: wire.seen.n_lost > 20 and len(watch.frames) > n_frames + 3, within_s=15)
        wire.calm()
        assert is_back(watch) < GOAL_S
    assert wire.seen.n_sessions == 1


def test_a_network_too_narrow_for_the_stream_is_survived(wire: Wire) -> None:
    with watching(wire.url("/moving"), patience=QUICK_TO_NOTICE) as watch:
        is_back(watch)
        wire.weather.bytes_per_s = 1_000.0
        eventually(lambda: watch.reports[-1].state == "down" or (watch.reader.meter.measured.fps or 25.0) < 10)
        wire.calm()
        assert is_back(watch) < GOAL_S
    assert wire.seen.most_sessions == 1
