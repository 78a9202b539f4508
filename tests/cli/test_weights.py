"""The networks are listed with licence and source, and a missing one says what to do."""

from pathlib import Path

from tests.cli.terminal import Terminal


def test_each_network_is_listed_with_its_licence(terminal: Terminal) -> None:
    said = terminal.answer("weights", "list")
    assert "MIT" in said
    assert "Apache-2.0" in said
    assert "CC0" in said


def test_missing_weights_say_how_to_get_them(terminal: Terminal, tmp_path: Path) -> None:
    terminal.set("PATROL_MODELS_DIR", str(tmp_path / "empty"))
    (tmp_path / "streams.yaml").write_text("sites: []\nstreams: []\n", encoding="utf-8")
    assert "patrol weights pull" in terminal.complaint("watch")


def test_unknown_weights_are_named(terminal: Terminal) -> None:
    assert "arcface-9" in terminal.complaint("weights", "pull", "arcface-9")
