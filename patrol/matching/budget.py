"""From a budget of false alerts to thresholds, and what is believed of them.

FPIR(N) = 1 - (1 - FMR)^N for N people who are looked for, comparisons taken as independent (ISO/IEC 19795-1; that it
holds at N = 100, 300 and 800 is shown by `patrol eval --budget`). The tail of the FMR has its form from the
embedder's prior, and its place from the people of the list itself and those who agreed to be measured with: how alike
strangers are differs between groups of people, and a list has its own.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from patrol.matching.cohort import Cohort, scores
from patrol.matching.impostors import ImpostorTail
from patrol.matching.intervals import clopper_pearson
from patrol.matching.prior import Prior
from patrol.values import Float32

SURE_SHARE = 0.1  # of the budget: nine of ten false alerts come as "uncertain"
WEAK_SHARE = 0.1  # of the budget's FMR for an entry with weak portraits
HALF_TRUST = 30  # people from whom on the list's own pairs count for more than the prior
MAX_MEASURED = 1_000  # people whose pairs are looked at: half a million
LEAST_PAIRS = 300
ANCHOR_FMR, ANCHOR_PAIRS = 1e-3, 30  # where the tail is read: deep, but with some pairs beyond it
N_RESAMPLED = 40
MAX_RESAMPLED = 300  # people; of more the interval is a little too wide
UNMEASURED_FACTOR = 2.0  # of the rate within the group that differs most, of those the prior was measured with

Basis = Literal["measured", "mixed", "prior"]


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so many false alerts a day, at about so many passages a day."""

    false_alerts_per_day: float
    passages_per_day: float
    most_fmr: float = 1.0  #: one comparison may not err more often, however short the list

    @property
    def fpir(self) -> float:
        """The part of the passages of strangers that may be shown, 0..1."""
        return min(0.5, self.false_alerts_per_day / self.passages_per_day)


#: Until somebody says otherwise: FPIR 0.3 %, the point NIST's FRTE 1:N reports; and of a short list nobody is shown
#: for a likeness that one pair of strangers in 10,000 has, since there is no need to spend all of it.
DEFAULT = Budget(3.0, 1_000.0, most_fmr=1e-4)


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """The people looked for, one row each."""

    templates: Float32  #: float32 (P, D), unit length: the mean of their portraits
    is_weak: npt.NDArray[np.bool_]  #: (P,), all of their portraits were let in as weak

    def __len__(self) -> int:
        return len(self.templates)


@dataclass(frozen=True, slots=True)
class Scale:
    """Scores. At or above `sure` is sure, at or above `uncertain` is shown as such, below is nobody."""

    sure: float
    uncertain: float
    weak: float  #: in the place of `uncertain` where the portraits are weak; such a match is never sure
    margin: float


class Estimate(NamedTuple):
    """A number, and the interval of 95 % it lies in."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Belief:
    """What is expected of a scale, with intervals of 95 %, and what that rests on."""

    fpir: float  #: the budget's
    false_alerts_per_day: Estimate
    found: Estimate  #: part of the passages of listed people with a good look
    basis: Basis
    n_people: int
    n_measured: int  #: people, of the list and volunteers, whose pairs the tail's place was read from
    n_volunteers: int
    n_prior: int  #: people the prior was measured with

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Derived:
    """Thresholds, and what is believed of them."""

    scale: Scale
    belief: Belief


def derive(budget: Budget, entries: Entries, volunteers: Float32, prior: Prior) -> Derived:
    """Thresholds that keep a budget for this list.

    volunteers: float32 (V, D), unit length, people who are not on the list.
    """
    return derive_each([budget], entries, volunteers, prior)[0]


def derive_each(budgets: Sequence[Budget], entries: Entries, volunteers: Float32, prior: Prior) -> list[Derived]:
    """The same for several budgets at once: what takes time is to see where the list's own people lie."""
    cohort = prior.cohort(members_of(entries, volunteers))
    place = _place(entries, volunteers, cohort, prior)
    return [_derived(budget, entries, len(volunteers), place, prior) for budget in budgets]


def _derived(budget: Budget, entries: Entries, n_volunteers: int, place: "_Place", prior: Prior) -> Derived:
    fmr = min(fmr_for(budget.fpir, len(entries)), budget.most_fmr)
    cautious = place.tail.shifted((1 - place.trust) * prior.caution)
    scale = Scale(
        sure=cautious.score_at(fmr * SURE_SHARE),
        uncertain=cautious.score_at(fmr),
        weak=cautious.score_at(fmr * WEAK_SHARE),
        margin=prior.margin,
    )
    return Derived(scale, _belief(budget, scale, entries, n_volunteers, place, prior))


def members_of(entries: Entries, volunteers: Float32) -> Float32:
    """The real people of a cohort, evenly chosen where they are many: float32 (C, D)."""
    people = np.concatenate([part for part in (volunteers, entries.templates) if len(part)] or [entries.templates])
    return _evenly(people, MAX_MEASURED)


