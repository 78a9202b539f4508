"""`patrol embedder`: change the network that makes templates, while the cameras go on."""

import uuid
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from patrol import words
from patrol.cli import parts
from patrol.settings import terminal_language
from patrol.store.tables import EmbedderChange, Person
from patrol.watchlist import changeover, embedders

app = typer.Typer(help="Change the network that makes templates, while the cameras go on.", no_args_is_help=True)

BY = "terminal"
MOST_NAMED = 20


@app.command("list")
def list_embedders() -> None:
    """List the embedders of the manifest; the one in use is marked."""
    chosen = parts.settings()
    in_use = parts.embedder(chosen, parts.database(chosen))
    for listed in embedders.known(chosen.models_dir):
        about = listed.weights
        mark = "*" if listed.name == in_use else " "
        fields = {"name": listed.name, "state": listed.state, "version": about.version, "licence": about.licence}
        parts.say("embedder_listed", mark=mark, **fields)


@app.command()
def start(name: Annotated[str, typer.Argument(help="The new embedder, as `patrol embedder list` names it.")]) -> None:
    """Embed every photo with another embedder; it then tries itself at live hits until you switch or cancel."""
    chosen = parts.settings()
    version = embedders.require_here(chosen.models_dir, name)
    with parts.database(chosen).write() as session:
        before = changeover.in_use(session, chosen.embedder)
        change = changeover.start(session, before, name, version, by=BY, now=parts.clock())
        parts.say("embedder_started", before=before, after=name, n=change.n_total)


@app.command()
def status() -> None:
    """Say how far the change is, what could not be embedded, and what the new embedder says of live hits."""
    chosen = parts.settings()
    with parts.database(chosen).read() as session:
        change = changeover.open_change(session)
        if change is None:
            parts.say("embedder_none", name=changeover.in_use(session, chosen.embedder))
            return
        state = parts.said(f"embedder_state_{change.state}")
        counts = {"n_embedded": change.n_embedded, "n_total": change.n_total}
        parts.say("embedder_progress", before=change.before, after=change.after, state=state, **counts)
        _say_failures(session, change)
        if change.state == "comparing":
            _say_comparison(session, change, change.version)


@app.command()
def switch(
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Although some people would not be looked for any more.")
    ] = False,
) -> None:
    """Match by the new embedder from now on."""
    chosen = parts.settings()
    with parts.database(chosen).write() as session:
        change = changeover.require_open(session)
        version, now = embedders.version_of(chosen.models_dir, change.after), parts.clock()
        changeover.switch(session, change, version, by=BY, now=now, is_loss_accepted=accept_loss)
        parts.say("embedder_switched", after=change.after)


@app.command()
def cancel() -> None:
    """Stay with the embedder in use; what the new one made is deleted."""
    chosen = parts.settings()
    with parts.database(chosen).write() as session:
        change = changeover.require_open(session)
        changeover.cancel(session, change, by=BY, now=parts.clock())
        parts.say("embedder_cancelled", before=change.before)


def _say_failures(session: Session, change: EmbedderChange) -> None:
    for failure in change.failures[:MOST_NAMED]:
        person = session.get(Person, uuid.UUID(failure["person_id"])) if failure["person_id"] else None
        who = parts.said("embedder_volunteer") if person is None else person.name
        why = words.say(f"enrolment.{failure['code']}", terminal_language(), **failure["fields"])
        parts.say("embedder_failure", who=who, why=why)


def _say_comparison(session: Session, change: EmbedderChange, version: str) -> None:
    lost = changeover.left_out(session, version, parts.clock())
    if lost:
        names = ", ".join(person.name for person in lost[:MOST_NAMED])
        parts.say("embedder_left_out", n=len(lost), after=change.after, names=names)
    tried = changeover.summary(session, version, change.started_at)
    for one in tried:
        counts = {"n_same": one.n_same, "n_other": one.n_other, "n_nobody": one.n_nobody}
        parts.say("embedder_tried", verdict=parts.said(f"verdict_{one.verdict}"), **counts)
    if not tried:
        parts.say("embedder_tried_none")
