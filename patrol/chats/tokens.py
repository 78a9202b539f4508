"""Access tokens that a platform hands out for some hours: fetched once, shared by every thread of the process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from patrol.chats.chat import Clock

EARLY = timedelta(minutes=5)  # before its end, so that no message leaves with a token that ends on the way


@dataclass(frozen=True, slots=True)
class Token:
    """What a platform handed out."""

    value: str = field(repr=False)
    ends_at: datetime


class Tokens:
    """The tokens of this process by what they were fetched with; `fetch` is asked again when one ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def get(self, key: str, fetch: Callable[[], Token]) -> str:
        """The token for `key` (never logged: it may hold a secret); whatever `fetch` raises is raised here."""
        with self._lock_of(key):
            token = self._tokens.get(key)
            if token is None or token.ends_at - EARLY <= self._clock():
                token = self._tokens[key] = fetch()
            return token.value

    def drop(self, key: str, value: str) -> None:
        """Forget a token that the platform refused, unless another thread has fetched a new one already."""
        with self._lock_of(key):
            if key in self._tokens and self._tokens[key].value == value:
                del self._tokens[key]

    def _lock_of(self, key: str) -> Lock:
        with self._lock:
            return self._locks.setdefault(key, Lock())
