"""Groups of guards: their place, their chats, and the link to their page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.dispatch import groups, groups_file
from patrol.dispatch.coverage import Premises
from patrol.dispatch.distance import distance_m
from patrol.dispatch.drafts import ChatDraft, GroupDraft
from patrol.dispatch.routing import NEAR_M
from patrol.store.tables import Group
from patrol.values import Language
from patrol.web.doors import Admin, Reviewer, Visitor
from patrol.web.hit_views import ChatKind
from patrol.web.inputs import Line
from patrol.web.parts import Parts, PartsHere
from patrol.web.refusals import Problem

router = APIRouter(prefix="/api/v1/groups", tags=["groups"])

YAML_BODY = {"required": True, "content": {"application/yaml": {"schema": {"type": "string"}}}}


class NewChat(BaseModel):
    kind: ChatKind
    address: Line = Field("", max_length=1000)
    secret: Line | None = Field(None, max_length=100, description="the name of a secret, never the secret")

    def draft(self) -> ChatDraft:
        return ChatDraft(self.kind, self.address, self.secret or None)


class ChatView(NewChat):
    position: int  #: order of preference, as the chats are listed
    broken_reason: str | None


class NewGroup(BaseModel):
    id: Line = Field(min_length=1, max_length=64)
    name: Line = Field(min_length=1, max_length=200)
    site_id: Line | None = None
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    level: Line = Field("guards", min_length=1, max_length=64)
    parent_id: Line | None = None
    language: Language = "en"
    is_active: bool = True
    chats: list[NewChat] = Field(default=[], max_length=20)

    def draft(self) -> GroupDraft:
        stored = {name: getattr(self, name) for name in type(self).model_fields if name != "chats"}
        return GroupDraft(**stored, chats=tuple(chat.draft() for chat in self.chats))


class GroupPatch(BaseModel):
    name: Line | None = Field(None, min_length=1, max_length=200)
    site_id: Line | None = None
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    level: Line | None = Field(None, min_length=1, max_length=64)
    parent_id: Line | None = None
    language: Language | None = None
    is_active: bool | None = None
    chats: list[NewChat] | None = Field(None, max_length=20)

    def applied_to(self, draft: GroupDraft) -> GroupDraft:
        """Only a site and a parent may be taken away by null; null elsewhere changes nothing."""
        given: dict[str, Any] = {
            name: getattr(self, name)
            for name in self.model_fields_set - {"chats"}
            if name in ("site_id", "parent_id") or getattr(self, name) is not None
        }
        if self.chats is not None:
            given["chats"] = tuple(chat.draft() for chat in self.chats)
        return replace(draft, **given)


class GroupView(BaseModel):
    id: str
    name: str
    site_id: str | None
    latitude: float
    longitude: float
    level: str
    parent_id: str | None
    language: Language
    is_active: bool
    has_link: bool
    created_at: datetime
    chats: list[ChatView]


class LinkView(BaseModel):
    url: str  #: shown once; only its hash is kept


class ImportedGroups(BaseModel):
    n_groups: int


async def read_body(request: Request) -> bytes:
    """The body as it came, whatever it calls itself: curl says that every body is a form."""
    return await request.body()


@router.get("")
def list_groups(visitor: Reviewer, parts: PartsHere) -> list[GroupView]:
    with parts.database.read() as session:
        rows = session.scalars(select(Group).order_by(Group.name, Group.id))
        return [view_of(session, group) for group in rows if visitor.sees(group.site_id)]


@router.post("", status_code=status.HTTP_201_CREATED)
def create_group(new: NewGroup, visitor: Admin, parts: PartsHere) -> GroupView:
    visitor.require_own(new.site_id)
    draft = new.draft()
    require_own_chats(visitor, (), draft.chats)
    require_own_place(visitor, draft, parts)
    premises = premises_of(parts)
    with parts.database.write() as session:
        return view_of(session, groups.create(session, draft, visitor.name, parts.clock(), premises))


@router.post("/import", openapi_extra={"requestBody": YAML_BODY})
def import_groups(content: Annotated[bytes, Depends(read_body)], visitor: Admin, parts: PartsHere) -> ImportedGroups:
    """Make or change the groups of a YAML file; all of them, or none where one has a mistake."""
    if visitor.sites is not None:
        raise Problem(403, "beyond_your_sites")
    premises = premises_of(parts)
    with parts.database.write() as session:
        imported = groups_file.import_groups(session, content, visitor.name, parts.clock(), premises)
        return ImportedGroups(n_groups=len(imported))


@router.get("/{group_id}")
def show_group(group_id: Line, visitor: Reviewer, parts: PartsHere) -> GroupView:
    with parts.database.read() as session:
        return view_of(session, visible_group(session, group_id, visitor))


@router.patch("/{group_id}")
def change_group(group_id: Line, patch: GroupPatch, visitor: Admin, parts: PartsHere) -> GroupView:
    """Change what is given. Chats are replaced as a whole; saving one again also means it may be tried again."""
    premises = premises_of(parts)
    with parts.database.write() as session:
        before = groups.draft_of(own_group(session, group_id, visitor))
        draft = patch.applied_to(before)
        visitor.require_own(draft.site_id)
        require_own_chats(visitor, before.chats, draft.chats)
        if place_of(draft) != place_of(before):
            require_own_place(visitor, draft, parts)
        return view_of(session, groups.change(session, group_id, draft, visitor.name, parts.clock(), premises))


@router.delete("/{group_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_group(group_id: Line, visitor: Admin, parts: PartsHere) -> None:
    with parts.database.write() as session:
        own_group(session, group_id, visitor)
        groups.remove(session, group_id, visitor.name, parts.clock())


@router.post("/{group_id}/link", status_code=status.HTTP_201_CREATED)
def make_link(group_id: Line, visitor: Admin, parts: PartsHere) -> LinkView:
    """A new link to the group's page. It is shown this once; links made before stay good until they are revoked."""
    with parts.database.write() as session:
        own_group(session, group_id, visitor)
        token = groups.new_link(session, group_id, visitor.name, parts.clock())
    return LinkView(url=f"{parts.settings.public_url.rstrip('/')}/g/{token}")


