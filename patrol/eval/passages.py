"""Open-set identification of passages: who walked by and was found, who was taken for somebody, and by what rule.

The search unit is a passage: one person, one camera, entry to exit (GA/T 1344 counts misses so too). FNIR: passages
of enrolled people without a candidate of the right name at rank 1 at or above T, of all such passages; one without a
usable face is a miss, and counts into the failure to acquire (FTA) as well. FPIR: passages of strangers with any
candidate at or above T, of all such passages. Terms as in ISO/IEC 19795-1 and NIST FRTE 1:N.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patrol.eval.bootstrap import Weights, by_identity
from patrol.eval.identification import NEVER, Searches, threshold_at
from patrol.eval.probes import Probes
from patrol.eval.refusals import CannotMeasure
from patrol.matching.budget import Entries, members_of
from patrol.matching.cohort import scores
from patrol.matching.decision import Evidence, grade_of
from patrol.matching.intervals import Interval
from patrol.matching.prior import Prior
from patrol.values import Float32

FEWEST_WALKERS = 4  # two enrolled, two strangers
BOOTSTRAP_ROUNDS = 200

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Portraits:
    """Of whom a list can be made: one template a person."""

    names: tuple[str, ...]
    vectors: Float32  #: float32 (P, D), unit length


@dataclass(frozen=True, slots=True)
class Plan:
    """How people are shared out in every split."""

    gallery: int = 800  #: people enrolled, half of the walkers among them
    cohort: int = 500
    splits: int = 20
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One draw of who is looked for."""

    entries: Indices  #: numbers of portraits, those of the mated walkers first
    cohort: Indices  #: numbers of portraits
    mated: Indices  #: numbers of passages
    mates: Indices  #: of each, the entry's place in `entries`
    strangers: Indices  #: numbers of passages


