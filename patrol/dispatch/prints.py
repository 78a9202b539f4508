"""The pictures of deliveries: drawn once for all chats of a group, kept so that every try sends the same bytes."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock, Semaphore
from uuid import UUID

from patrol.chats.table import LIMITS
from patrol.dispatch import drawing
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery

SHARED_FOR = timedelta(seconds=60)  # in a burst a group's page may be told a while after its chat
MOST_SHARED = 128  # about 40 MB


@dataclass(frozen=True, slots=True)
class Print:
    """What a message shows, and where it is kept."""

    jpeg: bytes = field(repr=False)
    key: str
    sha256: str


@dataclass(slots=True)
class Sheet:
    """A picture just drawn. Whoever wants the same one waits for it instead of drawing it too."""

    drawn_at: datetime
    lock: Lock = field(default_factory=Lock)
    jpeg: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Subject:
    """What two deliveries must have in common to show the same picture."""

    hit_id: UUID | None
    group_id: str
    policy: str
    is_repeat: bool
    is_linked: bool


class Prints:
    """Makes and keeps what a delivery shows."""

    def __init__(self, database: Database, blobs: Blobs, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._sheets: OrderedDict[Subject, Sheet] = OrderedDict()
        self._lock = Lock()
        self._brushes = Semaphore(os.cpu_count() or 1)  # more at once only get in each other's way

    def of(self, claimed: Delivery) -> Print | None:
        """The picture to send, kept; None where there is none. The same at every try that is not a repeat."""
        if not drawing.has_picture(claimed):
            return None
        if claimed.picture_key is not None and not claimed.is_repeat:
            return self._kept(claimed, self._blobs.get(claimed.picture_key))
        jpeg = self._drawn(claimed)
        return self._kept(claimed, jpeg) if jpeg else None

    def forget(self) -> None:
        """Let go of what nobody else will want any more."""
        oldest = self._clock() - SHARED_FOR
        with self._lock:
            for subject, sheet in [*self._sheets.items()]:
                if sheet.drawn_at < oldest or len(self._sheets) > MOST_SHARED:
                    del self._sheets[subject]

    def _drawn(self, claimed: Delivery) -> bytes | None:
        self.forget()
        with self._lock:
            sheet = self._sheets.setdefault(_subject(claimed), Sheet(self._clock()))
        with sheet.lock:
            if sheet.jpeg is None or len(sheet.jpeg) > LIMITS[claimed.chat.kind].picture_bytes:
                sheet.jpeg = self._draw(claimed)
            return sheet.jpeg

    def _draw(self, claimed: Delivery) -> bytes | None:
        with self._brushes, self._database.read() as session:
            return drawing.draw(session, self._blobs, claimed)

    def _kept(self, claimed: Delivery, jpeg: bytes) -> Print:
        sha256 = hashlib.sha256(jpeg).hexdigest()
        is_kept = sha256 == claimed.picture_sha256 and claimed.picture_key is not None
        key = claimed.picture_key if is_kept else None
        return Print(jpeg, key or self._blobs.put("delivery", jpeg, self._clock()), sha256)


def _subject(claimed: Delivery) -> Subject:
    is_linked = drawing.goes_by_link(claimed)
    return Subject(claimed.hit_id, claimed.group_id, claimed.group.picture_policy, claimed.is_repeat, is_linked)
