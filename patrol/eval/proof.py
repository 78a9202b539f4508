"""Whether a budget is kept: thresholds derived as patrol does it, tried on strangers they were not derived from.

The strangers are in neither list nor cohort, but the embedder's prior may have been measured with the same people,
and its file does not say with whom: then the place of the tail is tried on new people, and its form on old ones. That
both hold for people who were never seen is shown by a prior from one half of the people and a proof on the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patrol.eval.bootstrap import Weights, by_identity
from patrol.eval.identification import Gallery, Searches
from patrol.eval.splits import Split
from patrol.matching.budget import Budget, Derived, derive
from patrol.matching.intervals import Interval
from patrol.matching.prior import Prior

PASSAGES = 10_000.0  # a day; only its product with the FPIR counts
WITHIN = 2.0  # times the budget, either way: what a derived threshold must keep


@dataclass(frozen=True, slots=True)
class Kept:
    """One budget, and what came of it."""

    fpir: float  #: that was asked for
    measured: float  #: FPIR over all splits
    interval: Interval  #: over people
    believed: Interval  #: what the derivation said beforehand, mean over the splits
    found: float | None  #: TPIR at these thresholds; None where nobody has a probe
    threshold: float  #: mean over the splits
    n_strangers: int  #: people

    @property
    def ratio(self) -> float:
        return self.measured / self.fpir

    @property
    def is_kept(self) -> bool:
        """No more than twice the budget."""
        return self.ratio <= WITHIN

    @property
    def is_within(self) -> bool:
        """And not so cautious that less than half of it is used."""
        return 1 / WITHIN <= self.ratio <= WITHIN


def prove(
    fpir: float,
    rounds: Sequence[tuple[Split, Gallery, Searches]],
    people: npt.NDArray[np.intp],
    prior: Prior,
    random: np.random.Generator,
    n_rounds: int,
) -> Kept:
    """Derive thresholds from each split's list and cohort, and count the strangers and mates who reach them.

    people: intp (photos,), whom each photo shows.
    """
    budget = Budget(fpir * PASSAGES, PASSAGES)
    derived = [derive(budget, gallery.listed, gallery.volunteers, prior) for _, gallery, _ in rounds]
    levels = [each.scale.uncertain for each in derived]
    n_people = int(people.max()) + 1
    alerts, searches = np.zeros(n_people), np.zeros(n_people)
    for (split, _, found), level in zip(rounds, levels, strict=True):
        strangers = people[list(split.strangers)]
        alerts += np.bincount(strangers, found.top_scores >= level, n_people)
        searches += np.bincount(strangers, minlength=n_people)

    def rate(weights: Weights) -> npt.NDArray[np.float64]:
        return np.array([float(weights @ alerts) / max(float(weights @ searches), 1.0)])

    (interval,) = by_identity(rate, n_people, random, n_rounds)
    return Kept(
        fpir=fpir,
        measured=float(alerts.sum() / searches.sum()),
        interval=interval,
        believed=_believed(derived),
        found=_found([found for _, _, found in rounds], levels),
        threshold=float(np.mean(levels)),
        n_strangers=int((searches > 0).sum()),
    )


def _believed(derived: Sequence[Derived]) -> Interval:
    estimates = [each.belief.false_alerts_per_day for each in derived]
    low, high = (float(np.mean([getattr(each, end) for each in estimates])) / PASSAGES for end in ("low", "high"))
    return Interval(low, high)


def _found(searches: Sequence[Searches], levels: Sequence[float]) -> float | None:
    if not len(searches[0].mate_scores):
        return None
    return float(np.mean([(each.found_scores >= level).mean() for each, level in zip(searches, levels, strict=True)]))
