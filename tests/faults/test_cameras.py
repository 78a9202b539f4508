"""What cameras do by themselves: restarts, wrong passwords, pictures that freeze, packets that make no sense."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from patrol.bench.packets import garbage, time_shifted, without_key_frames
from patrol.bench.wire import Wire, Wires
from tests.faults.returns import GOAL_S, QUICK_TO_NOTICE, is_back, is_lost
from tests.rtsp import make_clip, serving
from tests.streams.eyes import watching
from tests.waiting import eventually

pytestmark = [pytest.mark.rtsp, pytest.mark.slow]


def test_a_server_that_restarts_with_another_resolution_is_watched_again(
    wires: Wires, gstreamer: None, clips: dict[str, Path]
) -> None:
    wire = wires.before(0)
    with serving([{"path": "/gate", "file": str(clips["moving"])}]) as server:
        wire.camera_port = server.port
        with watching(wire.url("/gate"), patience=QUICK_TO_NOTICE) as watch:
            is_back(watch)
            server.kill()
            is_lost(watch, "ended", "refused")
            with serving([{"path": "/gate", "file": str(clips["small"])}]) as another:
                wire.camera_port = another.port
                assert is_back(watch) < GOAL_S
                assert watch.frames[-1].picture.resolution_wh == (160, 128)
    assert wire.seen.most_sessions == 1


def test_a_camera_that_comes_back_with_another_codec_is_decoded(
    wires: Wires, gstreamer: None, clips: dict[str, Path], tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "gate.mp4", codec="libx265", n_frames=200)
    h265 = f"filesrc location={clip} ! qtdemux ! h265parse config-interval=-1 ! rtph265pay name=pay0 pt=96"
    wire = wires.before(0)
    with serving([{"path": "/gate", "file": str(clips["moving"])}]) as server:
        wire.camera_port = server.port
        with watching(wire.url("/gate"), patience=QUICK_TO_NOTICE) as watch:
            is_back(watch)
            server.kill()
            is_lost(watch, "ended", "refused")
            with serving([{"path": "/gate", "launch": h265}]) as another:
                wire.camera_port = another.port
                assert is_back(watch) < GOAL_S
                assert watch.reader.meter.measured.codec == "hevc"


class Secret:
    """What stands in the secret's file just now."""

    def __init__(self, words: str) -> None:
        self.words, self.n_read = words, 0

    def __call__(self) -> str:
        self.n_read += 1
        return self.words


def test_a_wrong_password_is_not_repeated_and_the_right_one_is_tried_at_once(wire: Wire) -> None:
    secret = Secret("viewer:wrong")
    with watching(wire.url("/digest"), secret, patience=QUICK_TO_NOTICE) as watch:
        is_lost(watch, "unauthorised")
        n_connections, n_read = wire.seen.n_connections, secret.n_read
        eventually(lambda: secret.n_read > n_read + 4)  # it looks for another one, and knows that this is wrong
        assert wire.seen.n_connections == n_connections  # cameras lock the account
        secret.words = "viewer:right"
        assert is_back(watch) < GOAL_S


def test_a_picture_that_freezes_is_told_and_one_that_moves_again_too(
    wires: Wires, gstreamer: None, tmp_path: Path
) -> None:
    moving, still = make_clip(tmp_path / "a.h264"), make_clip(tmp_path / "b.h264", n_frames=100, is_frozen=True)
    both = tmp_path / "both.h264"
    both.write_bytes(moving.read_bytes() + still.read_bytes() + moving.read_bytes())
    launch = f"filesrc location={both} ! h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96"
    camera = serving([{"path": "/gate", "launch": launch}])
    with camera as server, watching(server.urls["/gate"], patience=QUICK_TO_NOTICE) as watch:
        is_lost(watch, "frozen")
        eventually(watch.is_at("live"), within_s=20)
    assert watch.states()[:4] == [("opening", None), ("live", None), ("down", "frozen"), ("live", None)]


@pytest.mark.parametrize("by_s", [-3600.0, -0.5, 3600.0], ids=["an hour back", "half a second back", "an hour ahead"])
def test_time_stamps_that_jump_are_no_loss(wire: Wire, by_s: float) -> None:
    with watching(wire.url("/moving"), patience=QUICK_TO_NOTICE) as watch:
        is_back(watch)
        wire.weather.change = time_shifted(by_s)
        n_frames = len(watch.frames)
        eventually(lambda: len(watch.frames) > n_frames + 10)
        assert watch.states() == [("opening", None), ("live", None)]
        times = [frame.taken_at for frame in watch.frames]
        assert times == sorted(times)
    assert wire.seen.n_sessions == 1


def test_garbage_is_named_and_pictures_are_seen_as_soon_as_it_ends(wire: Wire) -> None:
    with watching(wire.url("/moving"), patience=QUICK_TO_NOTICE) as watch:
        is_back(watch)
        wire.weather.change = garbage(random.Random(1))
        is_lost(watch, "garbage", "no_picture", "timed_out", "unsupported_codec")
        wire.calm()
        assert is_back(watch) < GOAL_S
    assert wire.seen.most_sessions == 1


def test_a_camera_without_key_frames_is_told_and_seen_as_soon_as_one_comes(wire: Wire) -> None:
    with watching(wire.url("/moving"), patience=QUICK_TO_NOTICE, decode="key_frames") as watch:
        is_back(watch)
        wire.weather.change = without_key_frames
        is_lost(watch, "no_picture", "garbage", "timed_out")
        wire.calm()
        assert is_back(watch) < GOAL_S
    assert wire.seen.most_sessions == 1


def test_a_camera_whose_key_frames_are_ten_seconds_apart_is_not_opened_anew_for_that(wire: Wire) -> None:
    """picture_s is six seconds here: what keeps the connection are the pictures between the key frames."""
    with watching(wire.url("/long_gop"), patience=replace(QUICK_TO_NOTICE, picture_s=6), decode="auto") as watch:
        is_back(watch)
        eventually(lambda: watch.attention.policy[0] == "reference_frames", within_s=20)
        n_frames = len(watch.frames)
        eventually(lambda: len(watch.frames) > n_frames + 6, within_s=20)
        assert watch.states() == [("opening", None), ("live", None)]
    assert wire.seen.n_sessions == 1
