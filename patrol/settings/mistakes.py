"""What is wrong in the settings, said so that its writer finds the place."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from patrol.values import PatrolError


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake in a file. `value` is what was written, never a secret."""

    path: Path
    line: int  #: from 1
    key: str  #: "streams[2].url"
    value: str
    what: str  #: what is wrong, and what would be right

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}"
        key = f" {self.key}:" if self.key else ""
        value = f" {self.value}:" if self.value else ""
        return f"{place}:{key}{value} {self.what}"


class SettingsError(PatrolError):
    """A setting is missing, unknown or out of its range."""

    def __init__(self, message: str = "", mistakes: Iterable[Mistake] = ()) -> None:
        super().__init__(message)
        self.mistakes = tuple(mistakes)

    @classmethod
    def of(cls, mistakes: Iterable[Mistake]) -> Self:
        """One error that lists every mistake, in the order of the file."""
        ordered = sorted(mistakes)
        return cls("\n".join(str(mistake) for mistake in ordered), ordered)
