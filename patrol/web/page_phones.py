"""Phones on the groups' page: a captain's QR codes, the page that binds a phone, and the tap that ends one."""

import re
from uuid import UUID

from fastapi import APIRouter, Header, Request, status
from pydantic import BaseModel
from starlette.responses import HTMLResponse, Response

from patrol.dispatch import phones
from patrol.dispatch.phones import InviteRefused, MemberUnknown, PhoneUnknown
from patrol.dispatch.wording import language_of
from patrol.web import qr_codes, templates
from patrol.web.doors import require_same_origin
from patrol.web.page import ChosenLanguage
from patrol.web.parts import PartsHere
from patrol.web.problems import language_of as reader_language
from patrol.web.qr_codes import InviteView, is_inside_only
from patrol.web.readers import LeaderHere, record

router = APIRouter(prefix="/g", include_in_schema=False)

MODEL = re.compile(
    r"\(([^)]*)\)"
)  # of a User-Agent: "(Linux; Android 14; SM-S918B)", "(iPhone; CPU iPhone OS 17_4 ...)"
CHAT_BROWSERS = {"MicroMessenger": "WeChat", "DingTalk": "DingTalk", "Lark": "Feishu", "Feishu": "Feishu"}


class NewInvite(BaseModel):
    member_id: UUID


class Bound(BaseModel):
    url: str  #: of the phone's own page; shown to it alone, this once


@router.get("/join/{code}", response_class=HTMLResponse)
def show_join(code: str, request: Request, parts: PartsHere, lang: ChosenLanguage = None) -> Response:
    """Asks before it binds: a chat app that looks at the address must not use the code up."""
    try:
        with parts.database.read() as session:
            member = phones.member_of_invite(session, code, parts.clock())
            language = lang or language_of(member.group)
            page = templates.render("join.html", language, member=member, group=member.group)
    except InviteRefused:
        record(parts, "page.refused", "invite_refused")
        refused = templates.render("unknown.html", lang or reader_language(request.scope), why="invite_refused")
        return HTMLResponse(refused, status.HTTP_410_GONE)
    return HTMLResponse(page)


@router.post("/join/{code}", status_code=status.HTTP_201_CREATED)
def join(code: str, request: Request, parts: PartsHere, user_agent: str = Header("")) -> Bound:
    require_same_origin(request, parts.settings.public_url)
    with parts.database.write() as session:
        token = phones.bind(session, code, label_of(user_agent), parts.clock())
    return Bound(url=f"/g/{token}?new=1")


@router.get("/{token}/phones", response_class=HTMLResponse)
def show_phones(token: str, reader: LeaderHere, parts: PartsHere, lang: ChosenLanguage = None) -> Response:
    """The captain's list of the roster's phones."""
    with parts.database.read() as session:
        people = phones.roster(session, reader.group.id)
    own_id = reader.phone.id if reader.phone else None
    language = lang or language_of(reader.group)
    is_inside = is_inside_only(parts.settings.public_url)
    return HTMLResponse(
        templates.render("phones.html", language, people=people, own_id=own_id, is_inside_only=is_inside)
    )


@router.post("/{token}/invites", status_code=status.HTTP_201_CREATED)
def invite(new: NewInvite, reader: LeaderHere, request: Request, parts: PartsHere) -> InviteView:
    require_same_origin(request, parts.settings.public_url)
    with parts.database.write() as session:
        if phones.find_member(session, new.member_id).group_id != reader.group.id:
            raise MemberUnknown
        return qr_codes.invite(session, new.member_id, reader.actor, parts.clock(), parts.settings.public_url)


@router.delete("/{token}/phones/{phone_id}", status_code=status.HTTP_204_NO_CONTENT)
def end_phone(phone_id: UUID, reader: LeaderHere, request: Request, parts: PartsHere) -> None:
    require_same_origin(request, parts.settings.public_url)
    with parts.database.write() as session:
        if phones.find_phone(session, phone_id).group_id != reader.group.id:
            raise PhoneUnknown
        phones.revoke(session, phone_id, reader.actor, parts.clock())


def label_of(user_agent: str) -> str:
    """What a captain knows a phone by: "SM-S918B · WeChat", "iPhone"."""
    found = MODEL.search(user_agent)
    parts = [part.strip() for part in found.group(1).split(";")] if found else []
    model = (
        next((part for part in reversed(parts) if part not in ("", "K", "wv")), "") if "Android" in user_agent else ""
    )
    words = [model.partition(" Build/")[0] or (parts[0] if parts else "")]
    words += [name for sign, name in CHAT_BROWSERS.items() if sign in user_agent][:1]
    return " · ".join(word for word in words if word)[: phones.LONGEST_LABEL]
