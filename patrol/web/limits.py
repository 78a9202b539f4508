"""How much a request may send."""

import re

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALL_BYTES = 256 * 1024  # no JSON of ours comes near it
PHOTOS_BYTES = 256 * 1024 * 1024  # twenty photos as phones make them
ARCHIVE_BYTES = 512 * 1024 * 1024  # a ZIP of some hundred photos
WEBHOOK_BYTES = 4 * 1024 * 1024  # a photo in base64; read before anybody knows whose it is, so no more
ANSWER_BYTES = 10 * 1024 * 1024  # a guard's photo and voice note, in base64
LIMITS = (
    (re.compile(r"/api/v1/watchlists/[^/]+/people|/api/v1/people/[^/]+/portraits"), PHOTOS_BYTES),
    (re.compile(r"/api/v1/volunteers"), PHOTOS_BYTES),
    (re.compile(r"/api/v1/watchlists/[^/]+/imports"), ARCHIVE_BYTES),
    (re.compile(r"/g/[^/]+/replies"), ANSWER_BYTES),
    (re.compile(r"/chats/webhook/[^/]+"), WEBHOOK_BYTES),
    (re.compile(r"/api/v1/groups/import"), 2 * 1024 * 1024),
)


def limit_of(path: str) -> int:
    return next((limit for pattern, limit in LIMITS if pattern.fullmatch(path)), SMALL_BYTES)


class BodyLimit:
    """Refuses a body that says it is too large before reading it, and one that lies as soon as it shows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit = limit_of(scope["path"])
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        n_bytes = 0

        async def receive_within() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > limit or (declared.isdigit() and int(declared) > limit):
                raise HTTPException(413)
            return message

        await self.app(scope, receive_within, send)
