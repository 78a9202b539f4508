"""`patrol watchlist`: lists, and the people on them."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import words
from patrol.cli import parts
from patrol.cli.import_reports import write_csv
from patrol.dispatch.routing import Rules
from patrol.settings import terminal_language
from patrol.store.tables import Person, Watchlist
from patrol.watchlist import enrolment, people
from patrol.watchlist.enrolment import PhotoResult
from patrol.watchlist.expectations import SECOND_PORTRAIT
from patrol.watchlist.imports import (
    Defaults,
    ImportProgress,
    ImportReport,
    ImportRow,
    import_folder,
    import_zip,
)
from patrol.watchlist.portraits import Photo

app = typer.Typer(help="Who is looked for: lists, people, photos.", no_args_is_help=True)

ListName = Annotated[str, typer.Argument(help="The list's name.")]
Ends = Annotated[datetime, typer.Option("--ends", formats=["%Y-%m-%d"], help="The last day, in UTC.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Levels = Annotated[
    str | None,
    typer.Option(help="Levels of groups that may be told, with commas; station,managers,guards if not said."),
]
AtOnce = Annotated[int | None, typer.Option(help="How many groups are told at once; the others wait their turn.")]
Weak = Annotated[
    str | None,
    typer.Option(
        "--weak", metavar="REASON", help="Why photos too poor for a portrait are let in as weak; they find less."
    ),
]
Lookalike = Annotated[bool, typer.Option(help="You have compared the faces: it is somebody else.")]
BY = "cli"


@app.command()
def create(
    name: ListName,
    category: Annotated[str, typer.Option(help="wanted, missing, banned, vip, staff, exercise or other.")],
    reason: Annotated[str, typer.Option(help="Why these people may be looked for.")],
    owner: Annotated[str, typer.Option(help="Who answers for the list.")],
    ends: Ends,
    instruction: Annotated[str | None, typer.Option(help="What guards are told, if not the default.")] = None,
    levels: Levels = None,
    at_once: AtOnce = None,
    exercise: Annotated[bool, typer.Option(help="An exercise: every message says so.")] = False,
) -> None:
    """Make a list. It needs a reason, an owner and an end."""
    with parts.database(parts.settings()).write() as session:
        made = people.create_watchlist(
            session,
            name=name,
            category=category,
            reason=reason,
            owner=owner,
            ends_at=end_of(ends.date()),
            by=BY,
            now=parts.clock(),
            instruction=instruction,
            levels=listed(levels),
            tell_at_once=at_once,
            is_exercise=exercise,
        )
    parts.say("watchlist_created", name=made.name)


@app.command()
def tell(watchlist: ListName, levels: Levels = None, at_once: AtOnce = None) -> None:
    """Say who may be told of a list's hits; what is not given stays. An empty --levels goes back to patrol's own."""
    changes = people.WatchlistChanges()
    if levels is not None:
        changes["levels"] = listed(levels)
    if at_once is not None:
        changes["tell_at_once"] = at_once
    with parts.database(parts.settings()).write() as session:
        row = people.change_watchlist(session, named(session, watchlist), by=BY, now=parts.clock(), **changes)
    rules = Rules.of(row)
    parts.say("watchlist_tells", name=row.name, levels=", ".join(sorted(rules.levels)), n=rules.tell_at_once)


@app.command("list")
def list_watchlists() -> None:
    """List every list with its end and how many people are on it."""
    with parts.database(parts.settings()).read() as session:
        for row in people.watchlists(session):
            n_people = len(people.people_of(session, row.id))
            state = "closed" if row.closed_at else "open"
            parts.say(
                "watchlist_listed", name=row.name, category=row.category, ends=row.ends_at, n=n_people, state=state
            )


@app.command("people")
def list_people(watchlist: ListName) -> None:
    """List the people of a list."""
    now = parts.clock()
    with parts.database(parts.settings()).read() as session:
        for person in people.people_of(session, named(session, watchlist).id):
            state = "suspended" if person.suspended_at else "active" if people.is_active(person, now) else "ended"
            portraits = people.living_portraits(person)
            n_weak = sum(portrait.is_weak for portrait in portraits)
            code = "person_listed_weak" if n_weak else "person_listed"
            parts.say(code, name=person.name, ends=person.ends_at, n=len(portraits), state=state, n_weak=n_weak)


@app.command()
def enrol(
    watchlist: ListName,
    name: Annotated[str, typer.Argument(help="The person's name.")],
    photos: Annotated[list[Path], typer.Argument(help="One photo or several.", exists=True, dir_okay=False)],
    reason: Annotated[str, typer.Option(help="Why this person is looked for.")],
    source: Annotated[str, typer.Option(help="Where the photos come from.")],
    ends: Ends,
    ref: Annotated[str | None, typer.Option(help="Your own key for this entry, e.g. a case number.")] = None,
    allow_lookalike: Lookalike = False,
    weak: Weak = None,
    as_json: AsJson = False,
) -> None:
    """Enrol one person; each photo is accepted, or refused with a reason. No photo accepted, nobody enrolled."""
    chosen = parts.settings()
    database = parts.database(chosen)
    with database.read() as session:
        watchlist_id = named(session, watchlist).id
    outcome = enrolment.enrol_person(
        database,
        parts.blobs(chosen),
        parts.finder(chosen),
        watchlist_id,
        people.Entry(name, reason, source, end_of(ends.date()), ref),
        [Photo(photo.name, photo.read_bytes()) for photo in photos],
        by=BY,
        now=parts.clock(),
        is_lookalike_allowed=allow_lookalike,
        weak_reason=weak,
    )
    report(outcome.photos, as_json, person_id=outcome.person_id and str(outcome.person_id))
    if outcome.person_id is None:
        raise typer.Exit(1)


@app.command("photos")
def add_photos(
    watchlist: ListName,
    person: Annotated[str, typer.Argument(help="The person's name, or your own key.")],
    photos: Annotated[list[Path], typer.Argument(help="One photo or several.", exists=True, dir_okay=False)],
    allow_lookalike: Lookalike = False,
    weak: Weak = None,
    as_json: AsJson = False,
) -> None:
    """Add photos to somebody: a second good one cuts the misses by nearly three quarters."""
    chosen = parts.settings()
    database = parts.database(chosen)
    with database.read() as session:
        person_id = entry_named(session, named(session, watchlist), person).id
    outcome = enrolment.enrol_photos(
        database,
        parts.blobs(chosen),
        parts.finder(chosen),
        person_id,
        [Photo(photo.name, photo.read_bytes()) for photo in photos],
        by=BY,
        now=parts.clock(),
        is_lookalike_allowed=allow_lookalike,
        weak_reason=weak,
    )
    report(outcome.photos, as_json, person_id=str(person_id))
    if not any(photo.is_accepted for photo in outcome.photos):
        raise typer.Exit(1)


@app.command("import")
def import_people(
    watchlist: ListName,
    people_path: Annotated[Path, typer.Argument(help="A folder or a ZIP, with a CSV or without.", exists=True)],
    reason: Annotated[str, typer.Option(help="For those whose row gives none.")] = "",
    source: Annotated[str, typer.Option(help="For those whose row gives none.")] = "",
    ends: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="For those whose row gives none.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option("--report", help="Write each photo's answer to this CSV.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Enrol many people; every photo gets its answer, and one that fails stops nobody else.

    A column weak_reason in the table lets a person's poor photos in as weak.
    """
    if answers is not None:
        write_csv(answers, (), explain)  # what cannot be written is said before the photos are looked at
    chosen = parts.settings()
    database, blobs, finder, now = parts.database(chosen), parts.blobs(chosen), parts.finder(chosen), parts.clock()
    with database.read() as session:
        watchlist_id = named(session, watchlist).id
    defaults = Defaults(UTC, reason, source, ends and end_of(ends.date()))
    if people_path.is_dir():
        done = import_folder(
            database, blobs, finder, watchlist_id, people_path, defaults, by=BY, now=now, progress=show_progress
        )
    else:
        with people_path.open("rb") as file:
            done = import_zip(
                database, blobs, finder, watchlist_id, file, defaults, by=BY, now=now, progress=show_progress
            )
    if answers is not None:
        write_csv(answers, done.rows, explain)
    report_import(done, as_json)


