"""Measures what is known of an embedder before anything was measured on the spot: the file that a manifest names."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from patrol.eval.gathering import Templates
from patrol.eval.groups import Group
from patrol.eval.measurement import Measurement
from patrol.eval.refusals import CannotMeasure
from patrol.matching.cohort import scores
from patrol.matching.impostors import ImpostorTail
from patrol.matching.prior import Crowd, Prior
from patrol.values import Float32

FEWEST_MATED = 50  # people behind the share that is found: fewer tell it to 10 % at best
MOST_PEOPLE = 4_000  # whose pairs are scored: eight million, 32 MB
GROUP_SHRINKAGE = 0.5  # of a small group's covariance towards everybody's: 109 people do not fill 128 dimensions
FLOOR = 1e-7  # variance added in every direction, so that the covariance has a root
PARTS = (0.995, 0.99, 0.98, 0.97, 0.95, 0.925, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05)

#: In powers of ten of the FMR, so that they hold on the scale of any network. SFace's score rises by 0.055 from 1 in
#: 1,000 to 1 in 10,000 pairs of strangers: a lead of 0.05, and 0.02 for a list whose own people nobody could measure.
MARGIN_DECADES, CAUTION_DECADES = 0.9, 0.36


def calibrate(done: Measurement, group: Group | None, made_by: str) -> Prior:
    """The statistics of the measured embedder: crowds, the tail of strangers, and how many are found.

    Half of the cohort's people are drawn like the group, where one is given: a list may be such a group. Scores of
    mates are those of the measurement's probes, spoilt or not. CannotMeasure where the folder carries too little.
    """
    everybody = _one_each(done.templates, done.folder.people.values())
    crowds = _crowds(everybody, group)
    embedder = done.prior.embedder
    drawn = Prior(embedder, crowds, done.prior.tail, 0.0, 0.0, done.prior.found, 0, 0, made_by)
    tail = _tail(drawn, everybody)
    mate_scores = _mate_scores(drawn, done)
    decade = tail.score_at(1e-4) - tail.score_at(1e-3)
    return Prior(
        embedder=embedder,
        crowds=crowds,
        tail=tail,
        caution=round(CAUTION_DECADES * decade, 4),
        margin=round(MARGIN_DECADES * decade, 4),
        found=_found(mate_scores),
        n_people=len(everybody),
        n_mated=len(mate_scores),
        made_by=made_by,
    )


def _one_each(templates: Templates, people: Iterable[tuple[int, ...]]) -> Float32:
    """The first portrait with a face of each person, float32 (people, D); of very many, evenly chosen."""
    firsts = [next((photo for photo in photos if templates.has_portrait[photo]), None) for photos in people]
    usable = [photo for photo in firsts if photo is not None]
    chosen = np.linspace(0, len(usable) - 1, min(MOST_PEOPLE, len(usable))).astype(int)
    return templates.portraits[[usable[number] for number in chosen]]


def _crowds(everybody: Float32, group: Group | None) -> tuple[Crowd, ...]:
    length = everybody.shape[1]
    if len(everybody) < 2 * length:
        raise CannotMeasure("too_few_to_calibrate", n=len(everybody), least=2 * length)
    covariance = np.cov(everybody.T)
    if group is None:
        return (_crowd(1.0, everybody, covariance),)
    theirs = _one_each(group.templates, group.folder.people.values())
    within = GROUP_SHRINKAGE * np.cov(theirs.T) + (1 - GROUP_SHRINKAGE) * covariance
    return _crowd(0.5, everybody, covariance), _crowd(0.5, theirs, within)


def _crowd(share: float, people: Float32, covariance: npt.NDArray[np.float64]) -> Crowd:
    root = np.linalg.cholesky(covariance + FLOOR * np.eye(len(covariance)))
    return Crowd(share, people.mean(axis=0).astype(np.float32), root.astype(np.float32))


def _tail(drawn: Prior, everybody: Float32) -> ImpostorTail:
    cohort = drawn.cohort(everybody[:0])
    offsets = cohort.offsets(everybody)
    pairs = scores(everybody, offsets, everybody, offsets)[np.triu_indices(len(everybody), 1)]
    tail = ImpostorTail.measured(pairs)
    return ImpostorTail(tail.fmrs, tuple(round(score, 4) for score in tail.scores))


def _mate_scores(drawn: Prior, done: Measurement) -> Float32:
    """Each person's first photo as a portrait with the last as a probe; who lacks a face in one reaches nothing."""
    pairs = np.array([(photos[0], photos[-1]) for photos in done.folder.people.values() if len(photos) > 1])
    if len(pairs) < FEWEST_MATED:
        raise CannotMeasure("too_few_mates_to_calibrate", n=len(pairs), least=FEWEST_MATED)
    cohort = drawn.cohort(done.templates.portraits[:0])
    portraits, probes = done.templates.portraits[pairs[:, 0]], done.templates.probes[pairs[:, 1]]
    found = (portraits * probes).sum(axis=1) - cohort.offsets(portraits) - cohort.offsets(probes)
    has_both = done.templates.has_portrait[pairs[:, 0]] & done.templates.has_probe[pairs[:, 1]]
    return np.asarray(np.where(has_both, found, -1.0), np.float32)


def _found(mate_scores: Float32) -> tuple[tuple[float, float], ...]:
    """(score, part that reaches it), scores rising."""
    rows = [(round(float(np.quantile(mate_scores, 1 - part)), 4), part) for part in PARTS]
    return tuple(row for place, row in enumerate(rows) if place == 0 or row[0] > rows[place - 1][0])
