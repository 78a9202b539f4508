"""Recordings: seen once, kept, replayed at any pace."""

from pathlib import Path

import av
import numpy as np
import pytest

from patrol.eval.recording import NotDecoded, check_truth, forget, record
from patrol.eval.refusals import CannotMeasure
from patrol.eval.truth import Truth
from patrol.values import Face, Frame
from tests.eval.walked import recorded
from tests.faces.walkers import Walker, face_at, template_of


class CountingFinder:
    """Finds a face and a half in every frame: one with a template, one without."""

    def __init__(self) -> None:
        self.n_frames = 0

    def find(self, frames: list[Frame]) -> list[list[Face]]:
        self.n_frames += 1
        known = face_at((30, 30), template_of(1, 0.3, np.random.default_rng(self.n_frames)), width_px=20)
        return [[known, face_at((60, 30), width_px=9)]]


def write_video(path: Path, n_frames: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(n_frames):
            pixels = np.full((64, 96, 3), 10 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "hall.mp4", 10)


def test_a_video_is_seen_once_for_each_recipe(video: Path, tmp_path: Path) -> None:
    finder = CountingFinder()
    first = record(video, finder, "a", tmp_path / "kept")
    again = record(video, finder, "a", tmp_path / "kept")
    assert finder.n_frames == 10
    assert [len(faces) for faces in first.faces] == [len(faces) for faces in again.faces] == [2] * 10
    record(video, finder, "b", tmp_path / "kept")
    assert finder.n_frames == 20


def test_a_recording_is_read_by_its_owner_alone_and_forgotten_with_all_others(video: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    record(video, CountingFinder(), "a", kept)
    assert [path.stat().st_mode & 0o777 for path in kept.iterdir()] == [0o600]
    (kept / "killed.part.npz").touch()
    forget(kept)
    assert not list(kept.iterdir())


def test_what_is_read_back_is_what_was_seen(video: Path, tmp_path: Path) -> None:
    kept = record(video, CountingFinder(), "a", tmp_path / "kept")
    known, refused = kept.faces[0]
    (made,) = CountingFinder().find([])
    assert (kept.fps, kept.resolution_wh, kept.length_s) == (25.0, (96, 64), 0.4)
    assert known.template is not None
    assert np.array_equal(known.template.vector, made[0].template.vector)
    assert known.quality == made[0].quality
    assert refused.template is None
    assert refused.quality.refusals == ("blurred",)


def test_a_video_without_a_face_is_a_recording_of_nobody(video: Path, tmp_path: Path) -> None:
    class Blind:
        def find(self, _frames: list[Frame]) -> list[list[Face]]:
            return [[]]

    assert record(video, Blind(), "a", tmp_path / "kept").faces == ((),) * 10


@pytest.mark.parametrize("content", [b"", b"no video at all" * 100])
def test_what_cannot_be_decoded_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "hall.mp4").write_bytes(content)
    with pytest.raises(CannotMeasure, match="video_unreadable"):
        record(tmp_path / "hall.mp4", CountingFinder(), "a", tmp_path / "kept")
    assert not list((tmp_path / "kept").glob("*.npz"))


@pytest.mark.parametrize(("looks_per_s", "numbers"), [(10, 20), (5, 10), (2, 4), (1, 2), (25, 20)])
def test_a_replay_gives_so_many_looks_a_second(looks_per_s: float, numbers: int) -> None:
    recording, _ = recorded([Walker(1, lambda second: (100 + second, 100))], 2)
    frames = [frame for frame, _ in recording.replay(looks_per_s)]
    assert len(frames) == numbers
    assert frames[0].number == 0
    assert all(frame.number == round((frame.taken_at - frames[0].taken_at).total_seconds() * 10) for frame in frames)


def test_a_replayed_frame_has_no_pixels() -> None:
    recording, _ = recorded([], 1)
    frame, _ = next(recording.replay(1))
    with pytest.raises(NotDecoded):
        frame.picture.bgr()


@pytest.mark.parametrize("other", [Truth(10, 11, (1920, 1080), ()), Truth(10, 10, (640, 360), ())])
def test_the_truth_of_another_video_is_refused(other: Truth) -> None:
    recording, truth = recorded([], 1)
    check_truth(truth, recording, Path("hall.mp4"))
    with pytest.raises(CannotMeasure, match="truth_of_another_video"):
        check_truth(other, recording, Path("hall.mp4"))
