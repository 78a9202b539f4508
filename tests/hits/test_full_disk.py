"""A full disk costs pictures, and never the hit."""

import errno
from datetime import datetime

import pytest
from sqlalchemy import select

from patrol.store.blobs import Blobs
from patrol.store.tables import Alarm
from tests.hits.sightings import track
from tests.hits.story import Story


class FullDisk(Blobs):
    """Has room for pictures up to so many bytes."""

    room_bytes = 0

    def put(self, kind: str, content: bytes, now: datetime) -> str:
        if len(content) > self.room_bytes:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().put(kind, content, now)


def standing_alarms(story: Story) -> list[str]:
    with story.database.read() as session:
        return list(session.scalars(select(Alarm.code).where(Alarm.cleared_at.is_(None))))


def test_a_full_disk_costs_the_pictures_and_not_the_hit(story: Story, now: datetime) -> None:
    story.blobs = FullDisk(story.blobs.folder)
    story.see(track(now))
    (hit,) = story.hits()
    assert (hit.number, hit.verdict, hit.face_key, hit.frame_key) == (1, None, None, None)
    assert hit.box_xyxy == [200, 100, 260, 180]
    assert standing_alarms(story) == ["pictures_not_kept"]
    assert story.blobs.keys() == []


def test_the_pictures_come_with_the_next_look_that_there_is_room_for(story: Story, now: datetime) -> None:
    story.blobs = full = FullDisk(story.blobs.folder)
    seen = track(now)
    story.see(seen)
    full.room_bytes = 1_000_000
    story.see(seen)
    (hit,) = story.hits()
    assert full.keys() == sorted(key for key in (hit.face_key, hit.frame_key) if key)
    assert len(full.keys()) == 2
    assert standing_alarms(story) == []


def test_a_disk_that_fills_leaves_the_pictures_that_are_there(story: Story, now: datetime) -> None:
    seen = track(now)
    story.see(seen)
    kept = story.blobs.keys()
    story.blobs = FullDisk(story.blobs.folder)
    story.see(track(now, passage_id=seen.passage_id, quality=0.9))
    (hit,) = story.hits()
    assert story.blobs.keys() == kept == sorted(key for key in (hit.face_key, hit.frame_key) if key)


def test_what_else_goes_wrong_with_a_disk_is_tried_again_by_the_caller(story: Story, now: datetime) -> None:
    class Broken(Blobs):
        def put(self, kind: str, content: bytes, now: datetime) -> str:
            raise OSError(errno.EIO, "Input/output error")

    story.blobs = Broken(story.blobs.folder)
    with pytest.raises(OSError, match="Input/output"):
        story.see(track(now))
    assert story.hits() == []
