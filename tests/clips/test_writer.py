"""A hit gets one clip of the seconds around it, when they have come, and nobody else gets any."""

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import av
import pytest
from structlog.testing import capture_logs

from patrol.clips import writer
from patrol.clips.spans import Lengths
from patrol.clips.writer import MOST_WAITING, TICK_S, Clips
from patrol.store.blobs import Blobs
from patrol.store.tables import Hit
from patrol.streams.decode import VideoPacket
from patrol.streams.ring import Codec, Ring
from patrol.values import Track
from tests.hits.sightings import STREAM, match, track
from tests.hits.story import Story
from tests.rtsp import make_clip
from tests.streams.rings import FRAME, packets_of

LENGTHS = Lengths(timedelta(seconds=5), timedelta(seconds=5), 20_000_000)


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@dataclass
class Gate:
    """A camera that has been sending since `began_at`; its clock is moved by `go_on`."""

    codec: Codec
    packets: list[VideoPacket]
    began_at: datetime
    ring: Ring = field(default_factory=Ring)
    n_sent: int = 0
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.began_at
        self.ring.begin(self.codec)

    def clock(self) -> datetime:
        return self.now

    def ring_of(self, stream_id: str) -> Ring | None:
        return self.ring if stream_id == STREAM.id else None

    def go_on(self, seconds: float) -> datetime:
        until = self.now + s(seconds)
        while (at := self.began_at + self.n_sent * FRAME) <= until:
            self.ring.append(self.packets[self.n_sent % len(self.packets)], at)
            self.n_sent += 1
        self.now = until
        return until


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Codec, list[VideoPacket]]:
    return packets_of(make_clip(tmp_path_factory.mktemp("gate") / "gate.mp4", n_frames=1000))


@pytest.fixture
def gate(source: tuple[Codec, list[VideoPacket]], now: datetime) -> Gate:
    return Gate(*source, began_at=now)


@pytest.fixture
def clips(story: Story, gate: Gate) -> Clips:
    return clips_of(story, gate)


def clips_of(story: Story, gate: Gate, lengths: Lengths = LENGTHS, blobs: Blobs | None = None) -> Clips:
    return Clips(story.database, blobs or story.blobs, gate.clock, lengths, gate.ring_of, "worker:w-1")


def seen(story: Story, clips: Clips, now: datetime, **more: object) -> Hit:
    """A sighting as the worker writes it down, and tells of it."""
    track_seen = track(now, **more)  # type: ignore[arg-type]
    hit = story.see(track_seen)
    assert hit is not None
    clips.show(hit.id, track_seen)
    return hit


def wait(clips: Clips, gate: Gate, seconds: float) -> None:
    for _ in range(round(seconds / TICK_S)):
        gate.go_on(TICK_S)
        clips.turn()


def n_pictures(story: Story, hit: Hit) -> int:
    key = story.hit(hit.id).clip_key
    assert key is not None
    with av.open(io.BytesIO(story.blobs.get(key))) as container:
        return sum(1 for _ in container.decode(video=0))


def n_clips(story: Story) -> int:
    return sum(key.startswith("clip/") for key in story.blobs.keys())  # noqa: SIM118 - no mapping


def test_a_hit_gets_the_seconds_before_and_after_it(story: Story, gate: Gate, clips: Clips) -> None:
    hit = seen(story, clips, gate.go_on(12), length_s=2)
    wait(clips, gate, 4.5)
    assert story.hit(hit.id).clip_key is None
    wait(clips, gate, 1)
    kept = story.hit(hit.id)
    assert kept.clip_began_at == gate.began_at + s(5)
    assert kept.clip_codec == "h264"
    assert kept.clip_s == pytest.approx(12.04)
    assert n_pictures(story, hit) == 301
    assert story.event_kinds() == ["hit.recorded", "hit.updated"]


