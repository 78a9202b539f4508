"""Who looked at which camera, and at whose clip, is on record, once an hour and not with every part."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.engine import Database
from patrol.store.tables import Event, Hit
from patrol.values import Stream

VIEWED, CLIP_VIEWED, CLIP_SAVED = "stream.viewed", "hit.clip_viewed", "hit.clip_saved"  # events
ONCE_A = timedelta(hours=1)


class Viewings:
    """Remembers what it has written, so that a picture costs no look into the database."""

    def __init__(self) -> None:
        self._noted_at: dict[tuple[str, str], datetime] = {}

    def note(self, database: Database, viewer: str, streams: Sequence[Stream], now: datetime) -> None:
        """Write down that `viewer` ("user:NAME") looks at these streams, where the last hour does not say so."""
        new = [stream for stream in streams if not self._is_noted(viewer, stream.id, now)]
        if not new:
            return
        with database.write() as session:
            for stream in new:
                if not _is_written(session, VIEWED, viewer, f"stream:{stream.id}", now):
                    say_viewed(session, viewer, stream, now)
        self._noted_at |= {(viewer, stream.id): now for stream in new}

    def note_clip(self, database: Database, viewer: str, hit: Hit, now: datetime) -> None:
        """Write down that `viewer` looks at a hit's clip, once an hour: a player asks for it in parts."""
        subject = f"hit:{hit.id}"
        if self._is_noted(viewer, subject, now):
            return
        with database.write() as session:
            if not _is_written(session, CLIP_VIEWED, viewer, subject, now):
                say_clip(session, CLIP_VIEWED, viewer, hit, now)
        self._noted_at[viewer, subject] = now

    def _is_noted(self, viewer: str, what: str, now: datetime) -> bool:
        noted_at = self._noted_at.get((viewer, what))
        return noted_at is not None and now - noted_at < ONCE_A


def say_viewed(session: Session, viewer: str, stream: Stream, now: datetime) -> None:
    """Put one look at a camera on record."""
    events.append(session, VIEWED, actor=viewer, subject=f"stream:{stream.id}", site_id=stream.site.id, now=now)


def say_clip(session: Session, kind: str, viewer: str, hit: Hit, now: datetime) -> None:
    """Put on record that somebody looked at a hit's clip, or saved it."""
    about = {"hit_id": str(hit.id), "number": hit.number}
    events.append(session, kind, actor=viewer, subject=f"hit:{hit.id}", site_id=hit.site_id, now=now, **about)


def _is_written(session: Session, kind: str, viewer: str, subject: str, now: datetime) -> bool:
    """Also by another `patrol serve`, or by this one before it was started again."""
    found = select(Event.seq).where(
        Event.subject == subject, Event.kind == kind, Event.actor == viewer, Event.at > now - ONCE_A
    )
    return session.scalar(found.limit(1)) is not None
