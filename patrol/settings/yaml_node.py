"""A YAML file as a tree that knows its lines, read with every mistake noted instead of the first one raised."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

import yaml

from patrol.settings.mistakes import Mistake

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one reads 8,000 streams in under a second
TAG = "tag:yaml.org,2002:"
SECRET_KEY = re.compile(r"pass|pwd|secret|token|user|login|credential", re.IGNORECASE)
USER_INFO = re.compile(r"//.*@")  # up to the last @, for a password may hold one itself, and a slash
NO_PORT = re.compile(r"(//[^/:\s]*):(?!\d{1,5}(?:[/?]|$))[^/\s]*")  # what stands in a port's place may be a password
PASSWORD_WORD = re.compile(r"((?:pass(?:word|wd)?|pwd)=).*", re.IGNORECASE)
MAX_DEPTH = 20  # a streams.yaml has 3
VALUE_SHOWN = 60  # characters


def without_password(text: str) -> str:
    """The text with what stands where an address has its user and password, or behind "password=", hidden."""
    return NO_PORT.sub(r"\1:***", PASSWORD_WORD.sub(r"\1***", USER_INFO.sub("//***@", text)))


def compose(content: bytes, path: Path) -> tuple[yaml.Node | None, list[Mistake]]:
    """Parse a file's bytes to its root node, None where it is empty or cannot be parsed."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return None, [Mistake(path, line, "", "", f"is not UTF-8{_guess(content)}; save the file as UTF-8")]
    try:
        if line := _too_deep(text):
            return None, [Mistake(path, line, "", "", "is nested too deeply")]
        return yaml.compose(text, Loader=Loader), []
    except yaml.MarkedYAMLError as error:
        return None, [_syntax_mistake(error, text, path)]
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        return None, [Mistake(path, line, "", "", f"is not YAML: {error.reason}")]


