"""The decode policy: key frames while nobody is in view, every frame while somebody is, and nothing queued."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from patrol.streams.attention import Attention, Interest, Sight
from patrol.streams.motion import AUDIT_EVERY
from patrol.streams.ring import Codec, Ring
from patrol.values import Stream
from tests.rtsp import make_clip
from tests.streams.cameras import stream_at
from tests.streams.rings import BEGAN_AT, FRAME, packets_of

NEAR = Interest(anybody=True, more=True, near=True)
TURNED_AWAY = Interest(anybody=True, more=True)
GONE = Interest(anybody=True, more=True, gone=True)
SOMEBODY = Interest(anybody=True)


class FakeCamera:
    """Hands the packets of a clip into its ring, as the time that the test says has come."""

    def __init__(self, path: Path, most_bytes: int = 12_000_000) -> None:
        self.codec, self._packets = packets_of(path)
        self.ring = Ring(most_bytes=most_bytes)
        self.ring.begin(self.codec)
        self.n_sent = 0
        self.began_at = BEGAN_AT
        self.is_live = True
        self.is_frozen = False
        self.n_seen = 0
        self.n_garbled = 0

    @property
    def now(self) -> datetime:
        return self.began_at + max(0, self.n_sent - 1) * FRAME

    def send(self, n_packets: int, stir: float = float("inf")) -> None:
        for _ in range(n_packets):
            packet = self._packets[self.n_sent % len(self._packets)]
            begun = self.ring.append(packet, self.began_at + self.n_sent * FRAME)
            if begun is not None:
                begun.stir = stir
            self.n_sent += 1

    def saw(self, picture: av.VideoFrame, arrived_at: datetime, codec: Codec) -> bool:
        self.n_seen += 1
        return not self.is_frozen

    def garbled(self, arrived_at: datetime, codec: Codec) -> None:
        self.n_garbled += 1


class Watching:
    """An attention with its camera: `look` sends packets one by one and looks whenever something is due."""

    def __init__(self, path: Path, sub: Path | None = None, **fields: object) -> None:
        self.camera = FakeCamera(path)
        self.sub = FakeCamera(sub) if sub else None
        self.stream: Stream = stream_at("rtsp://gate", **fields)
        self.attention = Attention(self.stream, self.camera, self.sub)
        self.seen: list[Sight] = []

    def look(
        self,
        n_packets: int,
        interest: Callable[[Sight], Interest] = lambda sight: Interest(),
        *,
        stir: float = float("inf"),
        is_wanted: bool = False,
    ) -> list[Sight]:
        """The sights of so many packets."""
        n_before = len(self.seen)
        for _ in range(n_packets):
            self.camera.send(1, stir)
            if self.sub:
                self.sub.send(1, stir)
            while self.attention.is_due() and (taken := self._take(interest, is_wanted)):
                self.seen += taken
        return self.seen[n_before:]

    def _take(self, interest: Callable[[Sight], Interest], is_wanted: bool) -> Sequence[Sight]:
        taken = self.attention.take(self.camera.now, is_wanted=is_wanted)
        for sight in taken:
            if not sight.is_small:
                self.attention.tell(interest(sight), sight)
        return taken

    def seconds(self, sights: Sequence[Sight]) -> list[float]:
        """When they were taken, from the beginning."""
        return [round((sight.frame.taken_at - BEGAN_AT).total_seconds(), 2) for sight in sights]


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds, a key frame every two."""
    return make_clip(tmp_path_factory.mktemp("moving") / "moving.mp4", n_frames=250, gop=50)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("still") / "still.mp4", n_frames=250, gop=50, is_frozen=True)


@pytest.fixture(scope="module")
def long_gop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("long") / "long.mp4", n_frames=500, gop=250)


def test_while_nobody_is_in_view_key_frames_alone_are_decoded(moving: Path) -> None:
    watching = Watching(moving)
    assert watching.seconds(watching.look(250)) == [0, 2, 4, 6, 8]
    assert watching.attention.policy == ("key_frames", None)
    assert (watching.attention.state, watching.attention.n_dropped) == ("patrol", 0)


def test_a_picture_is_the_one_of_its_moment(moving: Path) -> None:
    """The white bar of the clip moves by 8 px a frame: at the key frame after 2 s it has gone 400 px, 80 past 320."""
    watching = Watching(moving)
    sights = watching.look(60)
    bar = np.flatnonzero(sights[1].frame.picture.bgr()[120, :, 2] > 200)
    assert bar.mean() == pytest.approx(80 + 20, abs=3)


def test_somebody_in_view_is_looked_at_at_the_streams_rate(moving: Path) -> None:
    watching = Watching(moving, looks_per_s=5.0)
    sights = watching.look(100, lambda sight: NEAR)
    apart = np.diff(watching.seconds(sights))
    assert apart.mean() == pytest.approx(0.2, abs=0.02)
    assert watching.attention.state == "attending"


