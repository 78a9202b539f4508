"""A group as somebody wants it to be, and everything that is wrong with that."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite

from patrol import words
from patrol.chats import table
from patrol.store.tables import GroupChat
from patrol.values import Language, PatrolError

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
SECRET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
LONGEST_NAME = 200
LONGEST_LEVEL = 64
LANGUAGES = ("en", "zh")

Where = tuple[str | int, ...]  #: the way to a value: ("chats", 0, "address")


@dataclass(frozen=True, slots=True)
class ChatDraft:
    """One way to reach the group; their order is the order of preference."""

    kind: str
    address: str = ""
    secret: str | None = None  #: the name of a secret


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """Everything a group is made from."""

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


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, and where."""

    where: Where
    code: str
    value: object = ""
    more: Mapping[str, object] = field(default_factory=dict)
    line: int | None = None  #: of the file it was read from

    @property
    def field(self) -> str:
        """The way in words: chats[0].address."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.where)
        return "".join(steps).removeprefix(".")

    def say(self, language: Language = "en") -> str:
        return words.say(
            f"dispatch.group_{self.code}", language, field=self.field, value=repr(self.value), **self.more
        )


class GroupRefused(PatrolError):
    """A group cannot be like this."""

    def __init__(self, mistakes: Collection[Mistake]) -> None:
        super().__init__("; ".join(mistake.say() for mistake in mistakes))
        self.mistakes = tuple(mistakes)


def mistakes_of(
    draft: GroupDraft, parents: Mapping[str, str | None], sites: Collection[str] | None = None
) -> Iterator[Mistake]:
    """Everything wrong with a draft.

    parents: every group there is or will be, and its parent. sites: every site; None where they are not known.
    """
    if not ID.fullmatch(draft.id):
        yield Mistake(("id",), "bad_id", draft.id)
    for name, value, longest in (("name", draft.name, LONGEST_NAME), ("level", draft.level, LONGEST_LEVEL)):
        if not 0 < len(value.strip()) <= longest:
            yield Mistake((name,), "not_text", value, {"longest": longest})
    for name, degrees, most in (("latitude", draft.latitude, 90), ("longitude", draft.longitude, 180)):
        if not (isfinite(degrees) and -most <= degrees <= most):
            yield Mistake((name,), "not_degrees", degrees, {"lowest": -most, "highest": most})
    if draft.language not in LANGUAGES:
        yield Mistake(("language",), "not_one_of", draft.language, {"known": ", ".join(LANGUAGES)})
    if sites is not None and draft.site_id is not None and draft.site_id not in sites:
        yield Mistake(("site",), "unknown_site", draft.site_id)
    yield from _mistakes_of_parent(draft, parents)
    for index, chat in enumerate(draft.chats):
        yield from _mistakes_of_chat(chat, ("chats", index))
    yield from _chats_twice(draft.chats)


def _mistakes_of_parent(draft: GroupDraft, parents: Mapping[str, str | None]) -> Iterator[Mistake]:
    if draft.parent_id is None:
        return
    if draft.parent_id not in parents and draft.parent_id != draft.id:
        yield Mistake(("parent",), "unknown_group", draft.parent_id)
        return
    above: str | None = draft.parent_id
    for _step in range(len(parents) + 1):
        if above == draft.id:
            yield Mistake(("parent",), "own_ancestor", draft.parent_id)
            return
        above = parents.get(above) if above else None


def _mistakes_of_chat(chat: ChatDraft, where: Where) -> Iterator[Mistake]:
    wrong = table.check(chat.kind, chat.address, chat.secret)
    if wrong == "kind":
        yield Mistake((*where, "kind"), "not_one_of", chat.kind, {"known": ", ".join(table.KINDS)})
    elif wrong == "address":
        yield Mistake((*where, "address"), "bad_chat_address", without_query(chat.address))
    elif wrong == "secret":
        yield Mistake((*where, "secret"), "no_chat_secret", chat.kind)
    if chat.secret and not SECRET_NAME.fullmatch(chat.secret):  # may be the secret itself: it is not repeated
        yield Mistake((*where, "secret"), "secret_not_a_name")


def _chats_twice(chats: tuple[ChatDraft, ...]) -> Iterator[Mistake]:
    for index, chat in enumerate(chats):
        if any(chat_identity(other) == chat_identity(chat) for other in chats[:index]):
            yield Mistake(("chats", index, "address"), "twice", without_query(chat.address))


def chat_identity(chat: ChatDraft | GroupChat) -> tuple[str, str, str | None]:
    """What makes a chat the same chat: a robot is its key, all the others are where they are."""
    return chat.kind, chat.address, chat.secret if chat.kind == "wecom_robot" else None


def without_query(address: str) -> str:
    """An address without what may be secret in it: neither query nor user and password."""
    return re.sub(r"//[^/@]*@", "//", address.partition("?")[0])
