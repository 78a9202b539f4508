"""The addresses of cameras: what may stand there, and which two are one camera."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from patrol.settings import SettingsError, load_streams
from patrol.settings.addresses import place_of, what_is_wrong_with

SITE = "sites:\n  - {id: mall, name: Mall, latitude: 31.23, longitude: 121.47, time_zone: Asia/Shanghai}\nstreams:\n"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_streams(*streams: str) -> Path:
        path = tmp_path / "streams.yaml"
        lines = [f"  - {{id: s{n}, site: mall, name: N, place: P, {more}}}\n" for n, more in enumerate(streams)]
        path.write_text(SITE + "".join(lines), encoding="utf-8")
        return path

    return write_streams


def mistakes_in(path: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_streams(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_a_camera_has_a_smaller_stream_a_policy_and_a_rank(write: Write) -> None:
    more = "sub_url: rtsp://10.0.0.5/sub, decode: reference_frames, key: true, max_sessions: 1"
    (stream,) = load_streams(write(f"url: rtsp://10.0.0.5/main, {more}"))
    assert (stream.sub_url, stream.decode, stream.is_key) == ("rtsp://10.0.0.5/sub", "reference_frames", True)
    assert stream.max_sessions == 1


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("decode: all", "decode: all: must be auto, key_frames, reference_frames or every_frame"),
        ("key: 1", "key: 1: must be true or false"),
        ("max_sessions: 0", "max_sessions: 0: must be a whole number from 1 to 64"),
        ("max_sessions: 1.5", "max_sessions: 1.5: must be a whole number from 1 to 64"),
        ("sub_url: rtsp://H:554/a/", "sub_url: rtsp://H:554/a/: is the url itself"),
        ("sub_url: http://h/b", "sub_url: http://h/b: must begin with rtsp://"),
        ("sub_url: 'rtsp://u:pw1@h/b'", "sub_url: rtsp://***@h/b: has a user or password in it"),
        ("sub_url: 'rtsp://h/{password}'", "sub_url: rtsp://h/{password}: has {password} in it, so `credentials`"),
    ],
)
def test_a_mistake_names_its_key(write: Write, key: str, said: str) -> None:
    (found,) = mistakes_in(write(f"url: rtsp://h/a, {key}"))
    assert found.startswith(f"4: streams[0].{said}")


@pytest.mark.parametrize(
    "twin",
    ["rtsp://cam/a", "RTSP://CAM/a", "rtsp://cam:554/a", "rtsp://cam/a/", "rtsp://cam./a", "rtsp://cam/%61"],
)
def test_two_entries_for_one_camera_are_refused_with_the_line_of_the_first(write: Write, twin: str) -> None:
    found = mistakes_in(write("url: rtsp://cam/a", f"url: '{twin}'"))
    assert found == [f"5: streams[1].url: {twin}: is the camera in line 4 already; two entries would open it twice"]


def test_the_smaller_stream_counts_as_well(write: Write) -> None:
    (found,) = mistakes_in(write("url: rtsp://cam/a, sub_url: rtsp://cam/b", "url: rtsp://cam/b"))
    assert found.startswith("5: streams[1].url: rtsp://cam/b: is the camera in line 4 already")


@pytest.mark.parametrize("other", ["rtsp://cam/A", "rtsp://cam:8554/a", "rtsp://cam/a?subtype=1", "rtsp://cam2/a"])
def test_another_path_port_or_host_is_another_camera(write: Write, other: str) -> None:
    assert len(load_streams(write("url: rtsp://cam/a", f"url: '{other}'"))) == 2


def test_an_entry_that_is_switched_off_opens_nothing_and_may_be_a_twin(write: Write) -> None:
    assert len(load_streams(write("url: rtsp://cam/a", "url: rtsp://cam/a, enabled: false"))) == 2


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/videos/gate.mp4", "patrol replay FILE"),
        ("gate.mkv", "patrol replay FILE"),
        ("file:///videos/gate.mp4", "patrol replay FILE"),
        ("C:\\videos\\gate.avi", "patrol replay FILE"),
        ("http://10.0.0.5/mjpg/video.mjpg", "has an RTSP address, too"),
        ("https://10.0.0.5/", "has an RTSP address, too"),
        ("rtmp://10.0.0.5/live", "must begin with rtsp:// or rtsps://"),
    ],
)
def test_what_is_no_rtsp_address_is_told_the_right_way(url: str, said: str) -> None:
    what = what_is_wrong_with(url)
    assert what.startswith("must begin with rtsp:// or rtsps://")
    assert said in what


def test_a_port_that_goes_without_saying_depends_on_the_scheme() -> None:
    assert place_of("rtsps://cam/a") == place_of("rtsps://cam:322/a") != place_of("rtsp://cam/a")


def test_five_hundred_entries_are_read_at_once(write: Write) -> None:
    path = write(*(f"url: rtsp://10.0.{n // 250}.{n % 250 + 1}/main" for n in range(500)))
    began = time.perf_counter()
    assert len(load_streams(path)) == 500
    assert time.perf_counter() - began < 1.0