def test_what_the_ring_lets_go_of_meanwhile_is_held(story: Story, gate: Gate, clips: Clips) -> None:
    gate.ring = Ring(most_s=8)
    gate.ring.begin(gate.codec)
    hit = seen(story, clips, gate.go_on(12))
    wait(clips, gate, 6)
    assert n_pictures(story, hit) > 9 * 25


def test_who_is_still_in_view_is_waited_for(story: Story, gate: Gate, clips: Clips) -> None:
    passage = uuid.uuid4()
    hit = seen(story, clips, gate.go_on(12), passage_id=passage)
    wait(clips, gate, 4)
    story.see(track(gate.now, passage_id=passage, quality=0.1))  # brings nothing new but that
    wait(clips, gate, 4.5)
    assert story.hit(hit.id).clip_key is None
    wait(clips, gate, 1)
    assert story.hit(hit.id).clip_s == pytest.approx(16, abs=0.5)


def test_who_stays_for_minutes_is_waited_for_so_long_only(story: Story, gate: Gate, clips: Clips) -> None:
    passage = uuid.uuid4()
    hit = seen(story, clips, gate.go_on(12), passage_id=passage)
    for _ in range(16):
        wait(clips, gate, 1)
        story.see(track(gate.now, passage_id=passage, quality=0.1))
    assert story.hit(hit.id).clip_s == pytest.approx(22, abs=0.6)


def test_a_better_look_soon_after_is_in_the_one_clip(story: Story, gate: Gate, clips: Clips) -> None:
    passage = uuid.uuid4()
    hit = seen(story, clips, gate.go_on(12), passage_id=passage, quality=0.4)
    wait(clips, gate, 3)
    seen(story, clips, gate.now, passage_id=passage, quality=0.9, length_s=5)
    wait(clips, gate, 8)
    kept = story.hit(hit.id)
    assert kept.clip_began_at is not None
    assert kept.clip_began_at <= kept.first_seen_at < kept.seen_at
    assert n_clips(story) == 1


def test_a_better_look_after_the_clip_makes_another_instead(any_story: Story, gate: Gate) -> None:
    story, clips = any_story, clips_of(any_story, gate)
    passage = uuid.uuid4()
    hit = seen(story, clips, gate.go_on(12), passage_id=passage, quality=0.4)
    wait(clips, gate, 12)
    first = story.hit(hit.id).clip_key
    seen(story, clips, gate.now, passage_id=passage, quality=0.9, length_s=14)
    wait(clips, gate, 8)
    assert story.hit(hit.id).clip_key != first
    assert n_clips(story) == 1


def test_a_second_passage_that_shows_nothing_better_leaves_the_clip(story: Story, gate: Gate, clips: Clips) -> None:
    hit = seen(story, clips, gate.go_on(12), quality=0.9)
    wait(clips, gate, 12)
    first = story.hit(hit.id).clip_key
    assert seen(story, clips, gate.now, quality=0.2).id == hit.id
    wait(clips, gate, 12)
    assert story.hit(hit.id).clip_key == first


def test_a_decision_in_between_does_not_cost_the_clip(story: Story, gate: Gate, clips: Clips) -> None:
    hit = seen(story, clips, gate.go_on(12))
    story.decide(hit, "confirmed", now=gate.now)
    wait(clips, gate, 6)
    assert story.hit(hit.id).clip_key is not None


def test_at_the_end_what_has_come_is_written(story: Story, gate: Gate, clips: Clips) -> None:
    hit = seen(story, clips, gate.go_on(12))
    gate.go_on(1)
    clips.finish()
    assert story.hit(hit.id).clip_s == pytest.approx(8, abs=1)
    clips.finish()
    assert n_clips(story) == 1


def shed(story: Story, hit: Hit) -> None:
    with story.database.write() as session:
        session.get_one(Hit, hit.id).pictures_shed_at = hit.recorded_at


def see_elsewhere(story: Story, hit: Hit) -> None:
    with story.database.write() as session:
        session.get_one(Hit, hit.id).seen_at += s(60)