@app.command()
def remove(
    watchlist: ListName, person: Annotated[str, typer.Argument(help="The person's name, or your own key.")]
) -> None:
    """Take somebody off a list: photos and templates are deleted, and every worker forgets within seconds."""
    chosen = parts.settings()
    database, blobs = parts.database(chosen), parts.blobs(chosen)
    with database.write() as session:
        entry = entry_named(session, named(session, watchlist), person)
        people.remove_person(session, blobs, entry, by=BY, now=parts.clock())
    database.flush_deleted()
    parts.say("person_removed", name=entry.name, watchlist=watchlist)


@app.command()
def suspend(
    watchlist: ListName,
    person: Annotated[str, typer.Argument(help="The person's name, or your own key.")],
    reason: Annotated[str, typer.Option(help="Why nobody is to look for them just now.")],
) -> None:
    """Stop looking for somebody for a while: photos and templates stay, and every worker follows within seconds."""
    with parts.database(parts.settings()).write() as session:
        entry = entry_named(session, named(session, watchlist), person)
        people.suspend_person(session, entry, by=BY, now=parts.clock(), why=reason)
    parts.say("person_suspended", name=entry.name, watchlist=watchlist)


@app.command()
def resume(
    watchlist: ListName,
    person: Annotated[str, typer.Argument(help="The person's name, or your own key.")],
    reason: Annotated[
        str, typer.Option(help="Why they are looked for again; after a wrongful stop, what was found.")
    ],
) -> None:
    """Look for somebody again. After a wrongful stop the list's owner, or an admin, says why."""
    with parts.database(parts.settings()).write() as session:
        entry = entry_named(session, named(session, watchlist), person)
        people.resume_person(session, entry, by=BY, now=parts.clock(), why=reason)
    parts.say("person_resumed", name=entry.name, watchlist=watchlist)


