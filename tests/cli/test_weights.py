"""The networks are listed with licence and source, and a missing one says what to do."""

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.faces import tiny


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


ADD = ("weights", "add", "{file}", "--as", "own", "--licence", "MIT", "--commercial-use")


def test_a_network_of_ones_own_is_looked_at_taken_in_and_described(terminal: Terminal, tmp_path: Path) -> None:
    terminal.set("PATROL_MODELS_DIR", str(tmp_path / "models"))
    file = tiny.embedder(tmp_path / "arc.onnx", 112, 512)
    said = terminal.answer(*(part.format(file=file) for part in ADD))
    for part in ("arcface", "112 x 112", "RGB", "512 numbers", "PATROL_EMBEDDER=own", "patrol eval FOLDER"):
        assert part in said
    assert "own: present; MIT" in terminal.answer("weights", "list")


def test_what_was_guessed_can_be_overruled(terminal: Terminal, tmp_path: Path) -> None:
    terminal.set("PATROL_MODELS_DIR", str(tmp_path / "models"))
    file = tiny.embedder(tmp_path / "arc.onnx", 112, 512)
    overruled = ("--mean", "0", "--scale", "1", "--colour", "bgr")
    assert "BGR, (pixel - 0) x 1" in terminal.answer(*(part.format(file=file) for part in ADD), *overruled)


@pytest.mark.parametrize(
    ("more", "said"),
    [(("--colour", "cmyk"), "rgb or bgr"), (("--landmarks", "nose,nose"), "each of left_eye, right_eye")],
)
def test_a_mistake_in_what_is_said_of_it_is_named(
    terminal: Terminal, tmp_path: Path, more: tuple[str, str], said: str
) -> None:
    terminal.set("PATROL_MODELS_DIR", str(tmp_path / "models"))
    file = tiny.yunet(tmp_path / "finds.onnx")
    add = *(part.format(file=file) for part in ADD), *more
    assert said in terminal.complaint(*add)
    terminal.set("LANG", "zh_CN.UTF-8")
    assert f"{more[0]} {more[1]}：" in terminal.complaint(*add)


def test_a_licence_against_commercial_use_is_told_and_held_against(terminal: Terminal, tmp_path: Path) -> None:
    terminal.set("PATROL_MODELS_DIR", str(tmp_path / "models"))
    file = tiny.yunet(tmp_path / "finds.onnx")
    words = [part.format(file=file) for part in ADD[:-1]]
    assert "may not be used commercially" in terminal.answer(*words, "--no-commercial-use")
    assert "no commercial use" in terminal.answer("weights", "list")
    (tmp_path / "models" / "own.onnx").unlink()
    assert "--non-commercial" in terminal.complaint("weights", "pull", "own", "--yes")


def test_without_a_terminal_to_ask_at_others_weights_need_a_yes(terminal: Terminal, tmp_path: Path) -> None:
    terminal.set("PATROL_MODELS_DIR", str(tmp_path / "models"))
    file = tiny.yunet(tmp_path / "finds.onnx")
    terminal.answer(*(part.format(file=file) for part in ADD))
    (tmp_path / "models" / "own.onnx").unlink()
    said = terminal.complaint("weights", "pull", "own")
    assert "own: licence MIT" in said
    assert "--yes" in said
