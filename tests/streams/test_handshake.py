"""What a camera says that libav does not pass on."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from patrol.streams import handshake
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


def test_an_answer_that_never_ends_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda _: b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 1000) as url:
        assert greet(url) is None
    with answering(lambda _: b"RTSP/1.0 200 OK " + b"x" * 1_000_000) as url:
        assert greet(url) is None
    monkeypatch.setattr(handshake, "ANSWER_S", 0.2)
    with dripping() as url:
        began_s = time.monotonic()
        assert greet(url) is None
        assert time.monotonic() - began_s < 2


@contextmanager
def dripping() -> Iterator[str]:
    """A server that sends a byte of a header now and then, each well before any timeout, for ever."""
    halt = Event()

    def drip(door: socket.socket) -> None:
        connection, _ = door.accept()
        with connection, suppress(OSError):
            connection.sendall(b"RTSP/1.0 200 OK\r\nServer: ")
            while not halt.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = Thread(target=drip, args=(door,))
        thread.start()
        yield f"rtsp://127.0.0.1:{door.getsockname()[1]}/main"
        halt.set()
        thread.join()


def test_a_body_that_comes_in_pieces_is_read_whole() -> None:
    with answering(lambda request: rtsp_answer(request, body="v=0\r\n" * 5_000)) as url:
        answer = greet(url)
    assert answer is not None
    assert answer.body == "v=0\n" * 5_000


def test_a_camera_that_speaks_no_tls_leaves_no_socket_open(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[socket.socket] = []
    connect = socket.create_connection

    def noting(place: tuple[str, int], timeout_s: float) -> socket.socket:
        made.append(connect(place, timeout_s))
        return made[-1]

    monkeypatch.setattr(socket, "create_connection", noting)
    with answering(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        assert greet(url.replace("rtsp://", "rtsps://")) is None
    assert [one.fileno() for one in made] == [-1]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
def test_a_camera_that_speaks_the_oldest_tls_is_understood(certificate: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(*certificate)
    with socket.create_server(("127.0.0.1", 0)) as door:
        Thread(target=answer_once, args=(context, door), daemon=True).start()
        answer = greet(f"rtsps://127.0.0.1:{door.getsockname()[1]}/main")
    assert answer is not None
    assert answer.status == 404


def answer_once(context: ssl.SSLContext, door: socket.socket) -> None:
    with suppress(OSError), context.wrap_socket(door.accept()[0], server_side=True) as connection:
        connection.sendall(rtsp_answer(connection.recv(4096).decode(), "404 Not Found"))
