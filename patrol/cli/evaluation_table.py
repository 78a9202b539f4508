"""The figures of `patrol eval FOLDER` as text, in the language of the terminal."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from patrol import words
from patrol.eval import identification
from patrol.eval.figures import Accepted, Figures, Found
from patrol.eval.groups import ByLabel, Rate, Within
from patrol.eval.proof import Kept
from patrol.values import Language

MOST_NAMES = 5  # of unreadable photos on the terminal; --json has them all


def lines(figures: Figures, run: Mapping[str, Any], language: Language) -> list[str]:
    """Everything a reader needs to believe the figures, and the figures."""
    table = _Table(figures, language)
    sections = [table.head(), table.identification(), table.verification(), table.within(), table.by_label()]
    sections.append(table.budgets())
    return [line for section in (*sections, table.foot(run)) for line in _section(section)]


def _section(section: Iterator[str]) -> list[str]:
    """The lines of a section with an empty one behind, nothing where it has none."""
    told = list(section)
    return [*told, ""] if told else []


def percent(rate: float, digits: int = 1) -> str:
    """0.967 as 96.7 %; a rate below what the digits can tell is given in full."""
    return f"{100 * rate:.{digits}f} %"


def small(rate: float) -> str:
    """A rate far below 1 %: 0.17 %, 0.034 %."""
    return f"{100 * rate:.2g} %"


def span(low: float, high: float, text: Callable[[float], str] = percent) -> str:
    """An interval."""
    return f"{text(low)} .. {text(high)}"


def _rate_cells(rate: Rate | None) -> tuple[str, str]:
    return ("-", "-") if rate is None else (percent(rate.value, 2), span(*rate.interval))


def _or_dash(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.2f}"


def rate_text(rate: float) -> str:
    """A rate somebody chose: 1 %, 0.3 %, 0.001 %."""
    return f"{100 * rate:g} %"


class _Table:
    def __init__(self, figures: Figures, language: Language) -> None:
        self._figures = figures
        self._done = figures.done
        self._language = language

    def head(self) -> Iterator[str]:
        done, plan = self._done, self._done.plan
        yield self._say("sum", path=done.folder.path, people=len(done.folder.people), photos=len(done.folder.photos))
        if done.unreadable:
            yield self._unreadable()
        yield self._say(
            "parts",
            splits=plan.splits,
            gallery=plan.gallery,
            mated=plan.mated,
            portraits=plan.portraits,
            nonmated=done.n_strangers,
            cohort=plan.cohort,
        )
        if done.request.spoil_px:
            yield self._say("spoilt", width=done.request.spoil_px, looks=done.request.looks)

    def identification(self) -> Iterator[str]:
        if not self._done.plan.mated:
            yield from self._strangers_only()
            return
        rows = self._figures.found
        if rows:
            heads = [self._say(f"{name}_head") for name in ("table", "interval", "plain", "threshold")]
            yield _row("", *heads)
            yield from (self._found(row) for row in rows)
        else:
            yield self._say("no_fpir", n=self._done.n_strangers)
        if self._figures.rank_one is not None:
            yield self._say("rank1", rate=percent(self._figures.rank_one))

    def verification(self) -> Iterator[str]:
        if self._figures.accepted:
            yield _row("", self._say("accepted_head"), self._say("interval_head"))
            yield from (self._accepted(row) for row in self._figures.accepted)

    def within(self) -> Iterator[str]:
        """False matches within the group."""
        if self._figures.within:
            yield self._say("within_head")
            yield _row("", *(self._say(f"{name}_head") for name in ("normalised", "interval", "plain", "interval")))
            yield from (self._within(row) for row in self._figures.within)

    def by_label(self) -> Iterator[str]:
        for row in self._figures.by_label:
            yield self._say("label_head", attribute=row.attribute, rate=rate_text(row.fpir))
            yield _row("", "FPIR", self._say("interval_head"), "FNIR", self._say("interval_head"))
            yield from self._labels(row)
            yield self._say("label_foot", mxog=_or_dash(row.mxog), gini=_or_dash(row.gini))

    def budgets(self) -> Iterator[str]:
        """Whether what was asked for was kept on people the thresholds were not derived from."""
        if self._figures.kept:
            yield self._say("budget_head")
            heads = [self._say(f"{name}_head") for name in ("measured", "interval", "believed", "table", "threshold")]
            yield _row("", *heads)
            yield from (self._kept(row) for row in self._figures.kept)
            yield self._say("budget_prior", n=self._done.prior.n_people, made_by=self._done.prior.made_by)

    def failures(self) -> str:
        enrol, acquire = self._figures.failed_to_enrol, self._figures.failed_to_acquire
        return self._say(
            "failures",
            fte=percent(enrol.value),
            fte_n=enrol.n,
            fte_of=enrol.of,
            fta=percent(acquire.value),
            fta_n=acquire.n,
            fta_of=acquire.of,
            refused=percent(self._figures.refused.value),
        )

    def foot(self, run: Mapping[str, Any]) -> Iterator[str]:
        yield self.failures()
        yield self._say("measured_with", **run)
        yield from run["machine"]

    def _strangers_only(self) -> Iterator[str]:
        """One photo of everybody still tells what strangers score."""
        yield self._say("no_mates", needed=self._done.plan.portraits + 1)
        for fpir in identification.carried(self._done.n_strangers):
            levels = [identification.threshold_at(fpir, each.top_scores) for each in self._done.searches()]
            threshold = f"{sum(levels) / len(levels):.3f}"
            yield self._say("stranger_threshold", rate=rate_text(fpir), threshold=threshold)

    def _found(self, row: Found) -> str:
        label = self._say("at_fpir", rate=rate_text(row.fpir))
        low, high = row.interval
        interval = span(low, high)
        return _row(label, percent(row.tpir), interval, percent(row.cosine_tpir), f"{row.threshold:.3f}")

    def _accepted(self, row: Accepted) -> str:
        label = self._say("at_far", rate=rate_text(row.far))
        return _row(label, percent(row.tar), span(*row.interval))

    def _within(self, row: Within) -> str:
        cells = [(row.fmr, row.ratio, row.interval), (row.cosine_fmr, row.cosine_ratio, row.cosine_interval)]
        told = [(f"{small(fmr)} = {ratio:.2f} x", span(*interval, small)) for fmr, ratio, interval in cells]
        return _row(self._say("at_fmr", rate=rate_text(row.fmr_of_all)), *told[0], *told[1])

    def _kept(self, row: Kept) -> str:
        found = "-" if row.found is None else percent(row.found)
        measured = f"{small(row.measured)} = {row.ratio:.2f} x"
        intervals = (span(*row.interval, small), span(*row.believed, small))
        return _row(
            self._say("at_budget", rate=rate_text(row.fpir)), measured, *intervals, found, f"{row.threshold:.3f}"
        )

    def _labels(self, row: ByLabel) -> Iterator[str]:
        for label in row.labels:
            rates = (row.false_positive.get(label), row.false_negative.get(label))
            yield _row(label, *(cell for rate in rates for cell in _rate_cells(rate)))

    def _unreadable(self) -> str:
        names = [str(path.relative_to(self._done.folder.path)) for path, _ in self._done.unreadable]
        shown = ", ".join(names[:MOST_NAMES])
        if len(names) > MOST_NAMES:
            shown = self._say("and_more", names=shown, n=len(names) - MOST_NAMES)
        return self._say("unreadable", n=len(names), names=shown)

    def _say(self, code: str, **fields: object) -> str:
        return words.say(f"eval.{code}", self._language, **fields)


def _row(label: str, *cells: str) -> str:
    """A label and right-aligned cells; Chinese characters take two columns of a terminal."""
    return label + " " * (22 - _columns(label)) + "".join(" " * max(1, 20 - _columns(cell)) + cell for cell in cells)


def _columns(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
