"""What is known of an embedder beforehand: people who do not exist serve as a cohort."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from patrol.matching.impostors import ImpostorTail
from patrol.matching.prior import N_DRAWN, Crowd, Prior, PriorBroken, prior_of, unmeasured

NOBODY = np.empty((0, 128), np.float32)


@pytest.fixture
def small() -> Prior:
    mean = np.full(8, 0.3, np.float32)
    crowd = Crowd(1.0, mean, np.eye(8, dtype=np.float32) * 0.2)
    tail = ImpostorTail((1e-1, 1e-3), (0.1, 0.2))
    return Prior("own", (crowd,), tail, 0.02, 0.05, ((0.1, 0.9), (0.3, 0.5)), 100, 50, "a test")


def test_the_shipped_embedder_is_known() -> None:
    prior = prior_of("sface-2021dec")
    assert prior.n_people > 2_000
    assert 0.05 < prior.tail.score_at(1e-3) < 0.2
    assert prior.tail.score_at(1e-6) > prior.tail.score_at(1e-5)
    assert 0.8 < prior.found_at(0.15) <= 1.0


def test_a_list_of_nobody_has_a_cohort_of_people_who_do_not_exist() -> None:
    cohort = prior_of("sface-2021dec").cohort(NOBODY)
    assert len(cohort) == N_DRAWN
    assert np.allclose(np.linalg.norm(cohort.vectors, axis=1), 1.0, atol=1e-5)


def test_the_same_people_are_drawn_everywhere() -> None:
    first, second = (prior_of("sface-2021dec").cohort(NOBODY).vectors for _ in range(2))
    assert np.array_equal(first, second)


def test_real_people_stand_before_those_who_do_not_exist(small: Prior) -> None:
    members = np.eye(8, dtype=np.float32)[:3]
    cohort = small.cohort(members)
    assert len(cohort) == 3 + N_DRAWN
    assert np.array_equal(cohort.vectors[:3], members)


def test_drawn_people_lie_around_their_mean(small: Prior) -> None:
    drawn = small.crowds[0].draw(4_000, np.random.default_rng(0))
    assert drawn.mean(axis=0) == pytest.approx(np.full(8, drawn.mean()), abs=0.02)
    assert drawn.mean() > 0.2


def test_a_prior_survives_its_file(small: Prior, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(small.to_json(), encoding="utf-8")
    again = prior_of("own", path)
    assert (again.tail, again.found, again.n_people, again.made_by) == (small.tail, small.found, 100, "a test")
    assert (again.caution, again.margin, again.n_mated) == (0.02, 0.05, 50)
    assert again.crowds[0].factor == pytest.approx(small.crowds[0].factor, abs=1e-3)


def test_who_is_found_lies_between_what_was_measured(small: Prior) -> None:
    assert [small.found_at(score) for score in (0.0, 0.1, 0.2, 0.3, 0.9)] == pytest.approx([0.9, 0.9, 0.7, 0.5, 0.0])
    assert small.score_found_by(0.7) == pytest.approx(0.2)


def test_an_embedder_that_nobody_measured_has_cosines_and_careful_thresholds() -> None:
    prior = prior_of("somebody-elses")
    assert len(prior.cohort(NOBODY)) == 0
    assert prior.n_people == 0
    assert prior.tail.score_at(1e-3) > 0.4


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"embedder": "own", "tail": [[0.1, 0.2]], "crowds": []}'])
def test_a_broken_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PriorBroken, match=r"broken\.json.*patrol eval --calibrate"):
        prior_of("own", path)


@pytest.mark.parametrize("found", [[], [[0.1, 0.9]]])
def test_a_file_that_does_not_say_how_many_are_found_is_broken(
    small: Prior, tmp_path: Path, found: list[object]
) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(json.loads(small.to_json()) | {"found": found}), encoding="utf-8")
    with pytest.raises(PriorBroken, match="fewer than two points"):
        prior_of("own", path)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(PriorBroken, match=r"own\.json is not UTF-8"):
        prior_of("own", tmp_path / "own.json")
    with pytest.raises(PriorBroken, match=r"none\.json cannot be read"):
        prior_of("own", tmp_path / "none.json")


def test_the_calibration_of_another_embedder_is_refused(small: Prior, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(small.to_json(), encoding="utf-8")
    with pytest.raises(PriorBroken, match="is of own, the embedder is another"):
        prior_of("another", path)


def test_a_network_of_dlibs_kind_that_nobody_measured_is_asked_for_what_dlibs_strangers_do_not_reach() -> None:
    careful = unmeasured("somebody-elses", "dlib")
    assert careful.n_people == 0
    assert careful.tail.score_at(1e-4) > 0.94
    assert unmeasured("somebody-elses").tail.score_at(1e-4) < 0.94


def test_what_nobody_measured_is_told_as_no_find_rate(small: Prior) -> None:
    assert small.find_rate(0.2) == small.found_at(0.2)
    assert replace(small, n_mated=0).find_rate(0.2) is None
