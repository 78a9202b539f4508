import numpy as np
import pytest

from patrol.eval import verification
from patrol.eval.verification import Verification, impostor_counts, side_of, threshold_at, verify
from patrol.matching.cohort import Cohort
from patrol.values import Float32
from tests.eval.drawn import EMBEDDER, templates


def random_units(n: int, d: int, seed: int) -> Float32:
    vectors = np.random.default_rng(seed).normal(size=(n, d))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


NO_COHORT = Cohort(EMBEDDER, np.zeros((0, 8), np.float32))


def test_pairs_of_strangers_and_of_one_person_are_told_apart_and_no_photo_meets_itself() -> None:
    vectors = random_units(6, 8, 0)
    people = np.array([0, 0, 0, 1, 1, 2])
    done = verify(templates(vectors, vectors), people, NO_COHORT, frozenset())
    assert len(done.mate_scores) == 3 * 2 + 2 * 1
    assert np.bincount(done.mates).tolist() == [6, 2]
    assert done.n_impostors == 3 * 2  # the first photo of each of three people, both ways
    cosines = vectors @ vectors.T
    assert sorted(done.mate_scores) == pytest.approx(sorted([
        *(cosines[i, j] for i in range(3) for j in range(3) if i != j), cosines[3, 4], cosines[4, 3]
    ]))  # fmt: skip


def test_the_cohort_and_photos_without_a_face_are_left_out() -> None:
    vectors = random_units(6, 8, 1)
    vectors[5] = 0.0
    done = verify(templates(vectors, vectors), np.array([0, 0, 1, 1, 2, 2]), NO_COHORT, frozenset({1}))
    assert (set(done.mates.tolist()), done.n_impostors) == ({0}, 2)


def test_a_tally_says_what_the_sorted_scores_say() -> None:
    vectors, people = random_units(400, 8, 2), np.arange(400)
    side = side_of(vectors, people, None)
    counts = impostor_counts(side, side)
    cosines = (vectors @ vectors.T)[~np.eye(400, dtype=bool)]
    for far in (0.1, 0.01, 0.001):
        threshold = threshold_at(far, counts)
        assert (cosines >= threshold).mean() <= far
        assert (cosines >= threshold - 2 * verification.BIN).mean() >= far * 0.98


def test_no_pair_at_all_leaves_every_score_above() -> None:
    assert threshold_at(0.01, np.zeros(verification.N_BINS, np.int64)) <= verification.LOWEST + verification.BIN


def test_rates_are_told_where_the_pairs_carry_them() -> None:
    counts = np.zeros(verification.N_BINS, np.int64)
    counts[20_000] = 4_000
    mates = np.array([0.5, -0.5], np.float32)
    assert Verification(counts, mates, np.array([0, 1])).carried() == [1e-2, 1e-3]
    assert Verification(counts, mates[:0], np.zeros(0, np.intp)).carried() == []


def test_the_rate_accepted_is_over_pairs_and_its_interval_over_people() -> None:
    counts = np.zeros(verification.N_BINS, np.int64)
    counts[20_000] = 10_000  # all strangers at 0
    done = Verification(counts, np.array([0.9] * 30 + [-0.1] * 10, np.float32), np.arange(40) // 2)
    (interval,) = done.tar_intervals([0.01], np.random.default_rng(0), 300)
    assert done.tar_at(0.01) == 0.75
    assert interval.low < 0.75 < interval.high


def test_the_matrix_is_walked_in_blocks_that_give_the_same_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    side = side_of(random_units(50, 8, 3), np.arange(50), None)
    whole = impostor_counts(side, side)
    monkeypatch.setattr(verification, "ROWS_AT_ONCE", 7)
    assert np.array_equal(impostor_counts(side, side), whole)
