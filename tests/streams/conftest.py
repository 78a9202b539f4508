"""Cameras for the tests of streams/."""

from tests.rtsp import clips, gstreamer, rtsp_server

__all__ = ["clips", "gstreamer", "rtsp_server"]
