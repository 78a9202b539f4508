"""Reads one open stream: its packets become whole pictures, each with the time its packet came."""

from collections.abc import Callable, Iterator
from datetime import datetime

import av
import av.error

from patrol.streams.decode import DecodePolicy, VideoPacket
from patrol.streams.rtsp import Source, StreamLost

PICTURE_TIMEOUT_S = 15.0  # packets without one whole picture; the rarest key frames seen come every 10 s


def read_pictures(
    source: Source,
    policy: DecodePolicy,
    *,
    clock: Callable[[], datetime],
    picture_timeout_s: float = PICTURE_TIMEOUT_S,
    note_packet: Callable[[VideoPacket], None] = lambda packet: None,
) -> Iterator[tuple[datetime, av.VideoFrame | None]]:
    """Yield (arrival of the packet, picture) for ever, with None for a packet that gave no whole picture.

    StreamLost where the stream ends, or where packets flow and no picture comes of them.
    """
    policy.prepare(source.video.codec_context)
    picture_at, n_bad = clock(), 0
    for packet in source.packets():
        arrived_at = clock()
        note_packet(packet)
        pictures = _whole_pictures(packet, policy)
        n_bad += pictures is None
        if not pictures:
            yield arrived_at, None
        for picture in pictures or ():
            picture_at = arrived_at
            yield arrived_at, picture
        if (arrived_at - picture_at).total_seconds() > picture_timeout_s:
            raise StreamLost("garbage" if n_bad else "no_picture", f"{n_bad} packets could not be decoded")


def _whole_pictures(packet: VideoPacket, policy: DecodePolicy) -> list[av.VideoFrame] | None:
    """The packet's pictures without those the decoder had to patch up; None where it could not decode the packet."""
    try:
        pictures = list(policy.pictures(packet))
    except av.error.FFmpegError:
        return None
    whole = [picture for picture in pictures if not picture.is_corrupt]
    return None if pictures and not whole else whole
