"""What is measured of a stream without decoding it, and what its worker says of how it is watched."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from patrol.streams.decode import VideoPacket
from patrol.streams.ring import Codec

WINDOW_S = 4.0  # over so long pictures and bytes are counted

Attending = Literal["quiet", "patrol", "attending"]
Policy = Literal["key_frames", "reference_frames", "every_frame", "sub_stream"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One connection, by its packets. What is not known yet is None."""

    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    gop_s: float | None = None  #: from one key frame to the next, newest
    bit_rate_kbps: float | None = None


@dataclass(frozen=True, slots=True)
class Vitals:
    """How a stream is watched."""

    measured: Measured = Measured()
    n_connections: int = 0
    n_dropped: int = 0  #: looks that were due and had to be left out
    changed_at: datetime | None = None  #: when the newest picture that differs from the one before it came
    attention: Attending = "patrol"
    policy: Policy | None = None
    policy_reason: str | None = None  #: code of words/watching.json


class Meter:
    """Counts pictures and bytes as they arrive. Packets of one time are one picture."""

    def __init__(self) -> None:
        self.measured = Measured()
        self._codec: Codec | None = None
        self._restart(None)

    def begin(self, codec: Codec) -> None:
        self._codec = codec
        self.measured = Measured(codec.name, codec.width or None, codec.height or None)
        self._key_at: datetime | None = None
        self._restart(None)

    def _restart(self, now: datetime | None) -> None:
        self._since, self._n_pictures, self._n_bytes = now, 0, 0
        self._last_pts: int | None = None

    def note(self, packet: VideoPacket, arrived_at: datetime, *, begins_gop: bool) -> None:
        """Count one packet. begins_gop: it is the first of a key frame."""
        if begins_gop:
            self._note_key(arrived_at)
        if self._since is None:
            self._restart(arrived_at)
            self._last_pts = packet.pts
            return  # its time is over when the next one comes
        self._n_pictures += packet.pts is None or packet.pts != self._last_pts
        self._last_pts = packet.pts
        self._n_bytes += packet.size
        if (elapsed_s := (arrived_at - self._since).total_seconds()) >= WINDOW_S:
            self._say(elapsed_s, self.measured.gop_s)
            self._restart(arrived_at)

    def _note_key(self, arrived_at: datetime) -> None:
        if self._key_at is not None:
            gop_s = (arrived_at - self._key_at).total_seconds()
            was = self.measured
            self.measured = Measured(was.codec, was.width, was.height, was.fps, gop_s, was.bit_rate_kbps)
        self._key_at = arrived_at

    def _say(self, elapsed_s: float, gop_s: float | None) -> None:
        was = self.measured
        fps, kbps = self._n_pictures / elapsed_s, self._n_bytes * 8 / 1000 / elapsed_s
        self.measured = Measured(was.codec, was.width, was.height, fps, gop_s, kbps)
