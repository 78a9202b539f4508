"""Test cameras: short H.264 clips made with PyAV, served by patrol/demo/rtsp_server.py under Debian's Python."""

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Thread

import av
import numpy as np
import pytest

SERVER = Path(__file__).parent.parent / "patrol" / "demo" / "rtsp_server.py"
TLS_SERVER = Path(__file__).parent / "tls_rtsp_server.py"
DEBIAN_PYTHON = "/usr/bin/python3"
HAS_GSTREAMER = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer, Gst;"
    "Gst.init(None); assert Gst.ElementFactory.find('rtph264pay') and Gst.ElementFactory.find('h264parse')"
)


@dataclass
class RtspServer:
    """A running server; `urls` by path."""

    process: subprocess.Popen[bytes]
    port: int
    urls: dict[str, str]

    def kill(self) -> None:
        """Die at once, as a camera whose plug is pulled."""
        self.process.kill()
        self.process.wait()


@contextmanager
def serving(
    mounts: Sequence[dict[str, object]], port: int = 0, *, certificate: tuple[Path, Path] | None = None
) -> Iterator[RtspServer]:
    """Serve mounts (the fields of rtsp_server.Mount) until the block ends; behind TLS with a certificate and key."""
    server, environ = SERVER, dict(os.environ)
    if certificate is not None:
        server = TLS_SERVER
        environ |= dict(zip(("TLS_CERTIFICATE", "TLS_KEY"), map(str, certificate), strict=True))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(json.dumps(list(mounts)))
        file.flush()
        process = subprocess.Popen(
            [DEBIAN_PYTHON, str(server), file.name, "--port", str(port)],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with process:
            try:
                assert process.stdout is not None
                ready = json.loads(process.stdout.readline() or b"{}")
                yield RtspServer(process, ready["port"], ready["urls"])
            finally:
                process.kill()


def make_clip(
    path: Path,
    *,
    width: int = 320,
    height: int = 240,
    n_frames: int = 50,
    gop: int = 25,
    fps: int = 25,
    codec: str = "libx264",
    is_frozen: bool = False,
) -> Path:
    """Write a clip of a white bar that moves over a gradient, or stands still."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.gop_size = gop
        if codec != "mjpeg":
            stream.options = {"preset": "ultrafast", "bf": "0", "sc_threshold": "0", "x265-params": "log-level=none"}
        for number in range(n_frames):
            frame = av.VideoFrame.from_ndarray(_bar(width, height, 0 if is_frozen else number), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _bar(width: int, height: int, number: int) -> np.ndarray:
    """uint8 (H, W, 3), BGR: a white bar an eighth of the picture wide, moving 8 px a frame."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, :, 0] = np.linspace(0, 255, width, dtype=np.uint8)
    left = number * 8 % width
    pixels[:, left : left + width // 8] = 255
    return pixels


@contextmanager
def answering(answer: Callable[[str], bytes | None]) -> Iterator[str]:
    """A server that says `answer(request)` to each request, and hangs up at None. Yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        Thread(target=_accept, args=(door, answer), daemon=True).start()
        yield f"rtsp://127.0.0.1:{door.getsockname()[1]}/main"
        door.shutdown(socket.SHUT_RDWR)


def _accept(door: socket.socket, answer: Callable[[str], bytes | None]) -> None:
    while True:
        try:
            connection, _ = door.accept()
        except OSError:
            return
        Thread(target=_converse, args=(connection, answer), daemon=True).start()


def _converse(connection: socket.socket, answer: Callable[[str], bytes | None]) -> None:
    with connection:
        try:
            while (request := connection.recv(4096).decode(errors="replace")) and (
                said := answer(request)
            ) is not None:
                connection.sendall(said)
        except OSError:
            return


def rtsp_answer(request: str, status: str = "200 OK", body: str = "", **headers: str) -> bytes:
    """An RTSP answer with the request's CSeq."""
    number = request.split("CSeq: ")[1].split("\r\n")[0]
    lines = [f"RTSP/1.0 {status}", f"CSeq: {number}", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def describing(media: str) -> Callable[[str], bytes]:
    """Answers as a camera whose stream is the SDP lines `media`, and which never sends a packet."""
    sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n" + media.replace("\n", "\r\n") + "\r\n"

    def answer(request: str) -> bytes:
        if request.startswith("DESCRIBE"):
            return rtsp_answer(request, body=sdp)
        if request.startswith("SETUP"):
            return rtsp_answer(request, Session="1", Transport="RTP/AVP/TCP;unicast;interleaved=0-1")
        return rtsp_answer(request, Session="1", Public="OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")

    return answer


@pytest.fixture(scope="session")
def gstreamer() -> None:
    """Skips where GStreamer's RTSP server is not installed."""
    try:
        subprocess.run([DEBIAN_PYTHON, "-c", HAS_GSTREAMER], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        pytest.skip(
            "GStreamer's RTSP server is absent: apt-get install gir1.2-gst-rtsp-server-1.0 (`make demo` does)"
        )


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small clips by what they show: moving, small (another size), frozen, long_gop."""
    folder = tmp_path_factory.mktemp("clips")
    return {
        "moving": make_clip(folder / "moving.mp4"),
        "small": make_clip(folder / "small.mp4", width=160, height=128),
        "frozen": make_clip(folder / "frozen.mp4", is_frozen=True),
        "long_gop": make_clip(folder / "long_gop.mp4", n_frames=400, gop=250),
    }


@pytest.fixture(scope="module")
def rtsp_server(gstreamer: None, clips: dict[str, Path]) -> Iterator[RtspServer]:
    """Cameras that anybody may watch (one path a clip) and two behind a password (viewer:right)."""
    mounts: list[dict[str, object]] = [{"path": f"/{name}", "file": str(path)} for name, path in clips.items()]
    locked = {"file": str(clips["moving"]), "user": "viewer", "password": "right"}
    mounts += [{"path": "/digest", **locked}, {"path": "/basic", "auth": "basic", **locked}]
    with serving(mounts) as server:
        yield server
