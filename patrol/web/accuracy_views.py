"""What admins see of the thresholds: the models of the API, and making them from rows."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol import words
from patrol.store.beats import ALIVE_FOR
from patrol.store.tables import Budget, Calibration, GalleryChange, Worker
from patrol.values import Language
from patrol.watchlist import budgets, calibrating
from patrol.watchlist.budgets import Traffic
from patrol.watchlist.footing import Footing, footing_of, weak_people

MOST_WEAK = 100  # entries shown
MOST_PAST = 30  # budgets and calibrations shown
MOST_READ = 200  # calibrations looked at for them: most revisions of a list change no threshold
ENOUGH_PEOPLE = 100  # entries and volunteers: three quarters of what is believed then rests on them (matching.budget)
UNREASONABLE = 0.6  # found, below which a budget leaves so many unfound that it needs saying
ALERTS_TRUSTED = 0.02  # false alerts of all passages above which nobody trusts an alert
A_THOUSAND = 1000.0  # people who pass
TRAFFIC_OFF = 2.0  # times that the counted passages differ from the budget's before it is said


class Estimate(BaseModel):
    """A number that is believed, and between which two it lies with 95 % certainty."""

    value: float
    low: float
    high: float


class BudgetView(BaseModel):
    false_alerts_per_day: float
    passages_per_day: float
    set_at: datetime
    set_by: str


class TrafficView(BaseModel):
    """What the workers counted."""

    passages_per_day: float
    n_days: int
    last_day: date


class BeliefView(BaseModel):
    text: str  #: what is believed, in one sentence; of a day where a budget says how many pass, else of 1,000 people
    basis_text: str  #: what it rests on
    warning: str | None  #: where the budget is out of reason
    false_alerts_per_day: Estimate
    found: Estimate = Field(description="of the listed who pass with a good look, 0..1")
    fpir: float = Field(description="of the strangers who pass, 0..1")
    n_measured: int  #: people here, of the lists and volunteers, that it rests on
    basis: Literal["measured", "mixed", "prior", "unknown"]


class AlternativeView(BaseModel):
    """Another budget, and what would follow from it."""

    false_alerts_per_day: float
    fpir: float = Field(description="of the strangers who pass, 0..1")
    threshold: float
    found: Estimate
    is_chosen: bool


class CalibrationView(BaseModel):
    made_at: datetime
    embedder: str
    rev: int
    n_people: int
    sure: float  #: scores, not cosines
    uncertain: float  #: from here on a passage is shown: the budget's threshold
    weak: float  #: the same for entries with weak photos only
    belief: BeliefView
    alternatives: list[AlternativeView]  #: none while nobody is listed


class InForce(BaseModel):
    rev: int  #: of the gallery now
    is_derived: bool  #: the calibration is of this revision, or nobody is looked for
    n_workers_current: int  #: living workers that have applied it
    n_workers: int  #: living workers


class FootingView(BaseModel):
    n_people: int  #: active entries with a photo
    n_one_portrait: int
    n_weak: int
    n_volunteers: int


class AdviceView(BaseModel):
    code: Literal["no_budget", "one_portrait", "volunteers", "weak", "passages"]
    text: str


class WeakEntryView(BaseModel):
    person_id: uuid.UUID
    name: str
    watchlist_id: uuid.UUID
    watchlist: str


class PastView(BaseModel):
    """A budget that was set, or a calibration that followed."""

    kind: Literal["budget", "calibration"]
    at: datetime
    by: str | None = None  #: who set the budget
    false_alerts_per_day: float  #: accepted, or believed
    passages_per_day: float | None = None
    n_people: int | None = None
    threshold: float | None = None
    found: float | None = None


class AccuracyView(BaseModel):
    budget: BudgetView | None  #: null: patrol's own holds
    traffic: TrafficView | None  #: null: nothing was counted yet
    calibration: CalibrationView | None  #: null: none was derived yet
    in_force: InForce
    footing: FootingView
    advice: list[AdviceView]  #: what would help, most first
    weak_entries: list[WeakEntryView]
    history: list[PastView]  #: the newest first


def accuracy_of(session: Session, now: datetime, language: Language) -> AccuracyView:
    """Everything about the thresholds as they are now."""
    budget = budgets.newest_budget(session)
    traffic = budgets.counted_traffic(session, now)
    calibration = calibrating.newest_calibration(session)
    footing = footing_of(session, now)
    return AccuracyView(
        budget=None if budget is None else BudgetView.model_validate(budget, from_attributes=True),
        traffic=None if traffic is None else TrafficView.model_validate(traffic, from_attributes=True),
        calibration=None if calibration is None else calibration_view(calibration, budget, footing, language),
        in_force=_in_force(session, calibration, footing, now),
        footing=FootingView.model_validate(footing, from_attributes=True),
        advice=list(_advice(budget, traffic, footing, calibration, language)),
        weak_entries=[
            WeakEntryView(
                person_id=person.id,
                name=person.name,
                watchlist_id=person.watchlist_id,
                watchlist=person.watchlist.name,
            )
            for person in weak_people(session, now, MOST_WEAK)
        ],
        history=_history(session),
    )


def calibration_view(
    row: Calibration, budget: Budget | None, footing: Footing, language: Language
) -> CalibrationView:
    stored = {
        name: getattr(row, name) for name in CalibrationView.model_fields if name not in ("belief", "alternatives")
    }
    return CalibrationView(
        **stored,
        belief=belief_view(row.belief, row.n_people, budget, footing, language),
        alternatives=[
            AlternativeView.model_validate(each) for each in row.belief["alternatives"] if footing.n_people
        ],
    )


def belief_view(
    belief: Mapping[str, Any], n_people: int, budget: Budget | None, footing: Footing, language: Language
) -> BeliefView:
    """belief: as a calibration keeps it, of n_people entries; where nobody is listed now nothing is believed."""
    is_any = footing.n_people > 0
    basis, n_measured = belief["basis"] if belief["n_prior"] else "unknown", belief["n_measured"]
    return BeliefView(
        text=_believed(belief, budget, language) if is_any else words.say("accuracy.nobody_listed", language),
        basis_text=words.say(f"accuracy.basis.{basis}", language, n=n_measured or n_people + belief["n_volunteers"]),
        warning=_warning(belief, budget, language) if is_any else None,
        false_alerts_per_day=Estimate(**belief["false_alerts_per_day"]),
        found=Estimate(**belief["found"]),
        fpir=belief["fpir"],
        n_measured=n_measured,
        basis=basis,
    )


def number(value: float) -> str:
    """As people say it: two digits that count below a hundred, thousands in groups."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"


