"""The people of the tests: Ada administers, Rita reviews, Vic only looks, Max must see nothing."""

from datetime import datetime

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from patrol.accounts import passwords
from patrol.accounts.users import Role, create_user
from patrol.store.tables import User

PASSWORD = "correct horse battery"


def add_user(session: Session, name: str, role: Role, now: datetime, sites: tuple[str, ...] | None = None) -> User:
    password_hash = passwords.hash_password(PASSWORD, name)
    return create_user(session, name, password_hash, role=role, sites=sites, by="test", now=now)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same argon2id with little work: a hash of the real strength takes a tenth of a second."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
