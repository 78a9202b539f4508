"""Puts a clip beside its hit's pictures, in one transaction with the columns that name it."""

from datetime import datetime
from uuid import UUID

from patrol.clips.spans import has_its_moment
from patrol.store import events
from patrol.store.blobs import CLIP, Blobs
from patrol.store.engine import Database
from patrol.store.tables import Hit
from patrol.streams.remux import Clip


def find_in_need(database: Database, hit_id: UUID) -> Hit | None:
    """The hit, where a clip is still wanted of it: it is kept with its pictures, and has none of its best look."""
    with database.read() as session:
        hit = session.get(Hit, hit_id)
        return hit if hit is not None and needs_clip(hit) else None


def needs_clip(hit: Hit) -> bool:
    return hit.pictures_shed_at is None and not has_its_moment(hit)


def keep(database: Database, blobs: Blobs, hit_id: UUID, clip: Clip, *, actor: str, now: datetime) -> bool:
    """Write a clip, in place of an earlier one; False where the hit has gone, or wants another by now.

    The file is written before the transaction begins: nobody waits for our disk. Where it comes to nothing it is
    deleted; a process killed in between leaves it to retention's sweep.
    """
    key = blobs.put(CLIP, clip.mp4, now)
    is_kept = False
    try:
        is_kept = _name(database, blobs, hit_id, key, clip, actor=actor, now=now)
    finally:
        if not is_kept:
            blobs.delete(key)
    return is_kept


def _name(database: Database, blobs: Blobs, hit_id: UUID, key: str, clip: Clip, *, actor: str, now: datetime) -> bool:
    with database.write() as session:
        hit = session.get(Hit, hit_id, with_for_update={"of": Hit})
        if hit is None or not needs_clip(hit):
            return False
        if hit.clip_key is not None:
            blobs.delete_with(session, hit.clip_key)
        hit.clip_key, hit.clip_codec = key, clip.codec
        hit.clip_began_at, hit.clip_s = clip.began_at, clip.seconds
        events.append(
            session,
            "hit.updated",
            actor=actor,
            subject=f"hit:{hit.id}",
            site_id=hit.site_id,
            now=now,
            hit_id=str(hit.id),
            number=hit.number,
            stream_id=hit.stream_id,
            grade=hit.grade,
            changes=["clip"],
        )
    return True
