"""The people who log in: their role, the sites they see, and the rules for changing them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.accounts import attempts
from patrol.accounts.passwords import PasswordHash, hash_password, is_password
from patrol.accounts.sessions import end_sessions
from patrol.store import events
from patrol.store.engine import Database
from patrol.store.tables import User, UserSite
from patrol.values import Language, PatrolError

Role = Literal["viewer", "reviewer", "admin"]
RANKS: dict[str, int] = {role: rank for rank, role in enumerate(get_args(Role))}
MAX_NAME_LENGTH = 64


class NameRefused(PatrolError):
    """A user's name is 1 to 64 printable characters, without a space at either end."""


class NameTaken(PatrolError):
    """Another user has this name already."""


class UserUnknown(PatrolError):
    """There is no such user."""


class WrongPassword(PatrolError):
    """The current password is not right."""


class LastAdmin(PatrolError):
    """This is the last admin for all sites; make another one first."""


@dataclass(frozen=True, slots=True)
class UserChange:
    """What to change of a user; None leaves it as it is."""

    role: Role | None = None
    sites: frozenset[str] | None = None
    sees_all_sites: bool | None = None
    is_disabled: bool | None = None
    password_hash: PasswordHash | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class OwnChange:
    """What a user changes of their own account; None leaves it as it is."""

    language: Language | None = None
    password: str | None = None
    current_password: str = ""


def create_user(
    session: Session,
    name: str,
    password_hash: PasswordHash,
    *,
    role: Role,
    sites: Iterable[str] | None,
    by: str,
    now: datetime,
    language: Language = "en",
) -> User:
    """Add a user; `sites` None means all sites, now and later."""
    if not name.isprintable() or name != name.strip() or not 0 < len(name) <= MAX_NAME_LENGTH:
        raise NameRefused
    if user_named(session, name) is not None:
        raise NameTaken(f"there is a user {name!r} already")
    user = User(
        name=name,
        password_hash=password_hash,
        role=role,
        sees_all_sites=sites is None,
        language=language,
        created_at=now,
        sites=[UserSite(site_id=site_id) for site_id in sorted(set(sites or ()))],
    )
    session.add(user)
    session.flush()
    _append(session, "account.created", user, by, now)
    return user


def change_user(session: Session, user_id: uuid.UUID, change: UserChange, *, by: str, now: datetime) -> User:
    """Change a user. A new password or being disabled ends every session of theirs."""
    user = user_of(session, user_id)
    user.password_hash = change.password_hash or user.password_hash
    if change.is_disabled is not None:
        user.disabled_at = (user.disabled_at or now) if change.is_disabled else None
    user.role = change.role or user.role
    user.language = change.language or user.language
    _change_sites(user, change)
    session.flush()
    if not _is_answerable(session):
        raise LastAdmin
    if change.password_hash is not None or change.is_disabled:
        end_sessions(session, user.id)
    _append(session, "account.changed", user, by, now)
    return user


def change_own(database: Database, user_id: uuid.UUID, wish: OwnChange, *, token: str, now: datetime) -> User:
    """Change one's own account. A new password needs the current one, and ends this user's other sessions."""
    new_hash = None if wish.password is None else _own_password(database, user_id, wish, now)
    with database.write() as session:
        user = user_of(session, user_id)
        if new_hash is not None:
            user.password_hash = new_hash
            attempts.forget(session, user.name, _here(user_id))
            end_sessions(session, user_id, but=token)
            _append(session, "account.changed", user, user.name, now)
        user.language = wish.language or user.language
        return user


def _own_password(database: Database, user_id: uuid.UUID, wish: OwnChange, now: datetime) -> PasswordHash:
    """Hash a new password, if the current one is right: who found an open console may not guess it for ever."""
    with database.write() as session:
        user = user_of(session, user_id)
        attempts.admit(session, user.name, _here(user_id), now)
    if not is_password(wish.current_password, user.password_hash):
        raise WrongPassword
    return hash_password(wish.password or "", user.name)


def _here(user_id: uuid.UUID) -> str:
    """What stands for the address in attempts that come from a session."""
    return f"user:{user_id}"


def _change_sites(user: User, change: UserChange) -> None:
    if change.sees_all_sites is not None:
        user.sees_all_sites = change.sees_all_sites
    if change.sites is not None:
        kept = {site.site_id: site for site in user.sites}
        user.sites = [kept.get(site_id) or UserSite(site_id=site_id) for site_id in sorted(change.sites)]


def _is_answerable(session: Session) -> bool:
    """Whether somebody is left who may change everything."""
    whole = select(User.id).where(User.role == "admin", User.sees_all_sites, User.disabled_at.is_(None))
    return session.scalar(whole.limit(1)) is not None


def _append(session: Session, kind: str, user: User, by: str, now: datetime) -> None:
    events.append(
        session, kind, actor=f"user:{by}", subject=f"user:{user.id}", now=now, user_id=str(user.id), role=user.role
    )


def list_users(session: Session) -> Sequence[User]:
    return session.scalars(select(User).order_by(func.lower(User.name))).all()


def user_named(session: Session, name: str) -> User | None:
    """The user of this name; capitals make no second user."""
    return session.scalar(select(User).where(func.lower(User.name) == name.lower()))


def user_of(session: Session, user_id: uuid.UUID) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise UserUnknown
    return user


def is_at_least(user: User, role: Role) -> bool:
    return RANKS[user.role] >= RANKS[role]


def sites_of(user: User) -> frozenset[str] | None:
    """The sites this user sees; None is every site."""
    return None if user.sees_all_sites else frozenset(site.site_id for site in user.sites)


def may_see(user: User, site_id: str | None) -> bool:
    """Whether what belongs to `site_id` is this user's to see; what belongs to no site is everybody's."""
    sites = sites_of(user)
    return sites is None or site_id is None or site_id in sites
