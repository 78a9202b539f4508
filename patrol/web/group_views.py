"""A group as the API shows it, and what is doubtful about it."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from patrol.dispatch import groups
from patrol.dispatch.coverage import Premises
from patrol.dispatch.drafts import GroupDraft, MemberDraft, Mistake
from patrol.dispatch.group_warnings import Facts, gaps, sites_of, warnings_of
from patrol.store.tables import Group
from patrol.values import Language
from patrol.web.doors import Visitor
from patrol.web.group_forms import Cover, NewChat, NewMember, Policy, Shifts
from patrol.web.parts import Parts


class ChatView(NewChat):
    position: int  #: order of preference, as the chats are listed
    broken_reason: str | None


class MemberView(NewMember):
    id: uuid.UUID


class WarningView(BaseModel):
    """Something doubtful: it was saved all the same."""

    group_id: str
    field: str
    code: str
    explanation: str


class GroupView(BaseModel):
    id: str
    name: str
    site_id: str | None
    building: str | None
    floor: str | None
    post: str | None
    latitude: float
    longitude: float
    level: str
    parent_id: str | None
    covers: list[Cover]
    radius_m: float | None
    is_default: bool
    time_zone: str | None
    shifts: Shifts
    picture_policy: Policy
    shows_name: bool
    keep_h: float
    language: Language
    is_active: bool
    has_link: bool
    created_at: datetime
    chats: list[ChatView]
    members: list[MemberView]
    warnings: list[WarningView]


MADE = {"has_link", "chats", "members", "warnings"}


def premises_of(parts: Parts) -> Premises:
    return Premises.of(parts.sites(), parts.streams())


def view_of(group: Group, facts: Facts, language: Language, more: Iterable[Mistake] = ()) -> GroupView:
    """The group as it was saved; `more` is doubtful beside what its own draft says."""
    stored = {name: getattr(group, name) for name in GroupView.model_fields if name not in MADE}
    draft = groups.draft_of(group)
    made: dict[str, Any] = {
        "has_link": group.id in facts.linked,
        "chats": chat_views(group),
        "members": [member_view(member) for member in draft.members],
        "warnings": said(group.id, [*warnings_of(draft, facts), *more], language),
    }
    return GroupView.model_validate({**stored, **made})


def chat_views(group: Group) -> list[ChatView]:
    in_use = sorted((chat for chat in group.chats if chat.removed_at is None), key=lambda chat: chat.position)
    return [ChatView.model_validate({name: getattr(chat, name) for name in ChatView.model_fields}) for chat in in_use]


def member_view(member: MemberDraft) -> MemberView:
    return MemberView.model_validate({name: getattr(member, name) for name in MemberView.model_fields})


def said(group_id: str, doubts: Sequence[Mistake], language: Language) -> list[WarningView]:
    return [
        WarningView(group_id=group_id, field=it.field, code=it.code, explanation=it.say(language)) for it in doubts
    ]


def saved_view(session: Session, group: Group, visitor: Visitor, parts: Parts) -> GroupView:
    """A group that was just saved, with what its rota leaves open at its sites."""
    premises = premises_of(parts)
    open_hours = gaps(session, sites_of(group, premises), premises, parts.clock()) if group.is_active else []
    return view_of(group, Facts.of(session, premises), visitor.language, open_hours)


def with_looks(view: GroupView, draft: GroupDraft, visitor: Visitor, parts: Parts) -> GroupView:
    """The view with what the platforms say of the group's chats."""
    if parts.looker is None or not view.is_active:
        return view
    doubts = parts.looker.warnings_of([draft])[view.id]
    return view.model_copy(update={"warnings": [*view.warnings, *said(view.id, doubts, visitor.language)]})
