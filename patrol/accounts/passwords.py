"""Passwords: what is accepted, and their argon2id hashes."""

from functools import cache
from threading import BoundedSemaphore
from typing import NewType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from patrol.values import PatrolError

MIN_LENGTH = 10  # NIST SP 800-63B asks for at least 8; this console shows faces
MAX_LENGTH = 200  # beyond that it is not a password, it is work for our processor
HASHER = PasswordHasher()  # argon2-cffi's defaults: RFC 9106's profile for little memory, 64 MiB
HASHING = BoundedSemaphore(2)  # each hash takes 64 MiB, so a flood of log-ins waits here


PasswordHash = NewType("PasswordHash", str)  #: of an accepted password


class PasswordRefused(PatrolError):
    """The password is not accepted."""

    def __init__(self, code: str, message: str, limit: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.limit = limit


def hash_password(password: str, name: str) -> PasswordHash:
    """Hash an accepted password; PasswordRefused says what is wrong with another.

    It takes tenths of a second: call it before the transaction, not in it.
    """
    if len(password) < MIN_LENGTH:
        raise PasswordRefused("password_too_short", f"a password has at least {MIN_LENGTH} characters", MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise PasswordRefused("password_too_long", f"a password has at most {MAX_LENGTH} characters", MAX_LENGTH)
    if password.casefold() == name.casefold():
        raise PasswordRefused("password_is_name", "the password is the name; choose another")
    if len(set(password)) < 4:
        raise PasswordRefused("password_too_simple", "the password repeats the same few characters")
    with HASHING:
        return PasswordHash(HASHER.hash(password))


@cache
def _nobodys_hash() -> str:
    """What the password of an unknown name is checked against, so that it takes as long as a known one's."""
    return HASHER.hash("nobody")


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether the password fits; an unknown name (None) takes as long to refuse as a known one."""
    if len(password) > MAX_LENGTH:
        return False
    with HASHING:
        try:
            HASHER.verify(password_hash or _nobodys_hash(), password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None
