"""Exact intervals, held against published tables and against plain sums."""

import math

import pytest

from patrol.matching.intervals import (
    binomial_at_least,
    clopper_pearson,
    incomplete_beta,
    incomplete_gamma,
    poisson,
    poisson_at_least,
)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.308498),  # 1 - 0.025 ** (1 / 10)
        (10, 10, 0.691502, 1.0),
        (1, 10, 0.002529, 0.445016),
        (5, 10, 0.187086, 0.812914),
        (12, 1_000, 0.006216, 0.020868),
    ],
)
def test_the_interval_of_a_proportion_is_the_tables(k: int, n: int, low: float, high: float) -> None:
    assert clopper_pearson(k, n) == pytest.approx((low, high), abs=2e-6)


@pytest.mark.parametrize(
    ("k", "low", "high"),
    [
        (0, 0.0, 3.688879),  # -ln 0.025
        (1, 0.025318, 5.571643),
        (3, 0.618672, 8.767273),
        (10, 4.795389, 18.390356),
        (100, 81.363991, 121.626794),
    ],
)
def test_the_interval_of_a_rate_is_the_tables(k: int, low: float, high: float) -> None:
    assert poisson(k) == pytest.approx((low, high), abs=2e-5)


def test_nothing_seen_in_n_trials_leaves_about_three_in_n() -> None:
    """The rule of three, one-sided at 95 %."""
    assert clopper_pearson(0, 3_000, 0.90).high == pytest.approx(3 / 3_000, rel=0.01)
    assert poisson(0, 3_000, 0.90).high == pytest.approx(3 / 3_000, rel=0.01)


def test_no_trial_and_no_exposure_say_nothing() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)
    assert poisson(0, 0.0) == (0.0, math.inf)


def test_a_longer_exposure_narrows_a_rate() -> None:
    assert poisson(4, 2.0) == pytest.approx([limit / 2 for limit in poisson(4)])


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3)])
def test_what_is_no_proportion_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no proportion"):
        clopper_pearson(k, n)


@pytest.mark.parametrize(("k", "exposure"), [(-1, 1.0), (1, -1.0)])
def test_what_is_no_rate_is_refused(k: int, exposure: float) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        poisson(k, exposure)


@pytest.mark.parametrize("n", [1, 7, 40])
@pytest.mark.parametrize("p", [0.01, 0.3, 0.5, 0.97])
def test_the_tail_of_a_binomial_is_the_sum_of_its_terms(n: int, p: float) -> None:
    for k in range(n + 2):
        summed = sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))
        assert binomial_at_least(k, n, p) == pytest.approx(summed, abs=1e-12)


@pytest.mark.parametrize("mean", [0.1, 1.0, 4.5, 30.0])
def test_the_tail_of_a_poisson_is_what_its_terms_leave(mean: float) -> None:
    for k in range(60):
        below = sum(math.exp(-mean) * mean**i / math.factorial(i) for i in range(k))
        assert poisson_at_least(k, mean) == pytest.approx(1.0 - below, abs=1e-12)


def test_the_special_functions_have_their_known_values() -> None:
    assert incomplete_beta(0.5, 0.5, 0.5) == pytest.approx(0.5)
    assert incomplete_beta(2.0, 3.0, 0.4) == pytest.approx(0.5248)
    assert (incomplete_beta(2.0, 3.0, 0.0), incomplete_beta(2.0, 3.0, 1.0)) == (0.0, 1.0)
    assert incomplete_gamma(0.5, 0.5) == pytest.approx(math.erf(math.sqrt(0.5)))
    assert incomplete_gamma(3.0, 0.0) == 0.0


def test_a_million_trials_take_no_time_and_lose_no_precision() -> None:
    low, high = clopper_pearson(500_000, 1_000_000)
    assert (low + high) / 2 == pytest.approx(0.5, abs=1e-6)
    assert high - low == pytest.approx(2 * 1.959964 * 0.0005, rel=1e-3)