@app.command()
def close(watchlist: ListName) -> None:
    """End a list for good: nobody on it is looked for any more."""
    with parts.database(parts.settings()).write() as session:
        people.close_watchlist(session, named(session, watchlist), by=BY, now=parts.clock())
    parts.say("watchlist_closed", name=watchlist)


def named(session: Session, name: str) -> Watchlist:
    """The list of that name, or WatchlistUnknown."""
    watchlist = session.scalar(select(Watchlist).where(Watchlist.name == name))
    if watchlist is None:
        raise people.WatchlistUnknown(words.say("cli.no_such_watchlist", terminal_language(), name=name))
    return watchlist


def entry_named(session: Session, watchlist: Watchlist, name: str) -> Person:
    """The one entry of that name or key; where several have it only their keys tell them apart."""
    entries = people.people_of(session, watchlist.id)
    found = [entry for entry in entries if name == entry.external_ref] or [
        entry for entry in entries if name == entry.name
    ]
    if len(found) != 1:
        code = "several_people" if found else "no_such_person"
        raise people.PersonUnknown(words.say(f"cli.{code}", terminal_language(), name=name, watchlist=watchlist.name))
    return found[0]


def listed(levels: str | None) -> list[str] | None:
    """The levels of an option, with commas between them."""
    return [level.strip() for level in levels.split(",") if level.strip()] if levels is not None else None


def end_of(day: date) -> datetime:
    """The moment after the last day."""
    return datetime.combine(day, time.min, UTC) + timedelta(days=1)


def report(photos: Iterable[PhotoResult], as_json: bool, **more: object) -> None:
    """Say what became of each photo: in words, or as one JSON object."""
    if as_json:
        rows = [{**asdict(photo), "explanation": explain(photo)} for photo in photos]
        typer.echo(json.dumps({**more, "photos": rows}, ensure_ascii=False, default=str))
        return
    for photo in photos:
        say_result(photo.file_name, photo)


def say_result(file_name: str, photo: PhotoResult | ImportRow) -> None:
    """One line a photo; what is weak or may be is told with what can be expected of it."""
    if photo.is_accepted:
        parts.say("photo_weak" if photo.is_weak else "photo_accepted", file_name=file_name, rate=photo.find_rate)
        return
    parts.say("photo_refused", file_name=file_name, explanation=explain(photo))
    if photo.may_be_weak:
        parts.say("photo_may_be_weak", rate=photo.find_rate)


def report_import(done: ImportReport, as_json: bool) -> None:
    """Say what became of everything handed in, refused photos by name and reason."""
    counts = {"n_people": done.n_people, "n_accepted": done.n_accepted, "n_refused": done.n_refused}
    if as_json:
        rows = [{**asdict(row), "explanation": explain(row)} for row in done.rows]
        counts |= {"n_weak": done.n_weak, "n_one_portrait": done.n_with_one_portrait}
        typer.echo(json.dumps({**counts, "rows": rows}, ensure_ascii=False, default=str))
        return
    for row in done.rows:
        if row.is_weak or not row.is_accepted:
            where = f"{row.line}: {row.file_name or row.name}" if row.line else row.file_name or row.name
            say_result(where, row)
    parts.say("imported", **counts)
    if done.n_with_one_portrait:
        one, two = SECOND_PORTRAIT.found_with_one, SECOND_PORTRAIT.found_with_two
        parts.say("one_portrait", n=done.n_with_one_portrait, one=one, two=two)


def show_progress(progress: ImportProgress) -> None:
    typer.echo(f"\r{progress.n_done}/{progress.n_total}", nl=progress.n_done == progress.n_total, err=True)


def explain(photo: PhotoResult | ImportRow) -> str:
    """Why a photo was refused, in the language of the terminal; empty where it was accepted."""
    if photo.reason_code is None:
        return ""
    return words.say(f"enrolment.{photo.reason_code}", terminal_language(), **photo.fields)