@router.delete("/{group_id}/link", status_code=status.HTTP_204_NO_CONTENT)
def revoke_link(group_id: Line, visitor: Admin, parts: PartsHere) -> None:
    """Close every link to the group's page; pages that are open say so at once."""
    with parts.database.write() as session:
        own_group(session, group_id, visitor)
        groups.revoke_links(session, group_id, visitor.name, parts.clock())


def visible_group(session: Session, group_id: str, visitor: Visitor) -> Group:
    group = groups.find(session, group_id)
    visitor.require_site(group.site_id)
    return group


def own_group(session: Session, group_id: str, visitor: Visitor) -> Group:
    group = visible_group(session, group_id, visitor)
    visitor.require_own(group.site_id)
    return group


def require_own_chats(visitor: Visitor, before: Sequence[ChatDraft], after: Sequence[ChatDraft]) -> None:
    """A chat's address says where a secret goes, and secrets belong to every site; a page has neither."""
    remote_before, remote_after = ([chat for chat in chats if chat.kind != "page"] for chats in (before, after))
    if remote_before != remote_after:
        visitor.require_own(None)


def require_own_place(visitor: Visitor, draft: GroupDraft, parts: Parts) -> None:
    """Whoever stands near another site is told of its hits, so an admin for some sites keeps groups at these."""
    if visitor.sites is None:
        return
    centres = [(site.latitude, site.longitude) for site in parts.sites() if site.id == draft.site_id]
    if not any(distance_m((draft.latitude, draft.longitude), centre) <= NEAR_M for centre in centres):
        raise Problem(403, "beyond_your_sites")


def place_of(draft: GroupDraft) -> tuple[str | None, float, float]:
    return draft.site_id, draft.latitude, draft.longitude


def premises_of(parts: Parts) -> Premises:
    return Premises.of(parts.sites(), parts.streams())


def view_of(session: Session, group: Group) -> GroupView:
    made = {"has_link", "chats"}
    stored = {name: getattr(group, name) for name in GroupView.model_fields if name not in made}
    chats = [
        ChatView.model_validate({name: getattr(chat, name) for name in ChatView.model_fields})
        for chat in sorted(group.chats, key=lambda chat: chat.position)
        if chat.removed_at is None
    ]
    return GroupView.model_validate({**stored, "has_link": groups.has_link(session, group.id), "chats": chats})
