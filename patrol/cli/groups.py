"""`patrol groups`: who is told, and the links to their pages."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from patrol import words
from patrol.chats.table import open_chats
from patrol.cli import parts
from patrol.dispatch import groups, groups_file
from patrol.dispatch.coverage import Premises
from patrol.dispatch.drafts import GroupDraft, GroupRefused, Mistake
from patrol.dispatch.looking import Looker
from patrol.settings import Settings, load_sites, load_streams, read_chat_secret, terminal_language
from patrol.store.engine import Database
from patrol.store.tables import Group
from patrol.values import PatrolError

app = typer.Typer(help="The guards' groups: places, chats, rosters, shifts, links.", no_args_is_help=True)
BY = "cli"
LOOK_S = 10.0  # for all chats together; who types a command waits longer than who saves in the console
STDOUT = Path("-")

GroupIds = Annotated[list[str] | None, typer.Argument(help="The groups' ids; all of them where none is given.")]


@app.command("import")
def import_file(
    path: Annotated[Path, typer.Argument(help="A .yaml, .csv or .xlsx; docs/groups.md has every key.", exists=True)],
    look: Annotated[bool, typer.Option(help="Ask the platforms whether the chats are there.")] = True,
) -> None:
    """Make and change groups as a file says; with any mistake in it nothing is changed."""
    chosen = parts.settings()
    database, premises = parts.database(chosen), _premises(chosen)
    try:
        with database.write() as session:
            done = groups_file.import_groups(session, path.read_bytes(), BY, parts.clock(), premises, path.name)
    except GroupRefused as refused:
        for mistake in refused.mistakes:
            typer.echo(f"patrol: {mistake.say(terminal_language())}", err=True)
        raise typer.Exit(1) from None
    for id, what in done:
        parts.say(f"group_{what}", id=id)
    touched = [id for id, what in done if what != "unchanged"]
    _warn(_doubts(database, touched, premises, look))


@app.command("export")
def export_file(
    path: Annotated[Path, typer.Argument(help="The file to write, - for the standard output.", allow_dash=True)],
    form: Annotated[str, typer.Option("--format", help="yaml, csv or xlsx; else as the file's name ends.")] = "",
) -> None:
    """Write every group to a file that an import reads back; importing it again changes nothing."""
    form = form or (groups_file.form_of(path.name) or "" if path != STDOUT else "yaml")
    if form not in groups_file.FORMS:
        raise typer.BadParameter(f"{form or path.name}: take --format {', '.join(groups_file.FORMS)}")
    with parts.database(parts.settings()).read() as session:
        drafts = [groups.draft_of(group) for group in session.scalars(groups_file.ALL.order_by(Group.id))]
    content = groups_file.export_groups(drafts, form)
    if path == STDOUT:
        typer.echo(content, nl=False)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise PatrolError(f"{path}: cannot be written: {error.strerror}") from None
    parts.say("groups_exported", n=len(drafts), file=path)


@app.command()
def check(group: GroupIds = None) -> None:
    """Say what is doubtful about groups: rosters, hours with nobody on shift, secrets, chats that are not there."""
    chosen = parts.settings()
    database = parts.database(chosen)
    with database.read() as session:
        ids = [groups.find(session, id).id for id in group or session.scalars(select(Group.id).order_by(Group.id))]
    if _warn(_doubts(database, ids, _premises(chosen), look=True)):
        raise typer.Exit(1)
    parts.say("groups_without_doubt", n=len(ids))


@app.command("list")
def list_groups() -> None:
    """List every group below the one it reports to, with its place, roster and chats."""
    with parts.database(parts.settings()).read() as session:
        rows = session.scalars(groups_file.ALL.order_by(Group.id)).all()
        for depth, draft in _as_tree({group.id: groups.draft_of(group) for group in rows}):
            parts.say(
                "group_listed",
                indent="  " * depth,
                id=draft.id,
                name=draft.name,
                level=draft.level,
                site=draft.site_id or "-",
                n_members=len(draft.members),
                chats=",".join(chat.kind for chat in draft.chats),
                ended="" if draft.is_active else words.say("cli.group_ended", terminal_language()),
            )


@app.command()
def remove(group: Annotated[str, typer.Argument(help="The group's id.")]) -> None:
    """End a group: it is told nothing any more, its links and its members' phones open nothing."""
    with parts.database(parts.settings()).write() as session:
        groups.remove(session, group, BY, parts.clock())
    parts.say("group_removed", id=group)


@app.command()
def link(group: Annotated[str, typer.Argument(help="The group's id.")]) -> None:
    """Make a new link to a group's page and print it once; earlier links go on working until revoked."""
    chosen = parts.settings()
    with parts.database(chosen).write() as session:
        token = groups.new_link(session, group, BY, parts.clock())
    parts.say("group_link", id=group, url=f"{chosen.public_url}/g/{token}")


@app.command()
def unlink(group: Annotated[str, typer.Argument(help="The group's id.")]) -> None:
    """Close every link to a group's page, as when a phone is lost; pages that are open say so at once."""
    with parts.database(parts.settings()).write() as session:
        groups.revoke_links(session, group, BY, parts.clock())
    parts.say("group_unlinked", id=group)


def _premises(chosen: Settings) -> Premises | None:
    """What streams.yaml names; without one nothing can be held against it."""
    if not chosen.streams_file.exists():
        return None
    return Premises.of(load_sites(chosen.streams_file), load_streams(chosen.streams_file))


def _doubts(
    database: Database, ids: Sequence[str], premises: Premises | None, look: bool
) -> list[tuple[str, Mistake]]:
    """(group, what is doubtful) for each of these groups; the platforms are asked outside any transaction."""
    with database.read() as session:
        found = groups_file.warnings_after(session, ids, premises, parts.clock())
        drafts = [groups.draft_of(groups.find(session, id)) for id in ids]
    looker = Looker(read_chat_secret, open_chats(read_chat_secret, parts.clock))
    seen = looker.warnings_of([draft for draft in drafts if draft.is_active and look], LOOK_S)
    return [(id or str(it.value), it) for id, doubts in found for it in (*doubts, *seen.get(id, ()))]


def _warn(doubts: Sequence[tuple[str, Mistake]]) -> bool:
    for group, doubt in doubts:
        text = words.say("cli.group_warning", terminal_language(), group=group, text=doubt.say(terminal_language()))
        typer.echo(text, err=True)
    return bool(doubts)


def _as_tree(
    drafts: Mapping[str, GroupDraft], above: str | None = None, depth: int = 0
) -> Iterator[tuple[int, GroupDraft]]:
    for draft in drafts.values():
        if draft.parent_id == above:
            yield depth, draft
            yield from _as_tree(drafts, draft.id, depth + 1)
