"""`patrol streams check` against real cameras: what is wrong in words, what was measured."""

import json
import os
from pathlib import Path

import pytest

from patrol.cli import parts
from patrol.settings import read_settings
from patrol.store.tables import StreamState, Worker
from tests.cli.terminal import Terminal
from tests.rtsp import RtspServer

FILE = """
sites:
  - {{id: mall, name: Mall, latitude: 31.23, longitude: 121.47, time_zone: Asia/Shanghai}}
streams:
{streams}
"""
STREAM = "  - {{id: {id}, site: mall, name: {id}, place: north gate, url: '{url}'{more}}}\n"


def write_streams(folder: Path, **urls: str) -> None:
    more = {"locked": ", credentials: login"}
    lines = [STREAM.format(id=id, url=url, more=more.get(id, "")) for id, url in urls.items()]
    (folder / "streams.yaml").write_text(FILE.format(streams="".join(lines)), encoding="utf-8")


@pytest.mark.rtsp
def test_each_stream_is_measured_or_explained(terminal: Terminal, rtsp_server: RtspServer, tmp_path: Path) -> None:
    missing = rtsp_server.urls["/moving"].replace("/moving", "/nowhere")
    write_streams(
        tmp_path,
        good=rtsp_server.urls["/moving"],
        gone=missing,
        dark="rtsp://127.0.0.1:9/x",
        locked=rtsp_server.urls["/digest"],
    )
    terminal.set("PATROL_SECRET_LOGIN", "viewer:wrong")
    done = terminal.run("streams", "check", "--seconds", "3", "--json")
    rows = json.loads(done.stdout)
    assert done.status == 1
    assert (rows["good"]["codec"], rows["good"]["width"], rows["good"]["height"]) == ("h264", 320, 240)
    assert rows["good"]["problem"] is None
    assert [rows[id]["problem"] for id in ("gone", "dark", "locked")] == ["not_found", "refused", "unauthorised"]
    assert all(rows[id]["explanation"] for id in ("gone", "dark", "locked"))
    assert "wrong" not in done.stdout + done.stderr


@pytest.mark.rtsp
def test_one_stream_can_be_named_and_is_explained_in_chinese(
    terminal: Terminal, rtsp_server: RtspServer, tmp_path: Path
) -> None:
    write_streams(tmp_path, good=rtsp_server.urls["/moving"], dark="rtsp://127.0.0.1:9/x")
    terminal.set("LANG", "zh_CN.UTF-8")
    said = terminal.answer("streams", "check", "good", "--seconds", "2")
    assert "H.264" in said
    assert "dark" not in said


def test_an_unknown_stream_is_named(terminal: Terminal, tmp_path: Path) -> None:
    write_streams(tmp_path, dark="rtsp://127.0.0.1:9/x")
    assert "gate-9" in terminal.complaint("streams", "check", "gate-9")


def test_every_mistake_of_the_file_is_named(terminal: Terminal, tmp_path: Path) -> None:
    write_streams(tmp_path, dark="rtsp://rita:hush@127.0.0.1/x", other="ftp://127.0.0.1/x")
    said = terminal.complaint("streams", "check")
    assert "streams.yaml:5" in said
    assert "streams.yaml:6" in said
    assert "hush" not in said


def test_a_missing_secret_is_named(terminal: Terminal, tmp_path: Path) -> None:
    write_streams(tmp_path, locked="rtsp://127.0.0.1:9/x")
    checked = terminal.run("streams", "check")
    assert checked.status != 0
    assert "PATROL_SECRET_LOGIN" in checked.stdout


def test_a_file_without_an_enabled_stream_says_so(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "streams.yaml").write_text("sites: []\nstreams: []\n", encoding="utf-8")
    assert "no enabled stream" in terminal.answer("streams", "check")
    assert json.loads(terminal.answer("streams", "check", "--json")) == {}


RECORDER = """
sites:
  - {id: mall, name: Mall, latitude: 31.23, longitude: 121.47, time_zone: Asia/Shanghai}
recorders:
  - {id: nvr, site: mall, kind: dahua, host: 10.0.0.9, credentials: login, channels: [1, {channel: 4, key: true}]}
streams:
  - {id: gate, site: mall, name: Gate, place: gate, url: 'rtsp://10.0.0.5/main', enabled: false}
"""


def test_every_stream_is_listed_those_of_recorders_one_by_one(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "streams.yaml").write_text(RECORDER, encoding="utf-8")
    address = "rtsp://10.0.0.9/cam/realmonitor?channel="
    assert terminal.answer("streams", "list").splitlines() == [
        "gate  Gate  rtsp://10.0.0.5/main  switched off",
        f"nvr-1  nvr 1  {address}1&subtype=0  {address}1&subtype=1",
        f"nvr-4  nvr 4  {address}4&subtype=0  {address}4&subtype=1  key camera",
    ]
    rows = json.loads(terminal.answer("streams", "list", "--json"))["streams"]
    assert [(row["id"], row["is_key"], row["is_enabled"]) for row in rows] == [
        ("gate", False, False),
        ("nvr-1", False, True),
        ("nvr-4", True, True),
    ]


@pytest.mark.parametrize("more", ["max_sessions: 1", 'max_sessions: 2, sub_url: "rtsp://127.0.0.1:9/sub"'])
@pytest.mark.parametrize("state", ["live", "stopped"])
def test_a_camera_whose_connections_its_worker_holds_is_not_opened_beside_it(
    terminal: Terminal, tmp_path: Path, state: str, more: str
) -> None:
    write_streams(tmp_path, gate="rtsp://127.0.0.1:9/x")
    file = tmp_path / "streams.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("url:", f"{more}, url:"), encoding="utf-8")
    now = parts.clock()
    with parts.database(read_settings(os.environ)).write() as session:
        session.add(Worker(id="w1", started_at=now, beat_at=now, embedder="e", runtime="r"))
        measured = {
            "codec": "h264",
            "width": 1920,
            "height": 1080,
            "fps": 25.0,
            "gop_s": 2.0,
            "bit_rate_kbps": 2000.0,
        }
        told = StreamState(stream_id="gate", site_id="mall", worker_id="w1", state=state, since=now, updated_at=now)
        for name, value in measured.items():
            setattr(told, name, value)
        session.add(told)
    done = terminal.run("streams", "check", "--seconds", "1")
    if state == "live":
        assert done.status == 0
        assert "H.264, 1920x1080, 25.0 pictures a second, key frame every 50 pictures (2.0 s)" in done.stdout
        assert "not opened a second time" in done.stdout
    else:
        assert done.status == 1
        assert "nothing listens at this port" in done.stdout


def test_a_file_without_any_stream_lists_none(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "streams.yaml").write_text("sites: []\nstreams: []\n", encoding="utf-8")
    assert "has no stream yet" in terminal.answer("streams", "list")