def draw(people: Sequence[str], portraits: Portraits, plan: Plan, number: int) -> Split:
    """Enrol half of the walkers, and fill the list with others; the rest of the walkers are strangers.

    people: of each passage, who walked. CannotMeasure where too few walk or too few are left for the list.
    """
    random = np.random.default_rng([plan.seed, number])
    known = {name: place for place, name in enumerate(portraits.names)}
    walkers = sorted(set(people))
    able = [name for name in walkers if name in known]
    if len(walkers) < FEWEST_WALKERS or not able:
        raise CannotMeasure("too_few_walkers_known", n=len(walkers), n_known=len(able), least=FEWEST_WALKERS)
    enrolled = [able[place] for place in random.permutation(len(able))[: max(1, min(len(able), len(walkers) // 2))]]
    others = random.permutation([place for name, place in known.items() if name not in set(walkers)]).astype(np.intp)
    n_cohort = min(plan.cohort, len(others) // 2)
    n_fillers = max(0, min(plan.gallery - len(enrolled), len(others) - n_cohort))
    place_of = {name: place for place, name in enumerate(enrolled)}
    walking = np.array([known[name] for name in enrolled], np.intp)
    mated = np.array([number for number, name in enumerate(people) if name in place_of], np.intp)
    return Split(
        entries=np.concatenate([walking, others[n_cohort:][:n_fillers]]),
        cohort=others[:n_cohort],
        mated=mated,
        mates=np.array([place_of[people[number]] for number in mated], np.intp),
        strangers=np.array([number for number, name in enumerate(people) if name not in place_of], np.intp),
    )


def search(split: Split, portraits: Portraits, probes: Probes, n_passages: int, prior: Prior) -> Searches:
    """Search with everything a rule makes of each passage; the passage has the best of what its probes reach.

    Scores are normalised as a worker does it: by the list, the split's cohort in the place of volunteers, and the
    people that the prior draws; the margin is the prior's.
    """
    entries = portraits.vectors[split.entries]
    by_passage = np.full((n_passages, len(entries)), NEVER, np.float32)
    if len(probes.vectors):
        listed = Entries(entries, np.zeros(len(entries), bool))
        cohort = prior.cohort(members_of(listed, portraits.vectors[split.cohort]))
        offsets = cohort.offsets(entries)
        found = scores(entries, offsets, probes.vectors, cohort.offsets(probes.vectors))
        if len(probes.look_vectors):
            nearest = (probes.look_vectors @ entries.T - offsets).argmax(axis=1)
            found = _decided(found, nearest, probes.looks, prior.margin)
        np.maximum.at(by_passage, probes.passages, found)
    return _searches(by_passage, split)


def _decided(found: Float32, nearest: Indices, looks: Sequence[Indices], margin: float) -> Float32:
    """Leave of each probe the entry at rank 1, and that only where the decision would be sure at a low threshold.

    found: float32 (T, entries). nearest: (L,), the entry at rank 1 of each look.
    """
    kept = np.full_like(found, NEVER)
    for row, places in enumerate(looks):
        top = int(found[row].argmax())
        second = float(np.partition(found[row], -2)[-2]) if found.shape[1] > 1 else None
        evidence = Evidence.of(float(found[row, top]), second, top, nearest[places])
        if grade_of(evidence, sure=evidence.score, uncertain=evidence.score, margin=margin) == "sure":
            kept[row, top] = found[row, top]
    return kept


def _searches(by_passage: Float32, split: Split) -> Searches:
    """by_passage: float32 (passages, entries)."""
    others, strangers = by_passage[split.mated], by_passage[split.strangers]
    rows = np.arange(len(split.mated))
    mate_scores = others[rows, split.mates]
    others[rows, split.mates] = NEVER
    rivals = others.argmax(axis=1)
    rival_scores = others[rows, rivals]
    return Searches(
        mate_scores=mate_scores,
        is_first=(mate_scores > rival_scores) & (mate_scores > NEVER),
        rivals=rivals,
        rival_scores=rival_scores,
        top_scores=strangers.max(axis=1),
        top_entries=strangers.argmax(axis=1),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One rule's searches over all splits."""

    people: Indices  #: of each passage, the number of who walked
    splits: tuple[tuple[Split, Searches], ...]

    def fnir(self, fpir: float, weights: Weights | None = None) -> float:
        """The mean over the splits, where T is set on the same split's strangers; people count by `weights`."""
        return float(np.nanmean([_fnir(self.people, *split, fpir, weights) for split in self.splits]))


def measure(people: Sequence[str], portraits: Portraits, probes: Probes, plan: Plan, prior: Prior) -> Outcome:
    """Search over all splits of a plan. people: of each passage, who walked."""
    splits = [draw(people, portraits, plan, number) for number in range(plan.splits)]
    searched = tuple((split, search(split, portraits, probes, len(people), prior)) for split in splits)
    return Outcome(np.unique(people, return_inverse=True)[1].astype(np.intp), searched)


def fnir_intervals(outcomes: Sequence[Outcome], fpir: float, seed: int = 0) -> list[Interval]:
    """The interval of each rule's FNIR, and, after these, of what each saves of the first one's misses (0..1).

    By identity, the same draw for every rule, so that their difference is told sharper than either.
    """

    def figures(weights: Weights) -> npt.NDArray[np.float64]:
        rates = np.array([outcome.fnir(fpir, weights) for outcome in outcomes])
        return np.concatenate([rates, 1 - rates[1:] / max(float(rates[0]), 1e-9)])

    n_people = int(outcomes[0].people.max()) + 1
    return by_identity(figures, n_people, np.random.default_rng(seed), BOOTSTRAP_ROUNDS)


def _fnir(people: Indices, split: Split, searches: Searches, fpir: float, weights: Weights | None) -> float:
    if weights is None:
        return 1.0 - float((searches.found_scores >= threshold_at(fpir, searches.top_scores)).mean())
    strangers, mated = weights[people[split.strangers]], weights[people[split.mated]]
    if not strangers.sum() or not mated.sum():
        return float("nan")
    order = np.argsort(-searches.top_scores, kind="stable")
    n_allowed = int(np.searchsorted(np.cumsum(strangers[order]), fpir * strangers.sum() + 1e-9, side="right"))
    highest = searches.top_scores[order]
    above = highest[n_allowed] if n_allowed < len(highest) else NEVER
    return 1.0 - float(mated @ (searches.found_scores > above)) / float(mated.sum())
