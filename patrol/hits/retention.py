"""Deletes what is past its time, pictures long before rows, and keeps the disk within its quota.

Nothing else deletes pictures of hits but a better look. A run may be killed anywhere, repeated at once and run
beside workers, reviewers and senders: each hit goes in a transaction of its own that looks again first.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.orm import Session

from patrol.hits import flags, leftovers, masks, shedding
from patrol.hits.clocks import Clocks
from patrol.hits.record import PICTURES_NOT_KEPT
from patrol.store import alarms
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.watchlist import volunteers
from patrol.watchlist.changes import SYSTEM

MEGABYTE = 1_000_000
WARN_FROM = 0.85  # of the quota: an admin hears of it before the first picture goes early
CALM_BELOW = 0.8  # of the quota: a little lower, so that the alarm does not come and go
MARGIN_BYTES = 36_000_000  # above what pictures leave free: some hundred hits between two sweeps
CLIP_MARGIN_BYTES = 200_000_000  # above what clips leave free: from there on the disk counts as no longer full


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep deleted, and how full the disk is after it."""

    n_shed_by_clock: int = 0  #: hits whose pictures and templates had had their time
    n_clips_by_quota: int = 0  #: hits whose clip went early, their pictures being kept
    n_shed_by_quota: int = 0  #: hits whose pictures went early
    n_bulletin_pictures: int = 0
    n_hits_deleted: int = 0
    n_people_deleted: int = 0
    n_volunteers: int = 0  #: whose agreement has ended: their pictures and templates went
    n_orphans: int = 0  #: pictures that no row named
    n_log_ins: int = 0
    n_workers: int = 0
    used_bytes: int = 0
    quota_bytes: int = 0

    @property
    def is_over_quota(self) -> bool:
        """Still: what is left is younger than the grace, on its way out, or enrolled photos."""
        return self.used_bytes > self.quota_bytes


def sweep(database: Database, blobs: Blobs, clocks: Clocks, quota_bytes: int, now: datetime) -> SweepReport:
    """Delete what is past its time, then what the quota asks for. A second run at once deletes nothing."""
    due = shedding.past_their_time(clocks, now)
    n_by_clock = sum(bool(_shed(database, blobs, id, due, "clock", now)) for id in _ids(database, due))
    n_deleted = _delete_hits(database, clocks, now)
    n_volunteers = _remove_ended_volunteers(database, blobs, now)
    with database.write() as session:
        n_bulletins = shedding.shed_bulletins(session, blobs, now - clocks.confirmed)
        shedding.forget_strangers(session, now)
        masks.retire(session, now)
        flags.tell(session, now)
        leftovers.delete_old_messages(session, now - clocks.rows)
        leftovers.delete_old_stops(session, now - clocks.rows)
        leftovers.forget_old_members(session, now - clocks.rows)
        n_people = leftovers.delete_ended_people(session, now - clocks.rows)
        leftovers.delete_old_volunteers(session, now - clocks.rows)
        leftovers.delete_old_calibrations(session, now - clocks.rows)
        n_log_ins = leftovers.delete_old_log_ins(session, now)
        n_workers = leftovers.delete_dead_workers(session, now)
    stored = blobs.stored()
    with database.read() as session:
        orphans = leftovers.delete_orphans(session, blobs, stored, now - leftovers.ORPHAN_GRACE)
    gone = {orphan.key for orphan in orphans}
    sizes = {picture.key: picture.n_bytes for picture in stored if picture.key not in gone}
    n_clips = shed_clips(database, blobs, sizes, quota_bytes, now)
    n_by_quota, used_bytes = hold_quota(database, blobs, sizes, quota_bytes, now)
    with database.write() as session:
        _tell_room(session, blobs, now)
    database.flush_deleted()  # also after what others deleted since, and where a reader was in the way last time
    return SweepReport(
        n_by_clock,
        n_clips,
        n_by_quota,
        n_bulletins,
        n_deleted,
        n_people,
        n_volunteers,
        len(orphans),
        n_log_ins,
        n_workers,
        used_bytes,
        quota_bytes,
    )


