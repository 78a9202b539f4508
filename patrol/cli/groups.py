"""`patrol groups`: who is told, and the links to their pages."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from patrol.cli import parts
from patrol.dispatch import groups
from patrol.dispatch.coverage import Premises
from patrol.dispatch.groups_file import import_groups
from patrol.settings import Settings, load_sites, load_streams
from patrol.store.tables import Group

app = typer.Typer(help="The guards' groups: places, chats, links.", no_args_is_help=True)
BY = "cli"


@app.command("import")
def import_file(
    path: Annotated[Path, typer.Argument(help="groups.yaml; docs/chats.md has every key.", exists=True)],
) -> None:
    """Make and change groups as a YAML file says; with any mistake in it nothing is changed."""
    chosen = parts.settings()
    with parts.database(chosen).write() as session:
        changed = import_groups(session, path.read_bytes(), BY, parts.clock(), _premises(chosen), path.name)
    for id, what in changed:
        parts.say("group_imported", id=id, what=what)


@app.command("list")
def list_groups() -> None:
    """List every group with its place and its chats."""
    with parts.database(parts.settings()).read() as session:
        for group in session.scalars(select(Group).order_by(Group.id)):
            chats = ",".join(chat.kind for chat in group.chats if chat.removed_at is None)
            parts.say("group_listed", id=group.id, name=group.name, site=group.site_id or "-", chats=chats)


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
