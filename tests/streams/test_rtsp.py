"""Opening a stream: what works, and the code of everything that does not."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from patrol import words
from patrol.streams import rtsp
from patrol.streams.rtsp import StreamLost, address_of, knock, open_rtsp
from patrol.values import Language
from tests.rtsp import RtspServer, answering, describing, rtsp_answer, serving
from tests.streams.cameras import stream_at

pytestmark = pytest.mark.slow

H264 = "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:track1"
UNKNOWN = "m=video 0 RTP/AVP 96\na=rtpmap:96 X-NEW/90000\na=control:track1"
SOUND = "m=audio 0 RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=control:track1"
REALM = {"WWW-Authenticate": 'Digest realm="camera", nonce="1"'}


def lost(url: str, credentials: str | None = None, **fields: object) -> StreamLost:
    """How the stream at `url` is lost."""
    with (
        pytest.raises(StreamLost) as caught,
        open_rtsp(stream_at(url, **fields), credentials, open_s=1, read_s=1) as source,
    ):
        for _ in source.packets():
            pass
    return caught.value


@pytest.mark.parametrize(
    ("url", "credentials", "address"),
    [
        ("rtsp://10.0.0.5/main", None, "rtsp://10.0.0.5/main"),
        ("rtsp://10.0.0.5/main", "", "rtsp://10.0.0.5/main"),
        ("rtsp://10.0.0.5:8554/main?a=1", "viewer:right", "rtsp://viewer:right@10.0.0.5:8554/main?a=1"),
        ("rtsp://cam/", "viewer:p@ss:w/ör d%", "rtsp://viewer:p%40ss%3Aw%2F%C3%B6r%20d%25@cam/"),
        ("rtsp://cam/user={user}_password={password}", "viewer:a&b", "rtsp://cam/user=viewer_password=a%26b"),
    ],
)
def test_user_and_password_go_where_the_camera_wants_them(url: str, credentials: str, address: str) -> None:
    assert address_of(url, credentials) == address


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda request: None, "ended"),
        (lambda request: b"HTTP/1.1 400 Bad Request\r\n\r\n", "not_rtsp"),
        (lambda request: os.urandom(4096), "not_rtsp"),
        (lambda request: b"", "timed_out"),
        (lambda request: rtsp_answer(request, "401 Unauthorized", **REALM), "unauthorised"),
        (lambda request: rtsp_answer(request, "403 Forbidden"), "forbidden"),
        (lambda request: rtsp_answer(request, "404 Not Found"), "not_found"),
        (lambda request: rtsp_answer(request, "453 Not Enough Bandwidth"), "bandwidth"),
        (lambda request: rtsp_answer(request, "503 Service Unavailable"), "turned_down"),
        (describing(UNKNOWN), "unsupported_codec"),
        (describing(SOUND), "no_video"),
        (describing(H264), "timed_out"),
    ],
    ids=["hangs up", "http", "noise", "silent", "401", "403", "404", "453", "503", "codec", "sound", "no packets"],
)
def test_each_failure_of_a_camera_has_its_code(answer: Callable[[str], bytes | None], code: str) -> None:
    with answering(answer) as url:
        assert lost(url, "viewer:right").code == code


def test_nobody_at_the_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    assert lost(f"rtsp://127.0.0.1:{port}/main").code == "refused"


@pytest.mark.parametrize("host", ["camera.invalid", "a" * 80 + ".invalid"])
def test_a_name_nobody_knows_is_said_to_be_so(host: str) -> None:
    assert lost(f"rtsp://{host}/main").code == "unknown_host"


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.EHOSTUNREACH, "no_route"), (errno.ENETUNREACH, "no_route"), (errno.ECONNREFUSED, "refused")],
)
def test_a_network_without_a_way_to_the_camera_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(rtsp.socket, "create_connection", fail)
    assert knock("rtsp://10.0.0.5/main") == code


def test_a_server_that_speaks_rtsp_has_nothing_wrong_at_its_door() -> None:
    with answering(rtsp_answer) as url:
        assert knock(url) is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_has_its_words(language: Language) -> None:
    codes = {code for _, code in rtsp.CODES} | set(rtsp.ERRNO_CODES.values())
    codes |= {
        "unknown_host",
        "not_rtsp",
        "no_video",
        "unsupported_codec",
        "no_picture",
        "garbage",
        "frozen",
        "setting",
    }
    for code in codes:
        assert words.say(f"streams.{code}", language)


# the real server


@pytest.mark.rtsp
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_packets_come_over_tcp_and_udp(rtsp_server: RtspServer, transport: str) -> None:
    with open_rtsp(stream_at(rtsp_server.urls["/moving"], transport=transport), None) as source:
        packets = source.packets()
        assert all(next(packets).size for _ in range(30))
        assert (source.video.codec_context.name, source.video.width, source.video.height) == ("h264", 320, 240)


@pytest.mark.rtsp
@pytest.mark.parametrize("path", ["/digest", "/basic"])
def test_the_right_password_opens_and_a_wrong_one_is_never_repeated(rtsp_server: RtspServer, path: str) -> None:
    with open_rtsp(stream_at(rtsp_server.urls[path]), "viewer:right") as source:
        assert next(source.packets()).size
    for credentials in (None, "viewer:hunter2", "somebody:hunter2"):
        error = lost(rtsp_server.urls[path], credentials)
        assert error.code == "unauthorised"
        assert "hunter2" not in f"{error} {error.detail} {error.__cause__}"


@pytest.mark.rtsp
def test_a_wrong_path_is_not_found(rtsp_server: RtspServer) -> None:
    assert lost(rtsp_server.urls["/moving"] + "-nowhere").code == "not_found"


@pytest.mark.rtsp
def test_a_transport_the_camera_does_not_offer_is_named(gstreamer: None, clips: dict[str, Path]) -> None:
    with serving([{"path": "/udp", "file": str(clips["moving"]), "transports": ["udp"]}]) as server:
        assert lost(server.urls["/udp"]).code == "wrong_transport"


@pytest.mark.rtsp
def test_sound_that_flows_on_does_not_hide_a_stopped_video(gstreamer: None, clips: dict[str, Path]) -> None:
    video = f"filesrc location={clips['moving']} ! qtdemux ! h264parse config-interval=-1 ! rtph264pay name=pay0"
    sound = "audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay1 pt=8"
    with serving([{"path": "/both", "launch": f"{video} {sound}"}]) as server:
        error = lost(server.urls["/both"])
    assert (error.code, error.detail) == ("timed_out", "sound comes, but no video")


@pytest.mark.rtsp
def test_the_connection_is_closed_when_the_reader_fails(rtsp_server: RtspServer) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        open_rtsp(stream_at(rtsp_server.urls["/moving"]), None) as source,
    ):
        raise ZeroDivisionError
    with pytest.raises(AssertionError, match="not open"):
        next(source.packets())
