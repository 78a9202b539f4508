"""From packets to whole pictures, on a file in a camera's place."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av

from patrol.streams.decode import EveryFrame, VideoPacket
from patrol.streams.reading import read_pictures
from patrol.streams.rtsp import Source, StreamLost


def ticking() -> Callable[[], datetime]:
    """A clock that goes on by 40 ms whenever it is read."""
    times = (datetime(2026, 3, 2, tzinfo=UTC) + timedelta(milliseconds=40 * number) for number in range(100_000))
    return lambda: next(times)


Spoil = Callable[[VideoPacket], VideoPacket | None]


def as_it_is(packet: VideoPacket) -> VideoPacket:
    return packet


def as_garbage(packet: VideoPacket) -> VideoPacket:
    spoilt = av.Packet(b"\x00\x00\x00\x05\x65" + bytes(packet)[::-1])
    spoilt.stream = packet.stream
    return spoilt


def without_key_frames(packet: VideoPacket) -> VideoPacket | None:
    return None if packet.is_keyframe else packet


class SpoiltSource(Source):
    """A source whose packets go through `spoil` on their way."""

    spoil: Spoil

    def packets(self) -> Iterator[VideoPacket]:
        yield from filter(None, map(type(self).spoil, super().packets()))


def read(clip: Path, spoil: Spoil) -> tuple[list[bool], str]:
    """Whether each packet gave a picture, and the code the stream ended with."""
    seen = []
    kind = type("Spoilt", (SpoiltSource,), {"spoil": staticmethod(spoil)})
    with av.open(str(clip)) as container:
        source = kind(container, container.streams.video[0], 5.0)
        try:
            for _, picture in read_pictures(source, EveryFrame(), clock=ticking(), picture_timeout_s=1.0):
                seen.append(picture is not None)
        except StreamLost as lost:
            return seen, lost.code
    raise AssertionError("the stream went on for ever")


def test_every_picture_of_a_good_stream_is_read_until_it_ends(clips: dict[str, Path]) -> None:
    seen, code = read(clips["moving"], as_it_is)
    assert (sum(seen), code) == (50, "ended")


def test_a_stream_that_cannot_be_decoded_is_garbage(clips: dict[str, Path]) -> None:
    seen, code = read(clips["long_gop"], as_garbage)
    assert (any(seen), code) == (False, "garbage")


def test_a_stream_without_key_frames_gives_no_picture(clips: dict[str, Path]) -> None:
    seen, code = read(clips["long_gop"], without_key_frames)
    assert (any(seen), code) == (False, "no_picture")
