"""`patrol replay`: a recording becomes hits of when it was recorded; what cannot be read says why."""

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patrol.cli import parts, replay
from patrol.faces.finder import Finder
from patrol.settings import Settings, read_settings
from patrol.store.tables import Hit
from patrol.watchlist.gallery import Gallery
from tests.cli.terminal import Terminal
from tests.conftest import SHARED_DATA
from tests.hits.sightings import FRAME_WH, face
from tests.rtsp import make_clip
from tests.test_worker import WANDA, FakeFinder, parts_with

BEGAN = "2026-11-01T14:00:00"  # on the site's clock: 06:00 UTC
BEGAN_AT = datetime(2026, 11, 1, 6, tzinfo=UTC)
STREAMS = """
sites:
  - {id: mall, name: Mall, latitude: 31.23, longitude: 121.47, time_zone: Asia/Shanghai}
streams:
  - {id: gate, site: mall, name: Gate, place: north gate, url: "rtsp://127.0.0.1/gate", enabled: false}
"""


@pytest.fixture(autouse=True)
def _signals_as_they_were() -> Iterator[None]:
    """The command catches Ctrl-C to keep what it has found."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def site(terminal: Terminal, tmp_path: Path) -> Terminal:
    (tmp_path / "streams.yaml").write_text(STREAMS, encoding="utf-8")
    return terminal


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds."""
    width, height = FRAME_WH
    return make_clip(tmp_path / "gate.mkv", width=width, height=height)


@pytest.fixture
def finder(site: Terminal, monkeypatch: pytest.MonkeyPatch) -> FakeFinder:
    """Sees Wanda in every frame."""
    finder = FakeFinder(face(seed=WANDA))

    def eyes(_: Settings, __: str) -> tuple[Finder, Gallery]:
        return finder, Gallery(finder.embedder, finder.thresholds)  # type: ignore[return-value]

    monkeypatch.setattr(replay, "eyes", eyes)
    return finder


@pytest.fixture
def wanda(finder: FakeFinder) -> None:
    """Wanda is looked for."""
    chosen = read_settings(os.environ)
    database = parts.database(chosen)
    parts_with(database, parts.blobs(chosen), finder, datetime.now(UTC))
    database.engine.dispose()


def replayed(terminal: Terminal, clip: Path, *more: str) -> dict[str, object]:
    done: dict[str, object] = json.loads(
        terminal.answer("replay", str(clip), "--stream", "gate", "--json", "--began-at", BEGAN, *more)
    )
    return done


@pytest.mark.usefixtures("wanda")
def test_hits_are_of_when_it_was_recorded(site: Terminal, clip: Path) -> None:
    done = replayed(site, clip)
    assert (done["pictures"], done["looks"], done["passages"]) == (50, 8, 1)
    assert (done["began_at"], done["is_cut"], done["is_stopped"]) == (BEGAN_AT.isoformat(), False, False)
    with parts.database(read_settings(os.environ)).read() as session:
        (hit,) = session.query(Hit).all()
        assert (hit.origin, hit.stream_id, hit.stream_name) == ("replay", "gate", "Gate")
        assert BEGAN_AT <= hit.first_seen_at <= hit.last_seen_at <= BEGAN_AT + timedelta(seconds=2)
        assert (hit.clip_began_at, hit.clip_s) == (BEGAN_AT, pytest.approx(2.0))


@pytest.mark.usefixtures("wanda")
def test_it_says_what_it_found_and_what_was_known(site: Terminal, clip: Path) -> None:
    said = site.answer("replay", str(clip), "--stream", "gate", "--began-at", f"{BEGAN}+08:00")
    assert "#0001  2026-11-01 14:00:0" in said
    assert "gate: 0:00:02 of recording, 50 pictures, 8 looks, 1 passages, 1 hits" in said
    assert "review in the console" in said
    site.set("LANG", "zh_CN.UTF-8")
    again = site.answer("replay", str(clip), "--stream", "gate", "--began-at", BEGAN)
    assert "之前回放已记录" in again
    assert "1 条命中" in again


@pytest.mark.usefixtures("wanda")
def test_without_a_beginning_it_ended_with_the_files_date(site: Terminal, clip: Path) -> None:
    os.utime(clip, (BEGAN_AT.timestamp(), BEGAN_AT.timestamp()))
    done = site.run("replay", str(clip), "--stream", "gate", "--json")
    assert json.loads(done.stdout)["began_at"] == (BEGAN_AT - timedelta(seconds=2)).isoformat()
    shown = site.run("replay", str(clip), "--stream", "gate")
    assert "began 2026-11-01 13:59:58, for the file is of 2026-11-01 14:00:00" in shown.stderr
    assert "--began-at" in shown.stderr


