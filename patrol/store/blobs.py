"""Pictures and clips beside the database: written once under an unguessable key, found by key, deleted by key."""

import errno
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from patrol.values import PatrolError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
JPEG, MP4, PART = ".jpg", ".mp4", ".part"  # it has the last name until all of it is on disk
CLIP = "clip"  # the kind that is no picture
DATED = r"\d{4}/\d{2}/\d{2}/[0-9a-f]{32}"
KEY = re.compile(rf"clip/{DATED}\.(?:mp4|part)|(?!clip/)[a-z]+/{DATED}\.(?:jpg|part)")


#: Of the disk, left to the database, which mostly lies there too: a hit's row matters more than its pictures.
RESERVE_BYTES = 64_000_000
#: Of the disk, left to some thousand hits' pictures by clips: a hit can be decided without its clip.
CLIP_RESERVE_BYTES = 500_000_000


class PictureGone(PatrolError):
    """The picture is not there any more: its time has passed, or it was withdrawn."""


class NoRoom(OSError, PatrolError):
    """The disk has no room for a picture; `errno` says so too."""

    def __init__(self, code: int, folder: Path) -> None:
        OSError.__init__(self, code, os.strerror(code), str(folder))


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """One file of the folder."""

    key: str
    n_bytes: int
    written_at: datetime

    @property
    def is_whole(self) -> bool:
        return not self.key.endswith(PART)


class Blobs:
    """A folder of pictures and clips. One is written before the row that names it and deleted after it."""

    def __init__(
        self, folder: Path, reserve_bytes: int = RESERVE_BYTES, clip_reserve_bytes: int = CLIP_RESERVE_BYTES
    ) -> None:
        self.folder = folder
        self.reserve_bytes, self.clip_reserve_bytes = reserve_bytes, clip_reserve_bytes

    def free_bytes(self) -> int:
        """What is free of the disk that the folder is on, or will be."""
        folder = self.folder.absolute()
        return shutil.disk_usage(next(it for it in (folder, *folder.parents) if it.exists())).free

    def put(self, kind: str, content: bytes, now: datetime) -> str:
        """Write `content` durably and return its key: KIND/yyyy/mm/dd/RANDOM.jpg, or .mp4 of a clip.

        NoRoom where that would leave less than the reserve, which is larger for a clip.
        """
        key = f"{kind}/{now:%Y/%m/%d}/{uuid.uuid4().hex}{MP4 if kind == CLIP else JPEG}"
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.free_bytes() - len(content) < (self.clip_reserve_bytes if kind == CLIP else self.reserve_bytes):
            raise NoRoom(errno.ENOSPC, self.folder)
        part = path.with_suffix(PART)
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:  # a full disk is no place for half a picture
            part.unlink(missing_ok=True)
            if error.errno in NO_ROOM:
                raise NoRoom(error.errno, self.folder) from None
            raise
        return key

    def get(self, key: str) -> bytes:
        """Read a picture; PictureGone where it was deleted."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise PictureGone(f"{key}: the picture is not kept any more") from None

    def has(self, key: str) -> bool:
        return self._path(key).exists()

    def delete(self, key: str) -> None:
        """Delete a picture; nothing happens where it is gone already."""
        self._path(key).unlink(missing_ok=True)

    def put_with(self, session: Session, kind: str, content: bytes, now: datetime) -> str:
        """Write a picture for a row of this transaction; a rollback deletes it again.

        A process killed in between, or a commit with unknown outcome, leaves it to retention's sweep.
        """
        key = self.put(kind, content, now)
        undecided = [key]

        @event.listens_for(session, "before_commit")
        def stay(_: Session) -> None:
            if not session.in_nested_transaction():
                undecided.clear()

        @event.listens_for(session, "after_rollback")
        def go(_: Session) -> None:
            self._delete_all(undecided)

        return key

    def delete_with(self, session: Session, key: str) -> None:
        """Delete a picture once this transaction has committed that no row names it any more."""
        doomed = [key]

        @event.listens_for(session, "after_commit")
        def go(_: Session) -> None:
            if not session.in_nested_transaction():
                self._delete_all(doomed)

        @event.listens_for(session, "after_rollback")
        def stay(_: Session) -> None:
            doomed.clear()

    def keys(self) -> list[str]:
        """The key of every whole picture, in order."""
        return sorted(stored.key for stored in self.stored() if stored.is_whole)

    def total_bytes(self) -> int:
        return sum(stored.n_bytes for stored in self.stored())

    def stored(self) -> list[StoredPicture]:
        """Every picture with its size and age, half-written ones too; one deleted meanwhile is left out."""
        return list(_pictures_in(str(self.folder), len(str(self.folder)) + 1))

    def _delete_all(self, keys: list[str]) -> None:
        while keys:
            self.delete(keys.pop())

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"not a picture key: {key!r}")
        return self.folder / key


def _pictures_in(folder: str, n_prefix: int) -> Iterator[StoredPicture]:
    """Walk by os.scandir, since a site keeps a hundred thousand pictures and is asked every minute."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _pictures_in(entry.path, n_prefix)
            elif KEY.fullmatch(key := entry.path[n_prefix:]):
                with suppress(FileNotFoundError):
                    status = entry.stat()
                    yield StoredPicture(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
