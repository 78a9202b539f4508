"""Open-set identification, 1:N: who is found, and who is taken for somebody, at thresholds set on strangers.

Terms and figures as in ISO/IEC 19795-1 and NIST FRTE 1:N. A search is one probe against the whole gallery, rank 1.
FPIR: searches of people who are not enrolled with a candidate at or above T, of all such searches. FNIR: searches of
people who are, whose mate is not at rank 1 at or above T, of all such searches; TPIR = 1 - FNIR. A probe without a
face and a person whose portraits have none count as not found (FTA and FTE are in the figures).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patrol.eval.bootstrap import Weights, by_identity
from patrol.eval.gathering import Templates
from patrol.eval.splits import Split
from patrol.faces.embed import unit_rows
from patrol.matching.budget import Entries, members_of
from patrol.matching.cohort import Cohort, scores
from patrol.matching.intervals import Interval
from patrol.matching.prior import Prior
from patrol.values import Float32

REPORTED = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)  # FPIR; NIST's headline point is 0.003
STRANGERS_FOR = 3.0  # strangers x FPIR: with fewer nothing seen would not tell the rate from a worse one (rule of 3)
NEVER = np.float32(-np.inf)  # the score of a search in which nobody can be found

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Who is enrolled in one split, and the cohort beside it."""

    entries: Float32  #: float32 (P, D), unit length; zeros where the person failed to enrol
    is_enrolled: npt.NDArray[np.bool_]  #: (P,)
    listed: Entries  #: those who are enrolled
    volunteers: Float32  #: float32 (V, D), unit length: the split's cohort
    cohort: Cohort  #: what scores are normalised by


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """The outcome of one split. A row a search; scores are NEVER where there is no face or no such entry."""

    mate_scores: Float32  #: float32 (M,), of the mate, at whatever rank
    is_first: npt.NDArray[np.bool_]  #: (M,), the mate is at rank 1
    rivals: Indices  #: (M,), the entry at rank 1
    rival_scores: Float32  #: float32 (M,), of the nearest entry that is not the mate
    top_scores: Float32  #: float32 (S,), strangers: of the entry at rank 1
    top_entries: Indices  #: (S,), that entry

    @property
    def found_scores(self) -> Float32:
        """float32 (M,): up to which threshold each mate is found."""
        return np.asarray(np.where(self.is_first, self.mate_scores, NEVER), np.float32)


def gallery_of(split: Split, templates: Templates, prior: Prior) -> Gallery:
    """Enrol a split's people, each as the mean of their portraits at unit length, with the cohort patrol would have.

    That is the list itself, the split's cohort in the place of volunteers, and the people the prior draws.
    """
    means = np.stack([templates.portraits[list(portraits)].sum(axis=0) for portraits in split.entries])
    is_enrolled = np.array([bool(templates.has_portrait[list(portraits)].any()) for portraits in split.entries])
    entries = unit_rows(means)
    listed = Entries(entries[is_enrolled], np.zeros(int(is_enrolled.sum()), bool))
    volunteers = templates.portraits[[photo for photo in split.cohort if templates.has_portrait[photo]]]
    return Gallery(entries, is_enrolled, listed, volunteers, prior.cohort(members_of(listed, volunteers)))


def search(split: Split, templates: Templates, gallery: Gallery, *, is_plain: bool = False) -> Searches:
    """Search with every probe of a split; `is_plain` takes the cosine as it is, without the cohort."""
    mated = _scores(split.probes, templates, gallery, is_plain)
    strangers = _scores(split.strangers, templates, gallery, is_plain)
    rows = np.arange(len(mated))
    mate_scores = mated[rows, rows] if len(rows) else np.zeros(0, np.float32)
    others = mated.copy()
    others[rows, rows] = NEVER
    rivals = others.argmax(axis=1) if len(rows) else np.zeros(0, np.intp)
    rival_scores = others[rows, rivals] if len(rows) else np.zeros(0, np.float32)
    return Searches(
        mate_scores=mate_scores,
        is_first=(mate_scores > rival_scores) & (mate_scores > NEVER),
        rivals=rivals,
        rival_scores=rival_scores,
        top_scores=strangers.max(axis=1),
        top_entries=strangers.argmax(axis=1),
    )


