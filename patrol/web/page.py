"""The groups' page: a guard's phone opens the group's link, sees what was sent, and answers.

The link's token is the only key, so it stands in no log line, no referrer and no address but these.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, status
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from patrol.dispatch import page
from patrol.dispatch.groups import group_of_link
from patrol.dispatch.page import PageMessage
from patrol.dispatch.replies import receive_from_page
from patrol.dispatch.wording import language_of, short_number
from patrol.store.tables import Delivery, Group
from patrol.values import Language, ReplyKind
from patrol.web import templates
from patrol.web.doors import require_same_origin
from patrol.web.feed import Feed, Item
from patrol.web.inputs import Line, Words
from patrol.web.parts import Parts, PartsHere
from patrol.web.pictures import jpeg
from patrol.web.problems import language_of as reader_language
from patrol.web.refusals import Problem

router = APIRouter(prefix="/g/{token}", include_in_schema=False)

RECHECK_S = 15.0  # how long a link that has been revoked may still listen when nothing happens
RETRY_MS = 2000
MOST_OPEN_PAGES = 50  # of one group; each holds a connection


class Seats:
    """Counts who listens, and lets nobody more in than there are seats for."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = Counter[str]()

    @contextmanager
    def taken(self, whose: str) -> Iterator[None]:
        if self._taken[whose] >= self._most:
            raise Problem(429, "too_many_pages", headers={"Retry-After": "60"})
        self._taken[whose] += 1
        try:
            yield
        finally:
            self._taken[whose] -= 1


class GroupName(BaseModel):
    id: str
    name: str
    language: Language


class ReplyShown(BaseModel):
    kind: ReplyKind
    text: str
    member: str
    said_at: datetime


class MessageShown(BaseModel):
    delivery_id: UUID
    number: int
    text: str
    sent_at: datetime
    is_withdrawn: bool
    is_repeat: bool
    picture: str | None
    replies: list[ReplyShown]


class Messages(BaseModel):
    group: GroupName
    messages: list[MessageShown]


class NewReply(BaseModel):
    delivery_id: UUID
    kind: ReplyKind
    text: Words = Field("", max_length=1000)
    member: Line = Field("", max_length=40, description="what the guard wants to be called")
    event_ref: Line = Field(min_length=8, max_length=64, description="made by the phone; the same one counts once")


class ReplyReceived(BaseModel):
    is_new: bool  #: false where this answer had come before


def _group_of(token: str, parts: PartsHere) -> Group:
    """The group a link opens; who has no good link gets a 404 that says so."""
    group = _group_or_none(parts, token)
    if group is None:
        raise Problem(404, "link_unknown")
    return group


GroupHere = Annotated[Group, Depends(_group_of)]
ChosenLanguage = Annotated[Language | None, Query(alias="lang")]


def _group_or_none(parts: Parts, token: str) -> Group | None:
    with parts.database.read() as session:
        return group_of_link(session, token)


@router.get("", response_class=HTMLResponse)
def show_page(token: str, request: Request, parts: PartsHere, lang: ChosenLanguage = None) -> Response:
    group = _group_or_none(parts, token)
    if group is None:
        unknown = templates.render("unknown.html", lang or reader_language(request.scope))
        return HTMLResponse(unknown, status.HTTP_404_NOT_FOUND)
    language = lang or language_of(group)
    shown = _shown(parts, group)
    return HTMLResponse(
        templates.render("page.html", language, group=group, base=f"/g/{token}", messages=_rows(shown, token))
    )


