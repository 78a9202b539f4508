"""How sure a counted rate is: exact intervals and tails of the binomial and the Poisson distribution.

Both come down to the regularised incomplete beta and gamma functions, computed by their continued fractions and
turned round by bisection. Plain numbers in and out; nothing here knows what was counted.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

CONFIDENCE = 0.95  # two-sided, as ISO/IEC 19795-1 asks for
N_HALVINGS = 200  # bisection ends far earlier, where two floats are neighbours
N_TERMS = 100_000  # of a continued fraction; some tens do for any count below a million
PRECISION = 1e-14  # relative
TINY = 1e-300  # in place of a denominator that is 0 (the modified Lentz method)


class Interval(NamedTuple):
    """From `low` to `high`, both included."""

    low: float
    high: float


def clopper_pearson(k: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """The exact interval of a proportion: `k` of `n` independent trials (Clopper and Pearson 1934).

    Its limits are quantiles of beta distributions. With n = 0 nothing is known: 0 to 1. ValueError where k is not
    one of 0..n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no proportion: count 0 to {n}")
    beyond = (1.0 - confidence) / 2.0
    low = 0.0 if k == 0 else _root(lambda p: binomial_at_least(k, n, p), beyond, 0.0, 1.0)
    high = 1.0 if k == n else _root(lambda p: binomial_at_least(k + 1, n, p), 1.0 - beyond, 0.0, 1.0)
    return Interval(low, high)


def poisson(k: int, exposure: float = 1.0, confidence: float = CONFIDENCE) -> Interval:
    """The exact interval of a rate: `k` events in `exposure`, of which they come independently (Garwood 1936).

    The unit is that of 1 / exposure. With no exposure nothing is known: 0 to infinity. ValueError below 0.
    """
    if k < 0 or exposure < 0:
        raise ValueError(f"{k} events in an exposure of {exposure} is no rate: neither is below 0")
    if exposure == 0:
        return Interval(0.0, math.inf)
    beyond = (1.0 - confidence) / 2.0
    most = k + 20.0 * math.sqrt(k + 1.0) + 20.0  # the upper limit lies far below: both tails there are under 1e-16
    low = 0.0 if k == 0 else _root(lambda mean: poisson_at_least(k, mean), beyond, 0.0, most)
    high = _root(lambda mean: poisson_at_least(k + 1, mean), 1.0 - beyond, 0.0, most)
    return Interval(low / exposure, high / exposure)


def binomial_at_least(k: int, n: int, p: float) -> float:
    """How likely `k` or more of `n` trials are, each with probability `p`: I_p(k, n - k + 1), NIST DLMF 8.17.5."""
    if k <= 0:
        return 1.0
    return 0.0 if k > n else incomplete_beta(float(k), n - k + 1.0, p)


def poisson_at_least(k: int, mean: float) -> float:
    """How likely `k` or more events are where `mean` are expected: P(k, mean), NIST DLMF 8.4.10."""
    return 1.0 if k <= 0 else incomplete_gamma(float(k), mean)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b) for a, b > 0 and x in 0..1.

    By the continued fraction NIST DLMF 8.17.22, which is quick on the side below the mean; the other is mirrored.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)

    def term(number: int) -> tuple[float, float]:
        m = number // 2
        if number % 2:
            return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1.0

    return math.exp(log_front) / (a * _fraction(1.0, term))


def incomplete_gamma(a: float, x: float) -> float:
    """The regularised lower incomplete gamma function P(a, x) for a > 0 and x >= 0.

    By the series NIST DLMF 8.11.4 below a + 1, and by the continued fraction of the upper one, 8.9.2, above.
    """
    if x <= 0.0:
        return 0.0
    log_front = a * math.log(x) - x - math.lgamma(a)
    if x >= a + 1.0:
        return 1.0 - math.exp(log_front) / _fraction(x + 1.0 - a, lambda n: (n * (a - n), x + 2 * n + 1.0 - a))
    total = addend = 1.0 / a
    for n in range(1, N_TERMS):
        addend *= x / (a + n)
        total += addend
        if addend < total * PRECISION:
            break
    return total * math.exp(log_front)


def _fraction(first: float, term: Callable[[int], tuple[float, float]]) -> float:
    """b0 + a1 / (b1 + a2 / (b2 + ...)) with term(n) = (an, bn), by the modified Lentz method (Thompson 1986)."""
    value = upper = first or TINY
    lower = 0.0
    for n in range(1, N_TERMS):
        a, b = term(n)
        lower = 1.0 / ((b + a * lower) or TINY)
        upper = (b + a / upper) or TINY
        value *= upper * lower
        if abs(upper * lower - 1.0) < PRECISION:
            break
    return value


def _root(rising: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where a function that rises between two places reaches what is wanted."""
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2.0
