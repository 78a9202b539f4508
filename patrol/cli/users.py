"""`patrol users`: make the first account, list who can log in, let somebody in again or keep them out."""

import secrets
from typing import Annotated

import typer

from patrol import words
from patrol.accounts import users
from patrol.accounts.passwords import hash_password
from patrol.accounts.users import UserChange
from patrol.cli import parts
from patrol.settings import terminal_language
from patrol.store.engine import Database
from patrol.store.tables import User
from patrol.values import Language

app = typer.Typer(help="Who can log in. There is no default account and no default password.", no_args_is_help=True)


Name = Annotated[str, typer.Argument(help="The name to log in with.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")]


@app.command()
def create(
    name: Name,
    role: Annotated[users.Role, typer.Option()] = "reviewer",
    site: Annotated[list[str] | None, typer.Option(help="A site this person sees; all where left out.")] = None,
    language: Annotated[Language, typer.Option()] = "en",
    password_stdin: FromStdin = False,
    generate: Generate = False,
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


@app.command("password")
def set_password(name: Name, password_stdin: FromStdin = False, generate: Generate = False) -> None:
    """Give a user a new password; their open sessions end."""
    database = parts.database(parts.settings())
    user = _named(database, name)
    password = _password(password_stdin, generate)
    _change(database, user, UserChange(password_hash=hash_password(password, user.name)))
    parts.say("password_changed", name=user.name)
    if generate:
        parts.say("password_once", password=password)


@app.command()
def disable(name: Name) -> None:
    """Keep a user out; their open sessions end at once. The last admin for all sites stays."""
    database = parts.database(parts.settings())
    user = _named(database, name)
    _change(database, user, UserChange(is_disabled=True))
    parts.say("user_disabled", name=user.name)


@app.command("list")
def list_users() -> None:
    """List every user with role and sites."""
    with parts.database(parts.settings()).read() as session:
        for user in users.list_users(session):
            sites = "*" if user.sees_all_sites else ",".join(site.site_id for site in user.sites)
            parts.say("user_listed", name=user.name, role=user.role, sites=sites, disabled=user.disabled_at or "")


def _named(database: Database, name: str) -> User:
    with database.read() as session:
        user = users.user_named(session, name)
    if user is None:
        raise users.UserUnknown(words.say("cli.no_such_user", terminal_language(), name=name))
    return user


def _change(database: Database, user: User, change: UserChange) -> None:
    with database.write() as session:
        users.change_user(session, user.id, change, by="cli", now=parts.clock())


def _password(from_stdin: bool, generate: bool) -> str:
    if generate:
        return secrets.token_urlsafe(15)
    if from_stdin:
        return typer.get_text_stream("stdin").readline().rstrip("\r\n")
    prompted: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    return prompted
