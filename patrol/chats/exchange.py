"""One HTTP exchange with a chat server, and what its failure means for the message."""

import email.utils
import json
import logging
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from math import inf
from typing import Any
from urllib.parse import urlsplit

import httpx

from patrol.chats.chat import Bot, Clock, Secrets, SendError
from patrol.chats.tokens import Tokens
from patrol.values import PatrolError

CONNECT_S = 5.0
SILENCE_S = 10.0  # no byte moves for this long
WHOLE_S = 20.0  # an answer that trickles in is no answer
SEND_S = 30.0  # all that one message takes, uploads and all; with the waits above it ends before a sender's lease
CHUNK_BYTES = 16_384
ANSWER_BYTES = 4_000_000  # a chat's longest honest answer is a page of a busy room's messages
MEDIA_BYTES = 12_000_000  # a photo as a phone takes it, or minutes of voice
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
PERMANENT = {401: "unauthorised", 403: "forbidden", 404: "not_found", 410: "not_found", 413: "too_large"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    host: str
    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty where it is anything else."""
        try:
            content = json.loads(self.body)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}


@dataclass(frozen=True, slots=True)
class Access:
    """What an adapter reaches its chat with."""

    address: str
    secret_name: str | None
    secrets: Secrets = field(repr=False)
    client: httpx.Client = field(repr=False)
    clock: Clock = field(repr=False)
    tokens: Tokens = field(repr=False)
    find_bot: Callable[[], Bot] | None = field(default=None, repr=False)  #: the bot this chat shares with others
    deadline: float = field(default_factory=lambda: time.monotonic() + SEND_S, repr=False)  #: of what it sends

    def secret(self) -> str:
        """Read the secret, anew at every use, so that a changed one needs no restart."""
        try:
            return self.secrets(self.secret_name or "")
        except PatrolError as error:  # names the variable to set, never what it holds
            raise SendError("no_secret", str(error), is_permanent=True) from None

    def secret_parts(self, form: str) -> list[str]:
        """The parts of a secret written as `form`, e.g. "APP_ID:APP_SECRET[:KEY]"; "" for what is left out."""
        parts = [part.strip() for part in self.secret().split(":")]
        n_needed, n_most = form.partition("[")[0].count(":") + 1, form.count(":") + 1
        if not n_needed <= len(parts) <= n_most or not all(parts[:n_needed]):
            raise SendError("secret_form", f"secret {self.secret_name!r} is not {form}", is_permanent=True)
        return parts + [""] * (n_most - len(parts))

    def address_of(self, chat: str) -> str:
        """Another chat of the same bot, as a group has it: behind the server's address where this one has that."""
        base = self.address.rpartition("/")[0] if "://" in self.address else ""
        return f"{base}/{chat}" if base else chat

    def ask(self, method: str, url: str, **request: Any) -> Answer:
        return exchange(self.client, method, url, inf if method == "GET" else self.deadline, **request)

    def download(self, url: str, **request: Any) -> Answer:
        """Fetch what a member attached to an answer."""
        return exchange(self.client, "GET", url, most_bytes=MEDIA_BYTES, **request)


def open_client() -> httpx.Client:
    """The HTTP client every chat shares; it writes no log, follows no redirect and keeps no connection.

    A kept connection that the server has just closed looks like a lost answer, and a lost answer may cost a
    second message.
    """
    for name in ("httpx", "httpcore"):  # they log addresses, and a WeCom robot's address is its password
        logging.getLogger(name).addFilter(_says_nothing)
    return httpx.Client(
        verify=authorities(),
        timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
        limits=httpx.Limits(max_keepalive_connections=0),
    )


@cache
def authorities() -> ssl.SSLContext:
    """Whom to trust, read once: the list of authorities takes 30 ms."""
    return httpx.create_ssl_context()


def _says_nothing(_record: logging.LogRecord) -> bool:
    return False


def exchange(
    client: httpx.Client,
    method: str,
    url: str,
    deadline: float = inf,
    most_bytes: int = ANSWER_BYTES,
    **request: Any,
) -> Answer:
    """Ask once. SendError where there is no answer: unknown if the request had left, else worth another try.

    deadline: of time.monotonic(), by which the request has left as a whole, or it is broken off.
    most_bytes: of the answer.
    """
    host = host_of(url)
    _require_time(host, deadline)
    try:
        asked = client.build_request(method, url, **request)
        asked.stream = _Upload(host, asked.read(), deadline)
        with closing(client.send(asked, stream=True)) as response:
            return Answer(host, response.status_code, response.headers, _read(response, deadline, most_bytes))
    except NEVER_LEFT:
        raise SendError("unreachable", f"{host} cannot be reached") from None
    except httpx.TimeoutException:
        raise SendError("no_answer", f"{host} took the request and did not answer in time", is_unknown=True) from None
    except httpx.TransportError:
        raise SendError("cut_off", f"{host} broke off before it answered", is_unknown=True) from None
    except (httpx.InvalidURL, httpx.DecodingError):
        raise SendError("not_understood", f"{host} gave an answer that cannot be read", is_unknown=True) from None


@contextmanager
def unseen(is_so: bool = True) -> Iterator[None]:
    """For requests of which members see nothing: where an answer to one is lost, no message is in doubt."""
    try:
        yield
    except SendError as error:
        if error.is_unknown and is_so:
            raise SendError(error.code, str(error).removeprefix(f"{error.code}: ")) from None
        raise


class _Upload(httpx.SyncByteStream):
    """A body that is broken off at a deadline. A server has no use for half of one, so the message did not arrive."""

    def __init__(self, host: str, body: bytes, deadline: float) -> None:
        self._host = host
        self._body = body
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self._body), CHUNK_BYTES):
            _require_time(self._host, self._deadline)
            yield self._body[at : at + CHUNK_BYTES]


