"""How many cameras: the search, what is expected of a run, and a real run of a few."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from patrol.bench import cameras, cameras_run
from patrol.bench.cameras import Plan, largest, measure, pooled
from patrol.bench.cameras_hits import Outcome
from patrol.bench.cameras_house import House, streams_yaml
from patrol.bench.cameras_report import Alone, Report
from patrol.bench.cameras_run import Cost, NotWatched, Run, cpu_between, n_watched
from patrol.bench.cameras_scenes import (
    MIX,
    Camera,
    Filming,
    every_film_once,
    listed_people,
    make_films,
    place_cameras,
    scene_of,
)
from patrol.bench.cameras_truth import Expected
from patrol.bench.cameras_usual import Usual, measure_usual
from patrol.bench.process_tree import Usage
from patrol.demo.view import View
from patrol.settings import Settings, load_streams
from patrol.store.beats import ALIVE_FOR
from patrol.store.engine import Database
from patrol.store.tables import StreamState, Worker
from tests.bench.films import film, passage
from tests.cli.terminal import Terminal
from tests.rtsp import gstreamer  # noqa: F401 - a fixture

ROOT = Path(__file__).parent.parent.parent
FILMS = {
    "empty": [film(kind="empty", name="e0"), film(kind="empty", name="e1")],
    "sparse": [film(passage("Ada", 1, 99), kind="sparse", name="s0")],
    "busy": [film(passage("Ada", 1, 99), passage("Ben", 200, 300), kind="busy", name="b0")],
}


def up_to(most: int, tried: list[int]) -> Callable[[int], bool]:
    def holds(n: int) -> bool:
        tried.append(n)
        return n <= most

    return holds


@pytest.mark.parametrize("most", [0, 1, 3, 7, 16, 17, 40, 63, 64, 100, 255, 256, 1000])
def test_the_search_comes_as_near_as_its_step(most: int) -> None:
    tried: list[int] = []
    found = largest(up_to(most, tried), first=16, most=256, step=4)
    assert found <= most
    assert min(most, 256) - found <= 4
    assert len(tried) <= 10
    assert len(set(tried)) == len(tried)


def test_a_mix_of_six_is_half_empty_a_third_sparse_and_one_busy() -> None:
    kinds = [each.film.kind for each in place_cameras(FILMS, 12)]
    assert kinds == list(MIX) * 2
    assert (kinds.count("empty"), kinds.count("sparse"), kinds.count("busy")) == (6, 4, 2)


def test_cameras_of_one_film_begin_apart_and_at_key_frames() -> None:
    placed = [each for each in place_cameras(FILMS, 30) if each.film.kind == "busy"]
    begins = [each.first_frame for each in placed]
    assert len(set(begins)) == len(begins)
    assert all(each.first_frame in each.film.key_frames() for each in placed)
    assert all(each.mount()["starts_s"] == each.first_frame / 25 for each in placed)
    assert [each.id for each in place_cameras(FILMS, 2)] == ["camera-000", "camera-001"]


def test_recall_is_measured_on_each_film_with_people_once() -> None:
    assert [each.film.clip.video.stem for each in every_film_once(FILMS)] == ["s0", "b0"]


def test_half_of_the_passages_are_of_listed_people() -> None:
    for variant in range(3):
        people = [walk.person for walk in scene_of("busy", variant, Filming()).walks]
        assert sum(person in listed_people() for person in people) == len(people) / 2 == 6
    assert scene_of("empty", 0, Filming()).walks == ()


def run(found: set[int], passages: int = 4, n_dropped: int = 0, n_live: int = 12) -> Run:
    expected = tuple(Expected("gate", "b0", n, "Ada", True, 100.0 * n, 100.0 * n + 5, None) for n in range(passages))
    outcome = Outcome(expected, frozenset(found), 0, tuple(0.5 * n for n in found), tuple(1.0 * n for n in found))
    return Run(12, Cost(0.0, 60.0, n_live, 0.6, 0.1, 300.0, 3, n_dropped, n_looks=98, rss_mb=600.0), outcome)


def test_what_every_frame_does_not_find_is_not_asked_for() -> None:
    alone = {("b0", 0): True, ("b0", 1): True, ("b0", 2): True, ("b0", 3): False}
    row = pooled([run({0, 1, 2})], alone)
    assert (row.n_found, row.n_to_find, row.recall) == (3, 3, 1.0)


def test_what_only_patrol_finds_does_not_make_up_for_what_it_misses() -> None:
    alone = {("b0", 0): True, ("b0", 1): True, ("b0", 2): False, ("b0", 3): False}
    row = pooled([run({0, 2, 3})], alone)
    assert (row.n_found, row.n_found_too, row.n_to_find, row.recall) == (3, 1, 2, 0.5)
    assert row.figures()["share_found"] == 0.75


def test_a_camera_that_is_not_watched_fails_the_number_whatever_was_found() -> None:
    row = pooled([run({0, 1, 2, 3}), run({0, 1, 2, 3}, n_live=11)], {})
    assert (row.recall, row.holds(0.95), row.figures()["cameras_live"]) == (1.0, False, 11)
    assert pooled([run({0, 1, 2, 3})], {}).holds(0.95)


def test_a_comparison_that_left_out_looks_is_warned_of() -> None:
    assert any(line.startswith("WARNING") for line in Alone(4, 4, n_dropped=3, n_looks=97).lines())
    assert len(Alone(4, 4, n_dropped=2, n_looks=98).lines()) == 1


def test_two_runs_of_one_number_of_cameras_count_together() -> None:
    alone = {("b0", n): True for n in range(4)}
    row = pooled([run({0, 1}, n_dropped=5), run({0, 1, 2, 3}, n_dropped=1)], alone)
    assert (row.n_passages, row.n_found, row.recall, row.n_dropped) == (8, 6, 0.75, 6)
    assert row.figures()["missed"] == [f"Ada, 5.0 s in view, gate, b0.mp4, passage {number}" for number in (2, 3)]


def test_the_report_takes_the_largest_number_that_keeps_enough() -> None:
    alone = {("b0", n): True for n in range(4)}
    rows = (pooled([run({0, 1, 2, 3})], alone), pooled([run({0})], alone))
    usual = Usual(2, 1.0, frames_per_s=12.5, fps=25)
    report = Report(rows, usual, Usual(2, 0.5, 50.0, 25), Alone(4, 4, 0, 98), 0.95, ("machine: two cores",))
    said = report.figures()
    assert said["cameras_here"] == 12
    assert said["cameras_two_cores"] == 36.0  # 12 x 1.8 / 0.6
    assert said["reference_cameras"] == 0.5
    assert said["ratio"] == 72.0
    assert said["recall"] == 1.0
    assert said["capture_to_hit_p95_s"] == 1.5
    assert (said["pss_mb_per_camera"], said["rss_mb_per_camera"]) == (25.0, 50.0)
    assert {"machine: two cores", "cameras on two cores: 36.0"} <= set(report.lines())
    json.dumps(said)


def test_a_report_of_no_success_says_zero() -> None:
    report = Report(
        (pooled([run(set())], {("b0", 0): True}),),
        Usual(2, 1.0, 10, 25),
        Usual(2, 0.5, 10, 25),
        Alone(1, 1, 0, 98),
        0.95,
        (),
    )
    assert report.figures()["cameras_here"] == 0
    assert report.figures()["cameras_two_cores"] == 0
    assert report.figures()["recall"] is None


def test_patrol_is_given_a_file_that_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "streams.yaml"
    path.write_text(streams_yaml({"camera-000": "rtsp://127.0.0.1:8554/camera-000"}, "every_frame"), encoding="utf-8")
    (stream,) = load_streams(path)
    assert (stream.id, stream.decode) == ("camera-000", "every_frame")
    path.write_text(streams_yaml({"camera-000": "rtsp://127.0.0.1:8554/camera-000"}, None), encoding="utf-8")
    assert load_streams(path)[0].decode == "auto"


class FakeHouse:
    """Finds all of a few cameras, and half of more than ten; all once of those that are lucky."""

    def __init__(self, *lucky_once: int) -> None:
        self.most, self.lucky_once = 10, set(lucky_once)
        self.asked: list[tuple[int, str | None]] = []

    def prepare(self) -> None:
        pass

    def measure(self, cameras: Sequence[Camera], seconds: float, decode: str | None = None) -> Run:
        self.asked.append((len(cameras), decode))
        done = run(set(range(4 if len(cameras) <= self.most else 2)), n_live=len(cameras))
        if len(cameras) in self.lucky_once:
            self.lucky_once.remove(len(cameras))
            done = run({0, 1, 2, 3}, n_live=len(cameras))
        return replace(done, n_cameras=len(cameras))


@pytest.mark.usefixtures("ready")
def test_what_fails_is_measured_twice_and_what_is_reported_too(tmp_path: Path) -> None:
    house, told = FakeHouse(), list[str]()
    with patch.object(cameras, "House", lambda *_: house):
        report = measure(Settings(data_dir=tmp_path), Plan(first=8), lambda code, **_: told.append(code))
    assert house.asked == [(2, "every_frame"), (8, None), *[(16, None)] * 2, *[(12, None)] * 2, (8, None)]
    assert report.figures()["cameras_here"] == 8
    assert [row.n_cameras for row in report.rows] == [8, 12, 16]
    assert (told.count("watching"), told.count("watched")) == (6, 6)


@pytest.mark.usefixtures("ready")
def test_what_held_by_luck_alone_is_not_reported_but_the_next_that_holds_twice(tmp_path: Path) -> None:
    house = FakeHouse(12)
    with patch.object(cameras, "House", lambda *_: house):
        report = measure(Settings(data_dir=tmp_path), Plan(first=8), lambda *_, **__: None)
    assert house.asked[1:] == [(8, None), *[(16, None)] * 2, (12, None), (12, None), (8, None)]
    assert report.figures()["cameras_here"] == 8


@pytest.mark.usefixtures("ready")
def test_the_number_is_searched_as_finely_as_is_asked(tmp_path: Path) -> None:
    house = FakeHouse()
    with patch.object(cameras, "House", lambda *_: house):
        report = measure(Settings(data_dir=tmp_path), Plan(first=8, step=1), lambda *_, **__: None)
    assert report.figures()["cameras_here"] == 10


@pytest.mark.usefixtures("ready")
def test_one_number_of_cameras_is_measured_once_even_where_it_fails(tmp_path: Path) -> None:
    house = FakeHouse()
    with patch.object(cameras, "House", lambda *_: house):
        report = measure(Settings(data_dir=tmp_path), Plan(only=30), lambda *_, **__: None)
    assert house.asked == [(2, "every_frame"), (30, None)]
    assert report.figures()["cameras_here"] == 0


@pytest.mark.usefixtures("ready")
def test_the_command_answers_in_words_and_in_json_and_says_how_it_goes(terminal: Terminal) -> None:
    terminal.set("LANG", "zh_CN.UTF-8")
    with patch.object(cameras, "House", lambda *_: FakeHouse()):
        words = terminal.run("bench", "cameras", "--cameras", "6")
        answered = terminal.run("bench", "cameras", "--from", "8", "--step", "2", "--seconds", "5", "--json")
    assert "cameras here: 6" in words.stdout
    assert "正在巡看 6 路摄像机" in words.stderr
    said = json.loads(answered.stdout)
    assert {"cameras_here", "cameras_two_cores", "reference_cameras", "ratio", "recall"} <= said.keys()
    assert {"capture_to_hit_p95_s", "rss_mb_per_camera"} <= said.keys()
    assert [row["cameras"] for row in said["rows"]] == [8, 10, 12, 16]


@pytest.fixture
def ready() -> Iterator[None]:
    """The films are there, and the usual loop has been run."""
    with (
        patch.object(cameras, "make_films", lambda *_: FILMS),
        patch.object(cameras, "measure_usual", lambda *_: Usual(2, 1.0, 10.0, 25)),
    ):
        yield


def test_every_passage_is_seen_whole_from_any_moment_on() -> None:
    assert FILMS["empty"][0].whole_s == pytest.approx(40.0, abs=0.05)
    assert FILMS["busy"][0].whole_s == pytest.approx(40.0 + 101 / 25, abs=0.05)


def test_what_a_process_used_that_ended_is_no_figure() -> None:
    before = Usage(2, cpu_s=10.0, pids=frozenset({7, 8}))
    assert cpu_between(before, Usage(3, cpu_s=14.0, pids=frozenset({7, 8, 9}))) == 4.0
    with pytest.raises(NotWatched, match=r"\(8\)"):
        cpu_between(before, Usage(2, cpu_s=9.0, pids=frozenset({7, 9})))


def test_a_camera_counts_as_watched_while_its_worker_is_alive(database: Database) -> None:
    now = datetime.now(UTC)
    with database.write() as session:
        for id, beat_at in (("here", now), ("gone", now - 2 * ALIVE_FOR)):
            session.add(Worker(id=id, started_at=beat_at, beat_at=beat_at, embedder="e", runtime="r"))
            session.add(StreamState(stream_id=id, site_id="s", worker_id=id, state="live", since=now, updated_at=now))
        session.add(StreamState(stream_id="x", site_id="", worker_id="here", state="down", since=now, updated_at=now))
    with database.read() as session:
        assert n_watched(session) == 1


@pytest.mark.rtsp
@pytest.mark.weights
@pytest.mark.slow
def test_two_real_cameras_and_the_usual_loop(
    gstreamer: None,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One small film of twelve seconds on two cameras, which begin at different places of it."""
    monkeypatch.setattr(cameras_run, "SETTLE_S", 1.0)
    monkeypatch.setattr(cameras_run, "LATE_S", 3.0)
    cache, settings = ROOT / "data" / "bench", Settings(data_dir=tmp_path, models_dir=ROOT / "models")
    small = View(resolution_wh=(1280, 720), focal_px=1733.0, horizon_px=93.0)
    filming = Filming(scene_s=12.0, n_variants=1, kinds=("busy",), view=small)
    films = make_films(cache, filming, lambda *_, **__: None)
    pair = place_cameras(films, 2, mix=("busy",))
    house = House(settings, tmp_path, cache / "portraits")
    house.prepare()
    done = house.measure(pair, films["busy"][0].whole_s)
    assert (done.cost.n_live, done.outcome.n_wrong) == (2, 0)
    assert len(done.outcome.expected) >= 2  # the listed person of two, before both cameras
    assert len(done.outcome.found) >= 1
    assert all(0 < seconds < 10 for seconds in done.outcome.capture_to_hit_s)
    assert done.cost.patrol_cores > 0
    assert done.cost.memory_mb > 50
    usual = measure_usual(pair, tmp_path, settings.models_dir, seconds=1.0)
    assert 0 < usual.cameras <= 2.5
