"""Records sightings and decides on them, each in a transaction of its own, as worker and web do."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from patrol.hits.leftovers import delete_orphans
from patrol.hits.record import record
from patrol.hits.retention import hold_quota
from patrol.hits.review import amend, decide
from patrol.store import events
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Decision, Hit, User
from patrol.values import Match, Stream, Track
from tests.hits.sightings import STREAM, Cast, match

COOLDOWN_S = 120.0


class Story:
    """Records sightings into one database, each in a transaction of its own, as a worker does."""

    def __init__(self, database: Database, blobs: Blobs, people: Cast) -> None:
        self.database, self.blobs, self.people = database, blobs, people

    def see(self, seen: Track, found: Match | None = None, stream: Stream = STREAM, **more: Any) -> Hit | None:
        now = seen.last_seen_at
        found = found or match(self.people)
        with self.database.write() as session:
            return record(session, self.blobs, stream, seen, found, now=now, cooldown_s=COOLDOWN_S, **more)

    def decide(
        self,
        hit: Hit,
        verdict: str,
        reason: str | None = None,
        user: User | None = None,
        now: datetime | None = None,
        **more: Any,
    ) -> Decision:
        with self.database.write() as session:
            user, now = user or self.people.rita, now or hit.last_seen_at
            asked = {"round": hit.round, "verdict": verdict, "reason": reason, "user": user, "now": now}
            return decide(session, hit.id, **{**asked, **more})

    def amend(self, hit: Hit, verdict: str, reason: str | None = "mistake", **more: Any) -> Decision:
        with self.database.write() as session:
            asked = {"round": hit.round, "verdict": verdict, "reason": reason, "user": self.people.rita}
            return amend(session, hit.id, **{**asked, "now": hit.last_seen_at, **more})

    def hit(self, id: uuid.UUID) -> Hit:
        with self.database.read() as session:
            return session.get_one(Hit, id)

    def hits(self) -> list[Hit]:
        with self.database.read() as session:
            return list(session.scalars(select(Hit).order_by(Hit.number)))

    def count(self, table: type) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def event_kinds(self) -> list[str]:
        with self.database.read() as session:
            return [event.kind for event in events.after(session, 0)]

    def hold_quota(self, quota_bytes: int, now: datetime) -> tuple[int, int]:
        sizes = {stored.key: stored.n_bytes for stored in self.blobs.stored()}
        return hold_quota(self.database, self.blobs, sizes, quota_bytes, now)

    def orphans_deleted(self, before: datetime) -> int:
        stored = self.blobs.stored()
        with self.database.read() as session:
            return len(delete_orphans(session, self.blobs, stored, before))
