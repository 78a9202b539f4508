"""The simulated cameras: where in its film a camera begins, when it says it began, and that it goes round."""

import time
from pathlib import Path

import av
import pytest

from patrol.demo.processes import CameraServer, camera_server
from tests.rtsp import gstreamer, make_clip  # noqa: F401 - a fixture

pytestmark = [pytest.mark.rtsp, pytest.mark.slow]
FPS, GOP, N_FRAMES = 25, 25, 75  # a round of three seconds, a key frame each second
ROUND_S = (N_FRAMES - 1) / FPS


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "film.mp4", n_frames=N_FRAMES, gop=GOP)


def key_frames(url: str, seconds: float) -> list[tuple[float, int]]:
    """When each key frame came, UNIX seconds, and where the bar stood in it, pixels from the left."""
    seen: list[tuple[float, int]] = []
    with av.open(url, options={"rtsp_transport": "tcp"}) as container:
        container.streams.video[0].codec_context.skip_frame = "NONKEY"
        for frame in container.decode(video=0):
            pixels = frame.to_ndarray(format="gray")
            seen.append((time.time(), int((pixels[120] > 200).argmax())))
            if frame.time is not None and frame.time > seconds:
                return seen
    return seen


def bar_at(number: int) -> int:
    return number * 8 % 320


@pytest.mark.usefixtures("gstreamer")
def test_a_camera_begins_where_it_is_told_to_and_goes_round(film: Path, tmp_path: Path) -> None:
    mounts = [{"path": "/gate", "file": str(film), "starts_s": 1.0}]
    with camera_server(mounts, tmp_path, says_plays=True) as server:
        seen = key_frames(server.urls["/gate"], ROUND_S + 1)
        began_at = said_by(server)
    places = [place for _, place in seen]
    expected = [bar_at(number) for number in (25, 50, 0, 25, 50)]
    assert len(seen) >= 4
    assert all(abs(place - there) <= 4 for place, there in zip(places, expected, strict=False))
    moment = seen[2][0] - began_at  # frame 0 comes when the round's other two seconds are over
    assert moment == pytest.approx(ROUND_S - 1.0, abs=0.5)


@pytest.mark.usefixtures("gstreamer")
def test_nothing_is_said_of_clients_unless_asked_for(film: Path, tmp_path: Path) -> None:
    with camera_server([{"path": "/gate", "file": str(film)}], tmp_path) as server:
        assert key_frames(server.urls["/gate"], 0.5)
        assert server.plays == []


def said_by(server: CameraServer) -> float:
    ((path, began_at),) = server.plays
    assert path == "/gate"
    return began_at
