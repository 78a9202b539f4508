"""Hits of a recording get their clips out of its file."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import av
import pytest

from patrol.clips.recorded import clip_recording
from patrol.clips.spans import Lengths
from patrol.store.tables import Hit
from tests.hits.sightings import track
from tests.hits.story import Story
from tests.rtsp import make_clip

TWO_S = Lengths(timedelta(seconds=2), timedelta(seconds=2), 20_000_000)
OFF = Lengths(timedelta(0), timedelta(0), 20_000_000)
Clip = Callable[..., int]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


def seen_at(story: Story, now: datetime, at_s: float) -> Hit:
    hit = story.see(track(now + timedelta(seconds=at_s), length_s=0.0), origin="replay")
    assert hit is not None
    return hit


def cut(story: Story, path: Path, now: datetime, *hits: Hit, lengths: Lengths = TWO_S) -> int:
    ids = [hit.id for hit in hits]
    return clip_recording(
        path, now, ids, story.database, story.blobs, lengths, actor="worker:replay", clock=lambda: now
    )


def brightest(story: Story, hit: Hit) -> list[float]:
    """When each picture of the clip is shown, seconds after the hit's look."""
    row = story.hit(hit.id)
    assert row.clip_key is not None
    assert row.clip_began_at is not None
    offset_s = (row.seen_at - row.clip_began_at).total_seconds()
    with av.open(io.BytesIO(story.blobs.get(row.clip_key))) as container:
        return [frame.time - offset_s for frame in container.decode(video=0)]


@pytest.mark.parametrize(
    ("name", "encoder", "kept"),
    [
        ("a.mp4", "libx264", "h264"),
        ("b.mkv", "libx264", "h264"),
        ("c.ts", "libx264", "h264"),
        ("d.mp4", "libx265", "hevc"),
        ("e.avi", "mpeg4", "h264"),
        ("f.mov", "mjpeg", "h264"),
    ],
)
def test_a_recording_in_any_container_gives_the_seconds_around_its_hit(
    story: Story, now: datetime, folder: Path, name: str, encoder: str, kept: str
) -> None:
    path = make_clip(folder / name, codec=encoder, n_frames=500)
    hit = seen_at(story, now, 12.0)
    assert cut(story, path, now, hit) == 1
    assert story.hit(hit.id).clip_codec == kept
    shown_s = brightest(story, hit)
    assert -4.1 < shown_s[0] <= -1.9
    assert min(abs(at_s) for at_s in shown_s) < 0.01
    assert shown_s[-1] == pytest.approx(2.0, abs=0.1)


def test_at_the_ends_of_the_file_there_is_less(story: Story, now: datetime, folder: Path) -> None:
    path = make_clip(folder / "ends.mp4", n_frames=100)
    hit = seen_at(story, now, 0.4)
    assert cut(story, path, now, hit) == 1
    shown_s = brightest(story, hit)
    assert shown_s[0] == pytest.approx(-0.4, abs=0.01)
    assert cut(story, path, now, hit) == 0  # it has one


def test_what_is_no_recording_any_more_gives_no_clip(story: Story, now: datetime, folder: Path) -> None:
    path = folder / "spoiled.mp4"
    path.write_bytes(make_clip(folder / "whole.mp4").read_bytes()[:900])
    hit = seen_at(story, now, 1.0)
    assert cut(story, path, now, hit) == 0
    assert cut(story, folder / "nowhere.mp4", now, hit) == 0
    assert story.hit(hit.id).clip_key is None


def test_without_seconds_there_is_no_clip(story: Story, now: datetime, folder: Path) -> None:
    hit = seen_at(story, now, 1.0)
    assert cut(story, make_clip(folder / "off.mp4"), now, hit, lengths=OFF) == 0
