"""Pictures as they were sent: packets put together to whole access units, with start codes before their NAL units.

What is said here of bits and numbers of NAL units stands in ITU-T H.264, 7.3 and 7.4, and H.265, 7.3 and 7.4.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from patrol.streams.ring import Codec, Gop

START_CODE = b"\0\0\0\1"
MOST_SETS = 32  # parameter sets in one record: more than H.264 has ids for sequences


@dataclass(frozen=True, slots=True, eq=False)
class AccessUnit:
    """One coded picture with all that belongs to it."""

    content: bytes
    shown_s: float | None  #: the camera's own time stamp, seconds of its clock; None where it gave none
    arrived_at: datetime
    is_key: bool
    connection: int  #: units of two connections have two clocks


@dataclass(frozen=True, slots=True)
class Syntax:
    """How NAL units of a codec are told apart."""

    header_bytes: int
    type_shift: int
    type_mask: int
    picture_types: range  #: of slices
    sequence_type: int  #: of the parameter set that holds the resolution
    record_lengths: int  #: the byte of a configuration record whose two low bits say how long a length is

    def type_of(self, unit: bytes) -> int:
        return unit[0] >> self.type_shift & self.type_mask


SYNTAX = {
    "h264": Syntax(1, 0, 0x1F, range(1, 6), 7, 4),
    "hevc": Syntax(2, 1, 0x3F, range(32), 33, 21),
}


def access_units(gops: Iterable[Gop]) -> Iterator[AccessUnit]:
    """The pictures of these groups, in the order of decoding.

    One picture may have come in several packets: parameter sets in one and the picture in the next, a slice in each.
    A key frame that came twice is there once.
    """
    pending: AccessUnit | None = None
    for unit, codec in _packets(gops):
        if pending is None:
            pending = unit
        elif _goes_on(pending, unit, codec):
            pending = _joined(pending, unit)
        elif not _is_same(pending, unit):
            yield pending
            pending = unit
    if pending is not None:
        yield pending


def sequence_of(gop: Gop) -> bytes:
    """What says how a group's pictures are coded: its own sequence parameter set, else what the camera announced."""
    syntax = SYNTAX.get(gop.codec.name)
    if syntax is None:
        return b""
    first = gop.packets[0].packet
    for coded in gop.packets:
        if coded.packet is not first and coded.packet.pts != first.pts:
            break
        if own := _sequence_in(_annex_b(bytes(coded.packet), gop.codec, syntax), syntax):
            return own
    return _sequence_in(parameter_sets(gop.codec), syntax)


def parameter_sets(codec: Codec) -> bytes:
    """The sets that a camera announced, with start codes; empty where it sends them with its pictures only."""
    syntax = SYNTAX[codec.name]
    record = codec.extradata or b""
    return _record_sets(record, codec.name) if _is_record(codec, syntax) else record


def has_sequence(content: bytes, codec_name: str) -> bool:
    return bool(_sequence_in(content, SYNTAX[codec_name]))


def _sequence_in(content: bytes, syntax: Syntax) -> bytes:
    return next((unit for unit in nal_units(content) if syntax.type_of(unit) == syntax.sequence_type), b"")