def _evenly(people: Float32, at_most: int) -> Float32:
    chosen = np.linspace(0, len(people) - 1, min(at_most, len(people))).astype(int)
    return np.asarray(people[chosen], np.float32)


def fmr_for(fpir: float, n_people: int) -> float:
    """The false match rate of one comparison at which a search among n people has this FPIR."""
    return float(-np.expm1(np.log1p(-fpir) / max(1, n_people)))


def fpir_for(fmr: float, n_people: int) -> float:
    """The reverse."""
    return float(-np.expm1(n_people * np.log1p(-min(fmr, 1 - 1e-12))))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the tail lies for one list."""

    tail: ImpostorTail
    low: ImpostorTail  #: the ends of its interval
    high: ImpostorTail
    trust: float  #: 0..1, how much of it the list itself told
    n_measured: int


def _place(entries: Entries, volunteers: Float32, cohort: Cohort, prior: Prior) -> _Place:
    """Read where the list's own people lie, and go from the prior towards it as far as their number allows."""
    people = members_of(entries, volunteers)
    n = len(people)
    pairs = _pairs(people, cohort, prior)
    if len(pairs) < LEAST_PAIRS:
        return _unmeasured(prior)
    anchor = max(ANCHOR_FMR, ANCHOR_PAIRS / len(pairs))
    trust = n / (n + HALF_TRUST)
    here = float(np.quantile(pairs, 1 - anchor)) - prior.tail.score_at(anchor)
    places = np.array(_resampled(people, cohort, anchor, prior))
    low, high = trust * (np.quantile(places, [0.025, 0.975]) - np.median(places))
    tail = prior.tail.shifted(trust * here)
    return _Place(tail, tail.shifted(float(low)), tail.shifted(float(high)), trust, n)


def _unmeasured(prior: Prior) -> _Place:
    by = np.log10(UNMEASURED_FACTOR) * _score_a_decade(prior.tail)
    return _Place(prior.tail, prior.tail.shifted(-by), prior.tail.shifted(by), 0.0, 0)


def _score_a_decade(tail: ImpostorTail) -> float:
    return tail.score_at(1e-4) - tail.score_at(1e-3)


def _pairs(people: Float32, cohort: Cohort, prior: Prior) -> Float32:
    """The scores of every two of them who are two."""
    held = _held(people, cohort)[np.triu_indices(len(people), 1)]
    return np.asarray(held[held < _one_person(prior)], np.float32)


def _held(people: Float32, cohort: Cohort) -> Float32:
    offsets = cohort.offsets(people)
    return scores(people, offsets, people, offsets)


def _one_person(prior: Prior) -> float:
    """From here on two templates are taken for one person, who is on two lists, or a volunteer and listed.

    Half of the passages of one person reach it, and no pair of strangers in ten million.
    """
    return max(prior.score_found_by(0.5), prior.tail.score_at(1e-7))


def _resampled(people: Float32, cohort: Cohort, anchor: float, prior: Prior) -> list[float]:
    """The tail's place again for people drawn with replacement: pairs share people, so people are what is drawn."""
    rng = np.random.default_rng(0)
    people = _evenly(people, MAX_RESAMPLED)
    held = _held(people, cohort)
    are_two = held < _one_person(prior)  # nobody is somebody else than themselves, drawn twice or not
    at = prior.tail.score_at(anchor)
    places = []
    for _ in range(N_RESAMPLED):
        drawn = np.ix_(*[rng.integers(0, len(people), len(people))] * 2)
        places.append(float(np.quantile(held[drawn][are_two[drawn]], 1 - anchor)) - at)
    return places


def _belief(budget: Budget, scale: Scale, entries: Entries, n_volunteers: int, place: _Place, prior: Prior) -> Belief:
    n = len(entries)
    n_weak = int(entries.is_weak.sum())

    def alerts(tail: ImpostorTail) -> float:
        miss_strong = 1 - fpir_for(tail.fmr(scale.uncertain), n - n_weak)
        miss_weak = 1 - fpir_for(tail.fmr(scale.weak), n_weak)
        return budget.passages_per_day * (1 - miss_strong * miss_weak)

    return Belief(
        fpir=budget.fpir,
        false_alerts_per_day=Estimate(alerts(place.tail), alerts(place.low), alerts(place.high)),
        found=_found(scale.uncertain, prior),
        basis="prior" if place.trust == 0 else "measured" if place.trust > 0.75 else "mixed",
        n_people=n,
        n_measured=place.n_measured,
        n_volunteers=n_volunteers,
        n_prior=prior.n_people,
    )


def _found(score: float, prior: Prior) -> Estimate:
    part = prior.found_at(score)
    return Estimate(part, *clopper_pearson(round(part * prior.n_mated), prior.n_mated))