@pytest.mark.parametrize("meanwhile", [shed, see_elsewhere])
def test_a_hit_that_wants_no_clip_any_more_gets_none(
    story: Story, gate: Gate, clips: Clips, meanwhile: Callable[[Story, Hit], None]
) -> None:
    hit = seen(story, clips, gate.go_on(12))
    meanwhile(story, hit)
    wait(clips, gate, 7)
    assert story.hit(hit.id).clip_key is None
    assert n_clips(story) == 0


@pytest.mark.parametrize("of", ["another stream", "an empty ring", "a hit nobody knows"])
def test_where_there_is_nothing_there_is_no_clip_and_no_fault(
    story: Story, gate: Gate, clips: Clips, of: str
) -> None:
    gate.go_on(12)
    if of == "an empty ring":
        gate.ring = Ring()
    found = story.see(track(gate.now), match(story.people))
    assert found is not None
    shown = track(gate.now) if of != "another stream" else _elsewhere(gate.now)
    clips.show(uuid.uuid4() if of == "a hit nobody knows" else found.id, shown)
    gate.now += s(10)
    clips.turn()
    assert story.hit(found.id).clip_key is None


def _elsewhere(now: datetime) -> Track:
    return replace(track(now), stream_id="roof")


def test_seconds_of_0_make_no_clips(story: Story, gate: Gate) -> None:
    clips = clips_of(story, gate, Lengths(s(0), s(0), 10**7))
    hit = seen(story, clips, gate.go_on(12))
    wait(clips, gate, 7)
    assert story.hit(hit.id).clip_key is None


def test_only_so_many_wait(story: Story, gate: Gate, clips: Clips) -> None:
    gate.go_on(12)
    for _ in range(MOST_WAITING + 5):
        clips.show(uuid.uuid4(), track(gate.now))
    hit = seen(story, clips, gate.now)
    wait(clips, gate, 7)
    assert story.hit(hit.id).clip_key is None


def test_only_so_much_is_held(story: Story, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    gate.go_on(12)
    of_a_second = gate.ring.gops()[0].n_bytes
    monkeypatch.setattr(writer, "HELD_BYTES", 5 * of_a_second)
    clips = clips_of(story, gate)
    hit = seen(story, clips, gate.now)
    for _ in range(3):
        clips.show(uuid.uuid4(), track(gate.now))
    assert sum(waiting.n_bytes for waiting in clips._waiting.values()) <= 5 * of_a_second
    wait(clips, gate, 7)
    assert story.hit(hit.id).clip_key is not None


class FullDisk(Blobs):
    """Has no room for its first clips."""

    n_refused = 0

    def put(self, kind: str, content: bytes, now: datetime) -> str:
        if self.n_refused < 3:
            self.n_refused += 1
            raise OSError(28, "No space left on device")
        return super().put(kind, content, now)


def test_a_full_disk_is_tried_again(story: Story, gate: Gate, tmp_path: Path) -> None:
    clips = clips_of(story, gate, blobs=FullDisk(story.blobs.folder))
    hit = seen(story, clips, gate.go_on(12))
    with capture_logs() as said:
        wait(clips, gate, 14)
        assert story.hit(hit.id).clip_key is None
        wait(clips, gate, 8)
    assert [entry["event"] for entry in said] == ["clip not written yet"] * 3
    assert story.hit(hit.id).clip_key is not None


def test_a_disk_that_stays_full_is_given_up(story: Story, gate: Gate, tmp_path: Path) -> None:
    (disk := FullDisk(story.blobs.folder)).n_refused = -1000
    clips = clips_of(story, gate, blobs=disk)
    hit = seen(story, clips, gate.go_on(12))
    gate.go_on(6)
    with capture_logs():
        for _ in range(30):
            gate.now += s(10)
            clips.turn()
    assert (disk.n_refused, story.hit(hit.id).clip_key) == (-1000 + 12, None)


def test_its_thread_ends_when_told(story: Story, gate: Gate, clips: Clips) -> None:
    stop = Event()
    thread = Thread(target=clips.run, args=(stop,))
    thread.start()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
