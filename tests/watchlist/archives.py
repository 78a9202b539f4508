"""ZIPs as people and attackers make them."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping


def zip_of(files: Mapping[str, bytes]) -> io.BytesIO:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    archive.seek(0)
    return archive


def raw_zip(
    *entries: tuple[bytes, bytes], flags: int = 0, method: int = 0, attributes: int = 0, claimed: int | None = None
) -> io.BytesIO:
    """A ZIP whose names are the given bytes, with the flags, method, attributes and sizes that you like."""
    body, directory = b"", b""
    for name, content in entries:
        packed = zlib.compress(content)[2:-4] if method == 8 else content
        size = len(content) if claimed is None else claimed
        shared = struct.pack(
            "<HHHHHIIIHH", 20, flags, method, 0, 0, zlib.crc32(content), len(packed), size, len(name), 0
        )
        offset = len(body)
        body += b"PK\3\4" + shared + name + packed
        tail = struct.pack("<HHHII", 0, 0, 0, attributes, offset)
        directory += b"PK\1\2" + struct.pack("<H", 3 << 8 | 20) + shared + tail + name
    n = len(entries)
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, n, n, len(directory), len(body), 0)
    return io.BytesIO(body + directory + end)


def link_zip(name: bytes, target: bytes) -> io.BytesIO:
    return raw_zip((name, target), attributes=(stat.S_IFLNK | 0o777) << 16)