def _too_deep(text: str) -> int:
    """The line where the file is nested deeper than any of ours is, 0 where it nowhere is."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):  # events come one by one; composing recurses, in C, and crashes
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return event.start_mark.line + 1 if event.start_mark else 1
    return 0


def _guess(content: bytes) -> str:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return " (it looks like GBK)"


def _syntax_mistake(error: yaml.MarkedYAMLError, text: str, path: Path) -> Mistake:
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    lines = text.splitlines()
    if line < len(lines) and "\t" in re.match(r"\s*", lines[line])[0]:  # type: ignore[index]
        return Mistake(path, line + 1, "", "", "is indented with a tab; YAML is indented with spaces")
    return Mistake(path, line + 1, "", "", f"is not YAML: {error.problem or error.context}")


class Entry:
    """One mapping of the file. Each reader notes what is wrong and goes on with a stand-in."""

    def __init__(self, node: yaml.Node, key: str, path: Path, mistakes: list[Mistake]) -> None:
        self.node, self.key, self.path, self.mistakes = node, key, path, mistakes
        self._values: dict[str, yaml.Node] = {}
        self._borrowed: dict[str, Entry] = {}  #: whose the keys are that stand elsewhere in the file
        if isinstance(node, yaml.MappingNode):
            self._note_pairs(node)
        else:
            self._note(node, key, shown(node), "must be keys with values, as in `id: gate`")

    def _note_pairs(self, node: yaml.MappingNode) -> None:
        for name_node, value in node.value:
            name = str(name_node.value) if isinstance(name_node, yaml.ScalarNode) else "?"
            if name in self._values:
                first = self._values[name].start_mark.line + 1
                self._note(name_node, self._key(name), "", f"is given twice, first in line {first}")
            self._values.setdefault(name, value)

    def _key(self, name: str) -> str:
        key = self._borrowed[name].key if name in self._borrowed else self.key
        return ".".join(filter(None, (key, name)))

    def _note(self, node: yaml.Node, key: str, value: str, what: str) -> None:
        self.mistakes.append(Mistake(self.path, node.start_mark.line + 1, key, value, what))

    def refuse(self, name: str, what: str, value: str | None = None) -> None:
        """Note a mistake at key `name`, or at the entry itself where the key is absent."""
        node = self._values.get(name, self.node)
        written = shown(node) if name in self._values else ""
        self._note(node, self._key(name), written if value is None else value, what)

    def line(self, name: str) -> int:
        return int(self._values.get(name, self.node).start_mark.line) + 1

    def has(self, name: str) -> bool:
        return name in self._values

    def is_empty(self, name: str) -> bool:
        """Whether a list without items, or nothing at all, stands at a key that it has."""
        node = self._values.get(name)
        return node is not None and not (node.value if isinstance(node, yaml.CollectionNode) else node.value.strip())

    @property
    def names(self) -> tuple[str, ...]:
        """Every key that it has."""
        return tuple(self._values)

    def borrow(self, other: "Entry", names: Iterable[str]) -> None:
        """Have the other's values where it has none of its own; what is wrong with them is the other's."""
        for name in names:
            if name in other._values and name not in self._values:
                self._values[name], self._borrowed[name] = other._values[name], other

    def give(self, name: str, text: str) -> None:
        """Have this text at a key that it has not."""
        node = yaml.ScalarNode(f"{TAG}str", text, self.node.start_mark, self.node.end_mark)
        self._values.setdefault(name, node)

    def drop(self, *names: str) -> None:
        """Forget keys that have been read."""
        for name in names:
            self._values.pop(name, None)

    def text(self, name: str, default: str | None = None) -> str:
        node = self._find(name, is_required=default is None)
        if node is None:
            return default or ""
        if not isinstance(node, yaml.ScalarNode):
            self.refuse(name, "must be text")
            return ""
        if not node.value.strip():
            self.refuse(name, "must not be empty")
        elif node.tag != f"{TAG}str":
            self.refuse(name, f'must be text; put it in quotes: "{shown(node)}"')
            return ""
        return str(node.value).strip()

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        node = self._find(name, is_required=default is None)
        if node is None:
            return default or 0.0
        value = _number(node)
        if value is None or not low <= value <= high:
            self.refuse(name, f"must be a number from {low:g} to {high:g}")
            return low
        return value

    def count(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number."""
        node = self._find(name, is_required=default is None)
        if node is None:
            return low if default is None else default
        value = _number(node)
        if value is None or not low <= value <= high or value != int(value):
            self.refuse(name, f"must be a whole number from {low} to {high}")
            return low
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        node = self._find(name, is_required=False)
        if node is not None and node.tag != f"{TAG}bool":
            self.refuse(name, "must be true or false")
            return default
        return default if node is None else node.value.lower() in ("true", "yes", "on")

    def texts(self, name: str) -> list[str]:
        """Each text of the list at `name`, which may be absent."""
        node = self._find(name, is_required=False)
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        if node is not None and not isinstance(node, yaml.SequenceNode):
            self.refuse(name, "must be a list, as in [1F, 2F, 3F]")
        for item in items:
            if item.tag != f"{TAG}str" or not item.value.strip():
                key = f"{self._key(name)}[{items.index(item)}]"
                self._note(item, key, shown(item), f'must be text; put it in quotes: "{shown(item)}"')
        return [str(item.value).strip() for item in items if item.tag == f"{TAG}str"]

    def entries(self, name: str, *, is_required: bool = True) -> Iterator["Entry"]:
        """Each mapping of the list at `name`."""
        for key, item in self.items(name, is_required=is_required):
            yield Entry(item, key, self.path, self.mistakes)

    def items(self, name: str, *, is_required: bool = True) -> Iterator[tuple[str, yaml.Node]]:
        """Each item of the list at `name`, with its key."""
        node = self._find(name, is_required=is_required)
        if node is None or node.tag == f"{TAG}null":
            return
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(name, "must be a list; begin each entry with `- `")
            return
        for number, item in enumerate(node.value):
            yield f"{self._key(name)}[{number}]", item

    def refuse_unknown(self, known: Sequence[str]) -> None:
        for name in self._values.keys() - set(known):
            near = get_close_matches(name, known, n=1)
            meant = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            if SECRET_KEY.search(name):
                meant = "a user and a password are not written here: name a secret in `credentials`"
                self.refuse(name, f"unknown key; {meant}", "(hidden)")
            else:
                self.refuse(name, f"unknown key; {meant}")

    def _find(self, name: str, *, is_required: bool) -> yaml.Node | None:
        node = self._values.get(name)
        if node is None and is_required and isinstance(self.node, yaml.MappingNode):
            self.refuse(name, "is missing")
        return node


def _number(node: yaml.Node) -> float | None:
    if node.tag not in (f"{TAG}int", f"{TAG}float"):
        return None
    try:
        return float(node.value)
    except ValueError:  # YAML 1.1 also counts in hexadecimal, and 1:30 is a number; a coordinate is neither
        return None


def shown(node: yaml.Node) -> str:
    """A value as a mistake may show it: short, on one line, without passwords."""
    if isinstance(node, yaml.ScalarNode):
        text = without_password(" ".join(str(node.value).split()))
        return text if len(text) <= VALUE_SHOWN else text[:VALUE_SHOWN] + "..."
    return "[...]" if isinstance(node, yaml.SequenceNode) else "{...}"
