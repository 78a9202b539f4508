"""What is handed in for an import: the files of a folder or a ZIP by safe names, read one at a time and bounded."""

import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Protocol

from patrol.watchlist.photos import MAX_PHOTO_BYTES
from patrol.watchlist.refusals import ImportRefused, PhotoRefused

MAX_FILES = 20_000
MAX_TOTAL_BYTES = 16 * 2**30  # unpacked; twice as much as 20,000 photos of ordinary size
MAX_RATIO = 100  # photos are compressed already; what shrinks a hundredfold is none
RATIO_FROM_BYTES = 2**20  # below a megabyte a ratio says nothing and costs nothing
MAX_DIRECTORY_BYTES = 8 * 2**20  # of a ZIP's own list of files: 20,000 names of 350 bytes
UTF8_NAME = 0x800  # flag of a ZIP entry: its name is UTF-8
ENCRYPTED = 0x1  # flag of a ZIP entry
ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
DEBRIS = re.compile(
    r"(^|/)(__MACOSX/|\.[^./]|thumbs\.db$|desktop\.ini$)", re.IGNORECASE
)  # what systems leave in folders


class Bundle(Protocol):
    """Files by name. A name has parts joined by "/", is normalised (NFC) and never leaves its bundle."""

    @property
    def names(self) -> list[str]: ...

    @property
    def refused(self) -> Mapping[str, PhotoRefused]:
        """Files that are not even looked at, and why."""
        ...

    def read(self, name: str) -> bytes:
        """Read one file, at most MAX_PHOTO_BYTES; PhotoRefused where it cannot be read."""
        ...


class Folder:
    """The files below a folder. Links are not followed: they may lead out of it."""

    def __init__(self, root: Path) -> None:
        self.names: list[str] = []
        self.refused: dict[str, PhotoRefused] = {}
        self._paths: dict[str, Path] = {}
        for path in _files_below(root):
            name = unicodedata.normalize("NFC", _decoded(os.fsencode(path.relative_to(root).as_posix())))
            if DEBRIS.search(name):
                continue
            if (refusal := _refused_on_disk(name, path)) is not None:
                self.refused[name] = refusal
            else:
                self.names.append(name)
                self._paths[name] = path
            _limit_files(len(self.names) + len(self.refused))

    def read(self, name: str) -> bytes:
        try:
            with self._paths[name].open("rb") as file:
                return _bounded(file)
        except OSError as error:
            raise PhotoRefused("unreadable", problem=error.strerror or "") from None


class Zip:
    """The files in a ZIP. Nothing is unpacked to disk, and nothing is believed about sizes."""

    def __init__(self, file: BinaryIO) -> None:
        self.names: list[str] = []
        self.refused: dict[str, PhotoRefused] = {}
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._archive = _opened(file)
        total_bytes = 0
        for entry in self._archive.infolist():
            name = entry_name(entry)
            if entry.is_dir() or DEBRIS.search(name):
                continue
            total_bytes += entry.file_size
            if name in self._entries or name in self.refused:
                refusal: PhotoRefused | None = PhotoRefused("duplicate_name")
                name = f"{name} (2)"
            else:
                refusal = _refused_in_zip(name, entry)
            if refusal is None:
                self.names.append(name)
                self._entries[name] = entry
            else:
                self.refused[name] = refusal
        if total_bytes > MAX_TOTAL_BYTES:
            raise ImportRefused("archive_too_large", limit_gb=MAX_TOTAL_BYTES // 2**30)

    def read(self, name: str) -> bytes:
        try:
            with self._archive.open(self._entries[name]) as file:
                return _bounded(file)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError):
            raise PhotoRefused("damaged_entry") from None


