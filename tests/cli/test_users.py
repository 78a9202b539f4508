"""The first account is made at the terminal; there is no default one."""

import pytest

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
