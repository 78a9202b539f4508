"""The last seconds of one stream, still compressed: whole groups of pictures, bounded in time and in bytes.

A key frame is decoded by itself; any other picture of its group only after those before it. So the ring is filled
and emptied by groups (GOP), and what was never decoded can still be: the frames around a face, and the clip of a hit.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from threading import Lock

import av

from patrol.streams.decode import VideoPacket

RING_S = 20.0  # the ten seconds before a hit, the five after it, and the time until somebody asks for them
RING_BYTES = 12_000_000  # 20 s at 4.8 Mbit/s; a stream that sends more is kept for less long


@dataclass(frozen=True, slots=True)
class Codec:
    """What a decoder or a muxer has to know of a stream."""

    name: str  #: as libav calls it: h264, hevc, mjpeg
    extradata: bytes | None
    width: int
    height: int
    time_base: Fraction  #: seconds a unit of `pts`

    @classmethod
    def of(cls, video: av.VideoStream) -> "Codec":
        context = video.codec_context
        time_base = video.time_base or Fraction(1, 90_000)
        return cls(context.name, context.extradata, context.width, context.height, time_base)


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """One packet, and when it came."""

    packet: VideoPacket
    arrived_at: datetime


@dataclass(slots=True, eq=False)
class Gop:
    """A key frame and the packets that need it, in the order they came. The newest one of a ring still grows."""

    number: int  #: counts up from connection to connection
    codec: Codec
    packets: list[Coded] = field(default_factory=list)
    n_bytes: int = 0
    is_whole: bool = False  #: the next one has begun
    n_gone: int = 0  #: packets from its beginning that are not kept any more: then only who follows it can decode it
    stir: float = float("inf")  #: how much more than usual the packets before it, back to the last key frame, held

    _lock: Lock = field(default_factory=Lock)

    def packet(self, place: int) -> Coded | None:
        """The packet at a place counted from the group's beginning; None where it is not kept, or has not come."""
        with self._lock:
            at = place - self.n_gone
            return self.packets[at] if 0 <= at < len(self.packets) else None

    @property
    def is_headless(self) -> bool:
        """Its key frame is not kept any more: nothing of it can be decoded from here."""
        return self.n_gone > 0

    @property
    def n_packets(self) -> int:
        """So many came, kept or not."""
        return self.n_gone + len(self.packets)

    @property
    def began_at(self) -> datetime:
        return self.packets[0].arrived_at

    @property
    def ended_at(self) -> datetime:
        """When its newest packet came."""
        return self.packets[-1].arrived_at

    @property
    def seconds(self) -> float:
        return (self.ended_at - self.began_at).total_seconds()

    def _shed_first(self) -> None:
        with self._lock:
            self.n_gone += 1
            self.n_bytes -= self.packets.pop(0).packet.size

    def _add(self, packet: VideoPacket, arrived_at: datetime) -> None:
        self.packets.append(Coded(packet, arrived_at))
        self.n_bytes += packet.size


class Ring:
    """Written by the thread that reads the stream, read by any other."""

    def __init__(self, most_s: float = RING_S, most_bytes: int = RING_BYTES) -> None:
        self._most_s, self._most_bytes = most_s, most_bytes
        self._gops: deque[Gop] = deque()
        self._codec: Codec | None = None
        self._n_gops = 0
        self._lock = Lock()

    def begin(self, codec: Codec) -> None:
        """A new connection: its packets do not go on from those before, which can still be read."""
        with self._lock:
            self._codec = codec
            if self._gops:
                self._gops[-1].is_whole = True

    def append(self, packet: VideoPacket, arrived_at: datetime) -> Gop | None:
        """Keep a packet. Returns the group that it begins, None where it goes on with one, or comes before any."""
        with self._lock:
            begun = self._begun_by(packet)
            if begun is None and (not self._gops or self._gops[-1].is_whole):
                return None  # between a connection's beginning and its first key frame
            if begun is not None:
                if self._gops:
                    self._gops[-1].is_whole = True
                self._gops.append(begun)
            self._gops[-1]._add(packet, arrived_at)
            self._shed(arrived_at)
            return begun

    def _begun_by(self, packet: VideoPacket) -> Gop | None:
        """A new group where this packet begins one. One key frame may come in two packets of one time, both key."""
        if not packet.is_keyframe or self._codec is None:
            return None
        newest = self._gops[-1] if self._gops else None
        if newest is not None and not newest.is_whole and len(newest.packets) == 1:
            first = newest.packets[0].packet
            if first.pts == packet.pts or first.pts is None:
                return None
        self._n_gops += 1
        return Gop(self._n_gops, self._codec)

    def _shed(self, now: datetime) -> None:
        """Let go of the oldest groups while the others are enough, or while they are too much."""
        while len(self._gops) > 1 and (
            self._n_bytes() > self._most_bytes or (now - self._gops[1].began_at).total_seconds() > self._most_s
        ):
            self._gops.popleft()
        newest = self._gops[-1]
        while newest.n_bytes > self._most_bytes and len(newest.packets) > 1:
            newest._shed_first()  # a group that never ends

    def _n_bytes(self) -> int:
        return sum(gop.n_bytes for gop in self._gops)

    @property
    def n_bytes(self) -> int:
        with self._lock:
            return self._n_bytes()

    def gops(self) -> Sequence[Gop]:
        """What is kept now, the oldest first; the last one may go on growing."""
        with self._lock:
            return tuple(self._gops)

    def newest(self) -> Gop | None:
        with self._lock:
            return self._gops[-1] if self._gops else None

    def between(self, start: datetime, end: datetime) -> Sequence[Gop]:
        """The groups that have packets of this time, whole as they are: a clip begins with a key frame."""
        return [gop for gop in self.gops() if not gop.is_headless and gop.began_at <= end and gop.ended_at >= start]
