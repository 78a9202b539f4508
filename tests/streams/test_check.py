"""What `patrol streams check` finds out."""

from dataclasses import replace
from pathlib import Path

import pytest

from patrol import words
from patrol.streams.check import GopMeter, StreamCheck, check_stream
from patrol.streams.handshake import Maker, shake_hands
from patrol.values import Language
from tests.rtsp import RtspServer, answering, describing, make_clip, rtsp_answer, serving
from tests.streams.cameras import clock, stream_at

pytestmark = pytest.mark.slow


def said(check: StreamCheck, language: Language = "en") -> list[str]:
    return [words.say(f"streams.{code}", language, **fields) for code, fields in check.findings()]


def smaller(clips: dict[str, Path], **fields: object) -> dict[str, object]:
    return {"path": "/sub", "file": str(clips["small"]), **fields}


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
    assert (check.policy, check.verdict()) == ("key_frames", [("policy_key_frames", {})])
    assert said(check)[0].startswith("H.264, 320x240, 25.0 pictures a second, key frame every 25 pictures (1.0 s), ")
    assert said(check, "zh")[0].startswith("H.264，320x240，每秒 25.0 帧，关键帧间隔 25 帧（1.0 秒）")


@pytest.mark.rtsp
def test_key_frames_that_are_rare_or_never_seen_are_warned_of(rtsp_server: RtspServer) -> None:
    check = check_stream(stream_at(rtsp_server.urls["/long_gop"]), None, seconds=1, clock=clock)
    assert check.is_gop_unknown
    assert codes(check) == ["measured_without_gop", "gop_unknown"]
    assert (check.policy, check.maker) == ("reference_frames", None)
    assert [code for code, _ in check.verdict()] == ["smart_codec_any", "policy_reference_frames"]
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


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("maker", "menu"), [("hikvision", "H.264+"), ("dahua", "Smart Codec"), ("uniview", "U-Code")]
)
def test_the_menu_that_turns_smart_codec_off_is_named(maker: Maker, menu: str, language: Language) -> None:
    rare = StreamCheck(stream_at("rtsp://h/"), gop_length=250, gop_s=10.0, first_frame_s=1.0, width=1920, maker=maker)
    code = rare.verdict()[0][0]
    assert code == f"smart_codec_{maker}"
    assert menu in words.say(f"streams.{code}", language)


@pytest.mark.rtsp
def test_a_camera_that_does_not_say_its_name_is_known_by_its_path(gstreamer: None, clips: dict[str, Path]) -> None:
    with serving([{"path": "/Streaming/Channels/101", "file": str(clips["long_gop"])}]) as server:
        check = check_stream(stream_at(server.urls["/Streaming/Channels/101"]), None, seconds=0.5, clock=clock)
    assert check.maker == "hikvision"


def test_a_camera_that_is_full_is_explained() -> None:
    with answering(lambda request: rtsp_answer(request, "453 Not Enough Bandwidth")) as url:
        check = check_stream(stream_at(url), None, seconds=1, clock=clock, open_s=1, read_s=1)
    assert (check.problem, check.detail) == ("bandwidth", "453 Not Enough Bandwidth")
    assert "Close other viewers" in said(check)[0]
    assert "子码流" in said(check, "zh")[0]


@pytest.mark.rtsp
def test_the_sub_stream_is_tried_as_well(gstreamer: None, clips: dict[str, Path]) -> None:
    with serving([{"path": "/main", "file": str(clips["moving"])}, smaller(clips)]) as server:
        stream = stream_at(server.urls["/main"], sub_url=server.urls["/sub"])
        check = check_stream(stream, None, seconds=1, clock=clock)
    assert check.sub
    assert (check.width, check.sub.width, check.problems) == (320, 160, [])
    assert (check.policy, check.verdict()) == ("sub_stream", [("policy_sub_stream", {})])
    as_large = replace(check, sub=replace(check.sub, width=320))
    assert [code for code, _ in as_large.verdict()] == ["sub_not_smaller", "policy_sub_stream"]


@pytest.mark.rtsp
def test_a_sub_stream_that_is_not_there_is_a_problem_of_its_own(rtsp_server: RtspServer) -> None:
    main = rtsp_server.urls["/moving"]
    stream = stream_at(main, sub_url=main.replace("/moving", "/nowhere"))
    check = check_stream(stream, None, seconds=1.5, clock=clock)
    assert (check.problem, check.problems, check.policy) == (None, ["not_found"], "key_frames")


@pytest.mark.rtsp
def test_a_camera_of_one_connection_is_not_asked_for_its_sub_stream(rtsp_server: RtspServer) -> None:
    main = rtsp_server.urls["/moving"]
    stream = stream_at(main, sub_url=main.replace("/moving", "/small"), max_sessions=1)
    check = check_stream(stream, None, seconds=1.5, clock=clock)
    assert (check.sub, check.policy) == (None, "key_frames")
    assert [code for code, _ in check.verdict()] == ["sub_unused", "policy_key_frames"]


def test_a_sub_stream_with_rare_key_frames_is_not_relied_on() -> None:
    stream = stream_at("rtsp://h/", sub_url="rtsp://h/sub")
    rare = StreamCheck(stream, gop_length=250, gop_s=10.0, first_frame_s=1.0)
    often = replace(rare, gop_s=2.0)
    assert replace(often, sub=rare).policy == "key_frames"
    assert replace(rare, sub=often).policy == "sub_stream"
    assert replace(rare, sub=rare).policy == "reference_frames"
    assert replace(often, sub=rare).verdict()[0] == ("smart_codec_any", {})


def test_what_the_file_says_is_what_is_decoded() -> None:
    stream = stream_at("rtsp://h/", decode="every_frame")
    assert StreamCheck(stream, first_frame_s=1.0, gop_s=1.0).policy == "every_frame"
    assert StreamCheck(stream, "refused").policy is None


@pytest.mark.rtsp
def test_a_stream_comes_over_udp_too(gstreamer: None, clips: dict[str, Path]) -> None:
    with serving([{"path": "/udp", "file": str(clips["moving"]), "transports": ["udp"]}]) as server:
        check = check_stream(stream_at(server.urls["/udp"], transport="udp"), None, seconds=1.5, clock=clock)
        over_tcp = check_stream(stream_at(server.urls["/udp"]), None, seconds=1.5, clock=clock)
    assert (check.problem, check.width) == (None, 320)
    assert over_tcp.problem == "wrong_transport"


@pytest.mark.rtsp
def test_a_camera_behind_tls_is_watched_with_its_password(
    gstreamer: None, clips: dict[str, Path], certificate: tuple[Path, Path]
) -> None:
    locked = {"path": "/tls", "file": str(clips["moving"]), "user": "viewer", "password": "right"}
    with serving([locked], certificate=certificate) as server:
        stream = stream_at(server.urls["/tls"].replace("rtsp://", "rtsps://"))
        right = check_stream(stream, "viewer:right", seconds=1.2, clock=clock)
        wrong = check_stream(stream, "viewer:wrong", seconds=1.2, clock=clock)
        answer = shake_hands(stream.url, "viewer:right")
    assert (right.problem, right.codec, right.width) == (None, "h264", 320)
    assert wrong.problem == "unauthorised"
    assert answer is not None
    assert answer.status == 200
