"""`patrol accuracy`: how many false alerts a day are accepted, and what is believed to follow."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from patrol import words
from patrol.cli import parts
from patrol.settings import Settings, terminal_language
from patrol.store.engine import Database
from patrol.watchlist import budgets
from patrol.watchlist.settling import try_to_settle
from patrol.web.accuracy_views import A_THOUSAND, AccuracyView, CalibrationView, accuracy_of, number, percent

app = typer.Typer(help="False alerts: how many are accepted, and what follows from it.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
BY = "cli"


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the budget, what is believed of it and on what that rests, other budgets, and what would help."""
    chosen = parts.settings()
    _print(_settled(chosen, parts.database(chosen)), as_json)


@app.command("set")
def set_budget(
    false_alerts: Annotated[float, typer.Option(help="At most so many false alerts a day.")],
    passages: Annotated[
        float | None, typer.Option(help="About so many people pass the cameras a day; else what the workers counted.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set what is accepted. Every worker takes it up within seconds."""
    chosen, now = parts.settings(), parts.clock()
    database = parts.database(chosen)
    with database.write() as session:
        per_day = _counted(session, now) if passages is None else passages
        budgets.set_budget(session, false_alerts_per_day=false_alerts, passages_per_day=per_day, by=BY, now=now)
    _print(_settled(chosen, database), as_json)


def _settled(chosen: Settings, database: Database) -> AccuracyView:
    """How it is, with what follows from it derived here where no worker has done so yet."""
    now = parts.clock()
    if problem := try_to_settle(database, chosen.models_dir, parts.embedder(chosen, database), now):
        typer.echo(problem, err=True)
    with database.read() as session:
        return accuracy_of(session, now, terminal_language())


def _counted(session: Session, now: datetime) -> float:
    traffic = budgets.counted_traffic(session, now)
    if traffic is None:
        raise typer.BadParameter(words.say("accuracy.not_counted", terminal_language()), param_hint="--passages")
    return traffic.passages_per_day


def _print(shown: AccuracyView, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(shown.model_dump(mode="json"), ensure_ascii=False))
        return
    for line in _lines(shown):
        typer.echo(line)


def _lines(shown: AccuracyView) -> Iterator[str]:
    yield _budget(shown)
    if shown.traffic is not None:
        counted = shown.traffic
        yield _say("traffic", passages=number(counted.passages_per_day), n=counted.n_days, last=counted.last_day)
    if shown.calibration is None:
        yield words.say("accuracy.not_derived", terminal_language())
    else:
        yield from _calibration(shown.calibration, shown.budget is not None)
    force = shown.in_force
    if force.n_workers:
        yield _say("in_force" if force.is_derived else "following", n=force.n_workers_current, of=force.n_workers)
    else:
        yield _say("no_worker")
    for advice in shown.advice:
        yield f"- {advice.text}"


def _budget(shown: AccuracyView) -> str:
    budget = shown.budget
    if budget is None:
        return _say("default_budget")
    return _say(
        "budget",
        alerts=number(budget.false_alerts_per_day),
        passages=number(budget.passages_per_day),
        by=budget.set_by,
        at=budget.set_at,
    )


def _calibration(found: CalibrationView, is_of_a_day: bool) -> Iterator[str]:
    yield found.belief.text
    yield found.belief.basis_text
    if found.belief.warning is not None:
        yield f"! {found.belief.warning}"
    yield _say(
        "thresholds", **found.model_dump(include={"sure", "uncertain", "weak", "rev", "embedder"}), n=found.n_people
    )
    if found.alternatives:
        yield _say("alternatives")
    for each in found.alternatives:
        yield _say(
            "alternative" if is_of_a_day else "alternative_of_a_thousand",
            alerts=number(each.false_alerts_per_day if is_of_a_day else A_THOUSAND * each.fpir),
            threshold=each.threshold,
            found=percent(each.found.value),
            found_low=percent(each.found.low),
            found_high=percent(each.found.high),
        )


def _say(code: str, **fields: object) -> str:
    return words.say(f"accuracy.shown.{code}", terminal_language(), **fields)
