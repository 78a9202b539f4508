"""Packets inside an RTSP connection: cut out of what comes in any portions, and spoiled one by one."""

import random

import pytest

from patrol.bench.packets import (
    CLOCK_HZ,
    FU_A,
    STAP_A,
    Unwrapped,
    garbage,
    h264_types,
    losing,
    time_shifted,
    without_key_frames,
)

ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nv=0\r\n"
KEY, DELTA, SPS, SEI = 5, 1, 7, 6


def rtp(payload: bytes, timestamp: int = 0) -> bytes:
    return b"\x80\x60\x00\x01" + timestamp.to_bytes(4, "big") + b"SSRC" + payload


def framed(packet: bytes, channel: int = 0) -> bytes:
    return b"$" + bytes([channel]) + len(packet).to_bytes(2, "big") + packet


def single(kind: int) -> bytes:
    return rtp(bytes([0x60 | kind, 1, 2, 3]))


def part_of(kind: int) -> bytes:
    return rtp(bytes([0x60 | FU_A, 0x80 | kind, 1, 2]))


def several(*kinds: int) -> bytes:
    return rtp(bytes([0x60 | STAP_A]) + b"".join(b"\x00\x02" + bytes([0x60 | kind, 9]) for kind in kinds))


STREAM = ANSWER + framed(single(KEY)) + framed(b"report" * 5, channel=1) + framed(single(DELTA)) + ANSWER


@pytest.mark.parametrize("portion", [1, 3, 7, 50, 10_000])
def test_nothing_is_changed_where_nothing_is_spoiled(portion: int) -> None:
    unwrapped = Unwrapped()
    came = [STREAM[at : at + portion] for at in range(0, len(STREAM), portion)]
    assert b"".join(unwrapped.feed(part, None) for part in came) == STREAM


@pytest.mark.parametrize("portion", [1, 3, 7, 50, 10_000])
def test_only_the_videos_packets_are_spoiled(portion: int) -> None:
    unwrapped = Unwrapped()
    came = [STREAM[at : at + portion] for at in range(0, len(STREAM), portion)]
    passed = b"".join(unwrapped.feed(part, lambda packet: None) for part in came)
    assert passed == ANSWER + framed(b"report" * 5, channel=1) + ANSWER


def test_half_a_packet_waits_for_its_other_half() -> None:
    unwrapped, whole = Unwrapped(), framed(single(DELTA))
    assert unwrapped.feed(whole[:9], None) == b""
    assert unwrapped.feed(whole[9:], None) == whole


@pytest.mark.parametrize(
    ("packet", "types"),
    [
        (single(DELTA), {DELTA}),
        (single(KEY), {KEY}),
        (part_of(KEY), {KEY}),
        (several(SPS, SEI), {SPS, SEI}),
        (several(), set()),
    ],
    ids=["one unit", "key frame", "part of a key frame", "several", "none"],
)
def test_the_units_of_a_packet_are_told(packet: bytes, types: set[int]) -> None:
    assert h264_types(packet) == types


def test_without_key_frames_only_what_needs_one_comes_through() -> None:
    packets = [single(KEY), part_of(KEY), several(SPS, 8), single(DELTA), part_of(DELTA)]
    assert [without_key_frames(bytearray(packet)) is None for packet in packets] == [True, True, True, False, False]


def test_garbage_keeps_the_header_and_the_length() -> None:
    packet = single(KEY)
    spoiled = garbage(random.Random(1))(bytearray(packet))
    assert spoiled is not None
    assert spoiled[:12] == packet[:12]
    assert spoiled[12:] != packet[12:]
    assert len(spoiled) == len(packet)


def test_about_the_asked_share_is_lost() -> None:
    lose = losing(random.Random(1), 0.1)
    assert 60 < sum(lose(bytearray(single(DELTA))) is None for _ in range(1000)) < 140


@pytest.mark.parametrize("by_s", [-3600.0, 3600.0, -0.5])
def test_time_stamps_move_and_wrap(by_s: float) -> None:
    moved = time_shifted(by_s)(bytearray(rtp(b"\x61\x00", timestamp=90_000)))
    assert moved is not None
    assert int.from_bytes(moved[4:8], "big") == (90_000 + by_s * CLOCK_HZ) % 2**32
