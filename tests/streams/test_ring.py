"""The compressed ring: whole groups of pictures, bounded in time and in bytes, across connections."""

from datetime import timedelta

import av
import pytest

from patrol.streams.decode import VideoPacket
from patrol.streams.ring import Codec, Ring
from tests.rtsp import make_clip
from tests.streams.rings import BEGAN_AT, FRAME, filled, packets_of, stamped


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Codec, list[VideoPacket]]:
    """Four seconds in four groups."""
    return packets_of(make_clip(tmp_path_factory.mktemp("ring") / "clip.mp4", n_frames=100, gop=25))


def test_packets_are_kept_by_groups_that_begin_with_a_key_frame(clip: tuple[Codec, list[VideoPacket]]) -> None:
    ring = filled(*clip)
    gops = ring.gops()
    assert [(gop.number, len(gop.packets), gop.is_whole) for gop in gops] == [
        (1, 25, True), (2, 25, True), (3, 25, True), (4, 25, False)
    ]  # fmt: skip
    assert all(gop.packets[0].packet.is_keyframe for gop in gops)
    assert ring.n_bytes == sum(packet.size for packet in clip[1])
    assert ring.newest() is gops[-1]


def test_what_comes_before_the_first_key_frame_is_not_kept(clip: tuple[Codec, list[VideoPacket]]) -> None:
    codec, packets = clip
    ring = filled(codec, packets[10:60])
    assert [gop.n_packets for gop in ring.gops()] == [25, 10]


def test_only_the_newest_seconds_are_kept(clip: tuple[Codec, list[VideoPacket]]) -> None:
    ring = filled(*clip, ring=Ring(most_s=1.5))
    assert [gop.number for gop in ring.gops()] == [3, 4]


def test_only_so_many_bytes_are_kept_and_the_newest_group_always(clip: tuple[Codec, list[VideoPacket]]) -> None:
    codec, packets = clip
    most = sum(packet.size for packet in packets[50:]) + 10
    assert [gop.number for gop in filled(codec, packets, ring=Ring(most_bytes=most)).gops()] == [3, 4]


def test_a_group_without_end_loses_its_beginning_and_says_so(clip: tuple[Codec, list[VideoPacket]]) -> None:
    codec, packets = clip
    endless = [packets[0], *[stamped(packet, n) for n, packet in enumerate(packets[1:25])]]
    (gop,) = filled(codec, endless, ring=Ring(most_bytes=endless[-1].size * 4)).gops()
    assert gop.is_headless
    assert gop.n_packets == 25
    assert len(gop.packets) < 25


def test_a_key_frame_in_two_packets_of_one_time_begins_one_group(clip: tuple[Codec, list[VideoPacket]]) -> None:
    codec, packets = clip
    twice = [stamped(packets[0], 0), stamped(packets[0], 0), *[stamped(p, n) for n, p in enumerate(packets[1:25], 1)]]
    (gop,) = filled(codec, twice).gops()
    assert gop.n_packets == 26


def test_a_new_connection_does_not_go_on_with_the_old_group(clip: tuple[Codec, list[VideoPacket]]) -> None:
    codec, packets = clip
    ring = filled(codec, packets[:30])
    filled(codec, packets[30:60], BEGAN_AT + timedelta(seconds=10), ring=ring)  # 20 packets of no key frame first
    assert [(gop.number, gop.n_packets, gop.is_whole) for gop in ring.gops()] == [
        (1, 25, True), (2, 5, True), (3, 10, False)
    ]  # fmt: skip


def test_the_groups_of_a_time_are_found_whole(clip: tuple[Codec, list[VideoPacket]]) -> None:
    ring = filled(*clip)
    at = BEGAN_AT + 30 * FRAME
    assert [gop.number for gop in ring.between(at, at + timedelta(seconds=1))] == [2, 3]
    assert ring.between(at - timedelta(hours=1), at - timedelta(minutes=1)) == []


def test_nothing_is_kept_before_a_connection_has_begun() -> None:
    ring, packet = Ring(), av.Packet(b"\0" * 10)
    packet.is_keyframe = True
    assert ring.append(packet, BEGAN_AT) is None
    assert ring.newest() is None
