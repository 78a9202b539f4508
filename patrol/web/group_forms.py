"""A group as the API takes it: the form of a whole one, and of what is to be changed."""

import uuid
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from patrol.dispatch.drafts import ChatDraft, GroupDraft, MemberDraft
from patrol.values import Language
from patrol.web.hit_views import ChatKind
from patrol.web.inputs import Line

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Policy = Literal["upper_body", "full_frame", "face", "with_portrait", "link", "text"]
Role = Literal["captain", "member"]
Clock = Annotated[Line, Field(max_length=5, examples=["08:00"])]
CLEARED_BY_NULL = ("site_id", "parent_id", "building", "floor", "post", "radius_m", "time_zone")


class Strict(BaseModel):
    """A part whose misspelt key would change what it means: such a key is refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class NewChat(BaseModel):
    kind: ChatKind
    address: Line = Field("", max_length=1000)
    secret: Line | None = Field(None, max_length=100, description="the name of a secret, never the secret")

    def draft(self) -> ChatDraft:
        return ChatDraft(self.kind, self.address, self.secret or None)


class Cover(Strict):
    """A place of a site, or a stream."""

    site: Line | None = None
    building: Line | None = None
    floor: Line | None = None
    post: Line | None = None
    stream: Line | None = None


class Turn(Strict):
    """One turn of the weekly rota; one that ends before it begins ends on the next day."""

    days: list[Day] = Field(min_length=1, max_length=7)
    from_: Clock = Field(alias="from")
    to: Clock


class ShiftException(Strict):
    """Instead of the turns that begin on this day: off, or these hours."""

    date: Line = Field(max_length=10, examples=["2026-10-01"])
    is_off: bool = False
    from_: Clock | None = Field(None, alias="from")
    to: Clock | None = None


class Shifts(Strict):
    """Nothing is always on shift."""

    weekly: list[Turn] = Field(default=[], max_length=400)
    exceptions: list[ShiftException] = Field(default=[], max_length=400)

    def stored(self) -> dict[str, Any]:
        said = self.model_dump(by_alias=True, exclude_none=True)
        for entry in said["exceptions"]:
            if not entry["is_off"]:
                del entry["is_off"]
        return {key: entries for key, entries in said.items() if entries}


class NewMember(Strict):
    id: uuid.UUID | None = Field(None, description="of a member who stays, so that a new name is no new person")
    name: Line = Field(min_length=1, max_length=100)
    role: Role = "member"
    phone: Line | None = Field(None, max_length=30)
    identities: dict[ChatKind, Line] = Field(default={}, description="the platform's id of them, by kind of chat")

    def draft(self) -> MemberDraft:
        identities = {str(kind): identity for kind, identity in self.identities.items()}
        return MemberDraft(self.name, self.role, self.phone or None, identities, self.id)


class NewGroup(BaseModel):
    id: Line = Field(min_length=1, max_length=64)
    name: Line = Field(min_length=1, max_length=200)
    site_id: Line | None = None
    building: Line | None = None
    floor: Line | None = None
    post: Line | None = None
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    level: Line = Field("guards", min_length=1, max_length=64)
    parent_id: Line | None = None
    covers: list[Cover] = Field(default=[], max_length=200, description="nothing is the whole of `site_id`")
    radius_m: float | None = Field(None, gt=0, allow_inf_nan=False, description="it also covers this far around it")
    is_default: bool = Field(False, description="told where nobody covers the place")
    time_zone: Line | None = Field(None, description="of its shifts; null is its site's")
    shifts: Shifts = Field(default_factory=Shifts)
    picture_policy: Policy = "upper_body"
    shows_name: bool = False
    keep_h: float = Field(12.0, gt=0, allow_inf_nan=False, description="how long it may look at what it received")
    language: Language = "en"
    is_active: bool = True
    chats: list[NewChat] = Field(default=[], max_length=20)
    members: list[NewMember] = Field(default=[], max_length=500)

    def draft(self) -> GroupDraft:
        return GroupDraft(**{name: _stored(name, getattr(self, name)) for name in type(self).model_fields})


class GroupPatch(BaseModel):
    name: Line | None = Field(None, min_length=1, max_length=200)
    site_id: Line | None = None
    building: Line | None = None
    floor: Line | None = None
    post: Line | None = None
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    level: Line | None = Field(None, min_length=1, max_length=64)
    parent_id: Line | None = None
    covers: list[Cover] | None = Field(None, max_length=200)
    radius_m: float | None = Field(None, gt=0, allow_inf_nan=False)
    is_default: bool | None = None
    time_zone: Line | None = None
    shifts: Shifts | None = None
    picture_policy: Policy | None = None
    shows_name: bool | None = None
    keep_h: float | None = Field(None, gt=0, allow_inf_nan=False)
    language: Language | None = None
    is_active: bool | None = None
    chats: list[NewChat] | None = Field(None, max_length=20)
    members: list[NewMember] | None = Field(None, max_length=500)

    def applied_to(self, draft: GroupDraft) -> GroupDraft:
        """Null takes away what a group may be without; elsewhere it changes nothing."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        changed = {
            name: _stored(name, value)
            for name, value in given.items()
            if value is not None or name in CLEARED_BY_NULL
        }
        return replace(draft, **changed)


def _stored(name: str, value: Any) -> Any:
    """A field of a form as a draft holds it."""
    if name in ("chats", "members"):
        return tuple(part.draft() for part in value)
    if name == "covers":
        return tuple(cover.model_dump(exclude_none=True) for cover in value)
    return value.stored() if name == "shifts" else value
