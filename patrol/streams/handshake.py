"""Speaks RTSP up to SETUP by itself, for what libav does not pass on: the exact answer, and who made the camera.

RTSP 1.0 is RFC 2326, basic authentication RFC 7617, digest authentication RFC 7616 with the MD5 that cameras speak.
"""

import base64
import hashlib
import re
import secrets
import socket
import ssl
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

from patrol.values import RTSP_PORTS

TIMEOUT_S = 3.0
MOST_BYTES = 65_536  # an SDP has 1 or 2 kB
MOST_HEADERS, MOST_LINE = 100, 8_192  # an answer has some ten lines
ANSWER_S = 5.0  # for one answer, however slowly it drips
OK, UNAUTHORISED = 200, 401
PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')

Maker = Literal["hikvision", "dahua", "uniview"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to one request."""

    status: int
    phrase: str
    headers: Mapping[str, str] = field(default_factory=dict)  #: by name in small letters; of a double one the first
    body: str = ""

    def __str__(self) -> str:
        return f"{self.status} {self.phrase}"

    @property
    def maker(self) -> Maker | None:
        """Who made the camera or recorder, where its server says so without meaning to.

        Hikvision's realm is "IP Camera(...)" or a model "DS-..." (github google/ExoPlayer #9800), Dahua's "Login to
        ..." (github scottlamb/retina #62).
        """
        said = f"{self.headers.get('server', '')} {self.headers.get('www-authenticate', '')}"
        signs: tuple[tuple[str, Maker], ...] = (
            (r'hikvision|realm="(IP Camera\(|DS-|Hikvision)', "hikvision"),
            (r'dahua|realm="Login to ', "dahua"),
            (r"uniview|\bUNV\b", "uniview"),
        )
        return next((maker for sign, maker in signs if re.search(sign, said, re.IGNORECASE)), None)


def maker_of(url: str) -> Maker | None:
    """Who made the camera, by the path of its address."""
    paths: tuple[tuple[str, Maker], ...] = (
        (r"/(ISAPI/)?Streaming/(channels|tracks)/|/h26[45]/ch\d+/\w+/av_stream", "hikvision"),
        (r"/cam/(realmonitor|playback)", "dahua"),
        (r"/unicast/c\d+/s\d+/|/media/video\d", "uniview"),
    )
    return next((maker for path, maker in paths if re.search(path, url, re.IGNORECASE)), None)


def greet(url: str, timeout_s: float = TIMEOUT_S) -> Answer | None:
    """Ask for the stream's description without a password; None where nothing that speaks RTSP answers."""
    try:
        with Conversation(url, None, timeout_s) as server:
            return server.ask("DESCRIBE", url, Accept="application/sdp")
    except (OSError, ValueError):
        return None


def shake_hands(
    url: str, credentials: str | None, transport: Literal["tcp", "udp"] = "tcp", timeout_s: float = TIMEOUT_S
) -> Answer | None:
    """Ask for the stream as a player does, up to the point where it would begin to flow, and hang up.

    Returns the first answer that is no "200 OK", else the last; None where nothing that speaks RTSP answers.
    `url` is what a player would be given, with {user} and {password} filled in; `credentials` is "user:password".
    """
    try:
        with Conversation(url, credentials, timeout_s) as server:
            described = server.ask("DESCRIBE", url, Accept="application/sdp")
            return _set_up(server, url, described, transport) if described.status == OK else described
    except (OSError, ValueError):
        return None


def _set_up(server: "Conversation", url: str, described: Answer, transport: str) -> Answer:
    ways = {"tcp": "RTP/AVP/TCP;unicast;interleaved=0-1", "udp": "RTP/AVP;unicast;client_port=50000-50001"}
    answer = server.ask("SETUP", _track_of(described, url), Transport=ways[transport])
    if answer.status == OK:
        server.ask("TEARDOWN", url, Session=answer.headers.get("session", "").partition(";")[0])
    return answer


def _track_of(described: Answer, url: str) -> str:
    """The address of the video within the description (RFC 2326, appendix C.1.1)."""
    media = described.body.partition("m=video")[2].partition("\nm=")[0]
    control = re.search(r"^a=control:(\S+)", media, re.MULTILINE)
    if control is None or control[1] == "*":
        return url
    base = described.headers.get("content-base", url)
    return control[1] if "://" in control[1] else f"{base.rstrip('/')}/{control[1]}"


class Conversation:
    """One connection to an RTSP server. OSError where it fails, ValueError where the other side speaks no RTSP."""

    def __init__(self, url: str, credentials: str | None, timeout_s: float) -> None:
        self._parts, self._timeout_s = urlsplit(url), timeout_s
        self._user, _, self._password = (credentials or "").partition(":")
        self._challenge: Answer | None = None
        self._n_asked = 0

    def __enter__(self) -> Self:
        place = (self._parts.hostname or "", self._parts.port or RTSP_PORTS[self._parts.scheme])
        self._socket = self._connect(place)
        self._file = self._socket.makefile("rb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._socket.close()

    def _connect(self, place: tuple[str, int]) -> socket.socket:
        plain = socket.create_connection(place, self._timeout_s)
        if self._parts.scheme != "rtsps":
            return plain
        try:
            return _any_certificate().wrap_socket(plain, server_hostname=place[0])
        except BaseException:
            plain.close()
            raise

    def ask(self, method: str, address: str, **headers: str) -> Answer:
        """Ask, and once more with the password where the server wants one."""
        answer = self._exchange(method, address, headers)
        if answer.status != UNAUTHORISED or not self._user or self._challenge is not None:
            return answer
        self._challenge = answer
        return self._exchange(method, address, headers)

    def _exchange(self, method: str, address: str, headers: Mapping[str, str]) -> Answer:
        self._n_asked += 1
        said = {"CSeq": str(self._n_asked), "User-Agent": "patrol", **headers}
        if self._challenge is not None:
            said["Authorization"] = self._authorization(self._challenge, method, address)
        lines = [f"{method} {address} RTSP/1.0", *(f"{name}: {value}" for name, value in said.items())]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return self._read(time.monotonic() + ANSWER_S)

    def _read(self, until_s: float) -> Answer:
        """One answer; ValueError where it does not end by then, by the monotonic clock, or has too many lines."""
        version, _, rest = self._line(until_s).partition(" ")
        status, _, phrase = rest.partition(" ")
        if not version.startswith("RTSP/") or not status.isdecimal():
            raise ValueError("no RTSP")
        headers: dict[str, str] = {}
        for line in self._header_lines(until_s):
            name, _, value = line.partition(":")
            key = name.strip().lower()
            if key == "www-authenticate" and value.strip().lower().startswith("digest"):
                headers[key] = value.strip()  # better than basic, where both are offered
            headers.setdefault(key, value.strip())
        length = headers.get("content-length", "0")
        body = self._body(min(int(length), MOST_BYTES), until_s) if length.isdecimal() else b""
        return Answer(int(status), phrase, headers, body.decode("utf-8", "replace").replace("\r", ""))

    def _header_lines(self, until_s: float) -> Iterator[str]:
        for _ in range(MOST_HEADERS):
            if not (line := self._line(until_s)):
                return
            yield line
        raise ValueError(f"more than {MOST_HEADERS} header lines")

    def _line(self, until_s: float) -> str:
        line = bytearray()
        while not line.endswith(b"\n") and (came := self._some(1, until_s)):
            line += came
            if len(line) > MOST_LINE:
                raise ValueError(f"a line of more than {MOST_LINE} bytes")
        return line.decode("utf-8", "replace").strip()

    def _body(self, n_bytes: int, until_s: float) -> bytes:
        body = bytearray()
        while len(body) < n_bytes and (came := self._some(n_bytes - len(body), until_s)):
            body += came
        return bytes(body)

    def _some(self, most: int, until_s: float) -> bytes:
        """What has come, up to so many bytes; nothing where the other side has hung up."""
        if time.monotonic() > until_s:
            raise ValueError(f"no whole answer within {ANSWER_S:.0f} s")
        return self._file.read1(most)

    def _authorization(self, challenge: Answer, method: str, address: str) -> str:
        asked = challenge.headers.get("www-authenticate", "")
        if not asked.lower().startswith("digest"):
            return "Basic " + base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
        given = {found[1].lower(): found[2] or found[3] or "" for found in PARAMETER.finditer(asked)}
        return "Digest " + self._digest(given, method, address)

    def _digest(self, given: Mapping[str, str], method: str, address: str) -> str:
        realm, nonce = given.get("realm", ""), given.get("nonce", "")
        who, what = _md5(f"{self._user}:{realm}:{self._password}"), _md5(f"{method}:{address}")
        said = {"username": self._user, "realm": realm, "nonce": nonce, "uri": address}
        if "auth" not in given.get("qop", ""):
            said["response"] = _md5(f"{who}:{nonce}:{what}")
            return ", ".join(f'{name}="{value}"' for name, value in said.items())
        count, own = f"{self._n_asked:08x}", secrets.token_hex(8)
        said |= {"cnonce": own, "response": _md5(f"{who}:{nonce}:{count}:{own}:auth:{what}")}
        return ", ".join(f'{name}="{value}"' for name, value in said.items()) + f", qop=auth, nc={count}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _any_certificate() -> ssl.SSLContext:
    """Cameras sign their certificates themselves, and speak old versions of TLS, with the ciphers of their time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # TLS 1.0 signs by SHA-1, which OpenSSL 3 refuses above this level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.0, which is meant
        context.minimum_version = ssl.TLSVersion.TLSv1
    return context
