"""`patrol users`: make the first account, and list who can log in."""

import secrets
from typing import Annotated

import typer

from patrol.accounts import users
from patrol.accounts.passwords import hash_password
from patrol.cli import parts
from patrol.values import Language

app = typer.Typer(help="Who can log in. There is no default account and no default password.", no_args_is_help=True)


@app.command()
def create(
    name: str,
    role: Annotated[users.Role, typer.Option()] = "reviewer",
    site: Annotated[list[str] | None, typer.Option(help="A site this person sees; all where left out.")] = None,
    language: Annotated[Language, typer.Option()] = "en",
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    generate: Annotated[bool, typer.Option(help="Make a password and print it once.")] = False,
) -> None:
    """Create a user; asks for the password unless it is generated or comes on standard input."""
    password = _password(password_stdin, generate)
    password_hash = hash_password(password, name)
    with parts.database(parts.settings()).write() as session:
        users.create_user(
            session,
            name,
            password_hash,
            role=role,
            sites=site or None,
            by="cli",
            now=parts.clock(),
            language=language,
        )
    parts.say("user_created", name=name, role=role)
    if generate:
        parts.say("password_once", password=password)


@app.command("list")
def list_users() -> None:
    """List every user with role and sites."""
    with parts.database(parts.settings()).read() as session:
        for user in users.list_users(session):
            sites = "*" if user.sees_all_sites else ",".join(site.site_id for site in user.sites)
            parts.say("user_listed", name=user.name, role=user.role, sites=sites, disabled=user.disabled_at or "")


def _password(from_stdin: bool, generate: bool) -> str:
    if generate:
        return secrets.token_urlsafe(15)
    if from_stdin:
        return typer.get_text_stream("stdin").readline().rstrip("\r\n")
    prompted: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    return prompted
