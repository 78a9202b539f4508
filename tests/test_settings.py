"""The environment, the secrets and streams.yaml: what is read, and what is said of what cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from patrol.settings import (
    SettingsError,
    StreamsFile,
    load_sites,
    load_streams,
    read_chat_secret,
    read_secret,
    read_settings,
)
from patrol.values import Site, Stream

ROOT = Path(__file__).parent.parent
SITE = """\
sites:
  - id: mall
    name: 购物中心
    latitude: 31.23
    longitude: 121.47
    time_zone: Asia/Shanghai
"""
STREAM = """\
  - id: gate
    site: mall
    name: Gate
    place: north gate
    url: rtsp://10.0.0.5/main
"""
GOOD = f"{SITE}streams:\n{STREAM}"
MALL = Site("mall", "购物中心", 31.23, 121.47, "Asia/Shanghai")
GATE = Stream("gate", MALL, "Gate", "north gate", "rtsp://10.0.0.5/main")
Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_streams_yaml(content: str | bytes) -> Path:
        path = tmp_path / "streams.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_streams_yaml


def mistakes_in(path: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_streams(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


# the environment


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = read_settings({})
    assert settings.embedder == "sface"
    assert settings.streams_file == Path("streams.yaml")
    assert settings.database == f"sqlite:///{Path.cwd()}/data/patrol.db"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"PATROL_THRESHHOLD": "1"}, "PATROL_THRESHHOLD: unknown setting"),
        ({"PATROL_PORT": "http"}, "PATROL_PORT='http': "),
        ({"PATROL_PORT": "70000"}, "PATROL_PORT='70000': "),
        ({"PATROL_RUNTIME": "tpu"}, "PATROL_RUNTIME='tpu': "),
        ({"PATROL_UNDO_S": "-1"}, "PATROL_UNDO_S='-1': "),
        ({"PATROL_DUTY_PHONE": "ask Rita"}, "PATROL_DUTY_PHONE='ask Rita': "),
    ],
)
def test_a_wrong_setting_is_named_with_its_value(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings(environ)


@pytest.mark.parametrize("phone", ["", "8001", "+86 21 5555 0110", "021-5555-0110"])
def test_the_duty_desk_has_a_number_or_none(phone: str) -> None:
    assert read_settings({"PATROL_DUTY_PHONE": phone}).duty_phone == phone


def test_a_secret_is_not_taken_for_a_setting() -> None:
    assert read_settings({"PATROL_SECRET_MALL": "viewer:x", "HOME": "/root"}).port == 8000


def test_a_secret_comes_from_its_variable_or_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mall"
    file.write_text("viewer:from a file\n")
    assert read_secret("mall-cameras", {"PATROL_SECRET_MALL_CAMERAS": "viewer:x"}) == "viewer:x"
    assert read_secret("mall", {"PATROL_SECRET_MALL": " viewer:x\r\n"}) == "viewer:x"
    assert read_secret("mall", {"PATROL_SECRET_MALL_FILE": str(file)}) == "viewer:from a file"


def test_a_chat_reaches_no_secret_but_a_chats() -> None:
    environ = {"PATROL_SECRET_MALL_CAMERAS": "viewer:x", "PATROL_SECRET_CHAT_GATE": "token"}
    assert read_chat_secret("gate", environ) == "token"
    with pytest.raises(SettingsError, match="set PATROL_SECRET_CHAT_MALL_CAMERAS"):
        read_chat_secret("mall-cameras", environ)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "secret 'mall' is not set: set PATROL_SECRET_MALL, or PATROL_SECRET_MALL_FILE"),
        ({"PATROL_SECRET_MALL_FILE": "/nowhere/mall"}, "PATROL_SECRET_MALL_FILE=/nowhere/mall: No such file"),
    ],
)
def test_a_missing_secret_says_where_it_belongs(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_secret("mall", environ)


# streams.yaml: what is read


def test_a_stream_carries_its_site_and_the_defaults(write: Write) -> None:
    path = write(GOOD)
    assert load_sites(path) == (MALL,)
    assert load_streams(path) == (GATE,)


def test_every_key_of_a_stream_is_read(write: Write) -> None:
    extra = "    credentials: mall-cams\n    transport: udp\n    enabled: no\n    looks_per_s: 2\n"
    (stream,) = load_streams(write(GOOD + extra + "    latitude: 31.2301\n    longitude: 121.4702\n"))
    assert (stream.credentials, stream.transport, stream.is_enabled) == ("mall-cams", "udp", False)
    assert (stream.looks_per_s, stream.position) == (2.0, (31.2301, 121.4702))


def test_no_streams_yet_is_no_mistake(write: Write) -> None:
    path = write(f"{SITE}streams: []\n")
    assert load_streams(path) == ()
    assert load_sites(path) == (MALL,)


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(write: Write) -> None:
    assert load_streams(write(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())) == (GATE,)


def test_the_example_in_the_repository_is_right() -> None:
    assert [stream.is_enabled for stream in load_streams(ROOT / "streams.yaml")] == [False]


# streams.yaml: what is wrong


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ["1: is empty; it needs `sites:` and `streams:`"]),
        ("# nothing yet\n", ["1: is empty; it needs `sites:` and `streams:`"]),
        ("gate", ["1: gate: must be keys with values, as in `id: gate`"]),
        (SITE, ["1: streams: is missing"]),
        (f"{SITE}streams: gate\n", ["7: streams: gate: must be a list; begin each entry with `- `"]),
        (f"{SITE}streams:\n  - gate\n", ["8: streams[0]: gate: must be keys with values, as in `id: gate`"]),
        ("sites:\n  - id: a\n\tname: b\n", ["3: is indented with a tab; YAML is indented with spaces"]),
        (SITE.encode("gbk"), ["3: is not UTF-8 (it looks like GBK); save the file as UTF-8"]),
        (b"sites: \xff\xff\xff", ["1: is not UTF-8; save the file as UTF-8"]),
        ("sites: [", ["2: is not YAML: did not find expected node content"]),
        ("sites: \x00", ["1: is not YAML: "]),
        ("sites:\n" + " [\n" * 100_000, ["21: is nested too deeply"]),
    ],
    ids=lambda value: None,
)
def test_a_file_that_is_no_streams_yaml_says_so(write: Write, content: str | bytes, said: list[str]) -> None:
    found = mistakes_in(write(content))
    assert len(found) == len(said)
    assert all(line.startswith(start) for line, start in zip(found, said, strict=True)), found


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "absent.yaml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(SettingsError, match=f"{path}: cannot be read: {why}"):
            load_streams(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("id: gate 1", "8: streams[0].id: gate 1: must be up to 64"),
        ("id: 12", '8: streams[0].id: 12: must be text; put it in quotes: "12"'),
        ("id:", "8: streams[0].id: must not be empty"),
        ("site: moon", "9: streams[0].site: moon: no such site; known are mall"),
        ("name: ' '", "10: streams[0].name: must not be empty"),
        ("name: no", '10: streams[0].name: no: must be text; put it in quotes: "no"'),
        ("place: [3F]", "11: streams[0].place: [...]: must be text"),
        ("url: http://10.0.0.5/", "12: streams[0].url: http://10.0.0.5/: must begin with rtsp:// or rtsps://"),
        ("url: rtsp:///main", "12: streams[0].url: rtsp:///main: has no host"),
        ("url: rtsp://10.0.0.5:99999/", "12: streams[0].url: rtsp://10.0.0.5:99999/: is not an address"),
        ("url: rtsp://10.0.0.5/main stream", "12: streams[0].url: rtsp://10.0.0.5/main stream: has a space"),
        ("url: rtsp://h/{password}", "12: streams[0].url: rtsp://h/{password}: has {password} in it, so"),
        ("transport: TCP", "13: streams[0].transport: TCP: must be tcp or udp"),
        ("enabled: 'yes'", "13: streams[0].enabled: yes: must be true or false"),
        ("looks_per_s: 25", "13: streams[0].looks_per_s: 25: must be a number from 2 to 5"),
        ("looks_per_s: fast", "13: streams[0].looks_per_s: fast: must be a number from 2 to 5"),
        ("latitude: 31.2", "8: streams[0].longitude: is missing"),
        ("transprot: udp", "13: streams[0].transprot: udp: unknown key; did you mean transport?"),
        ("colour: red", "13: streams[0].colour: red: unknown key; known are id, site"),
    ],
)
def test_a_mistake_in_a_stream_names_line_key_and_value(write: Write, line: str, said: str) -> None:
    key = line.partition(":")[0]
    lines = [f"    {line}" if old.strip(" -").startswith(f"{key}:") else old for old in STREAM.splitlines()]
    if lines == STREAM.splitlines():
        lines.append(f"    {line}")
    lines[0] = "  - " + lines[0][4:]
    (found,) = mistakes_in(write(f"{SITE}streams:\n" + "\n".join(lines)))
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Asia/Shanghai", "Asia/Peking", "6: sites[0].time_zone: Asia/Peking: no such time zone"),
        (
            "Asia/Shanghai",
            "Asia/Beijing",
            "6: sites[0].time_zone: Asia/Beijing: no such time zone; write a name like Asia/Shanghai",
        ),
        ("31.23", "131.23", "4: sites[0].latitude: 131.23: must be a number from -90 to 90"),
        ("31.23", ".nan", "4: sites[0].latitude: .nan: must be a number from -90 to 90"),
        ("121.47", "121:28", "5: sites[0].longitude: 121:28: must be a number from -180 to 180"),
    ],
)
def test_a_mistake_in_a_site_names_line_key_and_value(write: Write, old: str, new: str, said: str) -> None:
    (found,) = mistakes_in(write(GOOD.replace(old, new)))
    assert found.startswith(said)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(write: Write) -> None:
    found = mistakes_in(write(GOOD.replace("31.23", "north") + "    transport: pigeon\n    colour: red\nmore: 1\n"))
    assert [line.split(":")[0] for line in found] == ["4", "13", "14", "15"]


def test_twins_are_refused_with_the_line_of_the_first(write: Write) -> None:
    found = mistakes_in(write(GOOD + STREAM + "    name: Gate again\n"))
    assert found == [
        "13: streams[1].id: gate: is taken, by the entry in line 8; every id is its own",
        "17: streams[1].url: rtsp://10.0.0.5/main: is the camera in line 12 already; two entries would open it twice",
        "18: streams[1].name: is given twice, first in line 15",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "url: rtsp://admin:hunter2@10.0.0.5/main",
        "url: rtsp://admin:hunter2/@10.0.0.5/main",
        "url: rtsp://admin:12/hunter2@10.0.0.5/main",
        "url: rtsp://admin:@hunter2@10.0.0.5/main",
        "url: rtsp://admin:hunter2",
        "url: rtsp://10.0.0.5/user=admin_password=hunter2_channel=1",
        "url: rtsp://10.0.0.5/main?pwd=hunter2&user=admin",
        "url: http://admin:hunter2@10.0.0.5/main",
        "credentials: admin:hunter2",
        "password: hunter2",
        "pwd: hunter2",
        "camera_login: [admin, hunter2]",
    ],
)
def test_a_password_in_the_file_is_refused_and_never_repeated(write: Write, line: str) -> None:
    content = GOOD.replace("    url: rtsp://10.0.0.5/main", f"    {line}") if "url" in line else f"{GOOD}    {line}\n"
    found = mistakes_in(write(content))
    assert found
    assert "hunter2" not in str(found)


def test_an_address_that_needs_the_password_in_its_path_takes_a_place_for_it(write: Write) -> None:
    url = "rtsp://10.0.0.5/user={user}_password={password}_channel=1"
    (stream,) = load_streams(write(GOOD.replace("rtsp://10.0.0.5/main", url) + "    credentials: cams\n"))
    assert stream.url == url


# streams.yaml: changed on disk


def test_the_file_is_picked_up_at_first_and_then_when_it_changes(write: Write) -> None:
    file = StreamsFile(write(GOOD))
    assert file.changed() == (GATE,)
    assert file.changed() is None
    write(GOOD.replace("north", "south"))
    assert [stream.place for stream in file.changed() or ()] == ["south gate"]
    assert file.changed() is None


def test_a_change_of_comments_changes_no_stream(write: Write) -> None:
    file = StreamsFile(write(GOOD))
    file.changed()
    write(f"# by Rita\n{GOOD}")
    assert file.changed() is None


def test_a_broken_edit_keeps_the_streams_and_is_reported_until_it_is_mended(write: Write) -> None:
    file = StreamsFile(write(GOOD))
    file.changed()
    path = write(GOOD.replace("rtsp:", "rstp:"))
    assert file.changed() is None
    assert "must begin with rtsp://" in str(file.error)
    path.unlink()
    assert file.changed() is None
    assert "cannot be read" in str(file.error)
    write(GOOD)
    assert file.changed() is None
    assert file.error is None


def test_a_file_that_was_away_and_came_back_the_same_is_no_error(write: Write) -> None:
    path = write(GOOD)
    file = StreamsFile(path)
    file.changed()
    path.unlink()
    file.changed()
    write(GOOD)
    assert file.changed() is None
    assert file.error is None


def test_a_broken_file_that_was_away_is_still_broken(write: Write) -> None:
    file = StreamsFile(write(GOOD))
    path = write(GOOD.replace("rtsp:", "rstp:"))
    file.changed()
    path.unlink()
    file.changed()
    write(GOOD.replace("rtsp:", "rstp:"))
    file.changed()
    assert "must begin with rtsp://" in str(file.error)


def test_a_file_that_is_broken_from_the_start_stops_the_start(write: Write) -> None:
    with pytest.raises(SettingsError, match="is empty"):
        StreamsFile(write(""))
