"""`patrol deliveries`: what was sent, what waits and why, and sending again what failed."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import typer

from patrol import words
from patrol.cli import parts
from patrol.dispatch import backlog, redriving, stories, wording
from patrol.dispatch.backlog import State, Wanted
from patrol.settings import terminal_language
from patrol.store.tables import Delivery

app = typer.Typer(help="What was sent, what waits and why, and sending again what failed.", no_args_is_help=True)
BY = "cli"
AT_MOST = 1_000

OfState = Annotated[State | None, typer.Option("--state", help="Only those in this state.")]
OfGroup = Annotated[str | None, typer.Option("--group", help="Only those of this group, by its id.")]
OfHit = Annotated[
    str | None, typer.Option("--hit", help='Only those of this hit: "123", "#0123", "HIT-0123" or its id.')
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout and nothing else.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=AT_MOST, help="At most so many, the newest first.")]
Which = Annotated[str, typer.Argument(help="The delivery's id, or as much of it as tells it from others.")]
Ended = Literal["failed", "unknown", "queued"]


@app.command("list")
def list_deliveries(
    state: OfState = None, group: OfGroup = None, hit: OfHit = None, limit: Limit = 100, as_json: AsJson = False
) -> None:
    """List deliveries, newest first."""
    with parts.database(parts.settings()).read() as session:
        found = backlog.find(session, wanted(state, group, hit), limit=limit)
        if as_json:
            typer.echo(json.dumps([row_of(row) for row in found], ensure_ascii=False, indent=2))
            return
        for line in _lines(found):
            typer.echo(line)


@app.command()
def explain(id: Which, as_json: AsJson = False) -> None:
    """Tell the whole story of one delivery: every try, what came of it, and what it waits for."""
    language = terminal_language()
    with parts.database(parts.settings()).read() as session:
        row = backlog.read_short(session, id)
        story, zone = stories.story(session, row, parts.clock()), stories.zone_of(row)
        if as_json:
            told = [
                {"at": line.at.isoformat(), "code": line.code, "text": line.say(language, zone)} for line in story
            ]
            typer.echo(json.dumps(row_of(row) | {"story": told}, ensure_ascii=False, indent=2))
            return
        typer.echo(_line(row))
        for line in story:
            typer.echo(f"{wording.clock_time(line.at, zone, with_seconds=True)}  {line.say(language, zone)}")


@app.command()
def redrive(
    id: Annotated[str | None, typer.Argument(help="One delivery; or name several by --state and --group.")] = None,
    state: Annotated[Ended | None, typer.Option("--state", help="All in this state.")] = None,
    group: OfGroup = None,
    as_json: AsJson = False,
) -> None:
    """Send again what failed or waits; never what is overdue, overruled, withdrawn or paused."""
    if id is None and state is None and group is None:
        raise typer.BadParameter("name a delivery, or choose some with --state or --group")
    with parts.database(parts.settings()).write() as session:
        if id is not None:
            rows = [backlog.read_short(session, id)]
        else:
            rows = backlog.find(session, Wanted(state=state or "failed", group_id=group), limit=AT_MOST)
        done = [(row, redriving.redrive(session, row, BY, parts.clock())) for row in rows]
    if as_json:
        typer.echo(json.dumps([{"id": str(row.id), "outcome": outcome} for row, outcome in done]))
        return
    for line in [_say(f"done_{outcome}", id=backlog.short(row.id)) for row, outcome in done] or [_say("none")]:
        typer.echo(line)


def wanted(state: State | None, group: str | None, hit: str | None) -> Wanted:
    """What a reader typed."""
    if hit is None:
        return Wanted(state, group)
    named = re.fullmatch(r"(?:#|HIT-?)?0*(\d{1,9})", hit.strip(), re.IGNORECASE)
    if named:
        return Wanted(state, group, hit_number=int(named[1]))
    try:
        return Wanted(state, group, hit_id=UUID(hit.strip()))
    except ValueError:
        raise typer.BadParameter(f'{hit!r} is no hit; write "123", "#0123", "HIT-0123" or its id') from None


def row_of(row: Delivery) -> dict[str, Any]:
    """A delivery for programs."""
    moments = ("created_at", "next_try_at", "expires_at", "sent_at", "read_at", "ended_at")
    names = ("kind", "part", "state", "attempts", "is_repeat", "may_have_arrived", "error", "missed", "lane")
    return {
        "id": str(row.id),
        "hit": row.hit.number if row.hit else None,
        "group": row.group_id,
        "chat": row.chat.kind,
        **{name: getattr(row, name) for name in names},
        **{name: _iso(getattr(row, name)) for name in moments},
        "parent": str(row.parent_id) if row.parent_id else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _lines(found: list[Delivery]) -> Iterator[str]:
    yield from map(_line, found)
    if not found:
        yield _say("none")


def _line(row: Delivery) -> str:
    return _say(
        "listed",
        id=backlog.short(row.id),
        at=wording.clock_time(row.created_at, stories.zone_of(row), with_seconds=True),
        state=_say(f"state_{row.state}"),
        kind=_say(f"kind_{row.kind}"),
        number=wording.short_number(row.hit.number) if row.hit else "-",
        group=row.group_id,
        chat=row.chat.kind,
        attempts=row.attempts,
        why=wording.explain(row.error, terminal_language()) if row.error else "",
    ).rstrip()


def _say(code: str, **fields: object) -> str:
    return words.say(f"deliveries.{code}", terminal_language(), **fields)
