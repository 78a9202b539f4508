"""groups.yaml: read with every mistake noted by line, and taken over whole or not at all."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import yaml
from sqlalchemy.orm import Session

from patrol.dispatch import groups
from patrol.dispatch.drafts import ChatDraft, GroupDraft, GroupRefused, Mistake, Where, mistakes_of

LONGEST_BYTES = 1_000_000  # thousands of groups
DEEPEST = 8  # nested deeper than any groups.yaml is; PyYAML recurses
GROUP_KEYS = ("id", "name", "site", "latitude", "longitude", "level", "parent", "language", "active", "chats")
NEEDED = ("id", "name", "latitude", "longitude")
CHAT_KEYS = ("kind", "address", "secret")


@dataclass
class Section:
    """One mapping of the file, being read: what it holds, where its lines are, and what is wrong so far."""

    values: Mapping[str, yaml.Node]
    line: int
    where: Where
    mistakes: list[Mistake] = field(default_factory=list)

    def refuse(self, key: str, code: str, value: object = "", **more: object) -> None:
        line = _line(self.values[key]) if key in self.values else self.line
        self.mistakes.append(Mistake((*self.where, key), code, value, more, line))

    def text(self, key: str) -> str | None:
        """A line of text; None where the key is absent or says null."""
        value = self._scalar(key)
        if value is not None and not isinstance(value, str):
            self.refuse(key, "not_text", value, longest=200)
            return str(value)
        return value

    def number(self, key: str, most: float) -> float:
        value = self._scalar(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            if key in self.values:
                self.refuse(key, "not_degrees", value, lowest=-most, highest=most)
            return 0.0
        return float(value)

    def yes(self, key: str, default: bool) -> bool:
        value = self._scalar(key)
        if value is not None and not isinstance(value, bool):
            self.refuse(key, "not_yes_or_no", value)
        return value if isinstance(value, bool) else default

    def _scalar(self, key: str) -> Any:
        node = self.values.get(key)
        return None if node is None else _plain(node)


def import_groups(
    session: Session, content: bytes | str, by: str, now: datetime, sites: Collection[str] | None = None
) -> list[tuple[str, str]]:
    """Make or change every group of the file and return each id with "created" or "changed".

    With any mistake in the file nothing is changed: GroupRefused lists all of them with their lines.
    """
    drafts, mistakes = read(content)
    known = groups.parents_of(session)
    parents = known | {draft.id: draft.parent_id for draft, _ in drafts}
    noted = {(mistake.line, mistake.where[-1:]) for mistake in mistakes}
    for draft, section in drafts:
        found = (_placed(mistake, section) for mistake in mistakes_of(draft, parents, sites))
        mistakes += [mistake for mistake in found if (mistake.line, mistake.where[-1:]) not in noted]
    mistakes += _twice(drafts)
    if mistakes:
        raise GroupRefused(sorted(mistakes, key=lambda mistake: mistake.line or 0))
    return [_take_over(session, draft, known, by, now) for draft in _parents_first([draft for draft, _ in drafts])]


def read(content: bytes | str) -> tuple[list[tuple[GroupDraft, Section]], list[Mistake]]:
    """The drafts of a file with the place of each, and what is wrong with its form."""
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        _require_modest(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        return [], [Mistake((), "not_yaml", "not UTF-8")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return [], [Mistake((), "not_yaml", getattr(error, "problem", None) or "", line=mark.line + 1 if mark else 1)]
    mistakes: list[Mistake] = []
    top = _section(root, (), ("groups",), mistakes)
    nodes = enumerate(_items(top, "groups"))
    sections = [_section(node, ("groups", index), GROUP_KEYS, mistakes) for index, node in nodes]
    drafts = [(_draft(section), section) for section in sections if section.values]
    for section in (top, *sections):
        mistakes += section.mistakes
    return drafts, mistakes


def _draft(section: Section) -> GroupDraft:
    for key in NEEDED:
        if key not in section.values:
            section.refuse(key, "missing")
    return GroupDraft(
        id=section.text("id") or "",
        name=section.text("name") or "",
        latitude=section.number("latitude", 90),
        longitude=section.number("longitude", 180),
        site_id=section.text("site"),
        level=section.text("level") or "guards",
        parent_id=section.text("parent"),
        language=section.text("language") or "en",
        is_active=section.yes("active", True),
        chats=tuple(_chats(section)),
    )


def _chats(section: Section) -> Iterator[ChatDraft]:
    for index, node in enumerate(_items(section, "chats", is_needed=False)):
        chat = _section(node, (*section.where, "chats", index), CHAT_KEYS, section.mistakes)
        if "kind" not in chat.values:
            chat.refuse("kind", "missing")
        yield ChatDraft(chat.text("kind") or "", chat.text("address") or "", chat.text("secret"))
        section.mistakes += chat.mistakes


def _section(node: yaml.Node | None, where: Where, known: tuple[str, ...], mistakes: list[Mistake]) -> Section:
    """A mapping with known keys; anything else is noted, and read as an empty one."""
    line = _line(node) if node is not None else 1
    if not isinstance(node, yaml.MappingNode) or not node.value:
        mistakes.append(Mistake(where or ("groups.yaml",), "not_a_mapping", line=line))
        return Section({}, line, where)
    section = Section({str(key.value): value for key, value in node.value}, line, where)
    for index, (key, _value) in enumerate(node.value):
        if key.value not in known:
            more = {"known": ", ".join(known)}
            mistakes.append(Mistake((*where, str(key.value)), "unknown_key", "", more, _line(key)))
        if any(key.value == earlier.value for earlier, _ in node.value[:index]):
            mistakes.append(Mistake((*where, str(key.value)), "twice", str(key.value), {}, _line(key)))
    return section


def _items(section: Section, key: str, *, is_needed: bool = True) -> list[yaml.Node]:
    node = section.values.get(key)
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if node is not None:
        section.refuse(key, "not_a_list")
    elif is_needed and section.values:
        section.refuse(key, "missing")
    return []


def _plain(node: yaml.Node) -> Any:
    """A scalar as YAML reads it; a list or a mapping as the text that stands for it."""
    if not isinstance(node, yaml.ScalarNode):
        return ()
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError):  # a tag that says it is what it is not
        return node.value


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _require_modest(text: str) -> None:
    """Refuse what is no groups.yaml before it is built: too long, too deep, or growing out of references."""
    if len(text) > LONGEST_BYTES:
        raise yaml.MarkedYAMLError(problem=f"longer than {LONGEST_BYTES} letters")
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST or isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise yaml.MarkedYAMLError(problem=f"line {line}: nested too deeply, or a reference")


def _placed(mistake: Mistake, section: Section) -> Mistake:
    """A mistake of a draft, at its line of the file."""
    node: yaml.Node | None = section.values.get(str(mistake.where[0]))
    line = _line(node) if node is not None else section.line
    for step in mistake.where[1:]:
        node = _inside(node, step)
        line = _line(node) if node is not None else line
    return replace(mistake, where=(*section.where, *mistake.where), line=line)


def _inside(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return node.value[step]  # type: ignore[no-any-return]
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None


def _twice(drafts: list[tuple[GroupDraft, Section]]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for draft, section in drafts:
        if draft.id and draft.id in seen:
            yield _placed(Mistake(("id",), "twice", draft.id), section)
        seen.add(draft.id)


def _parents_first(drafts: list[GroupDraft]) -> list[GroupDraft]:
    """In an order in which each group's parent is there before it."""
    left = {draft.id: draft for draft in drafts}
    ordered: list[GroupDraft] = []
    while left:
        ready = [draft for draft in left.values() if draft.parent_id not in left]
        ordered += ready
        for draft in ready:
            del left[draft.id]
    return ordered


def _take_over(
    session: Session, draft: GroupDraft, known: Mapping[str, str | None], by: str, now: datetime
) -> tuple[str, str]:
    if draft.id in known:
        groups.change(session, draft.id, draft, by, now)
        return draft.id, "changed"
    groups.create(session, draft, by, now)
    return draft.id, "created"
