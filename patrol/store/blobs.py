"""Pictures beside the database: written once under an unguessable key, found by key, deleted by key."""

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from patrol.values import PatrolError

KEY = re.compile(r"[a-z]+/\d{4}/\d{2}/\d{2}/[0-9a-f]{32}\.jpg")
PART = ".part"  # a picture until it is whole


class PictureGone(PatrolError):
    """The picture is not there any more: its time has passed, or it was withdrawn."""


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """One file of the folder."""

    key: str
    n_bytes: int
    written_at: datetime


class Blobs:
    """A folder of pictures. A picture is written before the row that names it and deleted after it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, kind: str, content: bytes, now: datetime) -> str:
        """Write `content` durably and return its key: KIND/yyyy/mm/dd/RANDOM.jpg."""
        key = f"{kind}/{now:%Y/%m/%d}/{uuid.uuid4().hex}.jpg"
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(PART)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        return key

    def get(self, key: str) -> bytes:
        """Read a picture; PictureGone where it was deleted."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise PictureGone(f"{key}: the picture is not kept any more") from None

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
        """Every key, in order."""
        return sorted(stored.key for stored in self.stored())

    def stored(self) -> list[StoredPicture]:
        """Every picture, with its size and age; one deleted meanwhile is left out."""
        return [stored for stored in self._files() if KEY.fullmatch(stored.key)]

    def total_bytes(self) -> int:
        return sum(stored.n_bytes for stored in self._files())

    def delete_unfinished(self, before: datetime) -> int:
        """Delete what a process killed in the middle of `put` left behind before then; return how many files."""
        unfinished = [file for file in self._files() if file.key.endswith(PART) and file.written_at < before]
        for file in unfinished:
            (self.folder / file.key).unlink(missing_ok=True)
        return len(unfinished)

    def _files(self) -> Iterator[StoredPicture]:
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    status = path.stat()
                    written_at = datetime.fromtimestamp(status.st_mtime, UTC)
                    yield StoredPicture(path.relative_to(self.folder).as_posix(), status.st_size, written_at)

    def _delete_all(self, keys: list[str]) -> None:
        while keys:
            self.delete(keys.pop())

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"not a picture key: {key!r}")
        return self.folder / key
