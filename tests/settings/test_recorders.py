"""Recorders in streams.yaml: one entry for the streams of all channels."""

from collections.abc import Callable
from pathlib import Path

import pytest

from patrol.settings import SettingsError, load_streams
from patrol.values import Stream

SITE = "sites:\n  - {id: mall, name: Mall, latitude: 31.23, longitude: 121.47, time_zone: Asia/Shanghai}\n"
NVR = "recorders:\n  - id: nvr\n    site: mall\n    kind: hikvision\n    host: 10.0.0.9\n"
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_streams(content: str) -> Path:
        path = tmp_path / "streams.yaml"
        path.write_text(SITE + content, encoding="utf-8")
        return path

    return write_streams


def addresses(streams: tuple[Stream, ...]) -> list[tuple[str, str, str | None]]:
    return [(stream.id, stream.url, stream.sub_url) for stream in streams]


def mistakes_in(path: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_streams(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_a_hikvision_recorder_has_a_main_and_a_sub_stream_a_channel(write: Write) -> None:
    assert addresses(load_streams(write(f"{NVR}    channels: [1, 12]\n"))) == [
        ("nvr-1", "rtsp://10.0.0.9/Streaming/Channels/101", "rtsp://10.0.0.9/Streaming/Channels/102"),
        ("nvr-12", "rtsp://10.0.0.9/Streaming/Channels/1201", "rtsp://10.0.0.9/Streaming/Channels/1202"),
    ]


def test_a_dahua_recorder_says_channel_and_subtype(write: Write) -> None:
    dahua = NVR.replace("hikvision", "dahua") + "    port: 8554\n    channels:\n      - 3\n"
    main = "rtsp://10.0.0.9:8554/cam/realmonitor?channel=3&subtype="
    assert addresses(load_streams(write(dahua))) == [("nvr-3", f"{main}0", f"{main}1")]


def test_a_range_names_many_channels(write: Write) -> None:
    streams = load_streams(write(f"{NVR}    channels: [1, 5-8]\n"))
    assert [stream.id for stream in streams] == ["nvr-1", "nvr-5", "nvr-6", "nvr-7", "nvr-8"]


def test_a_channel_has_the_recorders_keys_unless_it_says_otherwise(write: Write) -> None:
    keys = ("name: Hall", "credentials: nvr", "transport: udp", "looks_per_s: 5", "place: hall", "channels:")
    more = "".join(f"    {key}\n" for key in keys)
    own = "{channel: 2, id: gate, name: Gate, place: north gate, key: true, transport: tcp}"
    plain, gate = load_streams(write(f"{NVR}{more}      - 1\n      - {own}\n"))
    assert (plain.id, plain.name, plain.place) == ("nvr-1", "Hall 1", "hall")
    assert (plain.credentials, plain.transport, plain.looks_per_s, plain.is_key) == ("nvr", "udp", 5.0, False)
    assert (gate.id, gate.name, gate.place) == ("gate", "Gate", "north gate")
    assert (gate.credentials, gate.transport, gate.looks_per_s, gate.is_key) == ("nvr", "tcp", 5.0, True)


def test_a_place_that_nobody_wrote_is_the_name(write: Write) -> None:
    (stream,) = load_streams(write(f"{NVR}    channels: [7]\n"))
    assert (stream.name, stream.place) == ("nvr 7", "nvr 7")


def test_the_smaller_streams_can_be_left_alone(write: Write) -> None:
    (one,) = load_streams(write(f"{NVR}    sub_stream: false\n    channels: [1]\n"))
    assert one.sub_url is None
    two, three = load_streams(write(f"{NVR}    channels:\n      - {{channel: 2, sub_stream: false}}\n      - 3\n"))
    assert two.sub_url is None
    assert three.sub_url is not None


@pytest.mark.parametrize(
    ("more", "door"),
    [
        ("tls: true", "rtsps://10.0.0.9"),
        ("tls: true\n    port: 8322", "rtsps://10.0.0.9:8322"),
        ("port: 554", "rtsp://10.0.0.9"),
    ],
)
def test_the_door_has_a_scheme_and_a_port(write: Write, more: str, door: str) -> None:
    (stream,) = load_streams(write(f"{NVR}    {more}\n    channels: [1]\n"))
    assert stream.url == f"{door}/Streaming/Channels/101"


@pytest.mark.parametrize(
    ("host", "written"), [("'fd00::9'", "[fd00::9]"), ("'[fd00::9]'", "[fd00::9]"), ("a.b", "a.b")]
)
def test_a_host_is_a_name_or_an_address_of_either_kind(write: Write, host: str, written: str) -> None:
    (stream,) = load_streams(write(NVR.replace("10.0.0.9", host) + "    channels: [1]\n"))
    assert stream.url.startswith(f"rtsp://{written}/")


def test_recorders_stand_beside_cameras(write: Write) -> None:
    single = "streams:\n  - {id: gate, site: mall, name: G, place: P, url: rtsp://10.0.0.5/main}\n"
    streams = load_streams(write(f"{NVR}    channels: [1]\n{single}"))
    assert [stream.id for stream in streams] == ["gate", "nvr-1"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "kind: uniview",
            "6: recorders[0].kind: uniview: must be hikvision or dahua; write other makers' cameras under",
        ),
        ("kind:", "6: recorders[0].kind: must not be empty"),
        ("host: rtsp://10.0.0.9/", "7: recorders[0].host: rtsp://10.0.0.9/: must be a host name or an IP address"),
        ("host: 'viewer:hush@10.0.0.9'", "7: recorders[0].host: (hidden): must be a host name"),
        ("site: moon", "5: recorders[0].site: moon: no such site; known are mall"),
        ("port: 70000", "8: recorders[0].port: 70000: must be a whole number from 1 to 65535"),
        ("transport: pigeon", "8: recorders[0].transport: pigeon: must be tcp or udp"),
        ("url: rtsp://h/", "8: recorders[0].url: rtsp://h/: unknown key"),
        ("password: hush", "8: recorders[0].password: (hidden): unknown key; a user and a password are not written"),
        ("channel: 4", "8: recorders[0].channel: 4: unknown key; did you mean channels?"),
    ],
)
def test_a_mistake_of_the_recorder_is_told_once(write: Write, line: str, said: str) -> None:
    key = line.partition(":")[0]
    lines = [f"    {line}" if old.strip().startswith(f"{key}:") else old for old in NVR.splitlines()]
    lines += [] if f"    {line}" in lines else [f"    {line}"]
    found = mistakes_in(write("\n".join(lines) + "\n    channels: [1, 2, 3]\n"))
    assert len(found) == 1
    assert found[0].startswith(said)
    assert "hush" not in found[0]


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ("", ["4: recorders[0].channels: is missing"]),
        ("    channels: []\n", ["8: recorders[0].channels: [...]: must name at least one channel"]),
        ("    channels: 1\n", ["8: recorders[0].channels: 1: must be a list"]),
        ("    channels:\n      - 0\n", ["9: recorders[0].channels[0]: 0: must be a channel from 1 to 512"]),
        ("    channels:\n      - 1\n      - 8-5\n", ["10: recorders[0].channels[1]: 8-5: must be a channel from 1"]),
        ("    channels:\n      - {id: a}\n", ["9: recorders[0].channels[0].channel: is missing"]),
        ("    channels:\n      - {channel: x}\n", ["9: recorders[0].channels[0].channel: x: must be a whole number"]),
        (
            "    channels:\n      - {channel: 1, loks_per_s: 3}\n",
            ["9: recorders[0].channels[0].loks_per_s: 3: unknown key; did you mean looks_per_s?"],
        ),
        (
            "    channels:\n      - 1-4\n      - {channel: 3}\n",
            ["10: recorders[0].channels[1].channel: 3: channel 3 is there already, in line 9"],
        ),
        (
            "    channels:\n      - {channel: 1, id: a}\n      - {channel: 2, id: a}\n",
            ["10: recorders[0].channels[1].id: a: is taken, by the entry in line 9"],
        ),
        (
            "    channels:\n      - {channel: 1, decode: all}\n",
            ["9: recorders[0].channels[0].decode: all: must be auto, key_frames, reference_frames or every_frame"],
        ),
    ],
)
def test_a_mistake_of_a_channel_has_its_line(write: Write, channels: str, said: list[str]) -> None:
    found = mistakes_in(write(NVR + channels))
    assert len(found) == len(said), found
    assert all(line.startswith(start) for line, start in zip(found, said, strict=True)), found


def test_a_camera_that_is_listed_by_itself_too_is_refused(write: Write) -> None:
    twin = "streams:\n  - {id: a, site: mall, name: A, place: P, url: 'rtsp://10.0.0.9:554/Streaming/Channels/102'}\n"
    (found,) = mistakes_in(write(f"{NVR}    channels: [1]\n{twin}"))
    assert found.startswith(
        "8: recorders[0].channels[0].sub_url: rtsp://10.0.0.9/Streaming/Channels/102: is the camera"
    )
    assert "in line 10 already" in found


def test_two_recorders_of_one_name_are_refused(write: Write) -> None:
    second = NVR.removeprefix("recorders:\n").replace("10.0.0.9", "10.0.0.8")
    found = mistakes_in(write(f"{NVR}    channels: [1]\n{second}    channels: [2]\n"))
    assert found == ["9: recorders[1].id: nvr: is taken, by the recorder in line 4; every id is its own"]
