"""Takes a network of somebody's own into the models folder: a copy of the file, and its entry in the manifest."""

import hashlib
import re
import shutil
from dataclasses import dataclass, fields
from pathlib import Path

from patrol.faces.inspection import Understood
from patrol.faces.manifest import FILE_NAME, LANDMARKS, Landmark, NetworkInput, Weights, read_manifest
from patrol.faces.weights import entry
from patrol.values import PatrolError

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
SCRFD_SCORE = 0.5  # from which InsightFace's own code calls it a face
YUNET_SCORE = 0.6


class NotAdded(PatrolError):
    """A network is not taken into the models folder."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose a network is, in the words of who adds it."""

    licence: str
    allows_commercial_use: bool
    rights: str
    trained_on: str


def add(
    models_dir: Path,
    file: Path,
    name: str,
    understood: Understood,
    origin: Origin,
    landmarks: tuple[Landmark, ...] = LANDMARKS,
) -> Weights:
    """Copy `file` to NAME.onnx and write NAME.toml beside it; NotAdded where the name is taken or is none.

    The version holds the beginning of the file's hash: templates of another file under this name are told apart.
    """
    if not NAME.fullmatch(name) or f"{name}.toml" == FILE_NAME:
        raise NotAdded(f"{name!r} is no name: lower-case letters, digits, - and _, beginning with a letter or digit")
    if name in read_manifest(models_dir):
        raise NotAdded(f"{name} is in the manifest already: take another name")
    models_dir.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    shutil.copyfile(file, models_dir / f"{name}.onnx")
    text = _entry_text(name, digest, understood, origin, landmarks)
    (models_dir / f"{name}.toml").write_text(text, encoding="utf-8")
    return entry(read_manifest(models_dir), name)


def _entry_text(
    name: str, digest: str, understood: Understood, origin: Origin, landmarks: tuple[Landmark, ...]
) -> str:
    head: dict[str, object] = {
        "role": understood.role,
        "format": understood.format,
        "version": f"{name}-{digest[:8]}",
        "file": f"{name}.onnx",
        "sha256": digest,
        "conversion": "none",
        "is_default": False,
        "licence": origin.licence,
        "allows_commercial_use": origin.allows_commercial_use,
        "rights": origin.rights,
        "trained_on": origin.trained_on,
    }
    if understood.role == "detector":
        head["landmarks"] = landmarks
        head["face_score"] = SCRFD_SCORE if understood.format == "scrfd" else YUNET_SCORE
    else:
        head["calibration"] = f"{name}.calibration.json"  # once it was measured
    takes: dict[str, object] = {field.name: getattr(understood.input, field.name) for field in fields(NetworkInput)}
    given = {key: value for key, value in takes.items() if value is not None}
    tables = (_table(name, head), _table(f"{name}.input", given), _table(f"{name}.source", {"sha256": digest}))
    return "\n\n".join(tables) + "\n"


def _table(title: str, values: dict[str, object]) -> str:
    return "\n".join([f"[{title}]", *(f"{key} = {_toml(value)}" for key, value in values.items())])


def _toml(value: object) -> str:
    """One value as TOML: strings are escaped as JSON escapes them, which TOML reads."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped) + '"'
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(_toml(part) for part in value)}]"
    return repr(value)
