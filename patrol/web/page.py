"""The groups' page: a guard's phone opens its link, sees what was sent, and is told of what comes.

The link's token is the only key, so it stands in no log line, no referrer and no address but these.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, status
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel
from sqlalchemy import Select, or_, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from patrol.dispatch import forwarding, page
from patrol.dispatch.cases import cases_of
from patrol.dispatch.page import PageMessage
from patrol.dispatch.readers import Reader
from patrol.dispatch.wording import language_of, short_number
from patrol.store.blobs import PictureGone
from patrol.store.tables import Delivery, Group, GroupReply
from patrol.values import Language, ReplyKind
from patrol.web import places, templates
from patrol.web.feed import Feed, Item
from patrol.web.parts import Parts, PartsHere
from patrol.web.pictures import jpeg
from patrol.web.problems import language_of as reader_language
from patrol.web.readers import ReaderHere, find_reader, note_sign_of_life, record, refuse, take_seat

router = APIRouter(prefix="/g/{token}", include_in_schema=False)

RECHECK_S = 15.0  # how long a link that has been revoked may still listen when nothing happens
RETRY_MS = 2000
#: Events of a group that change nothing on its list; a captain's page follows phones by themselves.
SILENT = ("page.", "phone.", "reply.refused")


class GroupName(BaseModel):
    id: str
    name: str
    language: Language


class ReplyShown(BaseModel):
    kind: ReplyKind
    text: str
    member: str
    said_at: datetime
    place: str
    is_late: bool
    media: list[str]  #: addresses of photos and voice notes


class MessageShown(BaseModel):
    delivery_id: UUID
    kind: str
    case_id: UUID
    number: int | None
    update_number: int
    text: str
    sent_at: datetime
    is_withdrawn: bool
    outcome: str | None
    is_repeat: bool
    picture: str | None
    replies: list[ReplyShown]


class Messages(BaseModel):
    group: GroupName
    messages: list[MessageShown]


ChosenLanguage = Annotated[Language | None, Query(alias="lang")]


@router.get("", response_class=HTMLResponse)
def show_page(
    token: str, request: Request, parts: PartsHere, lang: ChosenLanguage = None, new: bool = False
) -> Response:
    reader = find_reader(parts, token)
    if reader is None:
        problem = refuse(parts, token)
        unknown = templates.render("unknown.html", lang or reader_language(request.scope), why=problem.code)
        return HTMLResponse(unknown, problem.status)
    language = lang or language_of(reader.group)
    context = _page_context(token, reader, parts)
    return HTMLResponse(templates.render("page.html", language, is_new=new, **context))


@router.get("/list", response_class=HTMLResponse)
def show_list(
    token: str,
    reader: ReaderHere,
    parts: PartsHere,
    lang: ChosenLanguage = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The messages alone, as the page holds them; without a word where they are still the same (304)."""
    note_sign_of_life(parts, reader)
    language = lang or language_of(reader.group)
    content = templates.render("messages.html", language, **_list_context(token, reader, parts))
    tag = f'"{sha256(content.encode()).hexdigest()[:16]}"'
    if tag == if_none_match:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED)
    return HTMLResponse(content, headers={"ETag": tag})


@router.get("/messages")
def list_messages(token: str, reader: ReaderHere, parts: PartsHere) -> Messages:
    """The same for programs."""
    group = reader.group
    return Messages.model_validate(
        {
            "group": {"id": group.id, "name": group.name, "language": group.language},
            "messages": [_row(message, token) for message in _shown(parts, reader)],
        }
    )


@router.get("/pictures/{delivery_id}", response_class=Response)
def show_picture(delivery_id: UUID, reader: ReaderHere, parts: PartsHere) -> Response:
    try:
        with parts.database.read() as session:
            return jpeg(page.picture(session, parts.blobs, reader.group.id, delivery_id, parts.clock()))
    except PictureGone:
        _record_stray(parts, reader, select(Delivery.group_id).where(Delivery.id == delivery_id))
        raise


@router.get("/media/{reply_id}/{n}", response_class=Response)
def show_media(reply_id: UUID, n: int, reader: ReaderHere, parts: PartsHere) -> Response:
    """A photo or a voice note that came with an answer."""
    try:
        with parts.database.read() as session:
            content, content_type = page.media(session, parts.blobs, reader.group.id, reply_id, n, parts.clock())
            return Response(content, media_type=content_type)
    except PictureGone:
        _record_stray(parts, reader, select(GroupReply.group_id).where(GroupReply.id == reply_id))
        raise


