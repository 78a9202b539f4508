"""One group of pictures out of the ring: its key frame alone, or on from there."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from patrol.streams.gop_decoder import GopDecoder
from patrol.streams.ring import Codec, Ring
from tests.rtsp import make_clip
from tests.streams.rings import BEGAN_AT, FRAME, filled, gop, packets_of


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mjpeg"])
def test_the_key_frame_comes_alone_and_the_others_follow_it(codec: str, tmp_path: Path) -> None:
    ring = filled(*packets_of(make_clip(tmp_path / "clip.mov", codec=codec, n_frames=25)))
    decoder = GopDecoder(ring.gops()[0])
    first = decoder.key_frame()
    assert first is not None
    assert (first.arrived_at, bool(first.picture.key_frame)) == (BEGAN_AT, True)
    assert (first.picture.width, first.picture.height) == (320, 240)


def test_pictures_carry_the_time_their_packets_came(tmp_path: Path) -> None:
    ring = filled(*packets_of(make_clip(tmp_path / "clip.mp4", n_frames=25)))
    decoder = GopDecoder(ring.gops()[0])
    decoder.key_frame()
    times = [shot.arrived_at for shot in decoder.onward(100)]
    assert times == [BEGAN_AT + n * FRAME for n in range(1, 25)]
    assert decoder.reached_at == times[-1]


def test_so_many_packets_at_once_and_the_rest_later(tmp_path: Path) -> None:
    ring = filled(*packets_of(make_clip(tmp_path / "clip.mp4", n_frames=50, gop=25)))
    decoder = GopDecoder(ring.gops()[0])
    assert [len(list(decoder.onward(10))) for _ in range(4)] == [10, 10, 5, 0]
    assert decoder.is_at_end


def test_a_group_that_grows_is_followed(tmp_path: Path) -> None:
    codec, packets = packets_of(make_clip(tmp_path / "clip.mp4", n_frames=25))
    ring = filled(codec, packets[:5])
    decoder = GopDecoder(ring.gops()[0])
    assert len(list(decoder.onward(100))) == 5
    for number, packet in enumerate(packets[5:8], 5):
        ring.append(packet, BEGAN_AT + number * FRAME)
    assert len(list(decoder.onward(100))) == 3
    assert not decoder.is_at_end


def test_pictures_that_no_other_needs_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "b.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "3", "b-pyramid": "none", "b-adapt": "0"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 128, "yuv420p"
        for number in range(25):
            pixels = np.full((128, 160, 3), number * 5, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
        container.mux(stream.encode(None))
    group = filled(*packets_of(path)).gops()[0]
    few, all_ = GopDecoder(group), GopDecoder(group, every_frame=True)
    assert len(list(few.onward(100))) < len(list(all_.onward(100))) / 2
    first = GopDecoder(group).key_frame()  # the decoder holds it back to bring pictures into order
    assert first is not None
    assert first.picture.key_frame


def test_rubbish_gives_no_picture_and_is_counted() -> None:
    rubbish = []
    for number in range(3):
        packet = av.Packet(b"\0\0\0\1\x65" + bytes([number]) * 300)
        packet.is_keyframe = number == 0
        rubbish.append(packet)
    decoder = GopDecoder(gop(Codec("h264", None, 320, 240, Fraction(1, 90_000)), rubbish))
    assert decoder.key_frame() is None
    assert list(decoder.onward(10)) == []
    assert decoder.n_shown == 0


def test_a_decoder_whose_packets_have_gone_says_so(tmp_path: Path) -> None:
    codec, packets = packets_of(make_clip(tmp_path / "clip.mp4", n_frames=25))
    ring = filled(codec, packets[:5], ring=Ring(most_bytes=sum(packet.size for packet in packets[:5])))
    decoder = GopDecoder(ring.gops()[0])
    for number, packet in enumerate(packets[5:], 5):
        ring.append(packet, BEGAN_AT + number * FRAME)
    assert decoder.is_broken
    assert list(decoder.onward(10)) == []
