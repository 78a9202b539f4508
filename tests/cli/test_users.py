"""The first account is made at the terminal; there is no default one."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from patrol.accounts.login import LoginRefused, log_in
from patrol.cli import parts
from patrol.store.tables import LoginSession
from tests.cli.terminal import Terminal


def test_there_is_nobody_before_the_first_is_made(terminal: Terminal) -> None:
    assert terminal.answer("users", "list") == ""


def test_the_first_user_is_made_with_a_password_from_standard_input(terminal: Terminal) -> None:
    said = terminal.answer("users", "create", "rita", "--role", "admin", "--password-stdin", say="a long password\n")
    assert "rita" in said
    assert "a long password" not in said
    assert "rita  admin" in terminal.answer("users", "list")


def test_a_made_password_is_printed_once_and_is_long(terminal: Terminal) -> None:
    said = terminal.answer("users", "create", "gus", "--generate", "--site", "mall")
    assert len(said.split(": ")[-1].strip()) >= 20
    assert "sites: mall" in terminal.answer("users", "list")


@pytest.mark.parametrize(
    ("arguments", "password", "complaint"),
    [
        (("rita",), "", "password"),
        (("rita",), "short\n", "password"),
        (("rita", "--role", "king"), "a long password\n", "king"),
        (("",), "a long password\n", "name"),
    ],
    ids=["empty", "short", "unknown role", "no name"],
)
def test_a_user_that_cannot_be_is_refused_in_words(
    terminal: Terminal, arguments: tuple[str, ...], password: str, complaint: str
) -> None:
    assert complaint in terminal.complaint("users", "create", *arguments, "--password-stdin", say=password).lower()
    assert terminal.answer("users", "list") == ""


def test_a_name_is_taken_once(terminal: Terminal) -> None:
    terminal.answer("users", "create", "rita", "--password-stdin", say="a long password\n")
    assert "rita" in terminal.complaint("users", "create", "rita", "--password-stdin", say="another password\n")


def open_sessions() -> int:
    with parts.database(parts.settings()).read() as session:
        return session.scalar(select(func.count()).select_from(LoginSession)) or 0


def is_let_in(name: str, password: str) -> bool:
    database = parts.database(parts.settings())
    try:
        log_in(database, name, password, address="10.0.0.1", now=parts.clock(), lasts=timedelta(hours=1))
    except LoginRefused:
        return False
    return True


@pytest.fixture
def two_users(terminal: Terminal) -> Terminal:
    terminal.answer("users", "create", "ada", "--role", "admin", "--password-stdin", say="adas long password\n")
    terminal.answer("users", "create", "rita", "--password-stdin", say="ritas long password\n")
    return terminal


def test_a_forgotten_password_is_replaced_and_open_sessions_end(two_users: Terminal) -> None:
    assert is_let_in("rita", "ritas long password")
    said = two_users.answer("users", "password", "RITA", "--password-stdin", say="quite another one\n")
    assert "rita has a new password" in said
    assert open_sessions() == 0
    assert not is_let_in("rita", "ritas long password")
    assert is_let_in("rita", "quite another one")
    made = two_users.answer("users", "password", "rita", "--generate").split(": ")[-1].strip()
    assert is_let_in("rita", made)


def test_a_weak_new_password_changes_nothing(two_users: Terminal) -> None:
    assert "password" in two_users.complaint("users", "password", "rita", "--password-stdin", say="short\n")
    assert is_let_in("rita", "ritas long password")


def test_who_is_disabled_is_out_at_once(two_users: Terminal) -> None:
    assert is_let_in("rita", "ritas long password")
    assert "cannot log in" in two_users.answer("users", "disable", "rita")
    assert open_sessions() == 0
    assert not is_let_in("rita", "ritas long password")
    assert "last admin" in two_users.complaint("users", "disable", "ada")
    assert is_let_in("ada", "adas long password")


@pytest.mark.parametrize("command", ["password", "disable"])
def test_an_unknown_user_is_named_in_the_readers_language(terminal: Terminal, command: str) -> None:
    terminal.set("LANG", "zh_CN.UTF-8")
    assert "没有名为 'nobody' 的用户" in terminal.complaint("users", command, "nobody")
