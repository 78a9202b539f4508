"""The embedder is changed at the terminal: listed, started, watched, switched or cancelled."""

from pathlib import Path

import pytest

from patrol.store.engine import open_database
from patrol.watchlist import changeover
from patrol.watchlist.changeover import begin_comparing
from tests.cli.terminal import Terminal
from tests.faces import tiny


@pytest.fixture
def house(terminal: Terminal, tmp_path: Path) -> Terminal:
    """A terminal with a network of its own in use, and another to change to."""
    terminal.set("PATROL_MODELS_DIR", str(tmp_path / "models"))
    terminal.set("PATROL_EMBEDDER", "first")
    for name in ("first", "second"):
        file = tiny.embedder(tmp_path / f"{name}.onnx", 112, 128)
        terminal.answer("weights", "add", str(file), "--as", name, "--licence", "MIT", "--commercial-use")
    return terminal


def compare(tmp_path: Path) -> None:
    """Do what a worker does when everything is embedded."""
    database = open_database(f"sqlite:///{tmp_path}/data/patrol.db")
    with database.write() as session:
        change = changeover.require_open(session)
        begin_comparing(session, change, change.started_at)
    database.engine.dispose()


def test_the_one_in_use_is_marked(house: Terminal) -> None:
    lines = house.answer("embedder", "list").splitlines()
    assert [line for line in lines if line.startswith("*")] == [next(line for line in lines if "first" in line)]
    assert "sface: missing" in "\n".join(lines)


def test_a_change_is_started_watched_and_switched(house: Terminal, tmp_path: Path) -> None:
    assert "first to second" in house.answer("embedder", "start", "second")
    assert "embedding, 0 of 0 photos" in house.answer("embedder", "status")
    assert "not embedded every photo" in house.complaint("embedder", "switch")
    compare(tmp_path)
    said = house.answer("embedder", "status")
    assert "comparing both" in said
    assert "no live hit" in said
    assert "second is in use" in house.answer("embedder", "switch")
    assert "second is in use, and no change" in house.answer("embedder", "status")
    assert "* second" in house.answer("embedder", "list")


def test_a_change_is_cancelled(house: Terminal) -> None:
    house.answer("embedder", "start", "second")
    assert "first stays in use" in house.answer("embedder", "cancel")
    assert "No change" in house.complaint("embedder", "cancel")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("third", "no embedder called third; it has"),
        ("sface", "patrol weights pull sface"),
        ("first", "in use already"),
    ],
)
def test_what_cannot_be_changed_to_is_told(house: Terminal, name: str, said: str) -> None:
    assert said in house.complaint("embedder", "start", name)


def test_it_speaks_chinese(house: Terminal) -> None:
    house.set("LANG", "zh_CN.UTF-8")
    assert "从 first 更换为 second" in house.answer("embedder", "start", "second")
