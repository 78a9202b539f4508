"""`patrol chats`: whether every chat can be read and written, tried by a test message."""

import json
from dataclasses import asdict
from threading import Event
from typing import Annotated

import typer

from patrol import words
from patrol.chats.table import Chats, open_chats
from patrol.cli import parts
from patrol.cli.sending import send_now
from patrol.dispatch import chat_checks, exercises, wording
from patrol.dispatch.chat_checks import Checked
from patrol.dispatch.notice_texts import platform_name
from patrol.dispatch.plain_messages import chats_of
from patrol.settings import Settings, read_chat_secret, terminal_language
from patrol.store.beats import has_sender
from patrol.store.engine import Database
from patrol.store.tables import Exercise

app = typer.Typer(help="The chats by which groups are told.", no_args_is_help=True)

BY = "cli"
LOOK_EVERY_S = 0.2


@app.callback()
def chats() -> None:
    """The chats by which groups are told."""


@app.command()
def check(
    group: Annotated[list[str] | None, typer.Argument(help="Which groups; every active one where left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    no_send: Annotated[bool, typer.Option("--no-send", help="Only read what can be read; send no message.")] = False,
) -> None:
    """Read each chat, send it a test message, and say what came of it; exit status 1 where any fails."""
    chosen = parts.settings()
    database = parts.database(chosen)
    opened = open_chats(read_chat_secret, parts.clock)
    try:
        results = _tried(chosen, database, opened, group or [], is_sending=not no_send)
    finally:
        opened.close()
    if as_json:
        typer.echo(json.dumps({"chats": [in_json(it) for it in results]}, ensure_ascii=False))
    elif not results:
        parts.say("no_chats")
    for it in results if not as_json else ():
        _say(it)
    raise typer.Exit(1 if any(not it.is_well for it in results) else 0)


def _tried(
    chosen: Settings, database: Database, opened: Chats, group_ids: list[str], *, is_sending: bool
) -> list[Checked]:
    with database.read() as session:
        is_alone = not has_sender(session, parts.clock())
        rows = [chat for group in chat_checks.chosen(session, group_ids) for chat in chats_of(group)]
    looked = chat_checks.look_at(opened, rows, is_alone=is_alone)
    if not is_sending:
        return [chat_checks.checked(chat, None, looked.get(chat.id)) for chat in rows]
    with database.write() as session:
        exercise = chat_checks.start(session, chat_checks.chosen(session, group_ids), BY, parts.clock())
        ids = exercises.waiting(session, exercise)
    if is_alone:
        send_now(chosen, database, opened, ids)
    else:
        _await(database, exercise)
    with database.read() as session:
        return chat_checks.report(session, exercise, looked)


def _await(database: Database, exercise: Exercise) -> None:
    """Until the sender has brought every test message to an end; a minute at most."""
    stop = Event()
    while True:
        with database.read() as session:
            if chat_checks.is_over(session, exercise, parts.clock()):
                return
        stop.wait(LOOK_EVERY_S)


def in_json(it: Checked) -> dict[str, object]:
    explanation = wording.explain(it.error, terminal_language()) if it.error else ""
    return {**asdict(it), "is_well": it.is_well, "explanation": explanation}


def _say(it: Checked) -> None:
    """One chat, a line: what it is, how it is, and why."""
    language = terminal_language()
    said = [words.say(f"health.check_{it.state}", language, seconds=f"{it.took_s or 0:.1f}")]
    if it.name:
        said.append(words.say("health.check_named", language, name=it.name))
    if it.n_members is not None:
        said.append(words.say("health.check_members", language, n=it.n_members))
    mark = "✓" if it.is_well else "✗"
    typer.echo(f"{mark} {it.group_id}  {platform_name(it.kind, language)} {it.address}".rstrip())
    typer.echo("    " + " · ".join(said))
    if it.error:
        typer.echo(f"    {wording.explain(it.error, language)} ({it.error})")
