"""Verification, 1:1: TAR at a FAR over all pairs, tallied in narrow bins, so that memory does not grow with pairs.

Terms as in ISO/IEC 19795-1 for a comparison of two photos: the false accept rate is FMR where every photo has a face,
the true accept rate 1 - FNMR.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patrol.eval.bootstrap import Weights, by_identity
from patrol.eval.gathering import Templates
from patrol.matching.cohort import Cohort, scores
from patrol.matching.intervals import Interval
from patrol.values import Float32

REPORTED = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)  # FAR
PAIRS_FOR = 3.0  # pairs of strangers x FAR, as for FPIR
LOWEST, HIGHEST, BIN = -2.0, 2.0, 1e-4  # of scores; a bin is finer than what bfloat16 can tell
N_BINS = round((HIGHEST - LOWEST) / BIN)
ROWS_AT_ONCE = 256  # of a matrix of scores: some tens of MB against 20,000 photos

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Photos as one side of comparisons."""

    vectors: Float32  #: float32 (N, D), unit length
    offsets: Float32  #: float32 (N,), zeros where the cosine counts as it is
    people: npt.NDArray[np.intp]  #: (N,), whom each shows


@dataclass(frozen=True, slots=True, eq=False)
class Verification:
    """What all pairs say, each photo once as a portrait and once as a probe."""

    impostors: Counts  #: int64 (N_BINS,), pairs of two people
    mate_scores: Float32  #: float32 (G,), pairs of two photos of one person
    mates: npt.NDArray[np.intp]  #: (G,), whose

    @property
    def n_impostors(self) -> int:
        return int(self.impostors.sum())

    def carried(self) -> list[float]:
        """The FARs that so many pairs can tell; none where nobody has two photos."""
        return [far for far in REPORTED if len(self.mates) and self.n_impostors * far >= PAIRS_FOR]

    def tar_at(self, far: float) -> float:
        return float((self.mate_scores >= threshold_at(far, self.impostors)).mean())

    def tar_intervals(self, fars: Sequence[float], random: np.random.Generator, rounds: int) -> list[Interval]:
        """By identity, at the thresholds of all pairs of strangers."""
        n_people = int(self.mates.max()) + 1
        pairs = np.bincount(self.mates, minlength=n_people).astype(np.float64)
        accepted = np.stack(
            [np.bincount(self.mates, self.mate_scores >= threshold_at(far, self.impostors), n_people) for far in fars]
        )

        def tars(weights: Weights) -> npt.NDArray[np.float64]:
            return np.asarray(accepted @ weights / max(float(pairs @ weights), 1.0), np.float64)

        return by_identity(tars, n_people, random, rounds)


def verify(
    templates: Templates, people: npt.NDArray[np.intp], cohort: Cohort, left_out: frozenset[int]
) -> Verification:
    """Compare every photo with every other; people: intp (photos,). Who is in the cohort is left out."""
    usable = templates.has_portrait & templates.has_probe & ~np.isin(people, list(left_out))
    numbers = np.flatnonzero(usable)
    portraits = side_of(templates.portraits[numbers], people[numbers], cohort)
    probes = side_of(templates.probes[numbers], people[numbers], cohort)
    mate_scores, mates = _mates(portraits, probes)
    firsts = np.unique(people[numbers], return_index=True)[1]
    return Verification(impostor_counts(_of(portraits, firsts), _of(probes, firsts)), mate_scores, mates)


def side_of(vectors: Float32, people: npt.NDArray[np.intp], cohort: Cohort | None) -> Side:
    """vectors: float32 (N, D), unit length; without a cohort the cosine counts as it is."""
    offsets = np.zeros(len(vectors), np.float32) if cohort is None else cohort.offsets(vectors)
    return Side(vectors, offsets, people)


def impostor_counts(portraits: Side, probes: Side) -> Counts:
    """How many pairs of two people score what: int64 (N_BINS,)."""
    counts = np.zeros(N_BINS, np.int64)
    for rows, found in _blocks(portraits, probes):
        strangers = portraits.people[None, :] != probes.people[rows, None]
        counts += np.bincount(_bins(found[strangers]), minlength=N_BINS)
    return counts


def threshold_at(far: float, impostors: Counts) -> float:
    """The lowest threshold, to a bin, that at most this part of the pairs of strangers reaches."""
    from_above = np.cumsum(impostors[::-1])
    n_bins_above = int(np.searchsorted(from_above, far * impostors.sum(), side="right"))
    return HIGHEST - n_bins_above * BIN


def _mates(portraits: Side, probes: Side) -> tuple[Float32, npt.NDArray[np.intp]]:
    """Scores of pairs of two photos of one person, and whose they are."""
    found_scores, whose = [np.zeros(0, np.float32)], [np.zeros(0, np.intp)]
    for rows, found in _blocks(portraits, probes):
        is_mate = portraits.people[None, :] == probes.people[rows, None]
        is_mate[np.arange(len(rows)), rows] = False  # the same photo
        found_scores.append(found[is_mate])
        whose.append(np.broadcast_to(probes.people[rows, None], is_mate.shape)[is_mate])
    return np.concatenate(found_scores), np.concatenate(whose)


def _blocks(portraits: Side, probes: Side) -> Iterator[tuple[npt.NDArray[np.intp], Float32]]:
    """Rows of the matrix of scores, float32 (rows, portraits), with their numbers."""
    for start in range(0, len(probes.vectors), ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, len(probes.vectors)))
        yield rows, scores(portraits.vectors, portraits.offsets, probes.vectors[rows], probes.offsets[rows])


def _bins(found: Float32) -> npt.NDArray[np.intp]:
    return np.asarray(np.clip((found - LOWEST) / BIN, 0, N_BINS - 1), np.intp)


def _of(side: Side, numbers: npt.NDArray[np.intp]) -> Side:
    return Side(side.vectors[numbers], side.offsets[numbers], side.people[numbers])