class Shelf:
    """Finds files as people name them in a table: with or without folder and ending, in whatever case."""

    def __init__(self, names: Sequence[str]) -> None:
        self._by_way: dict[str, list[str]] = defaultdict(list)
        for name in names:
            path = PurePosixPath(name.casefold())
            for way in {str(path), path.name, str(path.with_suffix("")), path.stem}:
                self._by_way[way].append(name)
        self._names = set(names)

    def find(self, said: str) -> str:
        """The one file that is meant; PhotoRefused where there is none or more than one."""
        name = unicodedata.normalize("NFC", said.strip().replace("\\", "/")).removeprefix("./")
        if name in self._names:
            return name
        found = self._by_way.get(name.casefold(), [])
        if len(found) != 1:
            raise PhotoRefused("photo_ambiguous" if found else "photo_missing")
        return found[0]


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name of a ZIP entry as its author typed it.

    Without the UTF-8 flag the standard says cp437 and zipfile decodes so; macOS writes UTF-8 there and a Chinese
    Windows GBK.
    """
    name = entry.orig_filename.split("\0")[0]
    if not entry.flag_bits & UTF8_NAME:
        name = _decoded(name.encode("cp437"))
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _decoded(name: bytes) -> str:
    """Read a name that does not say its encoding; what neither of ours can read is read as cp437, which can all."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("cp437")


def _opened(file: BinaryIO) -> zipfile.ZipFile:
    try:
        if _directory_bytes(file) > MAX_DIRECTORY_BYTES:
            raise ImportRefused("too_many_files", limit=MAX_FILES)
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise ImportRefused("not_a_zip") from None
    _limit_files(len(archive.infolist()))
    return archive


def _directory_bytes(file: BinaryIO) -> int:
    """What a ZIP says its list of files takes, read before zipfile reads that list into memory."""
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - 2**16 - 22))
    tail = file.read()
    file.seek(0)
    end, end64 = tail.rfind(b"PK\5\6"), tail.rfind(b"PK\6\6")
    sizes = [int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0]
    if end64 >= 0:
        sizes = [size for size in sizes if size != 0xFFFFFFFF]
        sizes.append(int.from_bytes(tail[end64 + 40 : end64 + 48], "little"))
    return max(sizes)


def _limit_files(n: int) -> None:
    if n > MAX_FILES:
        raise ImportRefused("too_many_files", limit=MAX_FILES)


def _files_below(root: Path) -> Iterator[Path]:
    """Every file below a folder in the order of names; a linked folder counts as a file."""
    for folder, folders, files in os.walk(root):
        folders.sort()
        links = [name for name in folders if Path(folder, name).is_symlink()]
        yield from (Path(folder, name) for name in sorted([*files, *links]))


def _refused_on_disk(name: str, path: Path) -> PhotoRefused | None:
    if path.is_symlink():
        return PhotoRefused("symlink")
    if not path.is_file():
        return PhotoRefused("not_a_file")
    return _refused_by_name(name)


def _refused_in_zip(name: str, entry: zipfile.ZipInfo) -> PhotoRefused | None:
    if _is_unsafe(name):
        return PhotoRefused("unsafe_path")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return PhotoRefused("symlink")
    if entry.flag_bits & ENCRYPTED:
        return PhotoRefused("encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return PhotoRefused("unsupported_compression")
    if entry.file_size > max(RATIO_FROM_BYTES, MAX_RATIO * entry.compress_size):
        return PhotoRefused("bomb")
    return _refused_by_name(name)


def _refused_by_name(name: str) -> PhotoRefused | None:
    return PhotoRefused("nested_archive") if name.lower().endswith(ARCHIVES) else None


def _is_unsafe(name: str) -> bool:
    has_control = any(unicodedata.category(letter) == "Cc" for letter in name)
    return has_control or name.startswith("/") or ":" in name[:2] or ".." in PurePosixPath(name).parts


def _bounded(file: IO[bytes]) -> bytes:
    content = file.read(MAX_PHOTO_BYTES + 1)
    if len(content) > MAX_PHOTO_BYTES:
        raise PhotoRefused("too_large_a_file", limit_mb=MAX_PHOTO_BYTES // 2**20)
    return content
