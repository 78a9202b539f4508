"""Recordings: their pictures with times, and what is said of files that are none."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from patrol.streams.footage import CannotRead, Footage, open_footage
from tests.rtsp import make_clip


def read(path: Path, threads: int = 1) -> tuple[list[float], Footage]:
    with open_footage(path, threads) as footage:
        return [at_s for at_s, _ in footage.pictures()], footage


def refusal(path: Path) -> str:
    with pytest.raises(CannotRead) as refused, open_footage(path):
        pass
    return refused.value.code


@pytest.mark.parametrize(("codec", "name"), [("libx264", "a.mp4"), ("libx265", "a.mkv"), ("mjpeg", "a.avi")])
def test_the_codecs_of_cameras_are_read_picture_by_picture(tmp_path: Path, codec: str, name: str) -> None:
    path = make_clip(tmp_path / name, codec=codec, n_frames=30)
    with open_footage(path) as footage:
        assert (footage.fps, footage.length_s) == (25.0, pytest.approx(1.2, abs=0.05))
        times = [(at_s, picture.width) for at_s, picture in footage.pictures()]
        assert times == [(pytest.approx(number / 25, abs=0.002), 320) for number in range(30)]
        assert (footage.n_pictures, footage.n_bad, footage.is_cut) == (30, 0, False)


def test_several_threads_give_the_same_pictures_in_order(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4")
    assert read(path, threads=3)[0] == read(path)[0]


def test_a_recording_that_was_cut_off_says_so_and_gives_what_it_has(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mkv", n_frames=500)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with open_footage(path) as footage:
        assert 100 < len(list(footage.pictures())) < 400
        assert footage.is_cut


def test_an_mp4_without_its_end_has_no_index(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[:2000])
    assert refusal(path) == "not_a_video"


def test_damage_in_the_middle_is_passed_over(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", n_frames=200)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 600] = np.random.default_rng(5).bytes(600)
    path.write_bytes(content)
    times, footage = read(path)
    assert 100 < len(times) <= 200
    assert times == sorted(times)
    assert footage.n_bad + len(times) >= 200 or footage.n_bad > 0


def test_time_stamps_that_jump_back_do_not_take_time_back(tmp_path: Path) -> None:
    with open_footage(make_clip(tmp_path / "a.mp4", n_frames=5)) as footage:
        times = []
        for at_s in (0.0, 0.04, 0.08, None, 0.0, 0.5):
            footage._advance(at_s)
            times.append(footage.at_s)
    assert times == pytest.approx([0.0, 0.04, 0.08, 0.12, 0.16, 0.5])


def test_what_is_no_recording_is_refused_by_what_it_is(tmp_path: Path) -> None:
    text, photo, sound = tmp_path / "a.txt", tmp_path / "a.png", tmp_path / "a.wav"
    text.write_text("no video\n" * 100)
    cv2.imwrite(str(photo), np.zeros((64, 64, 3), np.uint8))
    with av.open(str(sound), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate, frame.time_base = 8000, Fraction(1, 8000)
        container.mux(stream.encode(frame))  # type: ignore[attr-defined]
        container.mux(stream.encode(None))  # type: ignore[attr-defined]
    assert refusal(tmp_path / "none.mp4") == "no_file"
    assert refusal(tmp_path) == "folder"
    assert (refusal(text), refusal(photo)) == ("not_a_video", "not_a_video")
    assert refusal(sound) == "no_pictures"
