"""Watching for ever: the newest frame, the way back after every loss, and what is reported meanwhile."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import pytest
import structlog

from patrol.streams.decode import VideoPacket
from patrol.streams.doors import Doors
from patrol.streams.reconnect import Reader, Reporter, StreamReport
from patrol.streams.ring import Codec
from patrol.streams.rtsp import StreamLost
from tests.rtsp import RtspServer, answering, describing, make_clip, serving
from tests.streams.cameras import clock, stream_at
from tests.streams.eyes import HURRIED, QUICK, watching
from tests.waiting import eventually

pytestmark = pytest.mark.slow

# without a camera


def test_the_time_that_a_camera_takes_to_fail_is_no_time_of_watching() -> None:
    video = "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:track1"
    patience = replace(HURRIED, open_s=0.3, read_s=0.3)
    with answering(describing(video)) as url:
        reader = Reader(stream_at(url), lambda: None, clock=clock, report=lambda said: None, patience=patience)
        assert reader.read_until_lost() == ("timed_out", 0.0)


def test_whoever_does_not_answer_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patrol.streams.reconnect.open_rtsp", None)
    reader = Reader(stream_at("rtsp://127.0.0.1:9/nobody"), lambda: None, clock=clock, report=lambda said: None)
    assert reader.read_until_lost() == ("refused", 0.0)


def test_a_camera_that_is_not_there_is_reported_once_and_tried_again() -> None:
    n_knocks = 0

    def hang_up(request: str) -> None:
        nonlocal n_knocks
        n_knocks += 1

    with answering(hang_up) as url, watching(url) as watch:
        eventually(lambda: n_knocks >= 4)
        assert watch.states() == [("opening", None), ("down", "ended")]
        assert watch.frames == []


def test_neither_reports_nor_logs_repeat_the_password() -> None:
    with structlog.testing.capture_logs() as logs, answering(describing("m=audio 0 RTP/AVP 8")) as url:
        with watching(url, "viewer:hunter2") as watch:
            eventually(watch.is_at("down", "no_video"))
        assert logs
        assert "hunter2" not in f"{logs} {watch.reports}"


def test_stopping_does_not_wait_for_the_next_try() -> None:
    with answering(lambda request: None) as url:
        with watching(url, patience=replace(HURRIED, pace=replace(QUICK, first_s=60, silent_max_s=60))) as watch:
            eventually(watch.is_at("down", "ended"))
            began_s = time.monotonic()
        assert time.monotonic() - began_s < 2


@dataclass
class Minute:
    """A camera that sends 25 packets a second, as fast as they are taken, and the clock that goes by them."""

    keys: Callable[[int], bool]  #: whether a connection's packet of this number is a key frame
    now: datetime = datetime(2026, 3, 2, tzinfo=UTC)
    n_sent: int = 0
    n_opened: int = 0
    video: None = None

    @contextmanager
    def open(self, *_: object, **__: object) -> Iterator["Minute"]:
        self.n_opened += 1
        yield self

    def packets(self) -> Iterator[VideoPacket]:
        for number in range(60 * 25 - self.n_sent):
            self.n_sent, self.now = self.n_sent + 1, self.now + timedelta(seconds=1 / 25)
            packet = cast(VideoPacket, av.Packet(b"a picture's worth"))
            packet.pts, packet.is_keyframe = number, self.keys(number)
            yield packet
        raise StreamLost("ended")


@pytest.mark.parametrize(
    ("keys", "n_opened"),
    [(lambda number: False, 4), (lambda number: number % 250 == 0, 1)],
    ids=["without a key frame", "with one every ten seconds"],
)
def test_a_minute_of_packets_opens_a_camera_anew_only_where_no_key_frame_comes(
    monkeypatch: pytest.MonkeyPatch, keys: Callable[[int], bool], n_opened: int
) -> None:
    """Without a key frame a connection is given up after PICTURE_TIMEOUT_S, 15 s."""
    minute = Minute(keys)
    monkeypatch.setattr("patrol.streams.reconnect.open_rtsp", minute.open)
    monkeypatch.setattr(Codec, "of", lambda _: Codec("h264", None, 320, 240, Fraction(1, 25)))
    monkeypatch.setattr(Doors, "knock", lambda *_: None)
    reader = Reader(
        stream_at("rtsp://cam/x"), lambda: None, clock=lambda: minute.now, report=lambda said: None, doors=Doors()
    )
    losses = []
    while minute.n_sent < 60 * 25:
        loss = reader.read_until_lost()
        assert loss is not None
        losses.append(loss.code)
    assert losses == ["no_picture"] * (n_opened - 1) + ["ended"]
    assert minute.n_opened == reader.n_connections == n_opened


def test_a_live_stream_that_nobody_looks_at_goes_on_telling_its_counts() -> None:
    said: list[StreamReport] = []
    reporter, now = Reporter("gate", said.append, timedelta(0)), clock()
    reporter.go_on(now)
    assert said == []  # not live yet
    reporter.tell("live", now)
    reporter.count(now)
    reporter.go_on(now)
    assert [(report.state, report.n_frames) for report in said] == [("live", 0), ("live", 1)]
    reporter.tell("down", now, "frozen")
    reporter.go_on(now)
    assert said[-1].error == "frozen"


# with the real server


@pytest.mark.rtsp
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_frames_come_at_the_asked_rate_fresh_and_in_order(rtsp_server: RtspServer, transport: str) -> None:
    with watching(rtsp_server.urls["/moving"], transport=transport) as watch:
        eventually(lambda: len(watch.reports) > 20, within_s=20)
    frames, last = watch.frames, watch.reports[-1]
    numbers = [frame.number for frame in frames]
    assert numbers == sorted(set(numbers))
    span_s = (frames[-1].taken_at - frames[0].taken_at).total_seconds()
    assert (len(frames) - 1) / span_s == pytest.approx(5, abs=1)
    assert (last.state, last.last_frame_at) == ("live", watch.reports[-1].last_frame_at)
    assert last.n_frames >= numbers[-1]
    assert frames[0].picture.bgr().shape == (240, 320, 3)


@pytest.mark.rtsp
def test_a_camera_whose_plug_is_pulled_comes_back(gstreamer: None, clips: dict[str, Path]) -> None:
    mounts = [{"path": "/gate", "file": str(clips["moving"])}]
    with serving(mounts) as server, watching(server.urls["/gate"]) as watch:
        eventually(watch.is_at("live"))
        server.kill()
        eventually(lambda: watch.reports[-1].state == "down")
        n_before = watch.reports[-1].n_frames
        with serving(mounts, server.port):
            eventually(watch.is_at("live"), within_s=20)
            eventually(lambda: watch.reports[-1].n_frames > n_before + 10)
    assert [state for state, _ in watch.states()][:2] == ["opening", "live"]


@pytest.mark.rtsp
def test_a_camera_that_stops_sending_is_noticed_and_comes_back(gstreamer: None, clips: dict[str, Path]) -> None:
    with (
        serving([{"path": "/gate", "file": str(clips["moving"])}]) as server,
        watching(server.urls["/gate"]) as watch,
    ):
        eventually(watch.is_at("live"))
        server.process.send_signal(signal.SIGSTOP)
        eventually(watch.is_at("down", "timed_out"))
        server.process.send_signal(signal.SIGCONT)
        eventually(watch.is_at("live"), within_s=20)


@pytest.mark.rtsp
def test_a_stream_that_ends_is_opened_again(gstreamer: None, clips: dict[str, Path]) -> None:
    once = {"path": "/once", "file": str(clips["moving"]), "loop": False}
    with serving([once]) as server, watching(server.urls["/once"]) as watch:
        eventually(lambda: len(watch.states()) >= 4, within_s=20)
    assert watch.states()[:4] == [("opening", None), ("live", None), ("down", "ended"), ("live", None)]


@pytest.mark.rtsp
def test_a_frozen_picture_is_reported_and_its_frames_are_not_looked_at(rtsp_server: RtspServer) -> None:
    with watching(rtsp_server.urls["/frozen"]) as watch:
        eventually(watch.is_at("down", "frozen"))
        n_looked_at, n_frames = len(watch.frames), watch.reports[-1].n_frames
        eventually(lambda: watch.reports[-1].n_frames > n_frames + 25)
        assert len(watch.frames) <= n_looked_at + 1
        assert watch.states() == [("opening", None), ("live", None), ("down", "frozen")]


@pytest.mark.rtsp
def test_a_frozen_stream_is_opened_anew_and_stays_reported(rtsp_server: RtspServer) -> None:
    with watching(rtsp_server.urls["/frozen"], patience=replace(HURRIED, reopen_frozen_s=2.0)) as watch:
        eventually(watch.is_at("down", "frozen"))
        n_frames = watch.reports[-1].n_frames
        eventually(lambda: watch.reports[-1].n_frames > n_frames + 60, within_s=20)
        assert watch.states() == [("opening", None), ("live", None), ("down", "frozen")]


@pytest.mark.rtsp
def test_another_resolution_in_the_middle_is_followed(gstreamer: None, tmp_path: Path) -> None:
    large, small = make_clip(tmp_path / "large.h264"), make_clip(tmp_path / "small.h264", width=160, height=128)
    both = tmp_path / "both.h264"
    both.write_bytes(large.read_bytes() + small.read_bytes())
    launch = f"filesrc location={both} ! h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96"
    with serving([{"path": "/gate", "launch": launch}]) as server, watching(server.urls["/gate"]) as watch:
        eventually(lambda: ("down", "ended") in watch.states(), within_s=20)
    assert watch.states()[:3] == [("opening", None), ("live", None), ("down", "ended")]
    assert {frame.picture.resolution_wh for frame in watch.frames} == {(320, 240), (160, 128)}
    assert {frame.picture.bgr().shape for frame in watch.frames} == {(240, 320, 3), (128, 160, 3)}


@pytest.mark.rtsp
def test_a_wrong_password_is_reported_and_not_tried_again_soon(rtsp_server: RtspServer) -> None:
    with watching(rtsp_server.urls["/digest"], "viewer:hunter2") as watch:
        eventually(watch.is_at("down", "unauthorised"))
    assert watch.states() == [("opening", None), ("down", "unauthorised")]
