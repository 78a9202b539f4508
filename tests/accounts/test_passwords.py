"""What is accepted as a password, and how it is kept."""

from typing import Literal

import pytest
from argon2 import PasswordHasher

from patrol.accounts import passwords
from patrol.accounts.passwords import PasswordRefused, hash_password, is_password


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_too_short"),
        ("ninechars", "password_too_short"),
        ("x" * 201, "password_too_long"),
        ("Rita-Reviewer", "password_is_name"),
        ("aaaaaaaaaaaa", "password_too_simple"),
        ("abababababab", "password_too_simple"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, code: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        hash_password(password, "rita-reviewer")
    assert refused.value.code == code
    assert password not in str(refused.value) or not password


def test_a_password_is_kept_as_argon2id_and_never_twice_alike() -> None:
    first, second = (hash_password("a good long one", "rita") for _ in range(2))
    assert first.startswith("$argon2id$")
    assert first != second
    assert "good" not in first


def test_only_the_right_password_fits() -> None:
    kept = hash_password("正确的密码要够长才行哦", "rita")
    assert is_password("正确的密码要够长才行哦", kept)
    assert not is_password("正确的密码要够长才行", kept)
    assert not is_password("", kept)


def test_nothing_fits_an_unknown_name_or_a_damaged_hash() -> None:
    assert not is_password("nobody", None)
    assert not is_password("a good long one", "not a hash")


def test_an_endless_password_is_refused_without_work() -> None:
    assert not is_password("x" * 10_000_000, None)


@pytest.mark.parametrize("password_hash", [None, "known"])
def test_an_unknown_name_takes_the_work_of_a_known_one(
    monkeypatch: pytest.MonkeyPatch, password_hash: str | None
) -> None:
    checked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            checked.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=1, memory_cost=64, parallelism=1))
    known = hash_password("a good long one", "rita") if password_hash else None
    assert not is_password("a wrong long one", known)
    assert [hash.split("$")[1] for hash in checked] == ["argon2id"]
