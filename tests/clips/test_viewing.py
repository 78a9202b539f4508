"""Clips are encoded anew for whoever cannot play them, one after the other and only once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Event

import pytest

from patrol.clips import viewing
from patrol.clips.viewing import MOST_ASKED, ClipNotReady, Playable
from patrol.store.blobs import Blobs, PictureGone
from patrol.streams.transcode import ClipUnreadable
from tests.rtsp import make_clip


class Encoder:
    """Stands in for libx264: counts, waits until it is let, and says what it was given."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.may_go_on = Event()
        self.may_go_on.set()

    def __call__(self, mp4: bytes) -> bytes:
        self.asked.append(mp4)
        assert self.may_go_on.wait(30)
        return b"encoded " + mp4


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Encoder]:
    encoder = Encoder()
    monkeypatch.setattr(viewing, "to_h264", encoder)
    yield encoder
    encoder.may_go_on.set()


def test_a_real_clip_becomes_playable(blobs: Blobs, now: datetime, tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", codec="libx265", n_frames=5).read_bytes()
    key = blobs.put("clip", source, now)
    assert b"avc1" in Playable(blobs).h264(key)


def test_who_watches_again_waits_no_second_time(blobs: Blobs, now: datetime, encoder: Encoder) -> None:
    key, playable = blobs.put("clip", b"1", now), Playable(blobs)
    assert [playable.h264(key) for _ in range(3)] == [b"encoded 1"] * 3
    assert len(encoder.asked) == 1


def test_two_who_ask_at_once_ask_once(blobs: Blobs, now: datetime, encoder: Encoder) -> None:
    key, playable = blobs.put("clip", b"1", now), Playable(blobs)
    with ThreadPoolExecutor(4) as readers:
        assert set(readers.map(playable.h264, [key] * 4)) == {b"encoded 1"}
    assert len(encoder.asked) == 1


def test_whose_turn_does_not_come_is_told_to_ask_again(blobs: Blobs, now: datetime, encoder: Encoder) -> None:
    encoder.may_go_on.clear()
    keys = [blobs.put("clip", str(n).encode(), now) for n in range(MOST_ASKED + 1)]
    playable = Playable(blobs, patience_s=0.01)
    for key in keys:
        with pytest.raises(ClipNotReady):
            playable.h264(key)
    encoder.may_go_on.set()
    assert Playable(blobs).h264(keys[-1]) == b"encoded 4"
    playable.close()


def test_a_deleted_clip_is_given_to_nobody_and_not_remembered(blobs: Blobs, now: datetime, encoder: Encoder) -> None:
    key, other = blobs.put("clip", b"1", now), blobs.put("clip", b"2", now)
    playable = Playable(blobs)
    playable.h264(key)
    blobs.delete(key)
    with pytest.raises(PictureGone):
        playable.h264(key)
    playable.h264(other)
    assert list(playable._made) == [other]


def test_only_so_much_is_remembered(
    blobs: Blobs, now: datetime, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing, "CACHE_BYTES", 30)
    keys = [blobs.put("clip", b"12345", now) for _ in range(5)]
    playable = Playable(blobs)
    for key in keys:
        playable.h264(key)
    assert list(playable._made) == keys[-2:]


def test_what_could_not_be_read_is_tried_anew(blobs: Blobs, now: datetime) -> None:
    playable, key = Playable(blobs), blobs.put("clip", b"no MP4", now)
    for _ in range(2):
        with pytest.raises(ClipUnreadable):
            playable.h264(key)
    assert not playable._made