def test_when_enough_was_seen_it_is_key_frames_again_at_once(moving: Path) -> None:
    watching = Watching(moving, looks_per_s=5.0)
    watching.look(5, lambda sight: NEAR)
    assert watching.seconds(watching.look(45, lambda sight: SOMEBODY)) == [pytest.approx(0.2, abs=0.03)]
    assert watching.seconds(watching.look(100)) == [2, 4]
    assert watching.attention.state == "patrol"


def test_a_head_that_turned_away_is_waited_for_a_second(moving: Path) -> None:
    watching = Watching(moving, looks_per_s=5.0)
    watching.look(1, lambda sight: NEAR)
    following = watching.seconds(watching.look(49, lambda sight: TURNED_AWAY))
    assert 1.0 <= max(following) <= 1.3


def test_who_left_between_two_key_frames_is_found_in_the_ring(moving: Path) -> None:
    watching = Watching(moving, looks_per_s=5.0)
    watching.look(50, lambda sight: SOMEBODY)
    sights = watching.look(
        1, lambda sight: GONE if sight.frame.taken_at > BEGAN_AT + timedelta(seconds=1.9) else SOMEBODY
    )
    key, *recalled = watching.seconds(sights)
    assert key == 2.0
    assert recalled[0] == pytest.approx(0.2, abs=0.03)
    assert recalled[-1] > 1.75
    assert recalled == sorted(recalled)


def test_what_was_recalled_is_not_recalled_again(moving: Path) -> None:
    watching = Watching(moving)
    watching.look(50, lambda sight: SOMEBODY)
    n_first = len(watching.look(1, lambda sight: GONE))
    assert n_first > 5
    assert watching.look(49, lambda sight: GONE) == []


def test_a_busy_thread_leaves_out_old_key_frames_and_counts_them(moving: Path) -> None:
    watching = Watching(moving)
    watching.look(1)
    watching.camera.send(200)
    sights = watching.attention.take(watching.camera.now)
    assert watching.seconds(sights) == [8]
    assert watching.attention.n_dropped == 3


def test_who_is_followed_too_late_is_followed_from_the_newest_key_frame(moving: Path) -> None:
    watching = Watching(moving)
    watching.look(1, lambda sight: NEAR)
    watching.camera.send(215)
    first = watching.attention.take(watching.camera.now)
    assert min(watching.seconds(first)) >= 8 - 0.25
    assert watching.attention.n_dropped > 20


def test_a_frozen_picture_is_not_looked_at(moving: Path) -> None:
    watching = Watching(moving)
    watching.camera.is_frozen = True
    assert watching.look(100) == []
    assert watching.camera.n_seen == 2


def test_packets_that_tell_of_movements_let_still_key_frames_be_skipped(moving: Path) -> None:
    watching = Watching(moving)
    watching.look(250, stir=5.0)  # the bar moves, and the packets say so
    assert watching.look(150, stir=1.0) == []
    assert watching.attention.state == "quiet"
    key, *before = watching.seconds(watching.look(50, stir=1.0))
    assert key == 16  # 8 s after the last one that was looked at; it has moved meanwhile
    assert all(14 < at < 16 for at in before)
    assert watching.attention.n_dropped == 0


def test_packets_that_hid_a_movement_are_not_believed(moving: Path) -> None:
    watching = Watching(moving)
    watching.look(250, stir=1.0)
    assert watching.seconds(watching.look(100, stir=1.0)) == [10, 12]


def test_a_picture_in_which_nothing_moves_is_not_searched_but_every_eight_seconds(still: Path) -> None:
    watching = Watching(still)
    sights = watching.look(750)
    searched = [sight for sight in sights if not sight.is_still]
    assert len(sights) == 15
    apart = np.diff(watching.seconds(searched)[1:])
    assert np.all(apart >= AUDIT_EVERY.total_seconds())


def test_a_still_picture_that_somebody_watches_or_walks_in_is_searched(still: Path) -> None:
    wanted, followed = Watching(still), Watching(still)
    assert not any(sight.is_still for sight in wanted.look(250, is_wanted=True))
    assert not any(sight.is_still for sight in followed.look(250, lambda sight: SOMEBODY)[1:])


def test_a_long_group_of_pictures_is_followed_frame_by_frame(long_gop: Path) -> None:
    watching = Watching(long_gop)
    sights = watching.look(250)
    assert watching.attention.policy == ("reference_frames", "long_gop")
    late = [at for at in watching.seconds(sights) if at > 5]
    assert np.diff(late).mean() == pytest.approx(0.5, abs=0.05)


