"""Decodes one group of pictures out of the ring: its key frame alone, or on from there as far as it has come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import av
import av.error

from patrol.streams.ring import Codec, Coded, Gop


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One decoded picture, and when its packet came."""

    picture: av.VideoFrame
    arrived_at: datetime


def open_decoder(codec: Codec) -> av.VideoCodecContext:
    """A decoder on the calling thread alone: a camera is work enough for one core, and frame threads add delay."""
    decoder = cast(av.VideoCodecContext, av.CodecContext.create(codec.name, "r"))
    decoder.extradata = codec.extradata
    decoder.thread_count = 1
    decoder.copy_opaque = True
    return decoder


class GopDecoder:
    """Goes forward through one group. Pictures that no other one needs are left out, where there are such."""

    def __init__(self, gop: Gop, *, every_frame: bool = False) -> None:
        self.gop = gop
        self._place = gop.n_gone  # of the next packet, counted from the beginning of the group
        self._decoder = open_decoder(gop.codec)
        self._decoder.skip_frame = "DEFAULT" if every_frame else "NONREF"
        self.n_shown = 0  #: pictures that came
        self.n_bad = 0  #: packets that could not be decoded
        self.reached_at = gop.began_at  #: when the newest packet that was decoded came
        self.last_shown_at: datetime | None = None  #: for whoever looks at some of them only

    @property
    def is_broken(self) -> bool:
        """The packets it needs next are not kept any more."""
        return self.gop.n_gone > self._place

    @property
    def is_at_end(self) -> bool:
        """Nothing more will come of this group."""
        return self.gop.is_whole and self._place >= self.gop.n_packets

    @property
    def n_left(self) -> int:
        """Packets that have come and were not decoded."""
        return self.gop.n_packets - self._place

    def key_frame(self) -> Shot | None:
        """The first picture; None where its packets give none. Afterwards `onward` goes on from it."""
        for shot in self._shots(n_most=_n_key_packets(self.gop)):
            return shot
        return self._key_frame_alone()

    def onward(self, n_most: int) -> Iterator[Shot]:
        """The pictures of what has come since, decoding at most so many packets."""
        yield from self._shots(n_most)

    def _key_frame_alone(self) -> Shot | None:
        """Where the decoder holds pictures back to bring them into order: ask it for what it has."""
        alone = open_decoder(self.gop.codec)
        for coded in self.gop.packets[: _n_key_packets(self.gop)]:
            _decode(alone, coded)
        try:
            pictures = [picture for picture in alone.decode(None) if not picture.is_corrupt]
        except av.error.FFmpegError:
            return None
        return Shot(pictures[0], self.gop.began_at) if pictures else None

    def _shots(self, n_most: int) -> Iterator[Shot]:
        for _ in range(n_most):
            coded = self.gop.packet(self._place)
            if coded is None:
                return
            self._place += 1
            self.reached_at = coded.arrived_at
            pictures = _decode(self._decoder, coded)
            self.n_bad += pictures is None
            self.n_shown += len(pictures or ())
            for picture in pictures or ():
                yield Shot(picture, cast(datetime, picture.opaque or coded.arrived_at))


def _decode(decoder: av.VideoCodecContext, coded: Coded) -> list[av.VideoFrame] | None:
    """The packet's whole pictures; None where it could not be decoded, or only with patches."""
    coded.packet.opaque = coded.arrived_at
    try:
        pictures = decoder.decode(coded.packet)
    except av.error.FFmpegError:
        return None
    whole = [picture for picture in pictures if not picture.is_corrupt]
    return None if pictures and not whole else whole


def _n_key_packets(gop: Gop) -> int:
    """How many packets the key frame came in: those of its time."""
    first = gop.packets[0].packet
    alike = [coded.packet.is_keyframe and coded.packet.pts in (first.pts, None) for coded in gop.packets[:4]]
    return max(1, sum(alike[: alike.index(False)] if False in alike else alike)) if first.pts is not None else 1
