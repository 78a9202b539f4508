"""Opens one RTSP stream and gives its packets; what goes wrong becomes a StreamLost with a code."""

import errno
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote, urlsplit

import av
import av.error
import av.logging

from patrol.streams.decode import VideoPacket
from patrol.streams.handshake import shake_hands
from patrol.values import RTSP_PORTS, PatrolError, Stream

av.logging.set_level(None)  # libav's log callback deadlocks with threads (PyAV 751), and prints addresses

OPEN_TIMEOUT_S = 10.0  # cameras that wake a sensor take 3 to 6 s to answer the first PLAY
READ_TIMEOUT_S = 5.0  # a camera sends 5 pictures a second at least; TCP repeats what is lost within 1 to 2 s
KNOCK_TIMEOUT_S = 3.0
NO_BANDWIDTH = 453  # "Not Enough Bandwidth", RFC 2326 section 11.3
PROBE_US = 500_000  # at most this long to find the codec; the default waits 1.1 s for a first frame, this 0.3 s

CODES: tuple[tuple[type[Exception], str], ...] = (
    (av.error.HTTPUnauthorizedError, "unauthorised"),
    (av.error.HTTPForbiddenError, "forbidden"),
    (av.error.HTTPNotFoundError, "not_found"),
    (av.error.HTTPError, "turned_down"),
    (av.error.HTTPClientError, "turned_down"),
    (av.error.ConnectionRefusedError, "refused"),
    (av.error.ConnectionResetError, "ended"),
    (av.error.BrokenPipeError, "ended"),
    (av.error.EOFError, "ended"),
    (av.error.ExitError, "timed_out"),
    (av.error.TimeoutError, "timed_out"),
    (av.error.DecoderNotFoundError, "unsupported_codec"),
)
ERRNO_CODES = {
    errno.EHOSTUNREACH: "no_route",
    errno.ENETUNREACH: "no_route",
    errno.EHOSTDOWN: "no_route",
    errno.EPROTONOSUPPORT: "wrong_transport",
    errno.ETIMEDOUT: "timed_out",
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "ended",
}


class StreamLost(PatrolError):
    """A stream cannot be watched, or no longer. `code` says why, in words/streams.json."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Source:
    """An open stream."""

    container: av.container.InputContainer
    video: av.VideoStream
    read_s: float

    def packets(self) -> Iterator[VideoPacket]:
        """The video's packets until the stream is lost, which is the only end: it raises StreamLost."""
        try:
            yield from self._demux()
        except av.error.FFmpegError as error:
            lost = StreamLost(code_of(error) or "garbage", _words_of(error))
        else:
            lost = StreamLost("ended")
        raise lost

    def _demux(self) -> Iterator[VideoPacket]:
        """The video's packets out of all; sound that flows on must not hide a video that has stopped."""
        came_s = time.monotonic()
        for packet in self.container.demux():
            if packet.stream_index == self.video.index:
                came_s = time.monotonic()
                yield cast(VideoPacket, packet)
            elif time.monotonic() - came_s > self.read_s:
                raise StreamLost("timed_out", "sound comes, but no video")


@contextmanager
def open_rtsp(
    stream: Stream,
    credentials: str | None,
    *,
    open_s: float = OPEN_TIMEOUT_S,
    read_s: float = READ_TIMEOUT_S,
) -> Iterator[Source]:
    """Open a stream, and close it on every way out. `credentials` is "user:password"; it never leaves this file."""
    container = _open(stream, credentials, open_s, read_s)
    try:
        yield Source(container, _video_of(container), read_s)
    finally:
        container.close()


def address_of(url: str, credentials: str | None) -> str:
    """The URL with user and password in it: before the host, or where it says {user} and {password}."""
    if not credentials:
        return url
    user, _, password = (quote(part, safe="") for part in credentials.partition(":"))
    if "{password}" in url:
        return url.replace("{user}", user).replace("{password}", password)
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{user}:{password}@{rest}"


def _open(stream: Stream, credentials: str | None, open_s: float, read_s: float) -> av.container.InputContainer:
    options = {
        "rtsp_transport": stream.transport,
        "timeout": str(int(read_s * 1e6)),
        "analyzeduration": str(PROBE_US),
    }
    began = time.monotonic()
    try:
        return av.open(address_of(stream.url, credentials), options=options, timeout=(open_s, read_s))
    except av.error.FFmpegError as error:
        code, words = code_of(error), _words_of(error)
    has_waited = time.monotonic() - began >= min(open_s, read_s) * 0.9
    if code == "turned_down" and (lost := _bandwidth(stream, credentials)) is not None:
        raise lost
    raise StreamLost(
        code or knock(stream.url, min(open_s, KNOCK_TIMEOUT_S)) or ("timed_out" if has_waited else "garbage"), words
    )


def _bandwidth(stream: Stream, credentials: str | None) -> StreamLost | None:
    """Ask again where the request was turned down: libav has one error for all answers but the common ones."""
    own = None if "{password}" in stream.url else credentials
    url = address_of(stream.url, credentials) if own is None else stream.url
    answer = shake_hands(url, own, stream.transport)
    return StreamLost("bandwidth", str(answer)) if answer is not None and answer.status == NO_BANDWIDTH else None


def _video_of(container: av.container.InputContainer) -> av.VideoStream:
    if not container.streams.video:
        raise StreamLost("no_video")
    video = container.streams.video[0]
    if video.codec_context is None or video.codec_context.name in ("", "none"):
        raise StreamLost("unsupported_codec")
    video.codec_context.thread_count = 1  # a camera is a thread already; frame threads add delay and hang at exit
    return video


def code_of(error: av.error.FFmpegError) -> str | None:
    """Our code for a libav error; None for "invalid data", which libav says of a dozen different failures."""
    for kind, code in CODES:
        if isinstance(error, kind):
            return code
    return ERRNO_CODES.get(error.errno or 0)


def _words_of(error: av.error.FFmpegError) -> str:
    """What libav says, without the address it was given."""
    return error.strerror or type(error).__name__


def knock(url: str, timeout_s: float = KNOCK_TIMEOUT_S) -> str | None:
    """Find out why nothing could be opened: a code, or None where an RTSP server answers as it should."""
    parts = urlsplit(url)
    try:
        door = socket.create_connection((parts.hostname, parts.port or RTSP_PORTS[parts.scheme]), timeout_s)
    except (socket.gaierror, UnicodeError):
        return "unknown_host"
    except OSError as error:
        return "timed_out" if isinstance(error, TimeoutError) else ERRNO_CODES.get(error.errno or 0, "no_route")
    with door:
        return None if parts.scheme == "rtsps" else _greet(door, parts._replace(query="").geturl())


def _greet(door: socket.socket, url: str) -> str | None:
    """Say OPTIONS, the one thing every RTSP server answers without a password."""
    try:
        door.sendall(f"OPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        answer = door.recv(4096)
    except TimeoutError:
        return "timed_out"
    except OSError:
        return "ended"
    if not answer:
        return "ended"
    return None if answer.startswith(b"RTSP/") else "not_rtsp"
