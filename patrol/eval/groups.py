"""Whether a threshold holds for everybody: false matches within a group of people, and error rates by label.

Networks make more false matches among people like those they saw little of. The rate over all pairs hides it: most
pairs of a mixed collection are easy, and a list is rarely mixed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patrol.eval.bootstrap import Weights, by_identity
from patrol.eval.folder import Folder
from patrol.eval.gathering import Templates
from patrol.eval.identification import Searches, threshold_at
from patrol.eval.splits import Split
from patrol.eval.verification import N_BINS, PAIRS_FOR, Counts, impostor_counts, side_of
from patrol.eval.verification import threshold_at as threshold_of_pairs
from patrol.matching.cohort import Cohort, scores
from patrol.matching.intervals import Interval, clopper_pearson

REPORTED_FMR = (1e-3, 1e-4)  # of all pairs of strangers
REPORTED_FPIR = (0.01, 0.003)


@dataclass(frozen=True, slots=True)
class Within:
    """Pairs of strangers within a group, at the threshold where this part of all pairs of strangers match."""

    fmr_of_all: float
    fmr: float
    interval: Interval  #: over people
    cosine_fmr: float  #: the same by the cosine alone
    cosine_interval: Interval

    @property
    def ratio(self) -> float:
        return self.fmr / self.fmr_of_all

    @property
    def cosine_ratio(self) -> float:
        return self.cosine_fmr / self.fmr_of_all


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Photos of a group of people, who may be in the folder that is measured, too."""

    folder: Folder
    templates: Templates


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """One split's cohort, and who is in it, so that nobody meets themselves there."""

    cohort: Cohort
    names: frozenset[str]


def within(
    folder: Folder,
    templates: Templates,
    group: Group,
    draws: Sequence[Draw],
    random: np.random.Generator,
    rounds: int,
) -> list[Within]:
    """FMR within the group at the thresholds of all pairs of the folder, pooled over the draws of the cohort."""
    plain = _figures(folder, templates, group, draws, random, rounds, is_plain=True)
    normalised = _figures(folder, templates, group, draws, random, rounds, is_plain=False)
    return [Within(rate, *normalised[rate], *plain[rate]) for rate in normalised]


def _figures(
    folder: Folder,
    templates: Templates,
    group: Group,
    draws: Sequence[Draw],
    random: np.random.Generator,
    rounds: int,
    *,
    is_plain: bool,
) -> dict[float, tuple[float, Interval]]:
    """By the rate of all pairs, as far as one draw's pairs carry it: FMR within the group and its interval."""
    counts = np.zeros(N_BINS, np.int64)
    for draw in draws:
        counts += _all_pairs(folder, templates, draw, None if is_plain else draw.cohort)
    reported = [rate for rate in REPORTED_FMR if counts.sum() / len(draws) * rate >= PAIRS_FOR]
    thresholds = [threshold_of_pairs(rate, counts) for rate in reported]
    n_people = len(group.folder.people)
    pairs = np.zeros((n_people, n_people))
    matches = np.zeros((len(thresholds), n_people, n_people))
    for draw in draws:
        theirs, hits = _pairs_within(group, draw, None if is_plain else draw.cohort, thresholds)
        pairs += theirs
        matches += hits
    return dict(zip(reported, _rates(pairs, matches, random, rounds), strict=True))


def _rates(
    pairs: npt.NDArray[np.float64], matches: npt.NDArray[np.float64], random: np.random.Generator, rounds: int
) -> list[tuple[float, Interval]]:
    """FMR at each threshold; pairs: (people, people), matches: (thresholds, people, people).

    Every two people count once, however many photos of them there are.
    """
    has_pairs = (pairs > 0).astype(np.float64)
    parts = matches / np.maximum(pairs, 1.0)

    def rates(weights: Weights) -> npt.NDArray[np.float64]:
        n_pairs = float(weights @ has_pairs @ weights)
        found = np.array([float(weights @ part @ weights) for part in parts])
        return found / n_pairs if n_pairs else np.full(len(parts), np.nan)

    measured = rates(np.ones(len(pairs)))
    return list(zip(measured.tolist(), by_identity(rates, len(pairs), random, rounds), strict=True))


def _all_pairs(folder: Folder, templates: Templates, draw: Draw, cohort: Cohort | None) -> Counts:
    """One photo of everybody outside the cohort with one of everybody else."""
    firsts = [photos[0] for name, photos in folder.people.items() if name not in draw.names]
    usable = [photo for photo in firsts if templates.has_portrait[photo] and templates.has_probe[photo]]
    people = np.arange(len(usable))
    return impostor_counts(
        side_of(templates.portraits[usable], people, cohort), side_of(templates.probes[usable], people, cohort)
    )