@router.get("/list", response_class=HTMLResponse)
def show_list(
    token: str,
    group: GroupHere,
    parts: PartsHere,
    lang: ChosenLanguage = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The messages alone, as the page holds them; without a word where they are still the same (304)."""
    rows = _rows(_shown(parts, group), token)
    content = templates.render("messages.html", lang or language_of(group), messages=rows)
    tag = f'"{sha256(content.encode()).hexdigest()[:16]}"'
    if tag == if_none_match:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED)
    return HTMLResponse(content, headers={"ETag": tag})


@router.get("/messages")
def list_messages(token: str, group: GroupHere, parts: PartsHere) -> Messages:
    """The same for programs."""
    return Messages.model_validate(
        {
            "group": {"id": group.id, "name": group.name, "language": group.language},
            "messages": _rows(_shown(parts, group), token),
        }
    )


@router.get("/pictures/{delivery_id}", response_class=Response)
def show_picture(delivery_id: UUID, group: GroupHere, parts: PartsHere) -> Response:
    with parts.database.read() as session:
        picture_jpeg = page.picture(session, parts.blobs, group.id, delivery_id, parts.clock())
    return jpeg(picture_jpeg)


@router.post("/replies", status_code=status.HTTP_201_CREATED)
def reply(new: NewReply, group: GroupHere, request: Request, parts: PartsHere) -> ReplyReceived:
    require_same_origin(request, parts.settings.public_url)
    with parts.database.write() as session:
        received = receive_from_page(
            session,
            group.id,
            new.delivery_id,
            new.kind,
            event_ref=new.event_ref,
            now=parts.clock(),
            text=new.text,
            member=new.member,
        )
        return ReplyReceived(is_new=received is not None)


async def _take_seat(group: GroupHere, request: Request) -> AsyncIterator[None]:
    """One of the open pages a group may have; given back when the page is closed."""
    seats: Seats = request.app.state.seats
    with seats.taken(group.id):
        yield


@router.get("/events", response_class=EventSourceResponse, dependencies=[Depends(_take_seat)])
async def follow_messages(
    token: str, group: GroupHere, request: Request, parts: PartsHere
) -> AsyncIterator[ServerSentEvent]:
    """Says `messages` when the list has changed, and `revoked` when the link has ended."""
    feed: Feed = request.app.state.feed
    yield ServerSentEvent(comment="patrol", retry=RETRY_MS)
    async for items in feed.follow(await feed.newest(), RECHECK_S):
        if _may_be_revoked(items, group) and await run_in_threadpool(_group_or_none, parts, token) is None:
            yield ServerSentEvent(event="revoked", raw_data="{}")
            return
        if await run_in_threadpool(_concerns, items, group, parts):
            yield ServerSentEvent(event="messages", raw_data="{}")


def _may_be_revoked(items: Sequence[Item], group: Group) -> bool:
    return not items or any(item.kind == "group.changed" and _is_of(item, group) for item in items)


def _is_of(item: Item, group: Group) -> bool:
    return item.body.get("group_id") == group.id


def _concerns(items: Sequence[Item], group: Group, parts: Parts) -> bool:
    """Whether the list may have changed: by what was sent or answered here, or by a decision on a hit shown here."""
    if any(_is_of(item, group) for item in items):
        return True
    hit_ids = [UUID(item.body["hit_id"]) for item in items if item.kind.startswith("hit.") and "hit_id" in item.body]
    if not hit_ids:
        return False
    told = select(Delivery.id).where(Delivery.group_id == group.id, Delivery.hit_id.in_(hit_ids)).limit(1)
    with parts.database.read() as session:
        return session.scalar(told) is not None


def _shown(parts: Parts, group: Group) -> list[PageMessage]:
    with parts.database.read() as session:
        return page.messages(session, group.id, parts.clock())


def _rows(messages: Sequence[PageMessage], token: str) -> list[dict[str, Any]]:
    return [_row(message, token) for message in messages]


def _row(message: PageMessage, token: str) -> dict[str, Any]:
    return {
        "delivery_id": message.delivery_id,
        "number": message.number,
        "label": short_number(message.number),
        "text": message.text,
        "sent_at": message.sent_at,
        "is_withdrawn": message.is_withdrawn,
        "is_repeat": message.is_repeat,
        "picture": f"/g/{token}/pictures/{message.delivery_id}" if message.has_picture else None,
        "replies": [
            {"kind": said.kind, "text": said.text, "member": said.member, "said_at": said.said_at}
            for said in message.replies
        ],
    }
