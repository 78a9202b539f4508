"""The figures of `patrol eval FOLDER` as text, in the language of the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from patrol import words
from patrol.bench import machine
from patrol.eval import identification
from patrol.eval.measurement import (
    Accepted,
    Found,
    Measurement,
    accepted,
    failed_to_acquire,
    failed_to_enrol,
    found,
    refused_at_enrolment,
)
from patrol.values import Language

MOST_NAMES = 5  # of unreadable photos on the terminal; --json has them all


def lines(done: Measurement, run: Mapping[str, Any], language: Language) -> list[str]:
    """Everything a reader needs to believe the figures, and the figures."""
    table = _Table(done, language)
    return [*table.head(), "", *table.identification(), "", *table.verification(), table.failures(), *table.foot(run)]


def percent(rate: float, digits: int = 1) -> str:
    """0.967 as 96.7 %; a rate below what the digits can tell is given in full."""
    return f"{100 * rate:.{digits}f} %"


def rate_text(rate: float) -> str:
    """A rate somebody chose: 1 %, 0.3 %, 0.001 %."""
    return f"{100 * rate:g} %"


class _Table:
    def __init__(self, done: Measurement, language: Language) -> None:
        self._done = done
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
        rows = found(self._done)
        if rows:
            heads = [self._say(f"{name}_head") for name in ("table", "interval", "plain", "threshold")]
            yield _row("", *heads)
            yield from (self._found(row) for row in rows)
        else:
            yield self._say("no_fpir", n=self._done.n_strangers)
        yield self._say("rank1", rate=percent(identification.rank_one(self._done.searches())))

    def verification(self) -> Iterator[str]:
        rows = accepted(self._done)
        if rows:
            yield _row("", self._say("accepted_head"), self._say("interval_head"))
            yield from (self._accepted(row) for row in rows)
            yield ""

    def failures(self) -> str:
        enrol, acquire = failed_to_enrol(self._done), failed_to_acquire(self._done)
        return self._say(
            "failures",
            fte=percent(enrol.value),
            fte_n=enrol.n,
            fte_of=enrol.of,
            fta=percent(acquire.value),
            fta_n=acquire.n,
            fta_of=acquire.of,
            refused=percent(refused_at_enrolment(self._done).value),
        )

    def foot(self, run: Mapping[str, Any]) -> Iterator[str]:
        yield self._say("measured_with", **run)
        yield from machine.describe()

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
        interval = f"{percent(low)} .. {percent(high)}"
        return _row(label, percent(row.tpir), interval, percent(row.plain_tpir), f"{row.threshold:.3f}")

    def _accepted(self, row: Accepted) -> str:
        label = self._say("at_far", rate=rate_text(row.far))
        return _row(label, percent(row.tar), f"{percent(row.interval.low)} .. {percent(row.interval.high)}")

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
