"""Groups: their place in the tree, what they cover, their chats, roster and shifts, and the link to their page."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, status
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from patrol.dispatch import groups, groups_file
from patrol.dispatch.coverage import Premises
from patrol.dispatch.distance import distance_m
from patrol.dispatch.drafts import ChatDraft, GroupDraft
from patrol.dispatch.group_warnings import Facts, sites_of
from patrol.dispatch.routing import NEAR_M
from patrol.store.tables import Group
from patrol.web.doors import Admin, Reviewer, Visitor
from patrol.web.group_forms import GroupPatch, NewGroup
from patrol.web.group_views import GroupView, WarningView, premises_of, said, saved_view, view_of, with_looks
from patrol.web.inputs import Line
from patrol.web.parts import PartsHere
from patrol.web.refusals import Problem

router = APIRouter(prefix="/api/v1/groups", tags=["groups"])

Form = Literal["yaml", "csv", "xlsx"]
MEDIA_TYPES: dict[str, str] = {
    "yaml": "application/yaml",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILE_BODY = {
    "required": True,
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()},
}


class LinkView(BaseModel):
    url: str  #: shown once; only its hash is kept


class ImportedGroup(BaseModel):
    id: str
    what: Literal["created", "changed", "unchanged"]


class ImportedGroups(BaseModel):
    n_groups: int
    groups: list[ImportedGroup]
    warnings: list[WarningView]


async def read_body(request: Request) -> bytes:
    """The body as it came, whatever it calls itself: curl says that every body is a form."""
    return await request.body()


@router.get("")
def list_groups(visitor: Reviewer, parts: PartsHere) -> list[GroupView]:
    """Every group; `parent_id` makes a tree of them."""
    premises = premises_of(parts)
    with parts.database.read() as session:
        facts = Facts.of(session, premises)
        rows = session.scalars(ALL.order_by(Group.name, Group.id))
        return [view_of(group, facts, visitor.language) for group in rows if visitor.sees(group.site_id)]


@router.post("", status_code=status.HTTP_201_CREATED)
def create_group(new: NewGroup, visitor: Admin, parts: PartsHere) -> GroupView:
    """Make a group. What is doubtful about it is in `warnings`."""
    draft = new.draft()
    premises = premises_of(parts)
    require_own_chats(visitor, (), draft.chats)
    require_own_place(visitor, draft, premises)
    with parts.database.write() as session:
        group = groups.create(session, draft, visitor.name, parts.clock(), premises)
        view = saved_view(session, group, visitor, parts)
    return with_looks(view, draft, visitor, parts)


@router.post("/import", openapi_extra={"requestBody": FILE_BODY})
def import_groups(
    content: Annotated[bytes, Depends(read_body)],
    visitor: Admin,
    parts: PartsHere,
    request: Request,
    name: Line = "",
    format: Form | None = None,
) -> ImportedGroups:
    """Make or change the groups of a file; all of them, or none where one has a mistake.

    The end of `name` says what the file is, or `format`, or the body's own type; without any it is YAML.
    """
    if visitor.sites is not None:
        raise Problem(403, "beyond_your_sites")
    premises = premises_of(parts)
    file = name or f"groups.{format or form_of(request)}"
    with parts.database.write() as session:
        done = groups_file.import_groups(session, content, visitor.name, parts.clock(), premises, file)
        doubts = groups_file.warnings_after(session, [id for id, _ in done], premises, parts.clock())
    warnings = [view for id, found in doubts for view in said(id, found, visitor.language)]
    return ImportedGroups(
        n_groups=len(done), groups=[ImportedGroup(id=id, what=what) for id, what in done], warnings=warnings
    )


@router.get("/export", response_class=Response)
def export_groups(visitor: Admin, parts: PartsHere, format: Form = "yaml") -> Response:
    """Every group as a file that an import reads back; importing it again changes nothing."""
    with parts.database.read() as session:
        rows = session.scalars(ALL.order_by(Group.id))
        drafts = [groups.draft_of(group) for group in rows if visitor.sees(group.site_id)]
    content = groups_file.export_groups(drafts, format)
    headers = {"Content-Disposition": f'attachment; filename="groups.{format}"'}
    return Response(content, media_type=MEDIA_TYPES[format], headers=headers)


@router.get("/{group_id}")
def show_group(group_id: Line, visitor: Reviewer, parts: PartsHere) -> GroupView:
    with parts.database.read() as session:
        return saved_view(session, visible_group(session, group_id, visitor), visitor, parts)


@router.post("/{group_id}/check")
def check_group(group_id: Line, visitor: Admin, parts: PartsHere) -> GroupView:
    """Look at everything that may be doubtful, and ask the platforms whether the group's chats are there."""
    with parts.database.read() as session:
        group = own_group(session, group_id, visitor)
        draft, view = groups.draft_of(group), saved_view(session, group, visitor, parts)
    return with_looks(view, draft, visitor, parts)


@router.patch("/{group_id}")
def change_group(group_id: Line, patch: GroupPatch, visitor: Admin, parts: PartsHere) -> GroupView:
    """Change what is given. A list is replaced as a whole; saving a chat again also means it may be tried again."""
    premises = premises_of(parts)
    with parts.database.write() as session:
        before = groups.draft_of(own_group(session, group_id, visitor))
        draft = patch.applied_to(before)
        visitor.require_own(draft.site_id)
        require_own_chats(visitor, before.chats, draft.chats)
        if place_of(draft) != place_of(before):
            require_own_place(visitor, draft, premises)
        group = groups.change(session, group_id, draft, visitor.name, parts.clock(), premises)
        view = saved_view(session, group, visitor, parts)
    return with_looks(view, draft, visitor, parts)


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


ALL = select(Group).options(selectinload(Group.chats), selectinload(Group.members))


def form_of(request: Request) -> str:
    """What the body calls itself, where that is one of the forms; else YAML."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return next((form for form, media_type in MEDIA_TYPES.items() if media_type == kind), "yaml")


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


def require_own_place(visitor: Visitor, draft: GroupDraft, premises: Premises) -> None:
    """Whoever covers another site, or stands near it, is told of its hits.

    So an admin for some sites keeps groups at these.
    """
    visitor.require_own(draft.site_id)
    if visitor.sites is None:
        return
    here = (draft.latitude, draft.longitude)
    centres = {site.id: (site.latitude, site.longitude) for site in premises.sites.values()}
    is_near = any(distance_m(here, centre) <= NEAR_M for id, centre in centres.items() if id == draft.site_id)
    reaches = draft.radius_m or 0.0
    others = [centre for id, centre in centres.items() if id not in visitor.sites]
    others += [it.position for it in premises.streams.values() if it.site.id not in visitor.sites]
    is_beyond = draft.is_default or not sites_of(draft, premises) <= visitor.sites
    if not is_near or is_beyond or any(distance_m(here, other) <= reaches for other in others):
        raise Problem(403, "beyond_your_sites")


def place_of(draft: GroupDraft) -> tuple[object, ...]:
    """Everything that says which hits a group is told of."""
    return draft.site_id, draft.latitude, draft.longitude, draft.covers, draft.radius_m, draft.is_default