@pytest.mark.usefixtures("wanda")
def test_a_recording_that_was_cut_off_keeps_what_it_showed_and_fails(site: Terminal, tmp_path: Path) -> None:
    width, height = FRAME_WH
    clip = make_clip(tmp_path / "long.mkv", width=width, height=height, n_frames=250)
    content = clip.read_bytes()
    clip.write_bytes(content[: len(content) // 2])
    done = site.run("replay", str(clip), "--stream", "gate", "--began-at", BEGAN)
    assert done.status == 1
    assert "1 hits" in done.stdout
    assert "of 0:00:10: it was cut off" in done.stdout


@pytest.mark.usefixtures("wanda")
def test_a_hit_that_could_not_be_written_is_not_passed_over(
    site: Terminal, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("patrol.worker.record", refuse)
    done = site.run("replay", str(clip), "--stream", "gate", "--began-at", BEGAN)
    assert done.status == 1
    assert "1 hits could not be written down" in done.stdout
    assert "the disk is gone" in done.stderr


@pytest.mark.usefixtures("wanda")
def test_as_fast_as_it_was_recorded_takes_as_long(site: Terminal, clip: Path) -> None:
    done = replayed(site, clip, "--speed", "real")
    assert isinstance(done["seconds"], float)
    assert done["seconds"] >= 1.7  # the last look is at 1.75 s


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("none.mp4", "--stream", "gate"), "there is no such file"),
        (("streams.yaml", "--stream", "gate"), "no recording that can be read"),
        ((".", "--stream", "gate"), ". is a folder"),
        (("gate.mkv", "--stream", "gate-9"), "gate-9"),
        (("gate.mkv", "--stream", "gate", "--began-at", "noon"), "--began-at noon: write it as 2026-11-22T14:00:00"),
        (("gate.mkv", "--stream", "gate", "--began-at", "9998-01-01T00:00"), "--began-at"),
        (
            ("gate.mkv", "--stream", "gate", "--began-at", "2199-01-01T00:00"),
            "end at 2199-01-01 00:00:02, which is yet",
        ),
        (("gate.mkv",), "--stream is missing"),
        (("gate.mkv", "--stream", "gate", "--speed", "fast"), "fast"),
    ],
)
@pytest.mark.usefixtures("clip")
def test_what_cannot_be_looked_through_says_why(site: Terminal, more: tuple[str, ...], said: str) -> None:
    assert said in site.complaint("replay", *more)


@pytest.mark.parametrize(("language", "said"), [("en_GB.UTF-8", "is an address"), ("zh_CN.UTF-8", "是网络地址")])
@pytest.mark.parametrize("secret", ["user:pw", "user:p@w", "user:p/w"])
def test_a_cameras_address_is_no_file_and_its_password_is_not_repeated(
    site: Terminal, language: str, said: str, secret: str
) -> None:
    site.set("LANG", language)
    done = site.run("replay", f"rtsp://{secret}@10.0.0.5/x?password=pw", "--stream", "gate")
    assert done.status == 1
    assert f"rtsp://10.0.0.5/x {said}" in done.stderr
    assert "user" not in done.stdout + done.stderr
    assert "pw" not in done.stdout + done.stderr


def test_a_missing_stream_is_said_in_the_terminals_language(site: Terminal) -> None:
    site.set("LANG", "zh_CN.UTF-8")
    assert "缺少 --stream" in site.complaint("replay", "gate.mkv")


@pytest.mark.usefixtures("finder")
def test_nobody_to_look_for_is_said_before_anything_is_read(site: Terminal, clip: Path) -> None:
    said = site.complaint("replay", str(clip), "--stream", "gate", "--began-at", BEGAN)
    assert "Nobody is looked for" in said


@pytest.mark.weights
@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif(not SHARED_DATA.exists(), reason=f"{SHARED_DATA} is absent")
def test_a_real_recording_gives_its_one_listed_person(site: Terminal) -> None:
    """In hamilton.mp4 Lin-Manuel Miranda is on screen from 3.0 to 7.3 s, and nobody else who is listed."""
    portrait = SHARED_DATA / "portraits" / "lin_manuel_miranda" / "1.png"
    about = ("--reason", "a test", "--ends", "2199-01-01")
    site.answer("watchlist", "create", "test", "--category", "other", "--owner", "rita", *about)
    site.answer("watchlist", "enrol", "test", "L", str(portrait), "--source", "a test", *about)
    done = replayed(site, SHARED_DATA / "clips" / "hamilton.mp4")
    hits = done["hits"]
    assert isinstance(hits, list)
    (hit,) = hits
    seen_s = (datetime.fromisoformat(hit["seen_at"]) - BEGAN_AT).total_seconds()
    assert (hit["grade"], 3.0 <= seen_s <= 7.3) == ("sure", True)
