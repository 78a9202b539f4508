"""From the values of a file to drafts of groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from patrol.dispatch.drafts import ChatDraft, GroupDraft, MemberDraft, Mistake
from patrol.dispatch.located import Located, Section

GROUP_KEYS = (
    *("id", "name", "level", "parent", "site", "building", "floor", "post", "latitude", "longitude", "covers"),
    *("radius_m", "default", "time_zone", "shifts", "picture_policy", "shows_name", "keep_h", "language", "active"),
    *("chats", "members"),
)
NEEDED = ("id", "name", "latitude", "longitude")
CHAT_KEYS = ("kind", "address", "secret")
MEMBER_KEYS = ("name", "role", "phone", "identities")


@dataclass(frozen=True, slots=True)
class Found:
    """One group of a file."""

    draft: GroupDraft
    section: Section

    def placed(self, mistake: Mistake) -> Mistake:
        """A mistake of the draft, at its place in the file."""
        spot = self.section.here.find(mistake.where).spot
        return replace(mistake, where=(*self.section.where, *mistake.where), spot=spot)


def groups_in(root: Located) -> tuple[list[Found], list[Mistake]]:
    """Every group of a file, and what is wrong with their form."""
    top = Section(root, (), ("groups",))
    top.require("groups")
    sections = [Section(item, ("groups", index), GROUP_KEYS) for index, item in enumerate(top.items("groups"))]
    found = [Found(_draft(section), section) for section in sections if section.values]
    return found, [*top.mistakes, *(mistake for section in sections for mistake in section.mistakes)]


def _draft(section: Section) -> GroupDraft:
    section.require(*NEEDED)
    return GroupDraft(
        id=section.text("id") or "",
        name=section.text("name") or "",
        level=section.text("level") or "guards",
        parent_id=section.text("parent"),
        site_id=section.text("site"),
        building=section.written("building"),
        floor=section.written("floor"),
        post=section.written("post"),
        latitude=_degrees(section, "latitude", 90),
        longitude=_degrees(section, "longitude", 180),
        covers=tuple(item.as_written() for item in section.items("covers")),
        radius_m=section.number("radius_m", 1.0) if section.has("radius_m") else None,
        is_default=section.yes("default", False),
        time_zone=section.text("time_zone"),
        shifts=_shifts(section),
        picture_policy=section.text("picture_policy") or "upper_body",
        shows_name=section.yes("shows_name", False),
        keep_h=section.number("keep_h", 12.0) if section.has("keep_h") else 12.0,
        language=section.text("language") or "en",
        is_active=section.yes("active", True),
        chats=tuple(_chats(section)),
        members=tuple(_members(section)),
    )


def _degrees(section: Section, key: str, most: float) -> float:
    return section.number(key, 0.0, "not_degrees", lowest=-most, highest=most) if key in section.values else 0.0


def _shifts(section: Section) -> Mapping[str, Any]:
    shifts = section.values["shifts"].as_written() if section.has("shifts") else {}
    if not isinstance(shifts, dict):
        section.refuse("shifts", "not_a_mapping")
        return {}
    return shifts


def _chats(section: Section) -> Iterator[ChatDraft]:
    for chat in section.sections("chats", CHAT_KEYS):
        chat.require("kind")
        yield ChatDraft(chat.text("kind") or "", chat.written("address") or "", chat.text("secret"))


def _members(section: Section) -> Iterator[MemberDraft]:
    for member in section.sections("members", MEMBER_KEYS):
        member.require("name")
        identities = member.values["identities"].as_written() if member.has("identities") else {}
        if not isinstance(identities, dict):
            member.refuse("identities", "not_a_mapping")
            identities = {}
        yield MemberDraft(
            name=member.text("name") or "",
            role=member.text("role") or "member",
            phone=member.written("phone"),
            identities=identities,
        )
