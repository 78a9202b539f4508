"""Every kind of camera that is promised is read and decoded as a worker does: codecs, transports, TLS, passwords."""

from pathlib import Path

import pytest

from tests.rtsp import make_clip, serving
from tests.streams.eyes import watching
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.rtsp]

H265 = ("libx265", "h265parse config-interval=-1 ! rtph265pay name=pay0 pt=96", "hevc")
MJPEG = ("mjpeg", "jpegparse ! rtpjpegpay name=pay0 pt=26", "mjpeg")


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(("encoder", "pipeline", "codec"), [H265, MJPEG], ids=["H.265", "MJPEG"])
def test_other_codecs_than_h264_are_looked_at_over_either_transport(
    gstreamer: None, tmp_path: Path, encoder: str, pipeline: str, codec: str, transport: str
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", codec=encoder, n_frames=250)
    launch = f"filesrc location={clip} ! matroskademux ! {pipeline}"
    with serving([{"path": "/cam", "launch": launch, "transports": [transport]}]) as server:
        with watching(server.urls["/cam"], transport=transport, decode="auto") as watch:
            eventually(lambda: len(watch.frames) >= 2)
        assert watch.reader.meter.measured.codec == codec
        assert watch.frames[0].picture.resolution_wh == (320, 240)


def test_a_camera_behind_tls_and_a_password_is_looked_at(
    gstreamer: None, clips: dict[str, Path], certificate: tuple[Path, Path]
) -> None:
    locked = {"path": "/tls", "file": str(clips["moving"]), "user": "viewer", "password": "right"}
    with serving([locked], certificate=certificate) as server:
        url = server.urls["/tls"].replace("rtsp://", "rtsps://")
        with watching(url, "viewer:right") as watch:
            eventually(lambda: len(watch.frames) >= 2)
        with watching(url, "viewer:wrong") as watch:
            eventually(watch.is_at("down", "unauthorised"))
