"""Rings as a camera would fill them, out of clips on disk."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext

from patrol.streams.decode import VideoPacket
from patrol.streams.ring import Codec, Coded, Gop, Ring

BEGAN_AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
FRAME = timedelta(seconds=1 / 25)
TICK = Fraction(1, 90_000)
FILTERS = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}


def packets_of(path: Path, *, as_sent: bool = True) -> tuple[Codec, list[VideoPacket]]:
    """A clip's packets, with start codes as RTSP has them, or as they lie in the file."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        codec = Codec.of(video)
        packets = [packet for packet in container.demux(video) if packet.size]
        if as_sent and codec.name in FILTERS:
            bsf = BitStreamFilterContext(FILTERS[codec.name], video)
            packets = [out for packet in packets for out in bsf.filter(packet)]
            codec = replace(codec, extradata=None)
    return codec, packets


def filled(
    codec: Codec,
    packets: Sequence[VideoPacket],
    began_at: datetime = BEGAN_AT,
    *,
    ring: Ring | None = None,
    frame: timedelta = FRAME,
) -> Ring:
    """A ring that these came into, one after the other."""
    ring = ring or Ring(most_s=600)
    ring.begin(codec)
    for number, packet in enumerate(packets):
        ring.append(packet, began_at + number * frame)
    return ring


def restamped(packets: Sequence[VideoPacket], pts_of: Callable[[int], int | None]) -> list[VideoPacket]:
    """The same pictures with other time stamps, by their number, in ticks of 90 kHz."""
    return [stamped(packet, pts_of(number)) for number, packet in enumerate(packets)]


def stamped(packet: VideoPacket, pts: int | None, content: bytes | None = None) -> VideoPacket:
    made = av.Packet(bytes(packet) if content is None else content)
    made.pts = made.dts = pts
    made.is_keyframe, made.time_base = packet.is_keyframe, TICK
    return made


def gop(codec: Codec, packets: Sequence[VideoPacket], began_at: datetime = BEGAN_AT) -> Gop:
    coded = [Coded(packet, began_at + number * FRAME) for number, packet in enumerate(packets)]
    return Gop(1, codec, coded, sum(packet.size for packet in packets))
