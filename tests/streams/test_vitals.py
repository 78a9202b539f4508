"""What is measured of a stream by its packets alone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from patrol.streams.vitals import Measured, Meter
from tests.rtsp import make_clip
from tests.streams.rings import BEGAN_AT, FRAME, packets_of, stamped


def test_rate_group_and_bit_rate_are_those_of_the_stream(tmp_path: Path) -> None:
    codec, packets = packets_of(make_clip(tmp_path / "clip.mp4", n_frames=250, gop=50))
    meter = Meter()
    meter.begin(codec)
    assert meter.measured == Measured("h264", 320, 240)
    for number, packet in enumerate(packets):
        meter.note(packet, BEGAN_AT + number * FRAME, begins_gop=packet.is_keyframe)
    measured, n_bytes = meter.measured, sum(packet.size for packet in packets)
    assert measured.fps == pytest.approx(25, rel=0.01)
    assert measured.gop_s == pytest.approx(2.0)
    assert measured.bit_rate_kbps == pytest.approx(n_bytes * 8 / 1000 / 10, rel=0.15)


def test_packets_of_one_time_are_one_picture(tmp_path: Path) -> None:
    codec, packets = packets_of(make_clip(tmp_path / "clip.mp4", n_frames=250, gop=50))
    meter = Meter()
    meter.begin(codec)
    for number, packet in enumerate(packets):
        for slice_ in range(3):
            at = BEGAN_AT + number * FRAME + timedelta(milliseconds=slice_)
            meter.note(stamped(packet, number * 3600), at, begins_gop=packet.is_keyframe and slice_ == 0)
    assert meter.measured.fps == pytest.approx(25, rel=0.01)


def test_another_connection_is_measured_anew(tmp_path: Path) -> None:
    codec, packets = packets_of(make_clip(tmp_path / "clip.mp4", n_frames=150, gop=50))
    meter = Meter()
    meter.begin(codec)
    for number, packet in enumerate(packets):
        meter.note(packet, BEGAN_AT + number * FRAME, begins_gop=packet.is_keyframe)
    meter.begin(replace(codec, name="hevc", width=640, height=480))
    assert meter.measured == Measured("hevc", 640, 480)
