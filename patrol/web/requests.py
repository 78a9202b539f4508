"""The last word on every request: a line in the log, and an answer where everything else failed.

Paths are logged as their template only: the path of a group's page holds a secret.
"""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from patrol.web.headers import EVERYWHERE
from patrol.web.problems import language_of, respond
from patrol.web.refusals import Problem

SLOW_S = 1.0
QUIET_METHODS = {"GET", "HEAD", "OPTIONS"}

log = structlog.get_logger()


class LastHandler:
    """Logs what changed something, was slow or broke. A crash is logged with its traceback and told without it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, has_begun_answer = time.monotonic(), False

        async def send_noting(message: Message) -> None:
            nonlocal has_begun_answer
            if message["type"] == "http.response.start":
                has_begun_answer = True
                _log(scope, message["status"], time.monotonic() - began)
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception:
            log.exception("request crashed", method=scope["method"], route=_route(scope))
            if has_begun_answer:
                raise  # the server cuts the connection, so that half an answer is not taken for a whole one
            crashed = Problem(500, "internal", headers=EVERYWHERE)
            await respond(crashed, language_of(scope))(scope, receive, send_noting)


def _log(scope: Scope, status: int, seconds: float) -> None:
    waited_s = scope.get("state", {}).get("waited_s", 0.0)  # on purpose, for something new
    if scope["method"] in QUIET_METHODS and status < 500 and seconds - waited_s < SLOW_S:
        return
    visitor = scope.get("state", {}).get("visitor")
    user = visitor.name if visitor else None
    log.info(
        "request", method=scope["method"], route=_route(scope), status=status, ms=round(seconds * 1000), user=user
    )


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "(no route)")
