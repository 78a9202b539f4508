"""One log line for a request that changed something, was slow, or broke. Paths are logged as their template only:
the path of a group's page holds a secret."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SLOW_S = 1.0
QUIET_METHODS = {"GET", "HEAD", "OPTIONS"}

log = structlog.get_logger()


class RequestLog:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.monotonic(), 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _log(scope, status, time.monotonic() - began)
            await send(message)

        await self.app(scope, receive, send_noting)


def _log(scope: Scope, status: int, seconds: float) -> None:
    if scope["method"] in QUIET_METHODS and status < 500 and seconds < SLOW_S:
        return
    route = getattr(scope.get("route"), "path", "(no route)")
    visitor = scope.get("state", {}).get("visitor")
    user = visitor.name if visitor else None
    log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000), user=user)