def _record_stray(parts: Parts, reader: Reader, whose: Select[str]) -> None:
    """Record that somebody asked for what is another group's; what is only over is no offence."""
    with parts.database.read() as session:
        is_anothers = session.scalar(whose) not in (None, reader.group.id)
    if is_anothers:
        record(parts, "page.refused", "other_group", reader)


@router.get("/events", response_class=EventSourceResponse, dependencies=[Depends(take_seat)])
async def follow_messages(
    token: str, reader: ReaderHere, request: Request, parts: PartsHere
) -> AsyncIterator[ServerSentEvent]:
    """Says `messages` when the list has changed, `phones` when the roster's phones have, `revoked` when the link has
    ended, and `changed` when its reader may do more or less than before."""
    feed: Feed = request.app.state.feed
    yield ServerSentEvent(comment="patrol", retry=RETRY_MS)
    async for items in feed.follow(await feed.newest(), RECHECK_S):
        if _may_have_changed(items, reader):
            now = await run_in_threadpool(find_reader, parts, token)
            if now is None or _rights(now) != _rights(reader):
                yield ServerSentEvent(event="revoked" if now is None else "changed", raw_data="{}")
                return
        if reader.leads and any(item.kind.startswith("phone.") and _is_of(item, reader) for item in items):
            yield ServerSentEvent(event="phones", raw_data="{}")
        if await run_in_threadpool(_concerns, items, reader, parts):
            yield ServerSentEvent(event="messages", raw_data="{}")


def _may_have_changed(items: Sequence[Item], reader: Reader) -> bool:
    return not items or any(item.kind.startswith(("group.", "phone.")) and _is_of(item, reader) for item in items)


def _rights(reader: Reader) -> tuple[bool, bool, str]:
    return reader.may_answer, reader.leads, reader.name


def _is_of(item: Item, reader: Reader) -> bool:
    return item.body.get("group_id") == reader.group.id


def _concerns(items: Sequence[Item], reader: Reader, parts: Parts) -> bool:
    """Whether the list may have changed: by what was sent or answered here, or decided on a case shown."""
    told = [item for item in items if not item.kind.startswith(SILENT)]
    if any(_is_of(item, reader) for item in told):
        return True
    hit_ids = {UUID(item.body["hit_id"]) for item in told if item.kind.startswith("hit.") and item.body.get("hit_id")}
    case_ids = {UUID(item.body["episode_id"]) for item in told if item.body.get("episode_id")}
    if not hit_ids and not case_ids:
        return False
    is_about = or_(Delivery.hit_id.in_(hit_ids), Delivery.episode_id.in_(case_ids))
    with parts.database.read() as session:
        mine = select(Delivery.id).where(Delivery.group_id == reader.group.id, is_about)
        return session.scalar(mine.limit(1)) is not None


def _shown(parts: Parts, reader: Reader) -> list[PageMessage]:
    with parts.database.read() as session:
        return page.messages(session, reader.group.id, parts.clock())


def _children(parts: Parts, reader: Reader) -> Sequence[Group]:
    """The groups that this reader may hand a message down to: forwarding needs a captain with a name."""
    if not reader.is_captain:
        return ()
    with parts.database.read() as session:
        return forwarding.children_of(session, reader.group.id)


def _page_context(token: str, reader: Reader, parts: Parts) -> dict[str, Any]:
    options = places.choices_of(parts, reader.group.site_id) if reader.may_answer else []
    return {**_list_context(token, reader, parts), "group": reader.group, "reader": reader, "places": options}


def _list_context(token: str, reader: Reader, parts: Parts) -> dict[str, Any]:
    return {
        "base": f"/g/{token}",
        "reader": reader,
        "cases": cases_of(_shown(parts, reader)),
        "children": _children(parts, reader),
        "label": short_number,
        "desk": places.desk_of(parts),
    }


def _row(message: PageMessage, token: str) -> dict[str, Any]:
    return {
        **{name: getattr(message, name) for name in MessageShown.model_fields if name not in ("picture", "replies")},
        "picture": f"/g/{token}/pictures/{message.delivery_id}" if message.has_picture else None,
        "replies": [
            {
                **{name: getattr(said, name) for name in ReplyShown.model_fields if name != "media"},
                "media": [f"/g/{token}/media/{said.id}/{n}" for n in range(len(said.media))],
            }
            for said in message.replies
        ],
    }
