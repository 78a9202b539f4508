"""One picture of a camera, or why there is none."""

import pytest

from patrol.streams.rtsp import StreamLost
from patrol.streams.snapshot import take_snapshot
from tests.rtsp import RtspServer, clips, gstreamer, rtsp_server
from tests.streams.cameras import clock, stream_at

__all__ = ["clips", "gstreamer", "rtsp_server"]


def test_a_camera_that_is_not_there_has_no_picture() -> None:
    with pytest.raises(StreamLost) as lost:
        take_snapshot(stream_at("rtsp://127.0.0.1:9/nobody"), None, clock=clock)
    assert lost.value.code == "refused"


@pytest.mark.rtsp
def test_a_camera_shows_what_is_before_it(rtsp_server: RtspServer) -> None:
    pixels_bgr = take_snapshot(stream_at(rtsp_server.urls["/moving"]), None, clock=clock)
    assert (pixels_bgr.shape, str(pixels_bgr.dtype)) == ((240, 320, 3), "uint8")
    assert pixels_bgr.std() > 1  # no grey of a decoder that has seen no key frame