def shed_clips(database: Database, blobs: Blobs, sizes: dict[str, int], quota_bytes: int, now: datetime) -> int:
    """Shed clips until what is stored fits, or no clip is left: pictures alone still let a hit be decided.

    Above the quota they go to where its alarm is over; on a full disk until pictures have their room. `sizes` has the
    bytes of every picture and clip by its key; those that went are taken out. Returns how many.
    """
    n_shed, used_bytes = 0, sum(sizes.values())
    most_bytes = room_bytes = used_bytes + blobs.free_bytes() - blobs.clip_reserve_bytes - CLIP_MARGIN_BYTES
    if used_bytes > quota_bytes:
        most_bytes = min(room_bytes, int(CALM_BELOW * quota_bytes) - 1)
    if used_bytes <= most_bytes:
        return 0
    for id in _ids(database, shedding.clips_to_go()):
        with database.write() as session:
            key = shedding.shed_clip(session, blobs, id, cause="quota", now=now)
        if key is not None:
            n_shed += 1
            used_bytes -= sizes.pop(key, 0)
        if used_bytes <= most_bytes:
            break
    return n_shed


def hold_quota(
    database: Database, blobs: Blobs, sizes: Mapping[str, int], quota_bytes: int, now: datetime
) -> tuple[int, int]:
    """Raise or clear the alarm, then shed until the pictures fit the quota and the disk.

    `sizes` has the bytes of every picture by its key. Returns how many hits, and the bytes left.
    """
    used_bytes = sum(sizes.values())
    with database.write() as session:
        _tell(session, used_bytes, quota_bytes, now)
    room_bytes = used_bytes + blobs.free_bytes() - blobs.reserve_bytes - MARGIN_BYTES
    most_bytes = min(quota_bytes, room_bytes)
    if used_bytes <= most_bytes:
        return 0, used_bytes
    n_shed, next_to_go = 0, shedding.first_to_go(now)
    for id in _ids(database, next_to_go):
        keys = _shed(database, blobs, id, next_to_go, "quota", now)
        n_shed += bool(keys)
        used_bytes -= sum(sizes.get(key, 0) for key in keys)
        if used_bytes <= most_bytes:
            break
    return n_shed, used_bytes


def _tell(session: Session, used_bytes: int, quota_bytes: int, now: datetime) -> None:
    if used_bytes >= WARN_FROM * quota_bytes:
        used_mb, quota_mb = used_bytes // MEGABYTE, quota_bytes // MEGABYTE
        alarms.sound(session, "disk_quota", "disk:pictures", now, used_mb=used_mb, quota_mb=quota_mb)
    elif used_bytes < CALM_BELOW * quota_bytes:
        alarms.clear(session, "disk_quota", "disk:pictures", now)


def _tell_room(session: Session, blobs: Blobs, now: datetime) -> None:
    """The next hit's pictures have their room again, whenever that hit may come."""
    if blobs.free_bytes() >= blobs.reserve_bytes + MARGIN_BYTES:
        alarms.clear(session, PICTURES_NOT_KEPT, "disk:pictures", now)


def _ids(database: Database, query: Select[uuid.UUID]) -> list[uuid.UUID]:
    with database.read() as session:
        return list(session.scalars(query))


def _shed(
    database: Database, blobs: Blobs, hit_id: uuid.UUID, still: Select[uuid.UUID], cause: str, now: datetime
) -> list[str]:
    with database.write() as session:
        return shedding.shed(session, blobs, hit_id, still, cause=cause, now=now)


def _delete_hits(database: Database, clocks: Clocks, now: datetime) -> int:
    n_deleted = 0
    for id in _ids(database, leftovers.old_rows(now - clocks.rows)):
        with database.write() as session:
            n_deleted += leftovers.delete_hit(session, id, now)
    return n_deleted


def _remove_ended_volunteers(database: Database, blobs: Blobs, now: datetime) -> int:
    n_removed = 0
    for id in _ids(database, volunteers.ended_volunteers(now)):
        with database.write() as session:
            n_removed += volunteers.remove_ended(session, blobs, id, by=SYSTEM, now=now)
    return n_removed
