"""Which hit is of which passage, and how long it took."""

from dataclasses import replace

import pytest

from patrol.bench.cameras_hits import Found, judge, percentile
from patrol.bench.cameras_truth import Expected

ADA = Expected("gate", "scene", 0, "Ada", True, began_at=100.0, ended_at=105.0, large_at=102.0)
BEN = Expected("gate", "scene", 1, "Ben", False, began_at=103.0, ended_at=109.0, large_at=None)
HIT = Found("gate", "Ada", captured_at=103.0, recorded_at=103.9, capture_to_hit_s=0.9)


def test_nothing_found_of_nothing_is_nothing() -> None:
    outcome = judge([], [], [])
    assert (outcome.expected, outcome.found, outcome.n_wrong, outcome.share_found) == ((), frozenset(), 0, 0.0)


def test_a_hit_within_the_passage_finds_it() -> None:
    outcome = judge([ADA, BEN], [BEN, ADA], [HIT])
    assert outcome.expected == (ADA,)  # strangers are not to be found
    assert outcome.found == {0}
    assert outcome.share_found == 1.0
    assert outcome.capture_to_hit_s == (0.9,)
    assert outcome.large_to_hit_s == (pytest.approx(1.9),)


@pytest.mark.parametrize(
    "hit",
    [
        replace(HIT, captured_at=98.0),
        replace(HIT, captured_at=107.0),
        replace(HIT, camera_id="hall"),
        replace(HIT, person="Ben", captured_at=101.0),
    ],
)
def test_a_hit_elsewhere_at_another_time_or_of_somebody_else_is_wrong(hit: Found) -> None:
    outcome = judge([ADA, BEN], [ADA, BEN], [hit])
    assert outcome.found == frozenset()
    assert outcome.n_wrong == 1


def test_a_hit_of_a_passage_that_is_not_counted_is_neither_found_nor_wrong() -> None:
    outcome = judge([ADA, BEN], [BEN], [HIT])
    assert outcome.expected == ()
    assert outcome.n_wrong == 0


def test_a_passage_is_found_once_and_by_its_first_hit() -> None:
    later = replace(HIT, captured_at=104.0, recorded_at=108.0, capture_to_hit_s=4.0)
    outcome = judge([ADA], [ADA], [HIT, later])
    assert len(outcome.found) == 1
    assert outcome.capture_to_hit_s == (0.9,)


def test_a_face_cut_by_the_edge_of_the_picture_still_belongs_to_its_passage() -> None:
    assert judge([ADA], [ADA], [replace(HIT, captured_at=105.3)]).found == {0}


def test_a_face_that_is_never_large_counts_from_its_beginning() -> None:
    small = replace(ADA, large_at=None)
    assert judge([small], [small], [HIT]).large_to_hit_s == (pytest.approx(3.9),)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.95, None), ([3.0], 0.5, 3.0), ([1, 2, 3, 4], 0.5, 2), (range(1, 101), 0.95, 95), ([5, 1], 1.0, 5)],
)
def test_a_percentile_is_one_of_the_values(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(values, share) == expected
