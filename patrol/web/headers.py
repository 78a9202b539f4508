"""The headers every response carries, and what each kind of page may load."""

import re
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EVERYWHERE: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # a group's link is a secret: it must not travel as a referrer
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# The console's component library writes <style> elements at run time, so styles may be inline; scripts never.
CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " media-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HASHED_ASSET = re.compile(r"/assets/[^/]+-[\w-]{8,}\.\w+")  # as Vite names them: content in the name


def policy_of(path: str) -> str:
    return PAGE_POLICY if path.startswith(("/g/", "/h/")) else CONSOLE_POLICY


def permissions_of(path: str) -> str:
    """A guard's page may ask for what says where somebody was sighted: a photo, a voice note, the phone's place."""
    allowed = "(self)" if path.startswith("/g/") else "()"
    return f"camera={allowed}, microphone={allowed}, geolocation={allowed}"


def caching_of(path: str) -> str:
    """Faces and answers are never kept by a browser or a proxy; the console's own files may be."""
    if HASHED_ASSET.fullmatch(path):
        return "public, max-age=31536000, immutable"
    if path.startswith(("/api/", "/g/", "/h/")):
        return "no-store"
    return "no-cache"


class SecurityHeaders:
    """Adds the headers to every response that does not say otherwise itself."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, path: str) -> None:
        for name, value in EVERYWHERE.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", policy_of(path))
        headers.setdefault("Permissions-Policy", permissions_of(path))
        headers["Cache-Control"] = caching_of(path)
        if self.is_https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
