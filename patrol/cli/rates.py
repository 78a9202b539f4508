"""`patrol rates`: how often matches were wrong, by entry and by camera."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from patrol import words
from patrol.cli import parts
from patrol.hits.rates import LONGEST_DAYS, Alerts, CameraRates, EntryRates, Rate, Rates, read_rates
from patrol.matching.prior import Prior
from patrol.settings import terminal_language
from patrol.store.beats import newest_embedder
from patrol.watchlist.floors import Floor, Spot, cap_of, floors_of
from patrol.watchlist.settling import known_of_version


def add_to(app: typer.Typer) -> None:
    app.command("rates")(show_rates)


def show_rates(
    since: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="How many days back.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """How often matches were wrong, as reviewers said: in all, by camera, by entry; each with its 95 % interval."""
    now = parts.clock()
    chosen = parts.settings()
    with parts.database(chosen).read() as session:
        found = read_rates(session, now - timedelta(days=since), now)
        embedder = newest_embedder(session)
        prior = known_of_version(chosen.models_dir, embedder) if embedder else None
        floors = floors_of(session, prior.embedder, cap_of(prior)) if prior else {}
    if as_json:
        typer.echo(json.dumps(in_json(found, floors), ensure_ascii=False))
        return
    _say_all(found, since)
    for camera in found.cameras:
        _say("camera", id=camera.stream_id, rate=written(camera.per_camera_day), **asdict(camera.alerts))
    for entry in found.entries:
        _say_entry(entry, floors, prior)


def in_json(found: Rates, floors: dict[Spot, Floor]) -> dict[str, object]:
    """Everything, with rates as {n, of, value, low, high}; high is null where the interval is open."""
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        **_alerts(found.alerts),
        "per_passage": found.per_passage.figures,
        "per_camera_day": found.per_camera_day.figures,
        "cameras": [_camera(camera) for camera in found.cameras],
        "entries": [_entry(entry, floors) for entry in found.entries],
    }


def written(rate: Rate) -> str:
    """A rate with its interval, as figures."""
    if rate.value is None:
        return words.say("rates.unknown", terminal_language())
    low, high = rate.interval
    return f"{rate.value:.3g} ({low:.2g}-{high:.2g})"


def _say_all(found: Rates, days: int) -> None:
    _say("head", days=days, **asdict(found.alerts))
    _say("precision", rate=written(found.alerts.precision))
    _say("per_passage", of=found.traffic.n_passages, rate=written(found.per_passage))
    _say("per_camera_day", rate=written(found.per_camera_day))


def _say_entry(entry: EntryRates, floors: dict[Spot, Floor], prior: Prior | None) -> None:
    _say(
        "entry",
        mark="!" if entry.is_flagged else "-",
        name=entry.name,
        watchlist=entry.watchlist,
        days=f"{entry.days:.0f}",
        expected=f"{entry.expected:.2g}",
        **asdict(entry.alerts),
    )
    if entry.is_flagged:
        typer.echo("  " + words.say("rates.flagged", terminal_language()))
    for (person_id, stream_id), floor in floors.items():
        if person_id == entry.person_id and prior is not None:
            rate = prior.find_rate(floor.score)
            find_rate = "?" if rate is None else f"{rate:.0%}"
            fields = {"id": stream_id, "score": f"{floor.score:.3f}", "find_rate": find_rate}
            typer.echo("  " + words.say("rates.floor", terminal_language(), **fields))


def _say(code: str, **fields: object) -> None:
    typer.echo(words.say(f"rates.{code}", terminal_language(), **fields))


def _alerts(alerts: Alerts) -> dict[str, object]:
    return {**asdict(alerts), "precision": alerts.precision.figures}


def _camera(camera: CameraRates) -> dict[str, object]:
    where = {"stream_id": camera.stream_id, "site_id": camera.site_id, **asdict(camera.traffic)}
    rates = {"per_passage": camera.per_passage.figures, "per_camera_day": camera.per_camera_day.figures}
    return {**where, **_alerts(camera.alerts), **rates}


def _entry(entry: EntryRates, floors: dict[Spot, Floor]) -> dict[str, object]:
    raised = {stream: asdict(floor) for (person, stream), floor in floors.items() if person == entry.person_id}
    return {
        "person_id": str(entry.person_id),
        "name": entry.name,
        "watchlist": entry.watchlist,
        "days": round(entry.days, 2),
        **_alerts(entry.alerts),
        "per_passage": entry.per_passage.figures,
        "per_camera_day": entry.per_camera_day.figures,
        "expected": entry.expected,
        "is_flagged": entry.is_flagged,
        "floors": raised,
    }
