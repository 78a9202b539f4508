"""Volunteers at the terminal, with drawn faces."""

import json
from pathlib import Path

import pytest

from patrol.cli import parts
from tests.cli.terminal import Terminal
from tests.watchlist.drawn import DrawnFinder, Oval, jpeg_of

AGREED = ("--consent", "letter of 1 March", "--until", "2099-01-31")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two people who agreed, and a picture of nobody."""
    monkeypatch.setattr(parts, "finder", lambda _settings: DrawnFinder())
    agreed = tmp_path / "agreed"
    agreed.mkdir()
    for name, photo in (("李雷", jpeg_of(Oval(1))), ("Ben", jpeg_of(Oval(2))), ("Wall", jpeg_of())):
        (agreed / f"{name}.jpg").write_bytes(photo)
    return agreed


def test_a_folder_is_taken_in_listed_and_forgotten(terminal: Terminal, folder: Path) -> None:
    said = terminal.answer("volunteers", "add", str(folder), *AGREED)
    assert "Wall.jpg: refused. No face" in said
    assert "2 volunteers added, 1 photos refused." in said
    listed = terminal.answer("volunteers", "list")
    assert "李雷  until 2099-02-01  letter of 1 March" in listed
    assert "2 volunteers" in listed
    assert "no volunteer any more" in terminal.answer("volunteers", "remove", "李雷")
    (left,) = json.loads(terminal.answer("volunteers", "list", "--json"))["volunteers"]
    assert (left["name"], left["created_by"]) == ("Ben", "cli")
    terminal.answer("volunteers", "remove", left["id"][:8])
    assert json.loads(terminal.answer("volunteers", "list", "--json")) == {"volunteers": []}


def test_in_json_every_photo_has_its_answer_and_stdout_nothing_else(terminal: Terminal, folder: Path) -> None:
    rows = json.loads(terminal.answer("volunteers", "add", str(folder), *AGREED, "--json"))["volunteers"]
    assert {row["name"]: row["reason_code"] for row in rows} == {"李雷": None, "Ben": None, "Wall": "no_face"}


def test_a_second_time_everybody_is_there_already_and_the_command_fails(terminal: Terminal, folder: Path) -> None:
    terminal.answer("volunteers", "add", str(folder), *AGREED)
    again = terminal.run("volunteers", "add", str(folder), *AGREED)
    assert again.status == 1
    assert "volunteer already" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--consent", " ", "--until", "2099-01-31"), "agreed"),
        (("--consent", "letter", "--until", "2001-01-31"), "passed"),
        (("--consent", "letter", "--until", "never"), "never"),
        (("--consent", "letter"), "--until"),
    ],
)
def test_without_consent_or_end_nobody_is_taken_in(
    terminal: Terminal, folder: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in terminal.complaint("volunteers", "add", str(folder), *arguments)
    assert terminal.answer("volunteers", "list") == "0 volunteers\n"


def test_a_folder_that_is_none_and_a_name_that_is_nobodys_are_said(terminal: Terminal, folder: Path) -> None:
    assert "not a folder" in terminal.complaint("volunteers", "add", str(folder / "none"), *AGREED)
    assert "0 volunteers are called 'Zoe'" in terminal.complaint("volunteers", "remove", "Zoe")
    assert "0 volunteers are called ''" in terminal.complaint("volunteers", "remove", "")
