"""The people of the demo, over HTTP: a reviewer with an account, and a guard with a group's link."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from patrol.values import PatrolError

Json = dict[str, Any]

TIMEOUT_S = 30.0  # the first enrolment loads the networks


class Refused(PatrolError):
    """patrol answered the demo with an error."""


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One event of the live feed."""

    kind: str
    data: Json


class Visitor:
    """Somebody with a browser, one kind of address and a session."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Send one request; Refused where the answer is an error, or none comes."""
        try:
            return _checked(self.http.request(method, path, **content))
        except httpx.HTTPError as error:
            raise Refused(f"{method} {_shown(path)}: no answer: {error}") from None


class Reviewer(Visitor):
    """Somebody logged in to the console."""

    def is_up(self) -> bool:
        try:
            return self.ask("GET", "/healthz").is_success
        except Refused:
            return False

    def log_in(self, name: str, password: str) -> None:
        answer = self.post("/login", {"name": name, "password": password})
        self.http.headers["X-CSRF-Token"] = answer["csrf"]

    def get(self, path: str, **query: str | int) -> Any:
        return self.ask("GET", f"/api/v1{path}", params=query).json()

    def post(self, path: str, content: Json) -> Any:
        return self.ask("POST", f"/api/v1{path}", json=content).json()

    def enrol(self, watchlist_id: str, fields: dict[str, str], photo: Path) -> Json:
        files = {"photos": (photo.name, photo.read_bytes(), "image/jpeg")}
        path = f"/api/v1/watchlists/{watchlist_id}/people"
        enrolled: Json = self.ask("POST", path, data=fields, files=files).json()
        return enrolled

    def frame_of(self, hit: Json) -> bytes:
        """The hit's full frame, JPEG."""
        return self.ask("GET", hit["pictures"]["frame"]).content

    @contextmanager
    def follow(self, after: int, silence_s: float) -> Iterator[Iterator[LiveEvent]]:
        """The live feed from an event on; Refused where nothing, not even a heartbeat, comes for `silence_s`."""
        timeout = httpx.Timeout(TIMEOUT_S, read=silence_s)
        try:
            with self.http.stream("GET", "/api/v1/events", params={"after": after}, timeout=timeout) as answer:
                yield events_of(_checked(answer).iter_lines())
        except httpx.HTTPError as error:
            raise Refused(f"GET /api/v1/events: the feed was cut: {error}") from None


class Guard(Visitor):
    """Somebody who opened their group's page: no account, only the link."""

    def __init__(self, link: str) -> None:
        super().__init__(link.rstrip("/") + "/")

    def message_of(self, delivery_id: str) -> Json | None:
        messages: list[Json] = self.ask("GET", "messages").json()["messages"]
        return next((message for message in messages if message["delivery_id"] == delivery_id), None)

    def picture_of(self, delivery_id: str) -> bytes:
        return self.ask("GET", f"pictures/{delivery_id}").content


def events_of(lines: Iterator[str]) -> Iterator[LiveEvent]:
    """Read server-sent events; a comment, which is the heartbeat, is an event of kind ""."""
    kind, data = "", ""
    for line in lines:
        if line.startswith(":"):
            yield LiveEvent("", {})
        elif line.startswith("event:"):
            kind = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data += line.removeprefix("data:").strip()
        elif not line and data:
            yield LiveEvent(kind, json.loads(data))
            kind, data = "", ""


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    answer.read()
    path = _shown(answer.request.url.path)
    raise Refused(f"{answer.request.method} {path}: {answer.status_code} {answer.text[:500]}")


def _shown(path: str) -> str:
    """An address without a group's link in it: the link is a secret."""
    return "/g/..." if path.startswith("/g/") else path
