"""From the values of a file to drafts of groups."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from patrol.dispatch.drafts import ChatDraft, GroupDraft, MemberDraft, Mistake
from patrol.dispatch.located import Located, Section

NEEDED = ("id", "name", "latitude", "longitude")
CHAT_KEYS = ("kind", "address", "secret")
MEMBER_KEYS = ("name", "role", "phone", "identities")

Reader = Callable[[Section], Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One group of a file."""

    draft: GroupDraft
    section: Section

    def placed(self, mistake: Mistake) -> Mistake:
        """A mistake of the draft, at its place in the file."""
        spot = self.section.here.find(mistake.where).spot
        return replace(mistake, where=(*self.section.where, *mistake.where), spot=spot)


def groups_in(root: Located, known: Callable[[str], GroupDraft | None]) -> tuple[list[Found], list[Mistake]]:
    """Every group of a file, and what is wrong with their form. `known` finds a group as it is until now."""
    top = Section(root, (), ("groups",))
    top.require("groups")
    sections = [Section(item, ("groups", index), GROUP_KEYS) for index, item in enumerate(top.items("groups"))]
    found = [Found(_draft(section, known), section) for section in sections if section.values]
    return found, [*top.mistakes, *(mistake for section in sections for mistake in section.mistakes)]


def _draft(section: Section, known: Callable[[str], GroupDraft | None]) -> GroupDraft:
    """What the file says of a group; what it is silent about stays as it is."""
    section.require(*NEEDED)
    id = section.text("id") or ""
    before = known(id) or GroupDraft(id=id, name="", latitude=0.0, longitude=0.0)
    said = {name: read(section) for key, (name, read) in READERS.items() if key in section.values}
    return replace(before, **said)


def _degrees(key: str, most: float) -> Reader:
    return lambda section: section.number(key, 0.0, "not_degrees", lowest=-most, highest=most)


def _text(key: str, default: str) -> Reader:
    return lambda section: section.text(key) or default


def _optional(key: str) -> Reader:
    return lambda section: section.written(key) or None


def _number(key: str, default: float | None) -> Reader:
    return lambda section: section.number(key, default or 1.0) if section.has(key) else default


def _yes(key: str, default: bool) -> Reader:
    return lambda section: section.yes(key, default)


def _shifts(section: Section) -> Mapping[str, Any]:
    shifts = section.values["shifts"].as_written() if section.has("shifts") else {}
    if not isinstance(shifts, dict):
        section.refuse("shifts", "not_a_mapping")
        return {}
    return shifts


def _covers(section: Section) -> tuple[Any, ...]:
    return tuple(item.as_written() for item in section.items("covers"))


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


#: How each key is read, and the draft's name for it.
READERS: Mapping[str, tuple[str, Reader]] = {
    "name": ("name", _text("name", "")),
    "level": ("level", _text("level", "guards")),
    "parent": ("parent_id", lambda section: section.text("parent")),
    "site": ("site_id", lambda section: section.text("site")),
    "building": ("building", _optional("building")),
    "floor": ("floor", _optional("floor")),
    "post": ("post", _optional("post")),
    "latitude": ("latitude", _degrees("latitude", 90)),
    "longitude": ("longitude", _degrees("longitude", 180)),
    "covers": ("covers", _covers),
    "radius_m": ("radius_m", _number("radius_m", None)),
    "default": ("is_default", _yes("default", False)),
    "time_zone": ("time_zone", lambda section: section.text("time_zone")),
    "shifts": ("shifts", _shifts),
    "picture_policy": ("picture_policy", _text("picture_policy", "upper_body")),
    "shows_name": ("shows_name", _yes("shows_name", False)),
    "keep_h": ("keep_h", _number("keep_h", 12.0)),
    "language": ("language", _text("language", "en")),
    "active": ("is_active", _yes("active", True)),
    "chats": ("chats", lambda section: tuple(_chats(section))),
    "members": ("members", lambda section: tuple(_members(section))),
}
GROUP_KEYS = ("id", *READERS)
