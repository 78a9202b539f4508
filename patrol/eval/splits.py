"""Who plays which part: cohort, enrolled people with and without a probe, strangers, drawn anew for each split."""

from dataclasses import dataclass

import numpy as np

from patrol.eval.folder import Folder
from patrol.eval.refusals import CannotMeasure

MAX_GALLERY = 800  # by default: as the folder carries, but no more
MAX_COHORT = 500  # by default, and at most a fifth of the people
FEWEST_PEOPLE = 3  # one in the cohort, one enrolled, one stranger


@dataclass(frozen=True, slots=True)
class Plan:
    """How people are shared out in every split."""

    gallery: int  #: people enrolled
    mated: int  #: of these, people with a probe and `portraits` portraits; the others have one portrait
    cohort: int
    portraits: int = 1
    splits: int = 20
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Split:
    """One draw; numbers are those of the folder's photos."""

    entries: tuple[tuple[int, ...], ...]  #: the portraits of each enrolled person, the mated ones first
    probes: tuple[int, ...]  #: of each mated person
    strangers: tuple[int, ...]  #: a probe of each person who is neither enrolled nor in the cohort
    cohort: tuple[int, ...]  #: a portrait of each


def plan_for(
    folder: Folder, *, gallery: int | None, portraits: int, cohort: int | None, splits: int, seed: int
) -> Plan:
    """Share out a folder; None lets it decide. CannotMeasure says the most that it carries."""
    n_people, n_able = len(folder.people), len(folder.able(portraits + 1))
    if n_people < FEWEST_PEOPLE:
        raise CannotMeasure("too_few_people", path=folder.path, n=n_people, fewest=FEWEST_PEOPLE)
    n_cohort = min(MAX_COHORT, n_people // 5) if cohort is None else cohort
    most = n_people - n_cohort - 1
    if most < 1:
        raise CannotMeasure("cohort_too_large", asked=n_cohort, n=n_people, most=n_people - 2)
    n_gallery = _default_gallery(n_people - n_cohort, n_able) if gallery is None else gallery
    if n_gallery > most:
        raise CannotMeasure("gallery_too_large", asked=n_gallery, n=n_people, cohort=n_cohort, most=most)
    mated = n_gallery if n_able >= n_gallery else min(n_able, n_gallery // 2)
    return Plan(n_gallery, mated, n_cohort, portraits, splits, seed)


def _default_gallery(n_people: int, n_able: int) -> int:
    """Half of the people at most, so that there are strangers; only mated ones where anybody is able."""
    half = max(1, min(MAX_GALLERY, n_people // 2))
    return min(half, n_able) if n_able else half


def draw(folder: Folder, plan: Plan, number: int) -> Split:
    """Split `number` of a plan; the same at every call."""
    random = np.random.default_rng([plan.seed, number])
    mated = [str(name) for name in random.permutation(folder.able(plan.portraits + 1))[: plan.mated]]
    taken = set(mated)
    others = [str(name) for name in random.permutation(list(folder.people)) if str(name) not in taken]
    n_single = plan.gallery - plan.mated
    of_mated = [random.permutation(folder.people[name]).tolist() for name in mated]
    one_each = [int(random.choice(folder.people[name])) for name in others]
    return Split(
        entries=(
            *(tuple(photos[: plan.portraits]) for photos in of_mated),
            *((photo,) for photo in one_each[:n_single]),
        ),
        probes=tuple(photos[plan.portraits] for photos in of_mated),
        cohort=tuple(one_each[n_single : n_single + plan.cohort]),
        strangers=tuple(one_each[n_single + plan.cohort :]),
    )
