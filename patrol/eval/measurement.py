"""One measurement of a folder, from photos to figures: what `patrol eval FOLDER` does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from patrol.eval import identification, verification
from patrol.eval.cache import Cache
from patrol.eval.folder import Folder
from patrol.eval.gathering import Seen, Tell, Templates, gather, stacked
from patrol.eval.identification import Gallery, Searches
from patrol.eval.looking import Eyes, probe_variants
from patrol.eval.splits import Plan, Split, draw, plan_for
from patrol.eval.verification import Verification
from patrol.matching.intervals import Interval, clopper_pearson

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
    folder: Folder, request: Request, eyes: Sequence[Eyes], cache: Cache, tell: Tell = lambda n: None
) -> Measurement:
    """See every photo, share the people out again and again, and search."""
    plan = plan_of(folder, request)
    variants = probe_variants(request.spoil_px, request.looks, request.seed)
    seen = gather(folder.photos, variants, eyes, cache, tell)
    templates = stacked(seen)
    rounds = [_round(draw(folder, plan, number), templates, eyes[0].embedder) for number in range(plan.splits)]
    people = people_of(folder)
    first = rounds[0]
    cohort_people = frozenset(int(people[photo]) for photo in first.split.cohort)
    pairs = verification.verify(templates, people, first.gallery.cohort, cohort_people)
    return Measurement(folder, request, plan, seen, templates, rounds, pairs)


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


def _round(split: Split, templates: Templates, embedder: str) -> Round:
    gallery = identification.gallery_of(split, templates, embedder)
    found, plain = (identification.search(split, templates, gallery, is_plain=is_plain) for is_plain in (False, True))
    return Round(split, gallery, found, plain)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of some photos, with its exact interval."""

    n: int
    of: int

    @property
    def value(self) -> float:
        return self.n / self.of if self.of else 0.0

    @property
    def interval(self) -> Interval:
        return clopper_pearson(self.n, self.of)


def failed_to_enrol(done: Measurement) -> Share:
    """FTE: of the photos that served as portraits, those without a face."""
    used = {photo for each in done.rounds for portraits in each.split.entries for photo in portraits}
    return Share(sum(not done.templates.has_portrait[photo] for photo in used), len(used))


def failed_to_acquire(done: Measurement) -> Share:
    """FTA: of the photos that served as probes, those without a face in any look."""
    used = {photo for each in done.rounds for photo in (*each.split.probes, *each.split.strangers)}
    return Share(sum(not done.templates.has_probe[photo] for photo in used), len(used))


def refused_at_enrolment(done: Measurement) -> Share:
    """Of the photos with a face, those the gate for enrolment would refuse: they are measured all the same."""
    whole = [one for one in done.seen if one.portrait is not None]
    return Share(sum(bool(one.refusals) for one in whole), len(whole))


@dataclass(frozen=True, slots=True)
class Found:
    """How many are found at one FPIR."""

    fpir: float
    tpir: float
    interval: Interval
    plain_tpir: float  #: by the cosine alone
    threshold: float  #: mean over the splits


def found(done: Measurement) -> list[Found]:
    """TPIR at every FPIR that the strangers of a split carry; nothing where nobody has a probe."""
    if not done.plan.mated:
        return []
    fpirs = identification.carried(done.n_strangers)
    searches, plain = done.searches(), done.searches(is_plain=True)
    random = np.random.default_rng([done.plan.seed, 1])
    pairs = [(each.split, each.searches) for each in done.rounds]
    intervals = identification.tpir_intervals(fpirs, pairs, done.people, random, done.request.rounds) if fpirs else []
    return [
        Found(
            fpir,
            identification.mean_tpir(fpir, searches),
            interval,
            identification.mean_tpir(fpir, plain),
            float(np.mean([identification.threshold_at(fpir, each.top_scores) for each in searches])),
        )
        for fpir, interval in zip(fpirs, intervals, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many pairs of one person are accepted at one FAR."""

    far: float
    tar: float
    interval: Interval


def accepted(done: Measurement) -> list[Accepted]:
    """TAR at every FAR that the pairs of strangers carry."""
    fars = done.verification.carried()
    if not fars:
        return []
    random = np.random.default_rng([done.plan.seed, 2])
    intervals = done.verification.tar_intervals(fars, random, done.request.rounds)
    return [
        Accepted(far, done.verification.tar_at(far), interval) for far, interval in zip(fars, intervals, strict=True)
    ]


def figures(done: Measurement) -> Mapping[str, object]:
    """What `--json` prints, but for the machine and the time it took."""
    rows, pairs = found(done), accepted(done)
    enrol, acquire = failed_to_enrol(done), failed_to_acquire(done)
    mated = done.plan.mated
    return {
        "people": len(done.folder.people),
        "photos": len(done.folder.photos),
        "gallery": done.plan.gallery,
        "mated": mated,
        "nonmated": done.n_strangers,
        "cohort": done.plan.cohort,
        "portraits": done.plan.portraits,
        "splits": done.plan.splits,
        "seed": done.plan.seed,
        "spoil_px": done.request.spoil_px,
        "looks": done.request.looks,
        "tpir": {key(row.fpir): round(row.tpir, 4) for row in rows},
        "tpir_interval": {key(row.fpir): rounded(row.interval) for row in rows},
        "tpir_cosine_alone": {key(row.fpir): round(row.plain_tpir, 4) for row in rows},
        "threshold": {key(row.fpir): round(row.threshold, 4) for row in rows},
        "rank1": round(identification.rank_one(done.searches()), 4) if mated else None,
        "fte": round(enrol.value, 4),
        "fte_interval": rounded(enrol.interval),
        "fta": round(acquire.value, 4),
        "fta_interval": rounded(acquire.interval),
        "refused_at_enrolment": round(refused_at_enrolment(done).value, 4),
        "fnir_fpir": _curve(done),
        "tar": {key(row.far): round(row.tar, 4) for row in pairs},
        "tar_interval": {key(row.far): rounded(row.interval) for row in pairs},
        "pairs": {"mated": len(done.verification.mates), "nonmated": done.verification.n_impostors},
        "unreadable": [str(path.relative_to(done.folder.path)) for path, _ in done.unreadable],
    }


def _curve(done: Measurement) -> list[dict[str, float]]:
    if not done.plan.mated:
        return []
    points = identification.curve(done.searches())
    return [{"fpir": round(fpir, 6), "fnir": round(fnir, 5)} for fpir, fnir in points]


def key(rate: float) -> str:
    """A rate as the key of an object: 0.01, 0.003, 0.00001."""
    return np.format_float_positional(rate, trim="-")


def rounded(interval: Interval) -> list[float]:
    return [round(interval.low, 4), round(interval.high, 4)]
