"""One measurement of a folder, from photos to the outcome of every search: what `patrol eval FOLDER` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from patrol.eval import identification, verification
from patrol.eval.cache import Cache
from patrol.eval.folder import Folder
from patrol.eval.gathering import Seen, Tell, Templates, gather, stacked
from patrol.eval.groups import Draw, Group
from patrol.eval.identification import Gallery, Searches
from patrol.eval.looking import Eyes, probe_variants
from patrol.eval.refusals import CannotMeasure
from patrol.eval.splits import Plan, Split, draw, plan_for
from patrol.eval.verification import Verification
from patrol.matching.cohort import Cohort
from patrol.matching.prior import Prior, prior_of

FEWEST_IN_GROUP = 2  # one pair
ROUNDS = 1000  # of the bootstrap


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked; None lets the folder decide."""

    gallery: int | None = None
    portraits: int = 1
    cohort: int | None = None
    splits: int = 20
    seed: int = 0
    spoil_px: int = 0  #: 0 leaves probes as they are
    looks: int = 1
    rounds: int = ROUNDS


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """One split, who is enrolled in it, and what its searches found."""

    split: Split
    gallery: Gallery
    searches: Searches
    plain: Searches  #: the same searches by the cosine alone


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """What was measured; every figure follows from it."""

    folder: Folder
    request: Request
    plan: Plan
    prior: Prior
    seen: Sequence[Seen]  #: a photo each
    templates: Templates
    rounds: Sequence[Round]
    verification: Verification

    @property
    def people(self) -> npt.NDArray[np.intp]:
        """intp (photos,): the number of the person each photo shows."""
        return people_of(self.folder)

    @property
    def n_strangers(self) -> int:
        return len(self.rounds[0].split.strangers)

    @property
    def unreadable(self) -> list[tuple[Path, str]]:
        """Photos that could not be read, and why: a code of words/enrolment.json."""
        pairs = zip(self.folder.photos, self.seen, strict=True)
        return [(path, one.problem) for path, one in pairs if one.problem is not None]

    def searches(self, *, is_plain: bool = False) -> list[Searches]:
        return [each.plain if is_plain else each.searches for each in self.rounds]


def measure(
    folder: Folder,
    request: Request,
    eyes: Sequence[Eyes],
    cache: Cache,
    tell: Tell = lambda n: None,
    prior: Prior | None = None,
) -> Measurement:
    """See every photo, share the people out again and again, and search.

    prior: what is known of the embedder; None is what patrol ships.
    """
    plan = plan_of(folder, request)
    variants = probe_variants(request.spoil_px, request.looks, request.seed)
    seen = gather(folder.photos, variants, eyes, cache, tell)
    templates = stacked(seen)
    if not templates.has_portrait.any():
        raise CannotMeasure("nothing_seen", path=folder.path, n=len(folder.photos))
    known = prior or prior_of(eyes[0].embedder)
    rounds = [_round(draw(folder, plan, number), templates, known) for number in range(plan.splits)]
    people = people_of(folder)
    first = rounds[0]
    cohort_people = frozenset(int(people[photo]) for photo in first.split.cohort)
    pairs = verification.verify(templates, people, cohort_beside(known, first), cohort_people)
    return Measurement(folder, request, plan, known, seen, templates, rounds, pairs)


def measure_group(done: Measurement, folder: Folder, eyes: Sequence[Eyes], cache: Cache, tell: Tell) -> Group:
    """See the photos of a group as the measurement saw its own; CannotMeasure where it is not two people at least."""
    request = done.request
    seen = gather(folder.photos, probe_variants(request.spoil_px, request.looks, request.seed), eyes, cache, tell)
    templates = stacked(seen)
    usable = templates.has_portrait & templates.has_probe
    n_people = len({folder.name_of(photo) for photo in np.flatnonzero(usable).tolist()})
    if n_people < FEWEST_IN_GROUP:
        raise CannotMeasure("group_of_nobody", path=folder.path, n=n_people)
    return Group(folder, templates)


def cohorts_of(done: Measurement) -> list[Draw]:
    """Every split's cohort with the names of who is in it."""
    return [
        Draw(cohort_beside(done.prior, each), frozenset(done.folder.name_of(photo) for photo in each.split.cohort))
        for each in done.rounds
    ]


def cohort_beside(prior: Prior, each: Round) -> Cohort:
    """A split's cohort and the people the prior draws, for pairs of anybody else.

    The list stays out of it, unlike for searches: its people are compared in pairs themselves, with other photos than
    their portraits, and one who meets a photo of their own in the cohort would score too low.
    """
    return prior.cohort(each.gallery.volunteers)


def plan_of(folder: Folder, request: Request) -> Plan:
    """How the people are shared out; CannotMeasure where the folder does not carry what is asked."""
    return plan_for(
        folder,
        gallery=request.gallery,
        portraits=request.portraits,
        cohort=request.cohort,
        splits=request.splits,
        seed=request.seed,
    )


def people_of(folder: Folder) -> npt.NDArray[np.intp]:
    counts = [len(numbers) for numbers in folder.people.values()]
    return np.repeat(np.arange(len(counts)), counts)


def _round(split: Split, templates: Templates, prior: Prior) -> Round:
    gallery = identification.gallery_of(split, templates, prior)
    found, plain = (identification.search(split, templates, gallery, is_plain=is_plain) for is_plain in (False, True))
    return Round(split, gallery, found, plain)
