"""Log-in sessions: a random token in a cookie, of which only the hash is kept."""

import hmac
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from patrol.store.tables import LoginSession, User


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened: the only moment its token is known."""

    user: User
    token: str
    csrf: str


def open_session(
    session: Session,
    user: User,
    *,
    now: datetime,
    lasts: timedelta,
    new_token: Callable[[], str] = secrets.token_urlsafe,
) -> Opened:
    """Log `user` in. Sessions that have ended are swept on the way."""
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    token = new_token()
    session.add(
        LoginSession(
            token_hash=_hash(token),
            user_id=user.id,
            csrf_hash=_hash(csrf_of(token)),
            created_at=now,
            expires_at=now + lasts,
        )
    )
    session.flush()
    return Opened(user, token, csrf_of(token))


def session_of(session: Session, token: str, now: datetime) -> tuple[User, LoginSession] | None:
    """Who holds this token: None where it is unknown, ended, or its user is disabled."""
    login = session.get(LoginSession, _hash(token))
    if login is None or login.expires_at <= now:
        return None
    user = session.get(User, login.user_id)
    return None if user is None or user.disabled_at is not None else (user, login)


def csrf_of(token: str) -> str:
    """What a page of this session proves itself with; it follows from the token and does not give it away."""
    return hmac.new(token.encode(), b"csrf", sha256).hexdigest()


def is_csrf(login: LoginSession, csrf: str) -> bool:
    return hmac.compare_digest(_hash(csrf), login.csrf_hash)


def close_session(session: Session, token: str) -> None:
    """Log out: the token is worth nothing from now on."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == _hash(token)))


def end_sessions(session: Session, user_id: uuid.UUID, *, but: str | None = None) -> None:
    """End every session of a user, except the one that `but` is the token of."""
    ended = select(LoginSession.token_hash).where(LoginSession.user_id == user_id)
    if but is not None:
        ended = ended.where(LoginSession.token_hash != _hash(but))
    session.execute(delete(LoginSession).where(LoginSession.token_hash.in_(ended)))


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
