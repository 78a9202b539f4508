"""How often strangers reach a score: the tail that every threshold is read from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from patrol.values import Float32

#: Where a tail is kept: three points to every power of ten.
FMRS = tuple(10.0 ** (-step / 3) for step in range(1, 22))
LEAST_SEEN = 10  # pairs beyond a point before it is taken as measured


@dataclass(frozen=True, slots=True)
class ImpostorTail:
    """Points of the false match rate (FMR, ISO/IEC 19795-1): scores rise as the rates fall.

    Between two points, and beyond the last, the logarithm of the rate falls straight with the score. It is cautious:
    the tails that were measured bend downwards.
    """

    fmrs: tuple[float, ...]
    scores: tuple[float, ...]

    def __post_init__(self) -> None:
        falls, rises = np.diff(self.fmrs) < 0, np.diff(self.scores) > 0
        if len(self.fmrs) != len(self.scores) or len(self.fmrs) < 2 or not (falls.all() and rises.all()):
            raise ValueError("a tail has two or more points, with falling rates and rising scores")

    @classmethod
    def measured(cls, scores: Float32, n_pairs: int | None = None) -> Self:
        """Read the tail off the scores of pairs of two people.

        scores: float32 (n,), all pairs' or the highest ones'; n_pairs: how many pairs they are the highest of.
        ValueError where fewer than two points have LEAST_SEEN pairs beyond them.
        """
        n = n_pairs or len(scores)
        highest = np.sort(scores)[::-1]
        ranks = {fmr: round(fmr * n) for fmr in FMRS if LEAST_SEEN <= round(fmr * n) < len(highest)}
        points = [(fmr, float(highest[rank])) for fmr, rank in ranks.items()]
        rising = [point for place, point in enumerate(points) if place == 0 or point[1] > points[place - 1][1]]
        return cls(tuple(fmr for fmr, _ in rising), tuple(score for _, score in rising))

    def fmr(self, score: float) -> float:
        """The share of pairs of two people that reach a score, 0..1."""
        return float(min(1.0, 10 ** _line(score, self.scores, np.log10(self.fmrs).tolist())))

    def score_at(self, fmr: float) -> float:
        """The score that this share of pairs of two people reach."""
        falling = [-float(each) for each in np.log10(self.fmrs)]
        return _line(-float(np.log10(fmr)), falling, self.scores)

    def shifted(self, by: float) -> "ImpostorTail":
        """The same tail where strangers are more alike by this much."""
        return ImpostorTail(self.fmrs, tuple(score + by for score in self.scores))


def _line(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """Straight lines through points with rising x, the first and the last drawn on."""
    place = int(np.clip(np.searchsorted(xs, x) - 1, 0, len(xs) - 2))
    share = (x - xs[place]) / (xs[place + 1] - xs[place])
    return float(ys[place] + share * (ys[place + 1] - ys[place]))
