"""Logging in and out, and what a user changes of their own account."""

import uuid
from datetime import timedelta

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, Field

from patrol.accounts import login, sessions
from patrol.accounts.users import OwnChange, Role, change_own
from patrol.store.tables import User
from patrol.values import Language
from patrol.web.doors import COOKIE, Viewer, require_same_origin
from patrol.web.inputs import Line, Password
from patrol.web.parts import Parts, PartsHere

router = APIRouter(prefix="/api/v1", tags=["login"])


class Credentials(BaseModel):
    name: Line = Field(min_length=1, max_length=200)
    password: Password


class Me(BaseModel):
    id: uuid.UUID
    name: str
    role: Role
    sites: list[str]  #: the ids of the sites this user sees, where `sees_all_sites` is false
    sees_all_sites: bool
    language: Language


class LoggedIn(BaseModel):
    user: Me
    csrf: str  #: goes back as X-CSRF-Token with everything that changes something


class MeChange(BaseModel):
    language: Language | None = None
    password: Password | None = None
    current_password: Password = ""


def me_of(user: User) -> Me:
    return Me.model_validate(
        {
            "id": user.id,
            "name": user.name,
            "role": user.role,
            "sites": sorted(site.site_id for site in user.sites),
            "sees_all_sites": user.sees_all_sites,
            "language": user.language,
        }
    )


@router.post("/login")
def log_in(credentials: Credentials, request: Request, response: Response, parts: PartsHere) -> LoggedIn:
    require_same_origin(request, parts.settings.public_url)
    lasts = timedelta(hours=parts.settings.session_hours)
    opened = login.log_in(
        parts.database,
        credentials.name,
        credentials.password,
        address=request.client.host if request.client else "",
        now=parts.clock(),
        lasts=lasts,
    )
    _set_cookie(response, parts, opened.token, lasts)
    return LoggedIn(user=me_of(opened.user), csrf=opened.csrf)


def _set_cookie(response: Response, parts: Parts, token: str, lasts: timedelta) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=parts.settings.public_url.startswith("https:"),
    )


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
def log_out(visitor: Viewer, response: Response, parts: PartsHere) -> None:
    with parts.database.write() as session:
        sessions.close_session(session, visitor.token)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


@router.get("/me")
def show_me(visitor: Viewer) -> LoggedIn:
    return LoggedIn(user=me_of(visitor.user), csrf=sessions.csrf_of(visitor.token))


@router.patch("/me")
def change_me(change: MeChange, visitor: Viewer, parts: PartsHere) -> LoggedIn:
    """Choose a language, or a new password: that ends every other session of this user."""
    wish = OwnChange(change.language, change.password, change.current_password)
    user = change_own(parts.database, visitor.user.id, wish, token=visitor.token, now=parts.clock())
    return LoggedIn(user=me_of(user), csrf=sessions.csrf_of(visitor.token))