def percent(share: float) -> str:
    """0..1 as a percentage without its sign: whole, but for the ends, where a half counts."""
    value = 100 * share
    return f"{value:.1f}".removesuffix(".0") if value > 99 or value < 1 else f"{value:.0f}"


def _believed(belief: Mapping[str, Any], budget: Budget | None, language: Language) -> str:
    """Until a budget says how many pass, the alerts of a thousand people are all that can be said."""
    alerts, found = belief["false_alerts_per_day"], belief["found"]
    of = 1.0 if budget is not None else A_THOUSAND / belief["passages_per_day"]
    return words.say(
        "accuracy.believed" if budget is not None else "accuracy.believed_of_a_thousand",
        language,
        alerts=number(of * alerts["value"]),
        alerts_low=number(of * alerts["low"]),
        alerts_high=number(of * alerts["high"]),
        found=percent(found["value"]),
        found_low=percent(found["low"]),
        found_high=percent(found["high"]),
    )


def _warning(belief: Mapping[str, Any], budget: Budget | None, language: Language) -> str | None:
    if budget is None:
        return None
    alerts, found = number(budget.false_alerts_per_day), belief["found"]["value"]
    if found < UNREASONABLE:
        return words.say("accuracy.warning.too_few_alerts", language, alerts=alerts, lost=percent(1 - found))
    one_in = budget.passages_per_day / budget.false_alerts_per_day
    if 1 / one_in > ALERTS_TRUSTED:
        return words.say("accuracy.warning.too_many_alerts", language, alerts=alerts, passages=number(one_in))
    return None


def _in_force(session: Session, calibration: Calibration | None, footing: Footing, now: datetime) -> InForce:
    rev = session.scalar(select(func.coalesce(func.max(GalleryChange.rev), 0))) or 0
    alive = session.scalars(select(Worker.rev).where(Worker.beat_at > now - ALIVE_FOR)).all()
    return InForce(
        rev=rev,
        is_derived=footing.n_people == 0 or (calibration is not None and calibration.rev == rev),
        n_workers_current=sum(applied >= rev for applied in alive),
        n_workers=len(alive),
    )


def _advice(
    budget: Budget | None,
    traffic: Traffic | None,
    footing: Footing,
    calibration: Calibration | None,
    language: Language,
) -> Iterator[AdviceView]:
    def advise(code: Any, **fields: object) -> AdviceView:
        return AdviceView(code=code, text=words.say(f"accuracy.advice.{code}", language, **fields))

    if budget is None:
        yield advise("no_budget")
    if footing.n_one_portrait:
        yield advise("one_portrait", n=footing.n_one_portrait)
    if footing.n_weak:
        yield advise("weak", n=footing.n_weak)
    n_measurable = footing.n_people + footing.n_volunteers
    if footing.n_people and n_measurable < ENOUGH_PEOPLE:
        yield advise("volunteers", n=ENOUGH_PEOPLE - n_measurable)
    if (
        budget
        and traffic
        and not 1 / TRAFFIC_OFF <= traffic.passages_per_day / budget.passages_per_day <= TRAFFIC_OFF
    ):
        yield advise("passages", counted=number(traffic.passages_per_day), said=number(budget.passages_per_day))


def _history(session: Session) -> list[PastView]:
    said = [
        PastView(
            kind="budget",
            at=row.set_at,
            by=row.set_by,
            false_alerts_per_day=row.false_alerts_per_day,
            passages_per_day=row.passages_per_day,
        )
        for row in budgets.budget_history(session, MOST_PAST)
    ]
    followed = [
        PastView(
            kind="calibration",
            at=row.made_at,
            n_people=row.n_people,
            threshold=row.uncertain,
            false_alerts_per_day=row.belief["false_alerts_per_day"]["value"],
            found=row.belief["found"]["value"],
        )
        for row in _changes(calibrating.calibration_history(session, MOST_READ))
    ]
    return sorted((*said, *followed), key=lambda past: past.at, reverse=True)[:MOST_PAST]


def _changes(newest_first: Sequence[Calibration]) -> Iterator[Calibration]:
    """Those that differ from the one before them in what they hold people to, or in how many these are."""
    for row, before in zip_longest(newest_first, newest_first[1:]):
        if before is None or (row.n_people, row.uncertain) != (before.n_people, before.uncertain):
            yield row
