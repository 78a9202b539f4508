"""The tail of impostor scores: from a score to a rate and back."""

import numpy as np
import pytest

from patrol.matching.impostors import LEAST_SEEN, ImpostorTail

#: Scores whose rates are known: 1 in 10 reaches 0.1, 1 in 100 reaches 0.2, and so on.
TENTH_A_POWER = ImpostorTail((0.1, 0.01, 0.001), (0.1, 0.2, 0.3))


@pytest.mark.parametrize(
    ("score", "fmr"), [(0.1, 1e-1), (0.2, 1e-2), (0.25, 10**-2.5), (0.3, 1e-3), (0.5, 1e-5), (0.05, 10**-0.5)]
)
def test_a_score_has_a_rate_and_a_rate_its_score(score: float, fmr: float) -> None:
    assert TENTH_A_POWER.fmr(score) == pytest.approx(fmr)
    assert TENTH_A_POWER.score_at(fmr) == pytest.approx(score)


def test_no_rate_is_above_one() -> None:
    assert TENTH_A_POWER.fmr(-3.0) == 1.0


def test_the_tail_is_read_off_the_pairs_of_strangers() -> None:
    scores = np.random.default_rng(0).exponential(0.05, 1_000_000).astype(np.float32)
    tail = ImpostorTail.measured(scores)
    assert tail.score_at(1e-3) == pytest.approx(0.05 * np.log(1e3), rel=0.02)
    assert tail.score_at(1e-6) == pytest.approx(0.05 * np.log(1e6), rel=0.15), "drawn on beyond what was seen"


def test_the_highest_pairs_are_enough_where_their_number_is_known() -> None:
    scores = np.random.default_rng(0).exponential(0.05, 1_000_000).astype(np.float32)
    highest = np.sort(scores)[-20_000:]
    assert ImpostorTail.measured(highest, n_pairs=1_000_000).score_at(1e-3) == pytest.approx(
        ImpostorTail.measured(scores).score_at(1e-3)
    )


def test_a_point_needs_some_pairs_beyond_it() -> None:
    tail = ImpostorTail.measured(np.linspace(0, 1, 1_000, dtype=np.float32))
    assert min(tail.fmrs) >= LEAST_SEEN / 1_000


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="two or more points"):
        ImpostorTail.measured(np.linspace(0, 1, 12, dtype=np.float32))


def test_pairs_that_are_all_alike_are_refused() -> None:
    with pytest.raises(ValueError, match="two or more points"):
        ImpostorTail.measured(np.full(1_000, 0.5, np.float32))


def test_where_strangers_are_more_alike_the_tail_moves() -> None:
    assert TENTH_A_POWER.shifted(0.05).score_at(0.01) == pytest.approx(0.25)
    assert TENTH_A_POWER.shifted(0.05).fmr(0.25) == pytest.approx(0.01)


def test_a_tail_that_rises_with_the_score_is_refused() -> None:
    with pytest.raises(ValueError, match="falling rates"):
        ImpostorTail((0.1, 0.2), (0.1, 0.2))
