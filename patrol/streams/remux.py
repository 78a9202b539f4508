"""Makes an MP4 out of packets of a ring, without decoding them; what no browser plays in an MP4 is encoded anew."""

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

import av
import av.error

from patrol.streams.access_units import (
    SYNTAX,
    AccessUnit,
    access_units,
    has_sequence,
    parameter_sets,
    sequence_of,
)
from patrol.streams.ring import Codec, Gop
from patrol.streams.timestamps import TICKS_PER_S, Stamps, lay_out
from patrol.streams.transcode import ClipUnreadable, encode_pictures, room_for
from patrol.values import PatrolError

TAGS = {"h264": "avc1", "hevc": "hvc1"}  # hvc1: the parameter sets stand in front, as browsers want them
TIME_BASE = Fraction(1, TICKS_PER_S)


class ClipImpossible(PatrolError):
    """Nothing of these seconds can be played: there is no key frame, or the codec is not known."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Some seconds of a stream, ready to be kept."""

    mp4: bytes
    codec: str  #: as libav calls it: h264, hevc
    began_at: datetime  #: so that the picture of its moment is shown exactly `moment - began_at` after it
    seconds: float


def remux(gops: Sequence[Gop], moment: datetime, end: datetime, most_bytes: int) -> Clip:
    """The seconds around `moment`, from the first of these groups to `end`; ClipImpossible without one to begin with.

    Where the picture's size or codec changes, it is the part that `moment` lies in; where it is more than
    `most_bytes`, what is farthest from `moment` is left out, group by group.
    """
    chosen = _within(_alike(gops, moment), moment, most_bytes)
    units = _until(list(access_units(chosen)), end, most_bytes)
    if not units:
        raise ClipImpossible
    stamps = lay_out(units)
    codec = chosen[0].codec
    try:
        mp4 = _mux(units, stamps, codec) if codec.name in SYNTAX else _encode(units, stamps, codec)
    except (av.error.FFmpegError, ClipUnreadable) as error:
        raise ClipImpossible(f"{codec.name}: {error}") from None
    name = codec.name if codec.name in SYNTAX else "h264"
    nearest = min(range(len(units)), key=lambda n: abs(units[n].arrived_at - moment))
    place_s = (stamps.pts[nearest] - min(stamps.pts)) / TICKS_PER_S
    began_at = units[nearest].arrived_at - timedelta(seconds=place_s)
    return Clip(mp4, name, began_at, round(stamps.ticks / TICKS_PER_S, 3))


def _alike(gops: Sequence[Gop], moment: datetime) -> Sequence[Gop]:
    """The groups around a moment that one decoder can follow without being told anew."""
    gops = [gop for gop in gops if gop.packets and not gop.is_headless]
    if not gops:
        return []
    here = max((n for n, gop in enumerate(gops) if gop.began_at <= moment), default=0)
    kinds = [(gop.codec.name, sequence_of(gop)) for gop in gops]
    first, last = here, here
    while first > 0 and kinds[first - 1] == kinds[here]:
        first -= 1
    while last + 1 < len(gops) and kinds[last + 1] == kinds[here]:
        last += 1
    return gops[first : last + 1]


def _within(gops: Sequence[Gop], moment: datetime, most_bytes: int) -> Sequence[Gop]:
    kept = list(gops)
    while len(kept) > 1 and sum(gop.n_bytes for gop in kept) > most_bytes:
        is_first_farther = moment - kept[0].ended_at > kept[-1].began_at - moment
        kept.pop(0 if is_first_farther else -1)
    return kept


def _until(units: Sequence[AccessUnit], end: datetime, most_bytes: int) -> list[AccessUnit]:
    """From the first key frame to the end: what is decoded later is left out, and nothing kept needs it."""
    kept: list[AccessUnit] = []
    n_bytes = 0
    for unit in units:
        n_bytes += len(unit.content)
        if kept and (unit.arrived_at > end or n_bytes > most_bytes):
            break
        if kept or unit.is_key:
            kept.append(unit)
    return kept


def _mux(units: Sequence[AccessUnit], stamps: Stamps, codec: Codec) -> bytes:
    file = io.BytesIO()
    with (
        av.open(io.BytesIO(_head_of(units[0], codec)), format=codec.name) as told,
        av.open(file, "w", format="mp4", options=room_for(len(units))) as container,
    ):
        stream = container.add_stream_from_template(told.streams.video[0])
        stream.codec_context.codec_tag = TAGS[codec.name]
        stream.time_base = TIME_BASE
        for unit, pts, dts in zip(units, stamps.pts, stamps.dts, strict=True):
            packet = av.Packet(unit.content)
            packet.stream, packet.time_base = stream, TIME_BASE
            packet.pts, packet.dts, packet.duration = pts, dts, stamps.frame
            packet.is_keyframe = unit.is_key
            container.mux_one(packet)
    return file.getvalue()


def _head_of(first: AccessUnit, codec: Codec) -> bytes:
    """A key frame with its parameter sets: libav reads size, profile and colours from it."""
    is_told = has_sequence(first.content, codec.name)
    return first.content if is_told else parameter_sets(codec) + first.content


def _encode(units: Sequence[AccessUnit], stamps: Stamps, codec: Codec) -> bytes:
    decoder = av.CodecContext.create(codec.name, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count, decoder.extradata = 1, codec.extradata
    return encode_pictures(_decoded(decoder, units, stamps), TIME_BASE, len(units))


def _decoded(decoder: av.VideoCodecContext, units: Sequence[AccessUnit], stamps: Stamps) -> Iterator[av.VideoFrame]:
    """The pictures of these units, without those that cannot be decoded."""
    for unit, pts in zip(units, stamps.pts, strict=True):
        packet = av.Packet(unit.content)
        packet.pts, packet.time_base = pts, TIME_BASE
        with suppress(av.error.FFmpegError):
            yield from decoder.decode(packet)
