"""A clip out of a ring plays from its first picture, is as long as it says, and was not decoded."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import av
import pytest

from patrol.streams.remux import Clip, ClipImpossible, remux
from patrol.streams.ring import Codec, Ring
from patrol.streams.rtsp import open_rtsp
from tests.rtsp import RtspServer, make_clip
from tests.streams.cameras import clock, stream_at
from tests.streams.rings import BEGAN_AT, FRAME, filled, packets_of, restamped

LONG = 10**9
LATER = BEGAN_AT + timedelta(minutes=1)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    return {
        "h264": make_clip(folder / "h264.mp4", n_frames=100),
        "hevc": make_clip(folder / "hevc.mp4", n_frames=100, codec="libx265"),
        "mjpeg": make_clip(folder / "mjpeg.mov", n_frames=100, codec="mjpeg"),
        "small": make_clip(folder / "small.mp4", width=160, height=128),
    }


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def cut(ring: Ring, moment_s: float = 2.0, until_s: float = 60.0, most_bytes: int = LONG) -> Clip:
    return remux(ring.gops(), BEGAN_AT + at(moment_s), BEGAN_AT + at(until_s), most_bytes)


def played(clip: Clip) -> list[float]:
    """When each picture is shown, in seconds, as a decoder has it that knows nothing but the file."""
    with av.open(io.BytesIO(clip.mp4)) as container:
        video = container.streams.video[0]
        return [float(frame.pts * video.time_base) for frame in container.decode(video)]


def boxes(mp4: bytes) -> list[bytes]:
    names, offset = [], 0
    while offset < len(mp4):
        names.append(mp4[offset + 4 : offset + 8])
        offset += int.from_bytes(mp4[offset : offset + 4], "big")
    return names


@pytest.mark.parametrize("as_sent", [True, False], ids=["over RTSP", "out of a file"])
@pytest.mark.parametrize(("kind", "codec"), [("h264", "h264"), ("hevc", "hevc"), ("mjpeg", "h264")])
def test_what_came_in_plays(sources: dict[str, Path], kind: str, codec: str, as_sent: bool) -> None:
    clip = cut(filled(*packets_of(sources[kind], as_sent=as_sent)))
    shown = played(clip)
    assert clip.codec == codec
    assert len(shown) == 100
    assert shown[0] == 0
    assert clip.seconds == pytest.approx(4.0)
    assert all(b - a == pytest.approx(0.04, abs=0.001) for a, b in pairwise(shown))


@pytest.mark.parametrize(("kind", "tag"), [("h264", "avc1"), ("hevc", "hvc1")])
def test_a_browser_finds_what_it_asks_for_in_front(sources: dict[str, Path], kind: str, tag: str) -> None:
    clip = cut(filled(*packets_of(sources[kind])))
    names = boxes(clip.mp4)
    assert names.index(b"moov") < names.index(b"mdat")
    with av.open(io.BytesIO(clip.mp4)) as container:
        video = container.streams.video[0]
        assert video.codec_context.codec_tag == tag
        assert (video.width, video.height) == (320, 240)
        assert container.duration == pytest.approx(4_000_000, abs=1000)
        first = next(packet for packet in container.demux(video))
        assert first.is_keyframe


def test_the_pictures_are_the_cameras_own(sources: dict[str, Path]) -> None:
    codec, packets = packets_of(sources["h264"])
    clip = cut(filled(codec, packets))
    assert all(bytes(packet)[-40:] in clip.mp4 for packet in packets)


def test_it_begins_with_the_key_frame_before_and_ends_where_asked(sources: dict[str, Path]) -> None:
    ring = filled(*packets_of(sources["h264"]))
    gops = ring.between(BEGAN_AT + at(1.5), BEGAN_AT + at(3.2))
    clip = remux(gops, BEGAN_AT + at(2.0), BEGAN_AT + at(3.2), LONG)
    assert clip.began_at == BEGAN_AT + at(1.0)
    assert clip.seconds == pytest.approx(2.24)


def test_the_moment_lies_where_the_clip_says_though_packets_came_late(sources: dict[str, Path]) -> None:
    codec, packets = packets_of(sources["h264"])
    ring = filled(codec, packets, frame=FRAME * 2)  # a network that delays more and more
    clip = remux(ring.gops(), BEGAN_AT + FRAME * 100, LATER, LONG)
    assert BEGAN_AT + FRAME * 100 - clip.began_at == pytest.approx(at(2.0), abs=at(0.001))


@pytest.mark.parametrize(
    "pts_of",
    [
        lambda n: None,
        lambda n: None if n == 0 else n * 3600,
        lambda n: 0,
        lambda n: (n if n < 50 else n - 40) * 3600,
        lambda n: (n if n < 50 else n + 900_000) * 3600,
        lambda n: (n if n < 50 else n - 1) * 3600,
    ],
    ids=["none", "not the first", "all the same", "back", "forward", "one twice"],
)
def test_stamps_that_nobody_can_follow_are_mended(sources: dict[str, Path], pts_of: object) -> None:
    codec, packets = packets_of(sources["h264"])
    clip = cut(filled(replace(codec), restamped(packets, pts_of)))  # type: ignore[arg-type]
    shown = played(clip)
    assert len(shown) == 100
    assert clip.seconds == pytest.approx(4.0, abs=0.05)
    assert all(0.03 < b - a < 0.1 for a, b in pairwise(shown))


@pytest.mark.parametrize(("moment_s", "size"), [(1.0, (320, 240)), (5.0, (160, 128))])
def test_only_the_part_of_the_moment_is_kept_where_the_size_changes(
    sources: dict[str, Path], moment_s: float, size: tuple[int, int]
) -> None:
    ring = filled(*packets_of(sources["h264"]))
    filled(*packets_of(sources["small"]), BEGAN_AT + at(4.0), ring=ring)
    with av.open(io.BytesIO(cut(ring, moment_s).mp4)) as container:
        assert {(frame.width, frame.height) for frame in container.decode(video=0)} == {size}


def test_a_camera_that_came_back_is_in_one_clip_with_before(sources: dict[str, Path]) -> None:
    codec, packets = packets_of(sources["h264"])
    ring = filled(codec, packets)
    filled(replace(codec), packets, BEGAN_AT + at(7.0), ring=ring)
    clip = cut(ring)
    assert len(played(clip)) == 200
    assert clip.seconds == pytest.approx(11.0, abs=0.05)


def test_too_much_is_left_out_from_the_far_end(sources: dict[str, Path]) -> None:
    ring = filled(*packets_of(sources["h264"]))
    n_bytes = sum(gop.n_bytes for gop in ring.gops()[:2])
    early, late = cut(ring, 0.52, most_bytes=n_bytes), cut(ring, 3.52, most_bytes=n_bytes)
    assert len(early.mp4) < n_bytes + 10_000
    assert early.began_at == BEGAN_AT
    assert late.began_at >= BEGAN_AT + at(2.0)
    assert played(cut(ring, 0.5, most_bytes=ring.gops()[0].n_bytes // 2))  # the beginning of one group, at least


@pytest.mark.parametrize("n_gone", [1, 40])
def test_without_a_key_frame_there_is_no_clip(sources: dict[str, Path], n_gone: int) -> None:
    gops = filled(*packets_of(sources["h264"])).gops()
    for gop in gops:
        gop.n_gone = n_gone
    for left in (gops, []):
        with pytest.raises(ClipImpossible):
            remux(left, BEGAN_AT, LATER, LONG)


def test_garbage_is_no_clip(sources: dict[str, Path]) -> None:
    codec, packets = packets_of(sources["h264"])
    garbage = [scrambled(packet) for packet in packets]
    with pytest.raises(ClipImpossible, match="h264"):
        cut(filled(replace(codec, extradata=None), garbage))


def scrambled(packet: av.Packet) -> av.Packet:
    made = av.Packet(bytes(255 - byte for byte in bytes(packet)))
    made.pts, made.is_keyframe, made.time_base = packet.pts, packet.is_keyframe, packet.time_base
    return made


def test_a_damaged_jpeg_is_left_out(sources: dict[str, Path]) -> None:
    codec, packets = packets_of(sources["mjpeg"])
    spoiled: Sequence[av.Packet] = [scrambled(p) if n in (0, 7) else p for n, p in enumerate(packets)]
    assert len(played(cut(filled(codec, spoiled)))) == 98  # type: ignore[arg-type]


@pytest.mark.rtsp
@pytest.mark.slow
def test_a_real_streams_seconds_play(rtsp_server: RtspServer) -> None:
    ring, n_packets = Ring(), 60
    with open_rtsp(stream_at(rtsp_server.urls["/moving"]), None) as source:
        ring.begin(Codec.of(source.video))
        packets = source.packets()
        for _ in range(n_packets):
            ring.append(next(packets), clock())
        packets.close()  # type: ignore[attr-defined]
    newest = ring.gops()[-1].ended_at
    clip = remux(ring.gops(), newest - at(1), newest, LONG)
    assert len(played(clip)) == n_packets
    assert clip.seconds == pytest.approx(n_packets * 0.04, abs=0.2)


def test_parameter_sets_that_came_once_by_themselves_and_once_in_band_are_the_same(sources: dict[str, Path]) -> None:
    (announced, bare), (sent, whole) = (packets_of(sources["h264"], as_sent=it) for it in (False, True))
    ring = filled(sent, whole)
    filled(announced, bare, BEGAN_AT + at(4.0), ring=ring)
    assert len(played(cut(ring))) == 200
