"""`patrol volunteers`: people who agreed that patrol measures with their faces."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from patrol import words
from patrol.cli import parts
from patrol.cli.watchlists import end_of, explain
from patrol.settings import terminal_language
from patrol.store.tables import Volunteer
from patrol.watchlist import volunteers
from patrol.watchlist.volunteers import Agreement, VolunteerResult, VolunteerUnknown

app = typer.Typer(
    help="People who agreed that patrol measures with their faces. Nobody looks for them.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
BY = "cli"


@app.command()
def add(
    folder: Annotated[Path, typer.Argument(help="A photo or a folder for each; the name is the person's.")],
    consent: Annotated[str, typer.Option(help="What they agreed to, and where that is written.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day of it, in UTC.")],
    as_json: AsJson = False,
) -> None:
    """Take in everybody of a folder; each photo is accepted, or refused with a reason."""
    chosen = parts.settings()
    results = volunteers.add_folder(
        parts.database(chosen),
        parts.blobs(chosen),
        parts.finder(chosen),
        Agreement(consent, end_of(until.date())),
        folder,
        by=BY,
        now=parts.clock(),
        progress=_show_progress,
    )
    _report(results, as_json)
    if not any(result.photo.is_accepted for result in results):
        raise typer.Exit(1)


@app.command("list")
def list_volunteers(as_json: AsJson = False) -> None:
    """List everybody whose agreement holds: until when, and to what."""
    with parts.database(parts.settings()).read() as session:
        rows = volunteers.list_volunteers(session, parts.clock())
    if as_json:
        shown = [{name: getattr(row, name) for name in SHOWN} for row in rows]
        typer.echo(json.dumps({"volunteers": shown}, ensure_ascii=False, default=str))
        return
    for row in rows:
        parts.say("volunteer_listed", id=str(row.id)[:8], name=row.name, ends=row.ends_at, consent=row.consent)
    parts.say("volunteers_counted", n=len(rows))


@app.command()
def remove(
    volunteer: Annotated[str, typer.Argument(help="The name, or as much of the id as tells it apart.")],
) -> None:
    """Forget somebody who takes it back: picture, templates and name are deleted."""
    chosen = parts.settings()
    database, blobs, now = parts.database(chosen), parts.blobs(chosen), parts.clock()
    with database.write() as session:
        row = _meant(session, volunteer, now)
        name = row.name
        volunteers.remove_volunteer(session, blobs, row, by=BY, now=now)
    database.flush_deleted()
    parts.say("volunteer_removed", name=name)


SHOWN = ("id", "name", "consent", "created_at", "created_by", "ends_at")


def _meant(session: Session, said: str, now: datetime) -> Volunteer:
    rows = volunteers.list_volunteers(session, now)
    found = [row for row in rows if row.name == said] or [
        row for row in rows if said and str(row.id).startswith(said.lower())
    ]
    if len(found) != 1:
        raise VolunteerUnknown(words.say("cli.not_one_volunteer", terminal_language(), name=said, n=len(found)))
    return found[0]


def _report(results: list[VolunteerResult], as_json: bool) -> None:
    if as_json:
        rows = [{"name": it.name, **asdict(it.photo), "explanation": explain(it.photo)} for it in results]
        typer.echo(json.dumps({"volunteers": rows}, ensure_ascii=False, default=str))
        return
    for result in results:
        if not result.photo.is_accepted:
            parts.say("photo_refused", file_name=result.photo.file_name, explanation=explain(result.photo))
    n_added = sum(result.photo.is_accepted for result in results)
    parts.say("volunteers_added", n=n_added, n_refused=len(results) - n_added)


def _show_progress(n_done: int, n_total: int) -> None:
    typer.echo(f"\r{n_done}/{n_total}", nl=n_done == n_total, err=True)
