"""What the rooms' errors mean in HTTP: one table from exception to status and code."""

from collections.abc import Callable, Mapping
from typing import Any

from patrol.accounts.attempts import TooManyAttempts
from patrol.accounts.passwords import PasswordRefused
from patrol.accounts.users import LastAdmin, NameRefused, NameTaken, UserUnknown
from patrol.store.blobs import PictureGone
from patrol.values import PatrolError


class Problem(PatrolError):
    """A request that is refused, and why: a code of words/problems.json with the fields its sentence needs."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
        **fields: object,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers or {}
        self.extra = extra or {}
        self.fields = fields


def not_found() -> Problem:
    """Also the answer for what exists but is not the asker's to see."""
    return Problem(404, "not_found")


def _too_many_attempts(error: Any) -> Problem:
    headers = {"Retry-After": str(error.retry_after_s)}
    return Problem(429, "too_many_attempts", headers=headers, seconds=error.retry_after_s)


def _password_refused(error: Any) -> Problem:
    return Problem(422, error.code)


KNOWN: dict[type[PatrolError], Callable[[Any], Problem]] = {
    TooManyAttempts: _too_many_attempts,
    PasswordRefused: _password_refused,
    NameRefused: lambda _error: Problem(422, "name_refused"),
    NameTaken: lambda _error: Problem(409, "name_taken"),
    UserUnknown: lambda _error: not_found(),
    LastAdmin: lambda _error: Problem(409, "last_admin"),
    PictureGone: lambda _error: Problem(410, "picture_gone"),
}


def problem_of(error: Exception) -> Problem:
    """The problem an error stands for; an error of the rooms that is not in the table is ours to mend: 500."""
    if isinstance(error, Problem):
        return error
    for kind in type(error).__mro__:
        if kind in KNOWN:
            return KNOWN[kind](error)
    return Problem(500, "internal")