def nal_units(content: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream (Annex B), without their start codes."""
    start = content.find(b"\0\0\1")
    while start >= 0:
        start += 3
        following = content.find(b"\0\0\1", start)
        unit = content[start : following if following >= 0 else len(content)].rstrip(b"\0")
        if unit:
            yield unit
        start = following


def _packets(gops: Iterable[Gop]) -> Iterator[tuple[AccessUnit, Codec]]:
    """Each packet by itself, with start codes."""
    for gop in gops:
        codec, syntax = gop.codec, SYNTAX.get(gop.codec.name)
        for coded in list(gop.packets):
            packet = coded.packet
            content = bytes(packet) if syntax is None else _annex_b(bytes(packet), codec, syntax)
            shown_s = None if packet.pts is None else float(packet.pts * (packet.time_base or codec.time_base))
            yield AccessUnit(content, shown_s, coded.arrived_at, packet.is_keyframe, id(codec)), codec


def _goes_on(before: AccessUnit, unit: AccessUnit, codec: Codec) -> bool:
    """Whether a packet belongs to the picture of the packet before it."""
    syntax = SYNTAX.get(codec.name)
    if syntax is None or before.connection != unit.connection:
        return False
    if _begins_picture(before.content, syntax) is None:
        return True  # parameter sets alone
    return _begins_picture(unit.content, syntax) is False  # another slice of it


def _begins_picture(content: bytes, syntax: Syntax) -> bool | None:
    """Whether the first slice in here is a picture's first one; None without a slice.

    `first_mb_in_slice` is 0, coded as the bit 1; `first_slice_segment_in_pic_flag` is that bit.
    """
    for unit in nal_units(content):
        if syntax.type_of(unit) in syntax.picture_types and len(unit) > syntax.header_bytes:
            return bool(unit[syntax.header_bytes] & 0x80)
    return None


def _is_same(before: AccessUnit, unit: AccessUnit) -> bool:
    return unit.is_key and before.shown_s == unit.shown_s and before.content == unit.content


def _joined(before: AccessUnit, unit: AccessUnit) -> AccessUnit:
    shown_s = unit.shown_s if before.shown_s is None else before.shown_s
    is_key = before.is_key or unit.is_key
    return AccessUnit(before.content + unit.content, shown_s, before.arrived_at, is_key, before.connection)


def _is_record(codec: Codec, syntax: Syntax) -> bool:
    """Whether the stream comes out of a file, with lengths before its NAL units instead of start codes."""
    record = codec.extradata or b""
    return len(record) > syntax.record_lengths and record[0] == 1


def _annex_b(content: bytes, codec: Codec, syntax: Syntax) -> bytes:
    if not _is_record(codec, syntax) or codec.extradata is None:
        return content
    n_length = (codec.extradata[syntax.record_lengths] & 3) + 1
    return b"".join(START_CODE + unit for unit in _counted(content, n_length))


def _counted(content: bytes, n_length: int) -> Iterator[bytes]:
    """NAL units with their length before each, as files keep them."""
    at = 0
    while at + n_length < len(content):
        n_bytes = int.from_bytes(content[at : at + n_length], "big")
        yield content[at + n_length : at + n_length + n_bytes]
        at += n_length + n_bytes


def _record_sets(record: bytes, codec_name: str) -> bytes:
    """The parameter sets of a file's configuration record (ISO/IEC 14496-15, 5.3.3 and 8.3.3), with start codes."""
    read = _hevc_sets if codec_name == "hevc" else _h264_sets
    return b"".join(START_CODE + unit for unit in read(record))


def _h264_sets(record: bytes) -> Sequence[bytes]:
    sequences, at = _sets_at(record, 6, record[5] & 0x1F if len(record) > 5 else 0)
    pictures, _ = _sets_at(record, at + 1, record[at]) if at < len(record) else ([], at)
    return [*sequences, *pictures]


def _hevc_sets(record: bytes) -> Sequence[bytes]:
    sets: list[bytes] = []
    at = 23
    for _ in range(record[22] if len(record) > 22 else 0):
        found, at = _sets_at(record, at + 3, int.from_bytes(record[at + 1 : at + 3], "big"))
        sets += found
    return sets


def _sets_at(record: bytes, at: int, n_sets: int) -> tuple[list[bytes], int]:
    """Sets that stand one behind the other with two bytes of length each, and where they end."""
    sets = []
    for _ in range(min(n_sets, MOST_SETS)):
        end = at + 2 + int.from_bytes(record[at : at + 2], "big")
        sets.append(record[at + 2 : end])
        at = end
    return sets, at
