"""`patrol route`: who got a hit and why, who did not and why."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.orm import Session

from patrol import words
from patrol.cli import parts
from patrol.cli.watchlists import named
from patrol.dispatch import explanations, plan, routing, wording
from patrol.dispatch.explanations import ELSEWHERE, Explained, Part
from patrol.dispatch.routing import Route, Rules, Where
from patrol.hits import numbers
from patrol.hits.review import HitUnknown
from patrol.settings import load_streams, terminal_language
from patrol.values import Stream

app = typer.Typer(help="Whom a hit goes to.", no_args_is_help=True)


@app.callback()
def route() -> None:
    """Whom a hit goes to."""


@app.command()
def explain(
    hit: Annotated[str, typer.Argument(help="Its number, as 123, #0123 or HIT-0123, or its id.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, every group in it.")] = False,
    has_all: Annotated[bool, typer.Option("--all", help="Name the groups that cover other places, too.")] = False,
) -> None:
    """Say who got a hit and why, who waits in line, who did not get it and why; before a yes: who would now."""
    chosen = parts.settings()
    with parts.database(chosen).read() as session:
        found = _explained(session, hit, plan.load(session, parts.desk(chosen).sites()))
        if as_json:
            typer.echo(json.dumps(in_json(found), ensure_ascii=False, default=datetime.isoformat))
            return
        for line in _lines(found, has_all=has_all):
            typer.echo(line)


@app.command("streams")
def try_streams(
    list_name: Annotated[
        str | None, typer.Option("--list", help="By this list's rules; by patrol's own if left out.")
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d %H:%M"], help="Then instead of now, by the site's clock.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say for each stream who would be told now, and name the streams that nobody covers."""
    chosen = parts.settings()
    with parts.database(chosen).read() as session:
        known = plan.load(session, parts.desk(chosen).sites())
        rules = Rules.of(named(session, list_name)) if list_name else Rules()
    streams = load_streams(chosen.streams_file)
    tried = {it: routing.route(known, Where.of_stream(it), rules, _moment(it, at)) for it in streams}
    if as_json:
        rows = [_stream_in_json(stream, found) for stream, found in tried.items()]
        typer.echo(json.dumps({"streams": rows}, ensure_ascii=False))
        return
    for stream, found in tried.items():
        code = "stream" if not found.is_default else "stream_default" if found.told else "stream_nobody"
        told = words.say("routing.join", terminal_language()).join(it.name for it in found.told)
        typer.echo(words.say(f"routing.{code}", terminal_language(), id=stream.id, place=stream.place, told=told))


def _moment(stream: Stream, at: datetime | None) -> datetime:
    return at.replace(tzinfo=ZoneInfo(stream.site.time_zone)) if at else parts.clock()


def _stream_in_json(stream: Stream, found: Route) -> dict[str, Any]:
    told = [{"group_id": it.group_id, "why": it.why, "walk_min": it.walk_min} for it in found.told]
    return {"stream_id": stream.id, "is_default": found.is_default, "told": told, "n_reserves": len(found.reserves)}


def in_json(found: Explained) -> dict[str, Any]:
    """The same keys as the API's answer."""
    language = terminal_language()
    return {
        "hit_id": str(found.hit.id),
        "number": found.hit.number,
        "outcome": found.outcome,
        "explanation": explanations.say_outcome(found, language),
        "routed_at": found.routed_at,
        "is_default": found.route.is_default,
        **{part: explanations.rows_of(found, part, language) for part in explanations.PARTS},
    }


def _explained(session: Session, name: str, now_plan: plan.Plan) -> Explained:
    hit = numbers.named(session, name)
    if hit is None:
        raise HitUnknown(words.say("routing.no_such_hit", terminal_language(), hit=repr(name)))
    return explanations.explain(session, hit, now_plan, parts.clock())


def _lines(found: Explained, *, has_all: bool) -> Iterator[str]:
    language, hit = terminal_language(), found.hit
    number = wording.short_number(hit.number)
    yield words.say("routing.hit", language, number=number, place=hit.place, site=hit.site_name)
    if found.routed_at is not None:
        yield words.say(
            "routing.routed_at", language, at=wording.local_time(found.routed_at, hit.time_zone, language)
        )
    yield explanations.say_outcome(found, language)
    yield words.say("routing.told" if found.routed_at else "routing.would_tell", language)
    yield from _groups(found, "told") or [words.say("routing.nobody", language)]
    for part in ("reserves", "refused"):
        if lines := _groups(found, part, has_all=has_all):
            yield words.say(f"routing.{part}", language)
            yield from lines


def _groups(found: Explained, part: Part, *, has_all: bool = True) -> list[str]:
    language = terminal_language()
    rows = explanations.rows_of(found, part, language)
    shown = [row for row in rows if has_all or row["why"] != ELSEWHERE]
    lines = [
        words.say("routing.line", language, name=row["name"], group=row["group_id"], why=row["explanation"])
        for row in shown
    ]
    if n_others := len(rows) - len(shown):
        lines.append(words.say("routing.others", language, n=n_others))
    return lines
