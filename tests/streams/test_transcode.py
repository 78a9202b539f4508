"""What a browser cannot play becomes H.264."""

import io
from pathlib import Path

import av
import pytest

from patrol.streams.transcode import ClipUnreadable, fitting, to_h264
from tests.rtsp import make_clip


def test_h265_becomes_h264_of_the_same_pictures(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", codec="libx265", n_frames=30)
    with av.open(io.BytesIO(to_h264(source.read_bytes()))) as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 320, 240)
        shown = [float(frame.pts * video.time_base) for frame in container.decode(video)]
    assert shown == pytest.approx([n / 25 for n in range(30)])


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1280, 720), (1280, 720)),
        ((1920, 1080), (1280, 720)),
        ((3840, 2160), (1280, 720)),
        ((321, 241), (320, 240)),
        ((1, 1), (2, 2)),
    ],
)
def test_pictures_are_made_small_enough_and_even(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    assert fitting(*size) == fitted


@pytest.mark.parametrize("n_bytes", [0, 10, 3000])
def test_a_damaged_file_is_unreadable(tmp_path: Path, n_bytes: int) -> None:
    source = make_clip(tmp_path / "clip.mp4", n_frames=30)
    with pytest.raises(ClipUnreadable):
        to_h264(source.read_bytes()[:n_bytes])
