from pathlib import Path

import av
import numpy as np
import pytest

from patrol.bench.frames import NoFrames, choose_clip, read_frames


def clip_of(path: Path, n_frames: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(n_frames):
            grey = np.full((48, 64, 3), 20 * n % 256, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def test_every_nth_frame_is_read_with_its_time(tmp_path: Path) -> None:
    source = read_frames(clip_of(tmp_path / "clip.mp4", 30), every=10, at_most=8)
    assert [frame.number for frame in source.frames] == [0, 10, 20]
    assert (source.frames[1].taken_at - source.frames[0].taken_at).total_seconds() == pytest.approx(0.4)
    assert source.frames[0].picture.resolution_wh == (64, 48)
    assert "clip.mp4, 3 frames of 64x48" in source.name


def test_a_long_clip_is_cut_short(tmp_path: Path) -> None:
    assert len(read_frames(clip_of(tmp_path / "clip.mp4", 30), every=2, at_most=5).frames) == 5


def test_a_clip_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoFrames, match="no picture"):
        read_frames(clip_of(tmp_path / "clip.mp4", 1), at_most=0)


def test_the_street_is_taken_where_it_is(tmp_path: Path) -> None:
    street = clip_of(tmp_path / "street.mp4", 1)
    assert choose_clip(tmp_path / "cache", street) == street
