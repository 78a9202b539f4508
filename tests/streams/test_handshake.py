"""What a camera says that libav does not pass on."""

from collections.abc import Callable

import pytest

from patrol.streams.handshake import Answer, greet, maker_of, shake_hands
from patrol.streams.rtsp import StreamLost, open_rtsp
from tests.rtsp import RtspServer, answering, describing, rtsp_answer
from tests.streams.cameras import stream_at

VIDEO = "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:track1"
NO_BANDWIDTH = "453 Not Enough Bandwidth"


def refusing(method: str, status: str) -> Callable[[str], bytes | None]:
    """A camera that turns down one kind of request."""
    willing = describing(VIDEO)
    return lambda request: rtsp_answer(request, status) if request.startswith(method) else willing(request)


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP"])
def test_a_camera_that_has_no_bandwidth_left_is_understood(method: str) -> None:
    with answering(refusing(method, NO_BANDWIDTH)) as url:
        assert str(shake_hands(url, None)) == NO_BANDWIDTH
        with pytest.raises(StreamLost) as lost, open_rtsp(stream_at(url), None, open_s=2, read_s=2):
            pass
    assert (lost.value.code, lost.value.detail) == ("bandwidth", NO_BANDWIDTH)


def test_another_answer_is_still_turned_down() -> None:
    with (
        answering(refusing("DESCRIBE", "454 Session Not Found")) as url,
        pytest.raises(StreamLost) as lost,
        open_rtsp(stream_at(url), None, open_s=2, read_s=2),
    ):
        pass
    assert lost.value.code == "turned_down"


def test_a_willing_camera_is_left_again() -> None:
    asked: list[str] = []
    willing = describing(VIDEO)

    def answer(request: str) -> bytes:
        asked.append(" ".join(request.split()[:2]))
        return willing(request)

    with answering(answer) as url:
        done = shake_hands(url, None)
    assert done is not None
    assert done.status == 200
    assert asked == [f"DESCRIBE {url}", f"SETUP {url}/track1", f"TEARDOWN {url}"]


@pytest.mark.rtsp
@pytest.mark.parametrize(("path", "password", "status"), [
    ("/digest", "right", 200), ("/basic", "right", 200), ("/digest", "wrong", 401), ("/basic", "wrong", 401),
    ("/nowhere", "right", 404),
])  # fmt: skip
def test_passwords_are_given_as_the_server_wants_them(
    rtsp_server: RtspServer, path: str, password: str, status: int
) -> None:
    url = rtsp_server.urls["/moving"].replace("/moving", path)
    answer = shake_hands(url, f"viewer:{password}")
    assert answer is not None
    assert answer.status == status


def test_a_digest_may_want_a_count() -> None:
    """The example of RFC 2617 section 3.5, by its fields: qop=auth needs nc and cnonce."""
    asked: list[str] = []

    def answer(request: str) -> bytes:
        asked.append(request)
        if "Authorization" not in request:
            wanted = {"WWW-Authenticate": 'Digest realm="IP Camera(C1)", nonce="dcd98b", qop="auth"'}
            return rtsp_answer(request, "401 Unauthorized", **wanted)
        return rtsp_answer(request, "404 Not Found")

    with answering(answer) as url:
        done = shake_hands(url, "viewer:a:b")
    assert done is not None
    assert done.status == 404
    assert 'username="viewer"' in asked[1]
    assert "qop=auth, nc=00000002" in asked[1]
    assert "a:b" not in asked[1]


def test_what_speaks_no_rtsp_or_hangs_up_is_nobody() -> None:
    with answering(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        assert shake_hands(url, None) is None
    with answering(lambda _: None) as url:
        assert greet(url) is None
    assert greet("rtsp://127.0.0.1:9/x", 0.5) is None


@pytest.mark.parametrize(
    ("headers", "maker"),
    [
        ({"www-authenticate": 'Digest realm="IP Camera(C1214)", nonce="1"'}, "hikvision"),
        ({"www-authenticate": 'Digest realm="DS-7608NI-K2", nonce="1"'}, "hikvision"),
        ({"www-authenticate": 'Digest realm="Login to 4K01FD2PAJ6E3FF", nonce="1"'}, "dahua"),
        ({"server": "Dahua Rtsp Server"}, "dahua"),
        ({"server": "UNV Streaming Server"}, "uniview"),
        ({"server": "GStreamer RTSP server"}, None),
        ({}, None),
    ],
)
def test_a_server_tells_its_maker_without_meaning_to(headers: dict[str, str], maker: str | None) -> None:
    assert Answer(401, "Unauthorized", headers).maker == maker


@pytest.mark.parametrize(
    ("path", "maker"),
    [
        ("Streaming/Channels/101", "hikvision"),
        ("h264/ch1/main/av_stream", "hikvision"),
        ("cam/realmonitor?channel=1&subtype=0", "dahua"),
        ("unicast/c1/s0/live", "uniview"),
        ("main", None),
    ],
)
def test_a_path_tells_the_maker(path: str, maker: str | None) -> None:
    assert maker_of(f"rtsp://10.0.0.5/{path}") == maker
