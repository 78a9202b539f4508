"""The figures of a measurement, each computed once; what is printed, written as JSON and drawn follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from patrol.eval import groups, identification
from patrol.eval.groups import ByLabel, Group, Within
from patrol.eval.measurement import Measurement, cohorts_of
from patrol.eval.proof import Kept, prove
from patrol.matching.intervals import Interval, clopper_pearson

Labels = Mapping[str, Mapping[str, str]]  #: by attribute, the label of each name


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


@dataclass(frozen=True, slots=True)
class Found:
    """How many are found at one FPIR."""

    fpir: float
    tpir: float
    interval: Interval
    cosine_tpir: float  #: by the cosine alone
    threshold: float  #: mean over the splits


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many pairs of one person are accepted at one FAR."""

    far: float
    tar: float
    interval: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Everything that one measurement says."""

    done: Measurement
    found: tuple[Found, ...]  #: at every FPIR that the strangers of a split carry; empty where nobody has a probe
    curve: tuple[tuple[float, float], ...]  #: (FPIR, FNIR)
    cosine_curve: tuple[tuple[float, float], ...]
    rank_one: float | None  #: None where nobody has a probe
    accepted: tuple[Accepted, ...]  #: at every FAR that the pairs of strangers carry
    failed_to_enrol: Share  #: FTE: of the photos that served as portraits, those without a face
    failed_to_acquire: Share  #: FTA: of the photos that served as probes, those without a face in any look
    refused: Share  #: of the photos with a face, those the gate for enrolment refuses; they are measured all the same
    within: tuple[Within, ...]  #: false matches within the group, where one was given
    by_label: tuple[ByLabel, ...]
    kept: tuple[Kept, ...]  #: for every budget that was asked for

    def as_json(self) -> dict[str, object]:
        """What `--json` prints, but for the machine and the time it took."""
        budgets = self._budgets() if self.kept else {}
        return {**self._parts(), **self._identification(), **self._verification(), **self._fairness(), **budgets}

    def _parts(self) -> dict[str, object]:
        done, plan = self.done, self.done.plan
        return {
            "people": len(done.folder.people),
            "photos": len(done.folder.photos),
            "unreadable": [str(path.relative_to(done.folder.path)) for path, _ in done.unreadable],
            "gallery": plan.gallery,
            "mated": plan.mated,
            "nonmated": done.n_strangers,
            "cohort": plan.cohort,
            "portraits": plan.portraits,
            "splits": plan.splits,
            "seed": plan.seed,
            "spoil_px": done.request.spoil_px,
            "looks": done.request.looks,
        }

    def _identification(self) -> dict[str, object]:
        return {
            "tpir": {key(row.fpir): round(row.tpir, 4) for row in self.found},
            "tpir_interval": {key(row.fpir): rounded(row.interval) for row in self.found},
            "tpir_cosine_alone": {key(row.fpir): round(row.cosine_tpir, 4) for row in self.found},
            "threshold": {key(row.fpir): round(row.threshold, 4) for row in self.found},
            "rank1": None if self.rank_one is None else round(self.rank_one, 4),
            "fte": round(self.failed_to_enrol.value, 4),
            "fte_interval": rounded(self.failed_to_enrol.interval),
            "fta": round(self.failed_to_acquire.value, 4),
            "fta_interval": rounded(self.failed_to_acquire.interval),
            "refused_at_enrolment": round(self.refused.value, 4),
            "fnir_fpir": [{"fpir": round(fpir, 6), "fnir": round(fnir, 5)} for fpir, fnir in self.curve],
        }

    def _verification(self) -> dict[str, object]:
        pairs = self.done.verification
        return {
            "tar": {key(row.far): round(row.tar, 4) for row in self.accepted},
            "tar_interval": {key(row.far): rounded(row.interval) for row in self.accepted},
            "pairs": {"mated": len(pairs.mates), "nonmated": pairs.n_impostors},
        }

    def _budgets(self) -> dict[str, object]:
        prior = self.done.prior
        return {
            "budget": {key(row.fpir): _kept_json(row) for row in self.kept},
            "budget_prior": {"people": prior.n_people, "made_by": prior.made_by},
        }

    def _fairness(self) -> dict[str, object]:
        told: dict[str, object] = {}
        if self.within:
            told["group_fmr"] = {key(row.fmr_of_all): _within_json(row) for row in self.within}
        labels: dict[str, dict[str, object]] = {}
        for row in self.by_label:
            labels.setdefault(row.attribute, {})[key(row.fpir)] = _label_json(row)
        return {**told, "labels": labels} if labels else told


def figures_of(
    done: Measurement,
    group: Group | None = None,
    labels: Labels | None = None,
    budgets: Sequence[float] = (),
) -> Figures:
    """Compute everything; the same measurement gives the same figures."""
    has_mated = done.plan.mated > 0
    searches, plain = done.searches(), done.searches(is_plain=True)
    return Figures(
        done=done,
        found=_found(done) if has_mated else (),
        curve=tuple(identification.curve(searches)) if has_mated else (),
        cosine_curve=tuple(identification.curve(plain)) if has_mated else (),
        rank_one=identification.rank_one(searches) if has_mated else None,
        accepted=_accepted(done),
        failed_to_enrol=_without_portrait(done),
        failed_to_acquire=_without_probe(done),
        refused=_refused(done),
        within=() if group is None else _within(done, group),
        by_label=() if labels is None else _by_label(done, labels),
        kept=tuple(_kept(done, fpir) for fpir in budgets),
    )


def _found(done: Measurement) -> tuple[Found, ...]:
    fpirs = identification.carried(done.n_strangers)
    if not fpirs:
        return ()
    searches, plain = done.searches(), done.searches(is_plain=True)
    random = np.random.default_rng([done.plan.seed, 1])
    pairs = [(each.split, each.searches) for each in done.rounds]
    intervals = identification.tpir_intervals(fpirs, pairs, done.people, random, done.request.rounds)
    return tuple(
        Found(
            fpir,
            identification.mean_tpir(fpir, searches),
            interval,
            identification.mean_tpir(fpir, plain),
            float(np.mean([identification.threshold_at(fpir, each.top_scores) for each in searches])),
        )
        for fpir, interval in zip(fpirs, intervals, strict=True)
    )


def _accepted(done: Measurement) -> tuple[Accepted, ...]:
    fars = done.verification.carried()
    if not fars:
        return ()
    random = np.random.default_rng([done.plan.seed, 2])
    intervals = done.verification.tar_intervals(fars, random, done.request.rounds)
    rows = zip(fars, intervals, strict=True)
    return tuple(Accepted(far, done.verification.tar_at(far), interval) for far, interval in rows)


def _without_portrait(done: Measurement) -> Share:
    used = {photo for each in done.rounds for portraits in each.split.entries for photo in portraits}
    return Share(sum(not done.templates.has_portrait[photo] for photo in used), len(used))


def _without_probe(done: Measurement) -> Share:
    used = {photo for each in done.rounds for photo in (*each.split.probes, *each.split.strangers)}
    return Share(sum(not done.templates.has_probe[photo] for photo in used), len(used))


def _refused(done: Measurement) -> Share:
    whole = [one for one in done.seen if one.portrait is not None]
    return Share(sum(bool(one.refusals) for one in whole), len(whole))


def _within(done: Measurement, group: Group) -> tuple[Within, ...]:
    random = np.random.default_rng([done.plan.seed, 3])
    draws = cohorts_of(done)
    return tuple(groups.within(done.folder, done.templates, group, draws, random, done.request.rounds))


def _by_label(done: Measurement, labels: Labels) -> tuple[ByLabel, ...]:
    rounds = [(each.split, each.searches) for each in done.rounds]
    fpirs = [fpir for fpir in groups.REPORTED_FPIR if fpir in identification.carried(done.n_strangers)]
    return tuple(
        groups.by_label(attribute, of_names, done.folder, rounds, fpir)
        for attribute, of_names in labels.items()
        for fpir in fpirs
    )


def _kept(done: Measurement, fpir: float) -> Kept:
    rounds = [(each.split, each.gallery, each.searches) for each in done.rounds]
    random = np.random.default_rng([done.plan.seed, 4])
    return prove(fpir, rounds, done.people, done.prior, random, done.request.rounds)


def _kept_json(row: Kept) -> dict[str, object]:
    return {
        "fpir": round(row.measured, 5),
        "interval": [round(limit, 5) for limit in row.interval],
        "believed": [round(limit, 5) for limit in row.believed],
        "ratio": round(row.ratio, 2),
        "within_2x": row.is_within,
        "tpir": None if row.found is None else round(row.found, 4),
        "threshold": round(row.threshold, 4),
    }


def _within_json(row: Within) -> dict[str, object]:
    return {
        "fmr": _precise(row.fmr),
        "interval": [_precise(limit) for limit in row.interval],
        "ratio": round(row.ratio, 2),
        "cosine_fmr": _precise(row.cosine_fmr),
        "cosine_interval": [_precise(limit) for limit in row.cosine_interval],
        "cosine_ratio": round(row.cosine_ratio, 2),
    }


def _label_json(row: ByLabel) -> dict[str, object]:
    rates = {"fpir": row.false_positive, "fnir": row.false_negative}
    told = {
        name: {
            label: {"rate": round(rate.value, 5), "interval": rounded(rate.interval), "people": rate.people}
            for label, rate in of_labels.items()
        }
        for name, of_labels in rates.items()
    }
    mxog, gini = row.mxog, row.gini
    return {
        **told,
        "mxog": None if mxog is None else round(mxog, 2),
        "gini": None if gini is None else round(gini, 3),
    }


def key(rate: float) -> str:
    """A rate as the key of an object: 0.01, 0.003, 0.00001."""
    return np.format_float_positional(rate, trim="-")


def rounded(interval: Interval) -> list[float]:
    return [round(interval.low, 4), round(interval.high, 4)]


def _precise(rate: float) -> float:
    """Three significant digits: false match rates are small."""
    return float(f"{rate:.3g}")
