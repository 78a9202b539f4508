"""Logging in: the limit on attempts first, then the password, then the session."""

from datetime import datetime, timedelta

from patrol.accounts import attempts
from patrol.accounts.passwords import is_password
from patrol.accounts.sessions import Opened, open_session
from patrol.accounts.users import user_named
from patrol.store import events
from patrol.store.engine import Database
from patrol.values import PatrolError


class LoginRefused(PatrolError):
    """The name or the password is wrong."""


def log_in(database: Database, name: str, password: str, *, address: str, now: datetime, lasts: timedelta) -> Opened:
    """Open a session, or LoginRefused, or TooManyAttempts.

    The password is checked between two transactions: hashing takes tenths of a second, and nobody else's
    write should wait for it.
    """
    with database.write() as session:
        attempts.admit(session, name, address, now)
        user = user_named(session, name)
        password_hash = None if user is None or user.disabled_at is not None else user.password_hash
    if not is_password(password, password_hash):
        raise LoginRefused
    with database.write() as session:
        user = user_named(session, name)
        if user is None or user.disabled_at is not None or user.password_hash != password_hash:
            raise LoginRefused  # disabled, or given another password, while this one was checked
        attempts.forget(session, name, address)
        events.append(session, "account.logged_in", actor=f"user:{user.name}", subject=f"user:{user.id}", now=now)
        return open_session(session, user, now=now, lasts=lasts)
