"""`patrol pause`: the stop button for what is sent."""

import json
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from patrol import words
from patrol.cli import parts
from patrol.cli.watchlists import entry_named, named
from patrol.dispatch import pauses, wording
from patrol.dispatch.pauses import PauseRefused, PauseUnknown, Scope
from patrol.settings import Settings, load_sites, terminal_language
from patrol.store.tables import Pause

app = typer.Typer(help="Stop sending: everything, or a site's, a list's or an entry's hits.", no_args_is_help=True)

BY = "cli"


@app.command()
def start(
    reason: Annotated[str, typer.Option(help="Why; every page shows it.")],
    minutes: Annotated[float, typer.Option(help="When it ends by itself.")] = 30.0,
    site: Annotated[str | None, typer.Option(help="Only the hits of this site.")] = None,
    list_name: Annotated[str | None, typer.Option("--list", help="Only the hits of this list.")] = None,
    entry: Annotated[str | None, typer.Option(help="Only this entry of --list: a name, or your own key.")] = None,
) -> None:
    """Stop sending, of everything where nothing is named. Withdrawals and stand-downs leave all the same."""
    chosen, now = parts.settings(), parts.clock()
    with parts.database(chosen).write() as session:
        scope, ref = _what(session, chosen, site, list_name, entry)
        ends_at = now + timedelta(minutes=minutes)
        row = pauses.pause(session, scope=scope, ref=ref, reason=reason, ends_at=ends_at, by=BY, now=now)
        _say("started", session, row, until=_local(row.ends_at), id=row.id)


@app.command("list")
def list_pauses(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False) -> None:
    """List what is paused now: what, until when, by whom and why."""
    with parts.database(parts.settings()).read() as session:
        rows = pauses.standing(session, parts.clock())
        if as_json:
            shown = [{name: getattr(row, name) for name in SHOWN} for row in rows]
            typer.echo(json.dumps({"pauses": shown}, ensure_ascii=False, default=_in_json))
            return
        for row in rows:
            _say("listed", session, row, until=_local(row.ends_at), id=row.id, by=row.by, reason=row.reason)
        if not rows:
            typer.echo(words.say("pauses.none", terminal_language()))


@app.command()
def end(pause: Annotated[str, typer.Argument(help="The pause's id, or as much of it as tells it apart.")]) -> None:
    """End a pause now. What became overdue meanwhile is never sent."""
    with parts.database(parts.settings()).write() as session:
        found = [row for row in pauses.standing(session, parts.clock()) if str(row.id).startswith(pause.lower())]
        if len(found) != 1:
            raise PauseUnknown(words.say("pauses.not_one", terminal_language(), id=pause, n=len(found)))
        _say("ended", session, pauses.resume(session, found[0].id, BY, parts.clock()))


SHOWN = ("id", "scope", "ref", "reason", "by", "created_at", "ends_at")


def _what(
    session: Session, chosen: Settings, site: str | None, list_name: str | None, entry: str | None
) -> tuple[Scope, str | None]:
    """What the options name: at most a site, or a list, or an entry of it."""
    if (site and list_name) or (entry and not list_name):
        raise PauseRefused("names_nothing")
    if site:
        if site not in {known.id for known in load_sites(chosen.streams_file)}:
            raise PauseRefused("unknown_ref", ref=f"site {site}")
        return "site", site
    if not list_name:
        return "all", None
    watchlist = named(session, list_name)
    if entry:
        return "person", str(entry_named(session, watchlist, entry).id)
    return "watchlist", str(watchlist.id)


def _say(code: str, session: Session, row: Pause, **fields: object) -> None:
    language = terminal_language()
    typer.echo(words.say(f"pauses.{code}", language, what=pauses.said(session, row, language), **fields))


def _local(moment: datetime) -> str:
    return wording.local_time(moment, "UTC", terminal_language())


def _in_json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
