"""RTP packets inside an RTSP connection (RFC 2326, section 10.12), and ways to spoil them that cameras know."""

import random
import re
from collections.abc import Callable, Iterator

PacketChange = Callable[[bytearray], bytes | None]  # a whole RTP packet; None: it is lost

MAGIC = 0x24  # "$", then the channel, then two bytes of length
RTP_HEADER_BYTES = 12
VIDEO_CHANNEL = 0
CLOCK_HZ = 90_000  # of all video formats in RTP (RFC 3551)
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
H264_KEY_TYPES = frozenset({5, 7, 8})  # IDR slice, SPS, PPS
STAP_A, FU_A = 24, 28  # several units in one packet, one unit in several (RFC 6184)


class Unwrapped:
    """What a server sends, cut into RTSP answers and interleaved packets; `change` sees the video's packets."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, came: bytes, change: PacketChange | None) -> bytes:
        """What to pass on now; what is not whole yet is held back until it is."""
        self._held += came
        return b"".join(self._pieces(change))

    def _pieces(self, change: PacketChange | None) -> Iterator[bytes]:
        while length := self._next_length():
            piece, self._held = self._held[:length], self._held[length:]
            is_video = piece[0] == MAGIC and piece[1] == VIDEO_CHANNEL and length > 4 + RTP_HEADER_BYTES
            yield _changed(piece, change) if is_video and change else bytes(piece)

    def _next_length(self) -> int | None:
        """How long the first piece is, None while it is not whole."""
        held = self._held
        if len(held) < 4:
            return None
        if held[0] == MAGIC:
            length = 4 + int.from_bytes(held[2:4], "big")
        elif (end := held.find(b"\r\n\r\n")) >= 0:
            said = CONTENT_LENGTH.search(held, 0, end)
            length = end + 4 + (int(said.group(1)) if said else 0)
        else:
            return None
        return length if len(held) >= length else None


def _changed(piece: bytearray, change: PacketChange) -> bytes:
    packet = change(piece[4:])
    return b"" if packet is None else bytes(piece[:2]) + len(packet).to_bytes(2, "big") + packet


def garbage(chance: random.Random, share: float = 1.0) -> PacketChange:
    """Noise in place of the payload of so many packets."""

    def change(packet: bytearray) -> bytes:
        if chance.random() < share:
            packet[RTP_HEADER_BYTES:] = chance.randbytes(len(packet) - RTP_HEADER_BYTES)
        return bytes(packet)

    return change


def losing(chance: random.Random, share: float) -> PacketChange:
    """So many packets never come."""
    return lambda packet: None if chance.random() < share else bytes(packet)


def time_shifted(by_s: float) -> PacketChange:
    """Time stamps moved, as by a camera that sets its clock."""

    def change(packet: bytearray) -> bytes:
        shifted = int.from_bytes(packet[4:8], "big") + round(by_s * CLOCK_HZ)
        packet[4:8] = (shifted % 2**32).to_bytes(4, "big")
        return bytes(packet)

    return change


def without_key_frames(packet: bytearray) -> bytes | None:
    """H.264 as of an encoder that sends no key frame, or whose key frames all get lost."""
    return None if h264_types(packet) & H264_KEY_TYPES else bytes(packet)


def h264_types(packet: bytes | bytearray) -> frozenset[int]:
    """The types of the units that an RTP packet of H.264 carries; of a part of a unit, the unit's."""
    payload = packet[RTP_HEADER_BYTES:]
    kind = payload[0] & 0x1F
    if kind == FU_A:
        return frozenset({payload[1] & 0x1F})
    if kind != STAP_A:
        return frozenset({kind})
    types, at = set(), 1
    while at + 2 < len(payload):
        types.add(payload[at + 2] & 0x1F)
        at += 2 + int.from_bytes(payload[at : at + 2], "big")
    return frozenset(types)