def _pairs_within(
    group: Group, draw: Draw, cohort: Cohort | None, thresholds: Sequence[float]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Pairs of photos of two people of the group, and those that match: (people, people), (thresholds, ...)."""
    templates = group.templates
    n_people = len(group.folder.people)
    people = np.repeat(np.arange(n_people), [len(photos) for photos in group.folder.people.values()])
    in_cohort = np.array([name in draw.names for name in group.folder.people])
    photos = np.flatnonzero(templates.has_portrait & templates.has_probe & ~in_cohort[people])
    portraits = side_of(templates.portraits[photos], people[photos], cohort)
    probes = side_of(templates.probes[photos], people[photos], cohort)
    found = scores(portraits.vectors, portraits.offsets, probes.vectors, probes.offsets)
    member = np.zeros((len(photos), n_people))
    member[np.arange(len(photos)), people[photos]] = 1.0
    others = 1.0 - np.eye(n_people)
    pairs = np.outer(member.sum(axis=0), member.sum(axis=0)) * others
    matches = [member.T @ (found >= threshold) @ member * others for threshold in thresholds]
    return pairs, np.array(matches).reshape(len(thresholds), n_people, n_people)


@dataclass(frozen=True, slots=True)
class Rate:
    """Errors of one group, of so many searches over all splits; the interval is that of its people."""

    n: int  #: errors
    of: int  #: searches
    people: int  #: who made these searches

    @property
    def value(self) -> float:
        return self.n / self.of if self.of else float("nan")

    @property
    def interval(self) -> Interval:
        """Of as many independent searches as there are people: repeated ones add nothing."""
        return clopper_pearson(round(self.n / self.of * self.people), self.people) if self.of else Interval(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class ByLabel:
    """FPIR and FNIR of each group of one attribute, where the threshold is set on everybody."""

    attribute: str
    fpir: float  #: that the threshold was set for
    false_positive: Mapping[str, Rate]  #: FPIR by label
    false_negative: Mapping[str, Rate]  #: FNIR by label

    @property
    def labels(self) -> list[str]:
        return sorted({*self.false_positive, *self.false_negative})

    @property
    def mxog(self) -> float | None:
        """Highest FPIR over the geometric mean (ISO/IEC 19795-10); None where a group has none at all."""
        return max_over_geometric_mean([rate.value for rate in self.false_positive.values()])

    @property
    def gini(self) -> float | None:
        return gini([rate.value for rate in self.false_positive.values()])


def by_label(
    attribute: str, labels: Mapping[str, str], folder: Folder, rounds: Sequence[tuple[Split, Searches]], fpir: float
) -> ByLabel:
    """Count the errors of each group over all splits, at thresholds set on all strangers of each."""
    false_positive: dict[str, _Tally] = {}
    false_negative: dict[str, _Tally] = {}
    for split, searches in rounds:
        threshold = threshold_at(fpir, searches.top_scores)
        _tally(false_positive, labels, folder.name_of, split.strangers, searches.top_scores >= threshold)
        _tally(false_negative, labels, folder.name_of, split.probes, searches.found_scores < threshold)
    return ByLabel(attribute, fpir, _told(false_positive), _told(false_negative))


class _Tally:
    def __init__(self) -> None:
        self.n = 0
        self.of = 0
        self.names: set[str] = set()


def _tally(
    tallies: dict[str, _Tally],
    labels: Mapping[str, str],
    name_of: Callable[[int], str],
    probes: Sequence[int],
    is_error: npt.NDArray[np.bool_],
) -> None:
    for photo, error in zip(probes, is_error, strict=True):
        name = name_of(photo)
        if name in labels:
            tally = tallies.setdefault(labels[name], _Tally())
            tally.n += int(error)
            tally.of += 1
            tally.names.add(name)


def _told(tallies: Mapping[str, _Tally]) -> dict[str, Rate]:
    return {label: Rate(tally.n, tally.of, len(tally.names)) for label, tally in sorted(tallies.items())}


def max_over_geometric_mean(rates: Sequence[float]) -> float | None:
    """MXOG; None where fewer than two groups were searched or one of them has no false positive: 1 is equal."""
    if len(rates) < 2 or min(rates) <= 0:
        return None
    return float(max(rates) / np.exp(np.mean(np.log(rates))))


def gini(rates: Sequence[float]) -> float | None:
    """The Gini coefficient with the correction for few groups, n / (n - 1): 0 is equal, 1 is all in one group."""
    n = len(rates)
    if n < 2 or sum(rates) <= 0:
        return None
    differences = np.abs(np.subtract.outer(rates, rates)).sum()
    return float(n / (n - 1) * differences / (2 * n * n * np.mean(rates)))
