"""Clips on disk: H.264 as a camera sends it, made once."""

from dataclasses import replace
from pathlib import Path
from time import process_time

import av
import cv2
import numpy as np
import pytest

from patrol.demo.clip import GOP_S, Encoding, make_clip
from patrol.demo.scene import Scene, read_truth, stroll
from tests.demo.drawn import drawn_photo, small_scene

pytestmark = pytest.mark.slow

PHOTOS = [drawn_photo("Ada"), drawn_photo("Ben", 120)]


def test_the_clip_and_its_truth_belong_together(tmp_path: Path) -> None:
    scene = small_scene("Ada", "Ben")
    clip = make_clip(scene, PHOTOS, tmp_path)
    truth = read_truth(clip.truth_file)
    with av.open(str(clip.video)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height) == truth.resolution_wh == scene.view.resolution_wh
    assert len(frames) == truth.n_frames == scene.n_frames
    keys = [number for number, frame in enumerate(frames) if frame.key_frame]
    assert keys == list(range(0, scene.n_frames, GOP_S * scene.fps))
    assert {passage.person for passage in truth.passages} == {"Ada", "Ben"}


def test_the_same_scene_is_found_again_and_another_is_made_anew(tmp_path: Path) -> None:
    scene = small_scene("Ada", "Ben", duration_s=10.0)
    first = make_clip(scene, PHOTOS, tmp_path)
    made_at = first.video.stat().st_mtime_ns
    assert make_clip(scene, PHOTOS, tmp_path) == first
    assert first.video.stat().st_mtime_ns == made_at
    assert make_clip(replace(scene, seed=2), PHOTOS, tmp_path) != first
    assert make_clip(scene, [PHOTOS[0], drawn_photo("Ben", 90)], tmp_path) != first


def test_two_makings_give_the_same_bytes(tmp_path: Path) -> None:
    scene = small_scene("Ada")
    one, other = (make_clip(scene, PHOTOS, tmp_path / name) for name in ("one", "other"))
    assert one.video.read_bytes() == other.video.read_bytes()
    assert one.truth_file.read_bytes() == other.truth_file.read_bytes()


def test_a_picture_of_the_scene_is_found_in_it(tmp_path: Path) -> None:
    clip = make_clip(small_scene("Ada", "Ben"), PHOTOS, tmp_path)
    with av.open(str(clip.video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            _, jpeg = cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"), [cv2.IMWRITE_JPEG_QUALITY, 80])
            shown = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
            if read_truth(clip.truth_file).faces_at(number):
                assert abs(clip.frame_of(shown) - number) <= 1


def test_nothing_is_left_of_a_filming_that_broke(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="Cleo"):
        make_clip(small_scene("Cleo"), PHOTOS, tmp_path)
    assert not list(tmp_path.glob("*.mp4"))


def test_two_seconds_of_full_size_take_a_few(tmp_path: Path) -> None:
    """20 s of 1080p are to take well under 40 s on two cores: two cost at most 8 s of processor time here."""
    people = ("Ada", "Ben")
    walks = [replace(walk, starts_s=walk.starts_s - 6.0) for walk in stroll(people, 14.0, seed=1)]
    begun = process_time()
    clip = make_clip(Scene(tuple(walks), 2.0, seed=1), PHOTOS, tmp_path)
    assert process_time() - begun < 8.0
    assert clip.video.stat().st_size * 8 / 2.0 < 4_500_000


def test_the_first_group_of_pictures_may_be_shorter_and_the_rate_lower(tmp_path: Path) -> None:
    scene = small_scene("Ada")
    clip = make_clip(scene, PHOTOS, tmp_path, Encoding(bit_rate=50_000, first_gop_frames=4))
    with av.open(str(clip.video)) as container:
        keys = [number for number, frame in enumerate(container.decode(video=0)) if frame.key_frame]
    assert keys == [0, *range(4, scene.n_frames, GOP_S * scene.fps)]
    assert clip.video.stat().st_size < make_clip(scene, PHOTOS, tmp_path).video.stat().st_size
