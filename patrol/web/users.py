"""Users, for admins: an admin for some sites gives no more than they have."""

import uuid
from datetime import datetime

from fastapi import APIRouter, status
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from patrol.accounts import users
from patrol.accounts.passwords import hash_password
from patrol.accounts.users import Role, UserChange
from patrol.store.tables import User
from patrol.values import Language
from patrol.web.doors import Admin, Visitor
from patrol.web.inputs import Line, Password
from patrol.web.login import Me, me_of
from patrol.web.parts import PartsHere
from patrol.web.refusals import Problem

router = APIRouter(prefix="/api/v1/users", tags=["users"])


class UserView(Me):
    is_disabled: bool
    created_at: datetime


class NewUser(BaseModel):
    name: Line = Field(min_length=1, max_length=64)
    password: Password
    role: Role
    sites: list[Line] = Field(default=[], max_length=1000)
    sees_all_sites: bool = False
    language: Language = "en"


class UserPatch(BaseModel):
    role: Role | None = None
    sites: list[Line] | None = Field(None, max_length=1000)
    sees_all_sites: bool | None = None
    is_disabled: bool | None = None
    password: Password | None = None
    language: Language | None = None


def view_of(user: User) -> UserView:
    return UserView(**me_of(user).model_dump(), is_disabled=user.disabled_at is not None, created_at=user.created_at)


@router.get("")
def list_users(visitor: Admin, parts: PartsHere) -> list[UserView]:
    with parts.database.read() as session:
        return [view_of(user) for user in users.list_users(session) if is_within(visitor, user)]


@router.post("", status_code=status.HTTP_201_CREATED)
def create_user(new: NewUser, visitor: Admin, parts: PartsHere) -> UserView:
    require_own(visitor, new.sites, new.sees_all_sites)
    password_hash = hash_password(new.password, new.name)
    with parts.database.write() as session:
        user = users.create_user(
            session,
            new.name,
            password_hash,
            role=new.role,
            sites=None if new.sees_all_sites else new.sites,
            by=visitor.name,
            now=parts.clock(),
            language=new.language,
        )
        return view_of(user)


@router.patch("/{user_id}")
def change_user(user_id: uuid.UUID, patch: UserPatch, visitor: Admin, parts: PartsHere) -> UserView:
    require_own(visitor, patch.sites or [], bool(patch.sees_all_sites))
    with parts.database.read() as session:
        name = own_user(session, user_id, visitor).name
    change = UserChange(
        role=patch.role,
        sites=None if patch.sites is None else frozenset(patch.sites),
        sees_all_sites=patch.sees_all_sites,
        is_disabled=patch.is_disabled,
        password_hash=None if patch.password is None else hash_password(patch.password, name),
        language=patch.language,
    )
    with parts.database.write() as session:
        own_user(session, user_id, visitor)
        return view_of(users.change_user(session, user_id, change, by=visitor.name, now=parts.clock()))


def own_user(session: Session, user_id: uuid.UUID, visitor: Visitor) -> User:
    user = users.user_of(session, user_id)
    if not is_within(visitor, user):
        raise users.UserUnknown
    return user


def is_within(visitor: Visitor, user: User) -> bool:
    """Whether the user sees nothing that this admin does not see."""
    theirs = users.sites_of(user)
    return visitor.sites is None or (theirs is not None and theirs <= visitor.sites)


def require_own(visitor: Visitor, sites: list[str], sees_all_sites: bool) -> None:
    if visitor.sites is not None and (sees_all_sites or not visitor.sites.issuperset(sites)):
        raise Problem(403, "beyond_your_sites")
