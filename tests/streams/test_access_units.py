"""Packets become pictures, whatever way a camera cut them up."""

from dataclasses import replace
from pathlib import Path

import pytest

from patrol.streams.access_units import access_units, has_sequence, nal_units, parameter_sets, sequence_of
from tests.rtsp import make_clip
from tests.streams.rings import gop, packets_of, stamped

SPS, PPS, AUD = b"\0\0\0\1\x67\x42\xc0\x0d", b"\0\0\0\1\x68\xce\x0f", b"\0\0\0\1\x09\xf0"
FIRST_SLICE, NEXT_SLICE = b"\0\0\1\x65\x88\x01", b"\0\0\1\x65\x48\x02"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("units") / "clip.mp4", n_frames=8, gop=4)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", []),
        (b"no start code", []),
        (FIRST_SLICE, [b"\x65\x88\x01"]),
        (SPS + PPS, [b"\x67\x42\xc0\x0d", b"\x68\xce\x0f"]),
        (b"\0\0\1\x65\x88\0\0\0", [b"\x65\x88"]),
    ],
)
def test_nal_units_stand_between_start_codes(content: bytes, found: list[bytes]) -> None:
    assert list(nal_units(content)) == found


def test_each_packet_of_a_usual_stream_is_a_picture(clip: Path) -> None:
    codec, packets = packets_of(clip)
    units = list(access_units([gop(codec, packets)]))
    assert [unit.content for unit in units] == [bytes(packet) for packet in packets]
    assert [unit.is_key for unit in units] == [True, False, False, False] * 2


def test_a_picture_that_came_in_pieces_is_one_picture(clip: Path) -> None:
    codec, (key, *_) = packets_of(clip)
    pieces = [stamped(key, 0, part) for part in (AUD + SPS + PPS, FIRST_SLICE, NEXT_SLICE)]
    units = list(access_units([gop(codec, [*pieces, stamped(key, 3600, FIRST_SLICE)])]))
    assert [unit.content for unit in units] == [AUD + SPS + PPS + FIRST_SLICE + NEXT_SLICE, FIRST_SLICE]
    assert units[0].is_key


def test_a_key_frame_that_came_twice_is_there_once(clip: Path) -> None:
    codec, (key, *rest) = packets_of(clip)
    assert len(list(access_units([gop(codec, [key, key, *rest])]))) == 8


def test_two_connections_are_two_clocks(clip: Path) -> None:
    codec, packets = packets_of(clip)
    units = list(access_units([gop(codec, packets), gop(replace(codec), packets)]))
    assert len({unit.connection for unit in units}) == 2


@pytest.mark.parametrize("encoder", ["libx264", "libx265"])
def test_a_files_pictures_get_start_codes_and_its_record_gives_the_sets(tmp_path: Path, encoder: str) -> None:
    path = make_clip(tmp_path / "clip.mp4", n_frames=3, codec=encoder)
    (codec, packets), (as_sent, sent) = packets_of(path, as_sent=False), packets_of(path)
    told, in_file = list(access_units([gop(codec, packets)])), list(access_units([gop(as_sent, sent)]))
    assert list(nal_units(told[1].content)) == list(nal_units(bytes(sent[1])))
    assert has_sequence(parameter_sets(codec), codec.name)
    assert not has_sequence(told[1].content, codec.name)
    assert len(told) == len(in_file) == 3


def test_a_damaged_record_has_no_sets(clip: Path) -> None:
    codec, _ = packets_of(clip, as_sent=False)
    for n_bytes in range(len(codec.extradata or b"")):
        parameter_sets(replace(codec, extradata=(codec.extradata or b"")[:n_bytes]))


def test_the_sequence_is_the_groups_own_or_what_was_announced(clip: Path) -> None:
    codec, packets = packets_of(clip)
    own = sequence_of(gop(codec, packets))
    assert own[0] & 0x1F == 7
    bare = gop(replace(codec, extradata=SPS), [stamped(packets[0], 7, FIRST_SLICE), packets[0]])
    assert sequence_of(bare) == SPS.removeprefix(b"\0\0\0\1")  # the same bytes, whichever way they came
    assert sequence_of(gop(replace(codec, name="mjpeg", extradata=None), packets)) == b""
