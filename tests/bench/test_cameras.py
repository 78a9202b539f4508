"""How many cameras: the search, what is expected of a run, and a real run of a few."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from patrol.bench import cameras_run
from patrol.bench.cameras import Plan, largest, measure, pooled
from patrol.bench.cameras_hits import Outcome
from patrol.bench.cameras_house import streams_yaml
from patrol.bench.cameras_report import Alone, Report
from patrol.bench.cameras_run import Cost, Run
from patrol.bench.cameras_scenes import MIX, Filming, every_film_once, listed_people, place_cameras, scene_of
from patrol.bench.cameras_truth import Expected
from patrol.bench.cameras_usual import Usual
from patrol.demo.view import View
from patrol.settings import Settings, load_streams
from tests.bench.films import film, passage
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


def run(found: set[int], passages: int = 4, n_dropped: int = 0) -> Run:
    expected = tuple(Expected("gate", "b0", n, "Ada", True, 100.0 * n, 100.0 * n + 5, None) for n in range(passages))
    outcome = Outcome(expected, frozenset(found), 0, tuple(0.5 * n for n in found), tuple(1.0 * n for n in found))
    return Run(12, Cost(0.0, 60.0, 12, 0.6, 0.1, 300.0, 3, n_dropped), outcome)


def test_what_every_frame_does_not_find_is_not_asked_for() -> None:
    alone = {("b0", 0): True, ("b0", 1): True, ("b0", 2): True, ("b0", 3): False}
    row = pooled([run({0, 1, 2})], alone)
    assert (row.n_found, row.n_to_find, row.recall) == (3, 3, 1.0)


def test_two_runs_of_one_number_of_cameras_count_together() -> None:
    alone = {("b0", n): True for n in range(4)}
    row = pooled([run({0, 1}, n_dropped=5), run({0, 1, 2, 3}, n_dropped=1)], alone)
    assert (row.n_passages, row.n_found, row.recall, row.n_dropped) == (8, 6, 0.75, 6)


def test_the_report_takes_the_largest_number_that_keeps_enough() -> None:
    alone = {("b0", n): True for n in range(4)}
    rows = (pooled([run({0, 1, 2, 3})], alone), pooled([run({0})], alone))
    usual = Usual(2, 1.0, frames_per_s=12.5, fps=25)
    report = Report(rows, usual, Usual(2, 0.5, 50.0, 25), Alone(4, 4, 0), keep=0.95)
    said = report.figures()
    assert said["cameras_here"] == 12
    assert said["cameras_two_cores"] == 36.0  # 12 x 1.8 / 0.6
    assert said["reference_cameras"] == 0.5
    assert said["ratio"] == 72.0
    assert said["recall"] == 1.0
    assert said["capture_to_hit_p95_s"] == 1.5
    assert said["rss_mb_per_camera"] == 25.0
    assert "cameras here: 12" in "\n".join(report.lines())
    json.dumps(said)


def test_a_report_of_no_success_says_zero() -> None:
    report = Report(
        (pooled([run(set())], {("b0", 0): True}),), Usual(2, 1.0, 10, 25), Usual(2, 0.5, 10, 25), Alone(1, 1, 0), 0.95
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


@pytest.mark.rtsp
@pytest.mark.weights
@pytest.mark.slow
def test_a_real_run_finds_who_walks_by(
    gstreamer: None,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One camera alone, then two, on small films of twelve seconds; the usual loop beside them."""
    monkeypatch.setattr(cameras_run, "SETTLE_S", 1.0)
    monkeypatch.setattr(cameras_run, "LATE_S", 3.0)
    small = View(resolution_wh=(1280, 720), focal_px=1733.0, horizon_px=93.0)
    filming = Filming(scene_s=12.0, n_variants=1, kinds=("busy",), view=small)
    plan = Plan(seconds=12.0, only=2, usual_s=1.0, filming=filming, mix=("busy",))
    portraits = ROOT / "data" / "demo" / "portraits"
    portraits.mkdir(parents=True, exist_ok=True)
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "portraits").symlink_to(portraits)  # fetched once for all tests
    told: list[str] = []
    settings = Settings(data_dir=tmp_path, models_dir=ROOT / "models")
    report = measure(settings, plan, lambda code, **_: told.append(code))
    (row,) = report.rows
    assert (row.n_cameras, row.cost.n_live, row.n_wrong) == (2, 2, 0)
    assert report.alone.n_passages >= 1
    assert row.n_found >= 1
    assert all(-0.1 < seconds < 10 for seconds in row.capture_to_hit_s)
    assert row.cost.patrol_cores > 0
    assert row.cost.memory_mb > 50
    assert report.usual.cameras > 0
    assert {"filmed", "preparing", "every_frame", "watching", "watched", "usual"} == set(told)
