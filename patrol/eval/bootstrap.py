"""How sure a figure is that no formula covers, from drawing the people again. Counts: patrol.matching.intervals."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from patrol.matching.intervals import CONFIDENCE, Interval

ROUNDS = 1000  # of a bootstrap: the ends of an interval at 95 % then move by a tenth of its width

Weights = npt.NDArray[np.float64]  #: float64 (people,), how often each person was drawn


def by_identity(
    figures: Callable[[Weights], npt.NDArray[np.float64]],
    n_people: int,
    random: np.random.Generator,
    rounds: int = ROUNDS,
) -> list[Interval]:
    """The percentile bootstrap over people (Bolle, Ratha and Pankanti, CVIU 93, 2004), of several figures at once.

    Over people and not over comparisons, which share them and so are not independent.
    figures: what is measured where person i counts weights[i] times, float64 (F,); NaN where nothing can be told.
    """
    shares = np.full(n_people, 1 / n_people)
    drawn = np.stack([figures(random.multinomial(n_people, shares).astype(np.float64)) for _ in range(rounds)])
    tail = (1 - CONFIDENCE) / 2
    return [_quantiles(column, tail) for column in drawn.T]


def _quantiles(column: npt.NDArray[np.float64], tail: float) -> Interval:
    known = column[~np.isnan(column)]
    if not len(known):
        return Interval(0.0, 1.0)
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(float(low), float(high))
