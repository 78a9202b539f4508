"""Every chat platform patrol speaks to, in one table."""

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from patrol.chats import matrix, webhook, wecom_robot
from patrol.chats.chat import AddressError, Chat, Clock, Limits, Secrets, SendError
from patrol.chats.exchange import Access, open_client
from patrol.chats.page import Page

REMOTE: dict[str, Callable[[Access], Chat]] = {
    "matrix": matrix.Matrix,
    "wecom_robot": wecom_robot.WecomRobot,
    "webhook": webhook.Webhook,
}
LIMITS: dict[str, Limits] = {
    "page": Page.limits,
    "matrix": matrix.Matrix.limits,
    "wecom_robot": wecom_robot.WecomRobot.limits,
    "webhook": webhook.Webhook.limits,
}
KINDS = tuple(LIMITS)


class Chats:
    """Opens chats by what a group's row says; all share one HTTP client."""

    def __init__(self, secrets: Secrets, clock: Clock, client: httpx.Client | None = None) -> None:
        self._secrets = secrets
        self._clock = clock
        self._client = client or open_client()

    def open(self, kind: str, address: str, secret: str | None) -> Chat:
        """The chat of one group; `secret` is the name of a secret."""
        if kind == "page":
            return Page(self._clock)
        try:
            return REMOTE[kind](Access(address, secret, self._secrets, self._client, self._clock))
        except AddressError as error:
            raise SendError("bad_address", str(error), is_permanent=True) from None

    def close(self) -> None:
        self._client.close()


def open_chats(secrets: Secrets, clock: Clock) -> Chats:
    """The chats of this process; `secrets` finds a secret by its name and raises PatrolError where it is not set."""
    return Chats(secrets, clock)


def check(kind: str, address: str, secret: str | None) -> str | None:
    """What is wrong with a chat as written, as a code: kind, address or secret; None where nothing is."""
    if kind not in LIMITS:
        return "kind"
    if kind == "page":
        return "address" if address else None
    if kind == "matrix" and not matrix.ADDRESS.fullmatch(address):
        return "address"
    if not _is_web_address(address) and not (kind == "wecom_robot" and not address):
        return "address"
    return None if secret else "secret"


def _is_web_address(address: str) -> bool:
    """An http(s) address with a host and nothing secret in it: no user, no password, no WeCom key."""
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        return is_whole and "key=" not in parts.query and (parts.port or 1) > 0
    except ValueError:
        return False
