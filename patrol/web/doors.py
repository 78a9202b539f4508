"""Who is asking: nothing under /api/ is answered, or even read, before the asker is known."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import URL
from starlette.types import ASGIApp, Receive, Scope, Send

from patrol.accounts.sessions import is_csrf, session_of
from patrol.accounts.users import Role, is_at_least, may_see, sites_of
from patrol.store.tables import User
from patrol.values import Language
from patrol.web.parts import Parts
from patrol.web.problems import language_of, respond
from patrol.web.refusals import Problem, not_found

COOKIE = "patrol_session"
CSRF_HEADER = "x-csrf-token"
LOGIN_PATH = "/api/v1/login"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
FOR_ADMINS = {"streams_broken"}  # alarms whose detail quotes a file that only admins read


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in, and by which token."""

    user: User
    token: str

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def sites(self) -> frozenset[str] | None:
        """The sites this visitor sees; None is every site."""
        return sites_of(self.user)

    @property
    def language(self) -> Language:
        return "zh" if self.user.language == "zh" else "en"

    @property
    def is_admin(self) -> bool:
        return is_at_least(self.user, "admin")

    @property
    def rights(self) -> tuple[str, frozenset[str] | None]:
        return self.user.role, self.sites

    def sees(self, site_id: str | None) -> bool:
        return may_see(self.user, site_id)

    def hears(self, alarm_code: str, site_id: str | None) -> bool:
        """Whether an alarm is this visitor's to know."""
        return self.sees(site_id) and (self.is_admin or alarm_code not in FOR_ADMINS)

    def require_site(self, site_id: str | None) -> None:
        """Another site's things do not exist for this visitor."""
        if not self.sees(site_id):
            raise not_found()

    def require_own(self, site_id: str | None) -> None:
        """What belongs to every site is for who sees every site to change."""
        if self.sites is not None and site_id not in self.sites:
            raise Problem(403, "beyond_your_sites")


class Door:
    """Stands before every route under /api/: a login for everything, a CSRF token for what changes something.

    It answers before a body is read, so that nobody without an account can make us store an upload.
    """

    def __init__(self, app: ASGIApp, *, parts: Parts) -> None:
        self.app = app
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/") and scope["path"] != LOGIN_PATH:
            try:
                await run_in_threadpool(self._admit, scope)
            except Problem as problem:
                return await respond(problem, language_of(scope))(scope, receive, send)
        await self.app(scope, receive, send)

    def _admit(self, scope: Scope) -> None:
        request = Request(scope)
        token = request.cookies.get(COOKIE)
        with self.parts.database.read() as session:
            found = session_of(session, token, self.parts.clock()) if token else None
        if found is None or token is None:
            raise Problem(401, "not_logged_in")
        user, login = found
        request.state.visitor = Visitor(user, token)
        request.state.language = user.language
        if request.method not in SAFE_METHODS and not is_csrf(login, request.headers.get(CSRF_HEADER, "")):
            raise Problem(403, "csrf")


def require_same_origin(request: Request, public_url: str) -> None:
    """Refuse a form or script of another website; what is no browser sends none of these headers."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, "csrf")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc not in (request.url.netloc, URL(public_url).netloc):
        raise Problem(403, "csrf")


def _visitor(request: Request) -> Visitor:
    visitor: Visitor = request.state.visitor
    return visitor


class AtLeast:
    """Lets in a visitor of this role or a higher one."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, visitor: Annotated[Visitor, Depends(_visitor)]) -> Visitor:
        if not is_at_least(visitor.user, self.role):
            raise Problem(403, "forbidden")
        return visitor


Viewer = Annotated[Visitor, Depends(AtLeast("viewer"))]
Reviewer = Annotated[Visitor, Depends(AtLeast("reviewer"))]
Admin = Annotated[Visitor, Depends(AtLeast("admin"))]


def _for_all_sites(visitor: Admin) -> Visitor:
    visitor.require_own(None)
    return visitor


#: An admin for all sites: changes what belongs to no single one, as the watchlists do.
ChiefAdmin = Annotated[Visitor, Depends(_for_all_sites)]
