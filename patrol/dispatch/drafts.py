"""A group as somebody wants it to be, and how what is wrong with that is said."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from patrol import words
from patrol.chats import table
from patrol.store.tables import GroupChat
from patrol.values import Language, PatrolError

Where = tuple[str | int, ...]  #: the way to a value: ("chats", 0, "address")


@dataclass(frozen=True, slots=True)
class ChatDraft:
    """One way to reach the group; their order is the order of preference."""

    kind: str
    address: str = ""
    secret: str | None = None  #: the name of a secret


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """Somebody on the group's roster."""

    name: str
    role: str = "member"
    phone: str | None = None
    identities: Mapping[str, str] = field(default_factory=dict)  #: the platform's id of them by kind of chat
    id: UUID | None = field(default=None, compare=False)  #: the row this is, so that a new name is no new person


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """Everything a group is made from; store/tables/groups.py says what each field holds."""

    id: str
    name: str
    latitude: float
    longitude: float
    site_id: str | None = None
    level: str = "guards"
    parent_id: str | None = None
    language: str = "en"
    is_active: bool = True
    chats: tuple[ChatDraft, ...] = ()
    building: str | None = None
    floor: str | None = None
    post: str | None = None
    covers: tuple[Mapping[str, str], ...] = ()
    radius_m: float | None = None
    is_default: bool = False
    time_zone: str | None = None
    shifts: Mapping[str, Any] = field(default_factory=dict)
    picture_policy: str = "upper_body"
    shows_name: bool = False
    keep_h: float = 12.0
    members: tuple[MemberDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in which file something was read."""

    file: str
    line: int
    cell: str = ""  #: "C3" or "members!C3", where the file is a table


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, and where; or one that is only doubtful, where it comes as a warning."""

    where: Where
    code: str
    value: object = ""
    more: Mapping[str, object] = field(default_factory=dict)
    spot: Spot | None = None  #: in the file it was read from

    @property
    def field(self) -> str:
        """The way in words: chats[0].address."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.where)
        return "".join(steps).removeprefix(".")

    @property
    def line(self) -> int | None:
        return self.spot.line if self.spot else None

    def at(self, *steps: str | int) -> "Mistake":
        """The same mistake, found further down."""
        return replace(self, where=(*steps, *self.where))

    def say(self, language: Language = "en") -> str:
        more = {key: value.say(language) if isinstance(value, Said) else value for key, value in self.more.items()}
        value = shown(self.value)
        text = words.say(f"dispatch.group_{self.code}", language, field=self.field, value=value, **more)
        if self.spot is None:
            return text
        spot = {"file": self.spot.file, "line": self.spot.line, "cell": self.spot.cell}
        return words.say(f"dispatch.group_at_{'cell' if self.spot.cell else 'line'}", language, text=text, **spot)


@dataclass(frozen=True, slots=True)
class Said:
    """A part of a sentence that has words of its own in each language."""

    code: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def say(self, language: Language) -> str:
        return words.say(f"dispatch.{self.code}", language, **self.fields)


class GroupRefused(PatrolError):
    """A group cannot be like this."""

    def __init__(self, mistakes: Collection[Mistake]) -> None:
        super().__init__("\n".join(mistake.say() for mistake in mistakes))
        self.mistakes = tuple(mistakes)


LONGEST_SHOWN = 100  # letters of a value that a sentence repeats


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."


def chat_identity(chat: ChatDraft | GroupChat) -> tuple[str, str, str | None]:
    """What makes a chat the same chat: its address, or its key where a chat of its kind can do without an address."""
    is_keyed = chat.kind != "page" and table.check(chat.kind, "", "key") is None
    return chat.kind, chat.address, chat.secret if is_keyed else None


def without_query(address: str) -> str:
    """An address without what may be secret in it: neither query nor user and password."""
    return re.sub(r"//[^/@]*@", "//", address.partition("?")[0])
