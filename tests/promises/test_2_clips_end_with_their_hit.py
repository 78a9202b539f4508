"""Promise 2, of clips: what a camera sent lives in memory, and on disk only beside a hit that has pictures."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from patrol.clips.spans import Lengths
from patrol.clips.writer import Clips
from patrol.hits.clocks import Clocks
from patrol.hits.retention import sweep
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Hit
from patrol.values import Track
from tests.hits.sightings import cast, track
from tests.hits.story import Story
from tests.promises.traces import traces_in_files
from tests.rtsp import make_clip
from tests.streams.rings import filled, packets_of

FIVE_S = timedelta(seconds=5)


@pytest.fixture
def story(database: Database, blobs: Blobs, now: datetime) -> Story:
    with database.write() as session:
        people = cast(session, now)
    return Story(database, blobs, people)


@pytest.fixture
def clips(story: Story, now: datetime, tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """Of a camera that has been sending for ten seconds, and goes on for five more."""
    source = make_clip(tmp_path_factory.mktemp("source") / "clip.mp4", n_frames=375)
    ring = filled(*packets_of(source), now - 2 * FIVE_S)
    return Clips(
        story.database, story.blobs, lambda: now + 2 * FIVE_S, Lengths(FIVE_S, FIVE_S, 10**7), lambda id: ring
    )


def recorded(story: Story, clips: Clips, seen: Track) -> Hit:
    hit = story.see(seen)
    assert hit is not None
    clips.show(hit.id, seen)
    clips.turn()
    assert story.hit(hit.id).clip_key is not None
    return hit


def clips_in(folder: Path) -> list[str]:
    """Everything that looks like a film, half-written ones too."""
    found = [trace.where for trace in traces_in_files(folder) if trace.what == "an MP4"]
    return found + [str(path) for path in folder.rglob("*") if path.suffix in (".mp4", ".part")]


def test_what_a_camera_sends_is_written_for_nobody_but_a_hit(clips: Clips, now: datetime, tmp_path: Path) -> None:
    for _ in range(20):
        clips.turn()
    clips.finish()
    assert clips_in(tmp_path) == []


def test_a_hit_leaves_a_clip_which_the_scanner_sees(
    story: Story, clips: Clips, now: datetime, tmp_path: Path
) -> None:
    recorded(story, clips, track(now))
    assert len(clips_in(tmp_path)) == 2


@pytest.mark.parametrize(("verdict", "kept_for"), [("rejected", timedelta(hours=24)), (None, timedelta(hours=72))])
def test_a_clip_is_gone_with_the_pictures_of_its_hit(
    story: Story, clips: Clips, now: datetime, tmp_path: Path, verdict: str | None, kept_for: timedelta
) -> None:
    hit = recorded(story, clips, track(now))
    if verdict is not None:
        story.decide(hit, verdict)
    sweep(story.database, story.blobs, Clocks(), 10**12, now + kept_for - timedelta(minutes=1))
    assert clips_in(tmp_path) != []
    sweep(story.database, story.blobs, Clocks(), 10**12, now + kept_for)
    assert clips_in(tmp_path) == []
    assert story.hit(hit.id).clip_key is None


def test_no_clip_is_written_for_a_hit_that_was_shed_meanwhile(
    story: Story, clips: Clips, now: datetime, tmp_path: Path
) -> None:
    seen = track(now)
    hit = story.see(seen)
    assert hit is not None
    clips.show(hit.id, seen)
    story.decide(hit, "rejected")
    sweep(story.database, story.blobs, Clocks(), 10**12, now + timedelta(hours=24))
    clips.turn()
    assert clips_in(tmp_path) == []


def test_the_clip_of_a_worse_look_leaves_nothing(story: Story, clips: Clips, now: datetime, tmp_path: Path) -> None:
    hit = recorded(story, clips, track(now - FIVE_S, quality=0.4))
    with story.database.write() as session:
        row = session.get_one(Hit, hit.id)
        row.clip_began_at = now - timedelta(minutes=5)  # an earlier passage's
    seen = track(now, quality=0.9)
    story.see(seen)
    clips.show(hit.id, seen)
    clips.turn()
    assert len(clips_in(tmp_path)) == 2
