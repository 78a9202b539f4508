"""What `patrol streams check` finds out."""

from pathlib import Path

import pytest

from patrol import words
from patrol.streams.check import GopMeter, StreamCheck, check_stream
from patrol.values import Language
from tests.rtsp import RtspServer, answering, describing, make_clip, serving
from tests.streams.cameras import clock, stream_at

pytestmark = pytest.mark.slow


def said(check: StreamCheck, language: Language = "en") -> list[str]:
    return [words.say(f"streams.{code}", language, **fields) for code, fields in check.findings()]


def codes(check: StreamCheck) -> list[str]:
    return [code for code, _ in check.findings()]


def test_a_stream_that_is_not_there_has_a_problem_and_no_measurement() -> None:
    with answering(describing("m=audio 0 RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=control:track1")) as url:
        check = check_stream(stream_at(url), None, seconds=1, clock=clock, open_s=1, read_s=1)
    assert (check.problem, check.codec, check.fps, check.first_frame_s) == ("no_video", None, None, None)
    assert codes(check) == ["no_video"]


def test_a_meter_that_saw_nothing_knows_nothing() -> None:
    assert (GopMeter().span_s, GopMeter().gop_s) == (0.0, None)


@pytest.mark.rtsp
def test_a_good_stream_is_measured(rtsp_server: RtspServer) -> None:
    check = check_stream(stream_at(rtsp_server.urls["/moving"]), None, seconds=2.5, clock=clock)
    assert (check.problem, check.codec, check.width, check.height) == (None, "h264", 320, 240)
    assert check.fps == pytest.approx(25, abs=0.5)
    assert (check.gop_length, check.gop_s) == (25, pytest.approx(1.0, abs=0.05))
    assert check.bit_rate_kbps
    assert 20 < check.bit_rate_kbps < 500
    assert check.first_frame_s
    assert check.first_frame_s < 5
    assert codes(check) == ["measured"]
    assert said(check)[0].startswith("H.264, 320x240, 25.0 pictures a second, key frame every 25 pictures (1.0 s), ")
    assert said(check, "zh")[0].startswith("H.264，320x240，每秒 25.0 帧，关键帧间隔 25 帧（1.0 秒）")


@pytest.mark.rtsp
def test_key_frames_that_are_rare_or_never_seen_are_warned_of(rtsp_server: RtspServer) -> None:
    check = check_stream(stream_at(rtsp_server.urls["/long_gop"]), None, seconds=1, clock=clock)
    assert check.is_gop_unknown
    assert codes(check) == ["measured_without_gop", "gop_unknown"]
    rare = StreamCheck(stream_at("rtsp://h/"), gop_length=250, gop_s=10.0, first_frame_s=1.0, width=1920)
    assert codes(rare) == ["measured", "long_gop"]
    assert "one in 10.0 s (250 pictures)" in said(rare)[1]


@pytest.mark.rtsp
def test_a_picture_that_stands_still_is_remarked(rtsp_server: RtspServer) -> None:
    check = check_stream(stream_at(rtsp_server.urls["/frozen"]), None, seconds=2, clock=clock)
    assert check.is_still
    assert codes(check) == ["measured", "still"]


@pytest.mark.rtsp
def test_a_stream_that_ends_keeps_what_was_measured(gstreamer: None, clips: dict[str, Path]) -> None:
    with serving([{"path": "/once", "file": str(clips["moving"]), "loop": False}]) as server:
        check = check_stream(stream_at(server.urls["/once"]), None, seconds=60, clock=clock)
    assert (check.problem, check.gop_length) == ("ended", 25)
    assert codes(check) == ["measured", "ended"]


@pytest.mark.rtsp
@pytest.mark.parametrize(
    ("codec", "pipeline", "name"),
    [
        ("libx265", "h265parse config-interval=-1 ! rtph265pay name=pay0 pt=96", "hevc"),
        ("mjpeg", "jpegparse ! rtpjpegpay name=pay0 pt=26", "mjpeg"),
    ],
)
def test_other_codecs_of_cameras_are_understood(
    gstreamer: None, tmp_path: Path, codec: str, pipeline: str, name: str
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", codec=codec)
    launch = f"filesrc location={clip} ! matroskademux ! {pipeline}"
    with serving([{"path": "/other", "launch": launch}]) as server:
        check = check_stream(stream_at(server.urls["/other"]), None, seconds=1, clock=clock)
    assert (check.problem, check.codec, check.width) == (None, name, 320)