def _scores(photos: Sequence[int], templates: Templates, gallery: Gallery, is_plain: bool) -> Float32:
    """float32 (photos, entries)."""
    numbers = list(photos)
    probes = templates.probes[numbers]
    entry_offsets, probe_offsets = (
        np.zeros(len(side), np.float32) if is_plain else gallery.cohort.offsets(side)
        for side in (gallery.entries, probes)
    )
    found = scores(gallery.entries, entry_offsets, probes, probe_offsets)
    found[~templates.has_probe[numbers]] = NEVER
    found[:, ~gallery.is_enrolled] = NEVER
    return found


def carried(n_strangers: int) -> list[float]:
    """The FPIRs that so many strangers in a split can tell."""
    return [fpir for fpir in REPORTED if n_strangers * fpir >= STRANGERS_FOR]


def threshold_at(fpir: float, top_scores: Float32) -> float:
    """The lowest threshold that at most this part of the strangers reaches. top_scores: float32 (S,)."""
    highest_first = np.sort(top_scores)[::-1]
    n_allowed = int(fpir * len(top_scores) + 1e-9)
    return float(np.nextafter(highest_first[n_allowed], np.float32(np.inf)))


def tpir_at(fpir: float, searches: Searches) -> float:
    """The part of the mated searches found where the threshold is set on the same split's strangers."""
    return float((searches.found_scores >= threshold_at(fpir, searches.top_scores)).mean())


def mean_tpir(fpir: float, splits: Sequence[Searches]) -> float:
    return float(np.mean([tpir_at(fpir, searches) for searches in splits]))


def rank_one(splits: Sequence[Searches]) -> float:
    """The part of the mated searches with the mate at rank 1, at no threshold."""
    return float(np.mean([searches.is_first.mean() for searches in splits]))


def curve(splits: Sequence[Searches], n_points: int = 60) -> list[tuple[float, float]]:
    """(FPIR, FNIR) from the rarest false alert that one split can show up to every second search."""
    n_strangers = len(splits[0].top_scores)
    rates = np.geomspace(1 / n_strangers, 0.5, n_points) if n_strangers > 2 else np.array([0.5])
    return [(float(rate), 1.0 - mean_tpir(float(rate), splits)) for rate in rates]


def tpir_intervals(
    fpirs: Sequence[float],
    splits: Sequence[tuple[Split, Searches]],
    people: npt.NDArray[np.intp],
    random: np.random.Generator,
    rounds: int,
) -> list[Interval]:
    """What each TPIR would be with other people and other splits: by identity, and over the splits.

    people: intp (photos,), whom each photo shows. A person counts as often in every split, as mated or as stranger.
    """
    ranked = [_Ranked.of(split, searches, people) for split, searches in splits]

    def figures(weights: Weights) -> npt.NDArray[np.float64]:
        drawn = random.integers(len(ranked), size=len(ranked))
        rows = np.array([ranked[number].tpirs(fpirs, weights) for number in drawn], np.float64)
        return np.asarray(rows.mean(axis=0), np.float64)

    return by_identity(figures, int(people.max()) + 1, random, rounds)


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """One split's outcome, sorted once for many rounds of the bootstrap."""

    strangers: Indices  #: (S,), whose probe, highest score first
    top_scores: Float32  #: float32 (S,), highest first
    mated: Indices  #: (M,), whose probe
    n_above: Indices  #: (M,), how many strangers score at least as high as this mate was found with

    @classmethod
    def of(cls, split: Split, searches: Searches, people: npt.NDArray[np.intp]) -> "_Ranked":
        order = np.argsort(-searches.top_scores, kind="stable")
        highest_first = searches.top_scores[order]
        n_above = np.searchsorted(-highest_first, -searches.found_scores, side="right")
        n_above[searches.found_scores == NEVER] = len(order) + 1
        return cls(people[list(split.strangers)][order], highest_first, people[list(split.probes)], n_above)

    def tpirs(self, fpirs: Sequence[float], weights: Weights) -> list[float]:
        """TPIR at each FPIR, where people count by `weights`."""
        alerts = np.cumsum(weights[self.strangers])
        mated = weights[self.mated]
        if not alerts[-1] or not mated.sum():
            return [np.nan] * len(fpirs)
        # how many strangers, highest first, may be above the threshold
        allowed = [int(np.searchsorted(alerts, fpir * alerts[-1] + 1e-9, side="right")) for fpir in fpirs]
        return [float(mated @ (self.n_above <= n)) / float(mated.sum()) for n in allowed]