def test_the_way_back_from_long_groups_is_open(long_gop: Path, moving: Path) -> None:
    watching = Watching(long_gop)
    watching.look(250)
    watching.camera._packets = packets_of(moving)[1]
    watching.camera.n_sent = 250
    watching.look(150)
    assert watching.attention.policy == ("key_frames", None)
    assert np.diff(watching.seconds(watching.look(200))).tolist() == [2, 2, 2]


def test_every_frame_is_decoded_where_the_file_says_so(moving: Path) -> None:
    watching = Watching(moving, decode="every_frame", looks_per_s=5.0)
    assert np.diff(watching.seconds(watching.look(200))).mean() == pytest.approx(0.2, abs=0.02)
    assert watching.attention.policy == ("every_frame", "as_set")


def test_a_face_in_the_small_stream_brings_the_large_one(moving: Path, tmp_path: Path) -> None:
    small = make_clip(tmp_path / "small.mp4", width=160, height=128, n_frames=250, gop=50)
    watching = Watching(moving, small)
    (glance,) = watching.look(1)
    assert glance.is_small
    assert glance.frame.picture.resolution_wh == (160, 128)
    assert watching.attention.policy == ("sub_stream", None)
    watching.attention.spotted(glance, Interest(), has_face=True)
    sights = watching.look(30, lambda sight: NEAR)
    assert not any(sight.is_small for sight in sights)
    assert sights[0].frame.picture.resolution_wh == (320, 240)


def test_no_face_in_the_small_stream_leaves_the_large_one_alone(moving: Path, tmp_path: Path) -> None:
    small = make_clip(tmp_path / "small.mp4", width=160, height=128, n_frames=250, gop=50)
    watching = Watching(moving, small)
    assert all(sight.is_small for sight in watching.look(250))


def test_a_small_stream_that_is_lost_does_not_blind_the_camera(moving: Path, tmp_path: Path) -> None:
    small = make_clip(tmp_path / "small.mp4", width=160, height=128, n_frames=250, gop=50)
    watching = Watching(moving, small)
    watching.look(60)
    watching.sub = None  # sends nothing any more
    sights = watching.look(150)
    assert sights
    assert not any(sight.is_small for sight in sights)
    assert watching.attention.policy == ("key_frames", "sub_silent")


def test_a_small_stream_with_rare_key_frames_is_not_relied_on(moving: Path, long_gop: Path) -> None:
    watching = Watching(moving, long_gop)
    watching.look(125)
    assert watching.attention.policy == ("key_frames", "sub_long_gop")
    sights = watching.look(100)
    assert not any(sight.is_small for sight in sights)
    assert np.diff(watching.seconds(sights)).tolist() == [2]


def test_key_frames_of_nothing_are_reported_and_looked_past(moving: Path) -> None:
    watching = Watching(moving)
    rubbish = [av.Packet(b"\0\0\0\1\x65" + bytes([7]) * 400) for _ in range(50)]
    for packet in rubbish:
        packet.is_keyframe, packet.time_base = packet is rubbish[0], watching.camera._packets[0].time_base
    watching.camera._packets = rubbish
    assert watching.look(50) == []
    assert watching.camera.n_garbled == 1


def test_pictures_that_are_all_key_frames_are_looked_at_once_a_second(tmp_path: Path) -> None:
    watching = Watching(make_clip(tmp_path / "jpeg.mov", codec="mjpeg", n_frames=100, gop=1))
    assert isinstance(watching.camera.codec, Codec)
    sights = watching.look(100)
    assert len(sights) == 5
    assert watching.attention.n_dropped == 0


def test_pictures_that_are_all_key_frames_are_followed_at_the_streams_rate(tmp_path: Path) -> None:
    watching = Watching(make_clip(tmp_path / "jpeg.mov", codec="mjpeg", n_frames=100, gop=1), looks_per_s=5.0)
    sights = watching.look(100, lambda sight: NEAR)
    assert np.diff(watching.seconds(sights)).mean() == pytest.approx(0.2, abs=0.02)
    assert watching.camera.n_seen < 30  # the others are not even decoded


def test_a_frame_that_follows_is_searched_where_somebody_is_and_now_and_then_everywhere(moving: Path) -> None:
    watching, where = Watching(moving, looks_per_s=5.0), (0.2, 0.1, 0.4, 0.5)
    sights = watching.look(150, lambda sight: Interest(anybody=True, more=True, near=True, where=where))
    whole = [sight for sight in sights if sight.frame.part is None]
    assert {sight.frame.part for sight in sights} == {None, where}
    assert np.diff(watching.seconds(whole)).mean() == pytest.approx(2, abs=0.25)


def test_a_key_frame_is_searched_where_something_moved(moving: Path) -> None:
    watching = Watching(moving)
    first, *others = watching.look(200)
    assert first.frame.part is None
    assert all(sight.frame.part is not None for sight in others[:3])


