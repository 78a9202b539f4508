"""A worker before a real camera: its hit has a clip of what the camera sent."""

import io
from dataclasses import replace
from datetime import timedelta

import av
import pytest
from sqlalchemy import select

from patrol.clips.spans import Lengths
from patrol.clips.writer import Clips
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Hit
from patrol.values import PatrolError, Stream
from patrol.watch import Watch
from tests.hits.sightings import face
from tests.rtsp import RtspServer, clips, gstreamer, rtsp_server
from tests.streams.cameras import clock, stream_at
from tests.test_worker import WANDA, FakeFinder, parts_with
from tests.waiting import eventually

__all__ = ["clips", "gstreamer", "rtsp_server"]

LENGTHS = Lengths(timedelta(seconds=5), timedelta(seconds=5), 20_000_000)


class OneStream:
    """The streams to watch: one."""

    error: PatrolError | None = None

    def __init__(self, stream: Stream) -> None:
        self._new: tuple[Stream, ...] | None = (stream,)

    def changed(self) -> tuple[Stream, ...] | None:
        new, self._new = self._new, None
        return new


def first_hit(database: Database) -> Hit | None:
    with database.read() as session:
        return session.scalars(select(Hit)).first()


@pytest.mark.rtsp
@pytest.mark.slow
def test_what_a_camera_sent_around_a_hit_is_kept(rtsp_server: RtspServer, database: Database, blobs: Blobs) -> None:
    parts = parts_with(database, blobs, FakeFinder(face(seed=WANDA)), clock())
    writer = Clips(database, blobs, clock, LENGTHS, lambda id: watch.ring_of(id), "worker:w1")
    parts = replace(parts, clock=clock, show=writer.show)
    watch = Watch(parts, OneStream(stream_at(rtsp_server.urls["/moving"])), str)
    watch.start()
    watch.run_once()
    eventually(lambda: first_hit(database) is not None, within_s=30)
    watch.end()
    writer.finish()
    hit = first_hit(database)
    assert hit is not None
    assert hit.clip_key is not None
    assert hit.clip_began_at is not None
    assert hit.clip_began_at <= hit.seen_at
    with av.open(io.BytesIO(blobs.get(hit.clip_key))) as container:
        pictures = list(container.decode(video=0))
    assert hit.clip_codec == "h264"
    assert (pictures[0].width, pictures[0].height) == (320, 240)
    assert len(pictures) / 25 == pytest.approx(hit.clip_s, abs=0.5)
