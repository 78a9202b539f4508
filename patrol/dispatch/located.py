"""A file's values with the place of each, whatever kind of file they were read from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from patrol.dispatch.drafts import Mistake, Spot, Where


@dataclass(frozen=True, slots=True)
class Located:
    """A value and where it stands. A list holds further ones, and so does a mapping, by key."""

    value: Any
    spot: Spot
    raw: str = ""  #: a scalar as it was written: 22:00 is a number in YAML, and +86138 is one without its plus

    def find(self, where: Iterable[str | int]) -> "Located":
        """What stands there, or else the last that there is on the way."""
        here = self
        for step in where:
            inside = here._step(step)
            if inside is None:
                return here
            here = inside
        return here

    def _step(self, step: str | int) -> "Located | None":
        if isinstance(self.value, list) and isinstance(step, int):
            return self.value[step] if step < len(self.value) else None
        return self.value.get(step) if isinstance(self.value, dict) else None

    def as_written(self) -> Any:
        """The value without places; scalars as they were written, but for true, false and null."""
        if isinstance(self.value, list):
            return [item.as_written() for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.as_written() for key, item in self.value.items()}
        return self.value if self.value is None or isinstance(self.value, bool) else self.raw


@dataclass
class Section:
    """One mapping of a file being read: each reader notes what is wrong and goes on with a stand-in."""

    here: Located
    where: Where
    known: Sequence[str]
    mistakes: list[Mistake] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.values: dict[str, Located] = self.here.value if isinstance(self.here.value, dict) else {}
        if not self.values:
            self.mistakes.append(Mistake(self.where or (self.here.spot.file,), "not_a_mapping", spot=self.here.spot))
        for key, value in self.values.items():
            if key not in self.known:
                more = {"known": ", ".join(self.known)}
                self.mistakes.append(Mistake((*self.where, key), "unknown_key", "", more, value.spot))

    def refuse(self, key: str, code: str, value: object = "", **more: object) -> None:
        spot = self.here.find((key,)).spot
        self.mistakes.append(Mistake((*self.where, key), code, value, more, spot))

    def require(self, *keys: str) -> None:
        for key in keys:
            if self.values and key not in self.values:
                self.refuse(key, "missing")

    def has(self, key: str) -> bool:
        return key in self.values and self.values[key].value is not None

    def text(self, key: str) -> str | None:
        """A line of text; None where the key is absent or says null."""
        value = self.values[key].value if self.has(key) else None
        if value is not None and not isinstance(value, str):
            self.refuse(key, "not_text", value if not isinstance(value, list | dict) else "", longest=200)
            return ""
        return value

    def written(self, key: str) -> str | None:
        """A text that may look like a number: a phone, an id, a floor."""
        value = self.values[key].value if self.has(key) else None
        is_scalar = isinstance(value, str | int | float) and not isinstance(value, bool)
        return self.values[key].raw if is_scalar else self.text(key)

    def number(self, key: str, stand_in: float, code: str = "not_a_number", **more: object) -> float:
        value = self.values[key].value if key in self.values else stand_in
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(key, code, value if not isinstance(value, list | dict) else "", **more)
            return stand_in
        return float(value)

    def yes(self, key: str, default: bool) -> bool:
        value = self.values[key].value if self.has(key) else default
        if not isinstance(value, bool):
            self.refuse(key, "not_yes_or_no", value if not isinstance(value, list | dict) else "")
            return default
        return value

    def items(self, key: str) -> list[Located]:
        value = self.values[key].value if self.has(key) else []
        if not isinstance(value, list):
            self.refuse(key, "not_a_list")
            return []
        return value

    def sections(self, key: str, known: Sequence[str]) -> list["Section"]:
        """Each mapping of the list at `key`; what is wrong in them counts as wrong here."""
        return [
            Section(item, (*self.where, key, index), known, self.mistakes)
            for index, item in enumerate(self.items(key))
        ]
