"""Groups of guards: their place, their chats, and the link to their page."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, status
from pydantic import BaseModel, Field

from patrol.values import Language
from patrol.web.doors import Admin, Reviewer
from patrol.web.hit_views import ChatKind
from patrol.web.inputs import Line
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/api/v1/groups", tags=["groups"])


class NewChat(BaseModel):
    kind: ChatKind
    address: Line = Field("", max_length=1000)
    secret: Line | None = Field(None, max_length=200, description="the name of a secret, never the secret")
    position: int = Field(0, ge=0, le=1000)


class ChatView(NewChat):
    broken_reason: str | None


class NewGroup(BaseModel):
    id: str = Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    name: Line = Field(min_length=1, max_length=200)
    site_id: Line | None = None
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    level: Line = Field("guards", min_length=1, max_length=64)
    parent_id: Line | None = None
    language: Language = "en"
    is_active: bool = True
    chats: list[NewChat] = Field(default=[], max_length=20)


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


@router.get("")
def list_groups(visitor: Reviewer, parts: PartsHere) -> list[GroupView]:
    raise NotImplementedError


@router.post("", status_code=status.HTTP_201_CREATED)
def create_group(new: NewGroup, visitor: Admin, parts: PartsHere) -> GroupView:
    raise NotImplementedError


@router.post("/import")
def import_groups(
    content: Annotated[str, Body(media_type="application/yaml")], visitor: Admin, parts: PartsHere
) -> ImportedGroups:
    raise NotImplementedError


@router.get("/{group_id}")
def show_group(group_id: str, visitor: Reviewer, parts: PartsHere) -> GroupView:
    raise NotImplementedError


@router.patch("/{group_id}")
def change_group(group_id: str, patch: GroupPatch, visitor: Admin, parts: PartsHere) -> GroupView:
    raise NotImplementedError


@router.delete("/{group_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_group(group_id: str, visitor: Admin, parts: PartsHere) -> None:
    raise NotImplementedError


@router.post("/{group_id}/link", status_code=status.HTTP_201_CREATED)
def make_link(group_id: str, visitor: Admin, parts: PartsHere) -> LinkView:
    raise NotImplementedError


@router.delete("/{group_id}/link", status_code=status.HTTP_204_NO_CONTENT)
def revoke_link(group_id: str, visitor: Admin, parts: PartsHere) -> None:
    raise NotImplementedError
