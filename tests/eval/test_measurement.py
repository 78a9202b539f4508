import json
from pathlib import Path

import numpy as np
import pytest

from patrol.eval.cache import Cache
from patrol.eval.figures import Figures, figures_of
from patrol.eval.folder import read_folder
from patrol.eval.measurement import Measurement, Request, cohorts_of, measure, measure_group
from patrol.eval.refusals import CannotMeasure
from tests.eval.drawn import EMBEDDER, DrawnEyes, empty_photo, people, write, write_folder

QUICK = Request(splits=4, rounds=50)


def measured(folder: Path, request: Request = QUICK) -> Measurement:
    return measure(read_folder(folder), request, [DrawnEyes(), DrawnEyes()], Cache(folder / "c.db", "r", EMBEDDER))


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """80 people with two photos, 30 with one."""
    return write_folder(tmp_path_factory.mktemp("crowd"), people(80, 2) | people(30, 1, "Q"), spread=35.0)


@pytest.fixture(scope="module")
def figures(crowd: Path) -> Figures:
    return figures_of(measured(crowd))


def test_the_object_has_what_its_readers_expect_and_is_json(figures: Figures) -> None:
    told = json.loads(json.dumps(figures.as_json()))
    assert (told["gallery"], told["mated"], told["nonmated"], told["cohort"]) == (44, 44, 44, 22)
    assert list(told["tpir"]) == ["0.1"]
    low, high = told["tpir_interval"]["0.1"]
    assert low <= told["tpir"]["0.1"] <= high
    assert told["rank1"] >= told["tpir"]["0.1"] > 0.5
    assert (told["fte"], told["fta"], told["unreadable"]) == (0.0, 0.0, [])
    assert {"0.01", "0.001"} <= set(told["tar"])
    assert {"fpir", "fnir"} == set(told["fnir_fpir"][0])


def test_the_same_seed_gives_the_same_figures_and_another_gives_others(crowd: Path, figures: Figures) -> None:
    assert figures_of(measured(crowd)).as_json() == figures.as_json()
    other = figures_of(measured(crowd, Request(splits=4, rounds=50, seed=1)))
    assert other.as_json() != figures.as_json()


def test_spoilt_probes_are_found_less_often_and_several_looks_more_often_than_one(crowd: Path) -> None:
    def tpir(request: Request) -> float:
        return figures_of(measured(crowd, request)).found[0].tpir

    clean, once = tpir(QUICK), tpir(Request(splits=4, rounds=50, spoil_px=5))
    several = tpir(Request(splits=4, rounds=50, spoil_px=5, looks=6))
    assert clean >= several > once


def test_probes_without_a_face_are_misses_and_counted(tmp_path: Path) -> None:
    write_folder(tmp_path, people(60, 2))
    for number in range(0, 60, 2):
        write(tmp_path / f"P{number:03}" / f"P{number:03}_0001.png", empty_photo())
    figures = figures_of(measured(tmp_path))
    assert figures.failed_to_acquire.value == pytest.approx(0.25, abs=0.08)
    assert figures.failed_to_acquire.interval.low < 0.25 < figures.failed_to_acquire.interval.high
    assert figures.rank_one is not None
    assert figures.rank_one < 0.7


def test_one_photo_each_tells_what_strangers_score_and_nothing_else(tmp_path: Path) -> None:
    told = figures_of(measured(write_folder(tmp_path, people(90, 1)))).as_json()
    assert (told["mated"], told["tpir"], told["rank1"], told["tar"], told["fnir_fpir"]) == (0, {}, None, {}, [])
    assert told["nonmated"] == 36


def test_a_broken_photo_is_named_and_everything_else_is_measured(tmp_path: Path) -> None:
    write_folder(tmp_path, people(20, 2))
    (tmp_path / "P000" / "P000_0001.png").write_bytes(b"\x89PNG and no more")
    done = measured(tmp_path)
    assert [(path.name, code) for path, code in done.unreadable] == [("P000_0001.png", "truncated")]
    assert figures_of(done).as_json()["unreadable"] == ["P000/P000_0001.png"]


def test_a_group_is_measured_with_the_cohorts_of_the_splits(crowd: Path, tmp_path: Path) -> None:
    done = measured(crowd)
    cache = Cache(tmp_path / "c.db", "r", EMBEDDER)
    folder = read_folder(write_folder(tmp_path / "group", people(40, 1, "G"), spread=60.0))
    figures = figures_of(done, measure_group(done, folder, [DrawnEyes()], cache, lambda n: None))
    assert [row.fmr_of_all for row in figures.within] == [1e-3]
    assert len(cohorts_of(done)[0].names) == 22
    group = figures.as_json()["group_fmr"]
    assert isinstance(group, dict)
    assert group["0.001"]["ratio"] == pytest.approx(figures.within[0].fmr * 1000, abs=0.02)


def test_nobody_who_is_compared_in_pairs_is_in_the_cohort_of_the_pairs(crowd: Path) -> None:
    done = measured(crowd)
    for each, drawn in zip(done.rounds, cohorts_of(done), strict=True):
        held = {vector.tobytes() for vector in drawn.cohort.vectors}
        inside = {
            done.folder.name_of(photo)
            for photo, portrait in enumerate(done.templates.portraits)
            if portrait.tobytes() in held
        }
        assert inside == drawn.names
        assert len(each.gallery.cohort) == len(drawn.cohort) + len(each.gallery.listed)


def test_a_group_of_one_is_refused(crowd: Path, tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path / "group", {"Ann": 3}))
    with pytest.raises(CannotMeasure) as caught:
        measure_group(measured(crowd), folder, [DrawnEyes()], Cache(tmp_path / "c", "r", EMBEDDER), lambda n: None)
    assert caught.value.code == "group_of_nobody"


def test_errors_are_told_by_label(crowd: Path) -> None:
    names = [*people(80, 2), *people(30, 1, "Q")]
    labels = {"side": {name: "left" if k % 2 else "right" for k, name in enumerate(names)}}
    figures = figures_of(measured(crowd), None, labels)
    assert figures.by_label == ()  # 44 strangers a split do not carry FPIR 1 %
    assert "labels" not in figures.as_json()


def test_a_budget_is_held_against_what_strangers_did(crowd: Path) -> None:
    told = figures_of(measured(crowd), budgets=[0.03]).as_json()["budget"]
    assert isinstance(told, dict)
    assert figures_of(measured(crowd), budgets=[0.03]).as_json()["budget_prior"] == {
        "people": 0,
        "made_by": "nobody has measured it",
    }
    low, high = told["0.03"]["interval"]
    assert low <= told["0.03"]["fpir"] <= high
    assert told["0.03"]["ratio"] == pytest.approx(told["0.03"]["fpir"] / 0.03, abs=0.01)


def test_two_portraits_leave_fewer_misses_than_one(tmp_path: Path) -> None:
    write_folder(tmp_path, people(150, 3), spread=55.0)

    def mean_fnir(n_portraits: int) -> float:
        request = Request(splits=6, rounds=20, portraits=n_portraits, gallery=50)
        return float(np.mean([fnir for _, fnir in figures_of(measured(tmp_path, request)).curve]))

    assert mean_fnir(2) < mean_fnir(1)