def _require_time(host: str, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise SendError("too_slow", f"{host} takes the message too slowly")


def split_address(address: str, base_url: str) -> tuple[str, str]:
    """The server and the chat of "CHAT" or "https://SERVER/CHAT"; `base_url` is the platform's own server."""
    if "://" not in address:
        return base_url, address
    base, _, chat = address.rpartition("/")
    return base, chat


def is_web_address(address: str) -> bool:
    """An http(s) address with a host and nothing secret in it: no user, no password, no WeCom key."""
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        return is_whole and "key=" not in parts.query and (parts.port or 1) > 0
    except ValueError:
        return False


def is_web_base(base: str) -> bool:
    """The server part of a chat's address: an http(s) address with no question behind it."""
    return is_web_address(base) and "?" not in base and "#" not in base


def host_of(url: str) -> str:
    """The part of an address that may be shown: no path, no query, no user."""
    try:
        return httpx.URL(url).host or "the chat server"
    except httpx.InvalidURL:
        return "the chat server"


def _read(response: httpx.Response, sent_by: float, most_bytes: int) -> bytes:
    deadline = min(time.monotonic(), sent_by) + WHOLE_S
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer trickles")
        if len(body) > most_bytes:
            raise httpx.DecodingError("the answer is too long")
    return bytes(body)


def require_success(answer: Answer, *, now: datetime, words: str = "") -> None:
    """SendError for any status but 2xx, sorted into wait, permanent, unknown and worth another try.

    words: what the server said, already free of secrets.
    """
    status = answer.status
    detail = f"{answer.host} answered {status}" + (f", {words}" if words else "")
    if 200 <= status < 300:
        return
    if status == 429:
        raise SendError("limited", detail, wait_s=retry_after_s(answer.headers, now))
    if status in (502, 504):  # a gateway that lost the server behind it, which may have taken the message
        raise SendError("no_answer", detail, is_unknown=True)
    if status >= 500 or status in (408, 425):
        raise SendError("busy", detail, wait_s=retry_after_s(answer.headers, now))
    raise SendError(PERMANENT.get(status, "refused"), detail, is_permanent=True)


def retry_after_s(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which holds seconds or a date; None where it says nothing usable."""
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


def without(text: str, secrets: Iterable[str], longest: int = 200) -> str:
    """A server's own words with every secret taken out, cut to a length that fits a log line."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return " ".join(text.split())[:longest]