def test_a_key_frame_is_searched_everywhere_while_somebody_is_followed(moving: Path) -> None:
    watching = Watching(moving)
    assert all(sight.frame.part is None for sight in watching.look(200, lambda sight: SOMEBODY))


def test_a_clock_that_is_set_back_blinds_nobody(moving: Path) -> None:
    for decode in ("auto", "every_frame"):
        watching = Watching(moving, decode=decode)
        watching.look(100)
        watching.camera.began_at -= timedelta(minutes=1)
        assert len(watching.look(100)) >= 2


def test_a_camera_that_is_lost_while_it_is_followed_is_due_no_more(moving: Path) -> None:
    watching = Watching(moving)
    watching.look(30, lambda sight: NEAR)
    watching.camera.ring.begin(watching.camera.codec)
    while watching.attention.is_due():
        assert watching.attention.take(watching.camera.now)


def test_a_group_whose_beginning_is_gone_is_reported_and_asked_for_once_a_look(long_gop: Path) -> None:
    watching = Watching(long_gop, decode="every_frame")
    watching.camera.send(249)
    newest = watching.camera.ring.newest()
    assert newest is not None
    newest._shed_first()
    n_takes = 0
    while watching.attention.is_due() and n_takes < 5:
        assert watching.attention.take(watching.camera.now) == []
        n_takes += 1
    assert (n_takes, watching.camera.n_garbled) == (1, 1)


def test_an_outage_is_no_look_left_out(moving: Path) -> None:
    watching = Watching(moving, decode="every_frame")
    watching.look(100)
    watching.camera.ring.begin(replace(watching.camera.codec))
    watching.camera.began_at += timedelta(minutes=10)
    watching.look(100)
    assert watching.attention.n_dropped == 0


def test_somebody_known_is_looked_at_at_the_streams_rate_in_a_stream_of_key_frames(tmp_path: Path) -> None:
    watching = Watching(make_clip(tmp_path / "jpeg.mov", codec="mjpeg", n_frames=100, gop=1), looks_per_s=5.0)
    assert len(watching.look(100, lambda sight: SOMEBODY)) <= 22


def test_what_flickers_does_not_have_every_frame_decoded(moving: Path) -> None:
    watching = Watching(moving)
    flicker = iter([SOMEBODY, GONE] * 200)
    watching.look(500, lambda sight: next(flicker))
    assert watching.camera.n_seen < 130


def test_what_was_followed_is_not_recalled_again(moving: Path) -> None:
    watching = Watching(moving, looks_per_s=5.0)
    watching.look(30, lambda sight: NEAR if sight.frame.taken_at < BEGAN_AT + timedelta(seconds=0.7) else SOMEBODY)
    watching.look(20)
    recalled = watching.seconds(watching.look(3, lambda sight: GONE))[1:]
    assert min(recalled) > 0.7


def test_a_face_that_is_known_in_the_small_stream_costs_key_frames_only(moving: Path, tmp_path: Path) -> None:
    small = make_clip(tmp_path / "small.mp4", width=160, height=128, n_frames=250, gop=50)
    watching = Watching(moving, small)
    assert watching.sub is not None
    n_main = 0
    for _ in range(500):
        watching.camera.send(1)
        watching.sub.send(1)
        while watching.attention.is_due() and (sights := watching.attention.take(watching.camera.now)):
            for sight in sights:
                if sight.is_small:
                    watching.attention.spotted(sight, SOMEBODY, has_face=True)
                else:
                    n_main += 1
                    watching.attention.tell(SOMEBODY, sight)
    assert 5 <= n_main <= 25
    assert watching.camera.n_seen <= 40


def test_who_crossed_between_two_key_frames_is_looked_for_where_the_packets_tell_of_movement(moving: Path) -> None:
    watching = Watching(moving)
    at = watching.seconds(watching.look(160, stir=5.0))  # they are believed from the third on, at 4 s
    assert len([moment for moment in at if 2 < moment < 4]) > 4
    assert len([moment for moment in at if 0 < moment < 2]) == 0


def test_who_crossed_between_rare_key_frames_is_looked_for_where_something_moved(tmp_path: Path) -> None:
    rare = Watching(make_clip(tmp_path / "rare.mp4", n_frames=380, gop=95))
    sights = rare.look(300)
    assert rare.attention.policy == ("key_frames", None)
    assert len(sights) > 15
    assert rare.camera.n_seen < 120  # not every frame: it rests


def test_who_is_seen_well_in_a_recalled_frame_is_not_followed_now(moving: Path) -> None:
    watching = Watching(moving, looks_per_s=5.0)
    watching.look(50, lambda sight: SOMEBODY)
    watching.look(3, lambda sight: GONE if sight.frame.taken_at >= BEGAN_AT + timedelta(seconds=2) else NEAR)
    assert watching.look(40, lambda sight: SOMEBODY) == []
