"""patrol's command line as a user types it, in a folder and with settings of its own."""

import io
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from patrol.cli.app import run

MODELS = Path(__file__).parent.parent.parent / "models"


@dataclass(frozen=True)
class Answered:
    """What a command printed and how it ended."""

    status: int
    stdout: str
    stderr: str


class Terminal:
    """Runs commands in this process: starting Python and loading every library takes seconds, forty times."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        for name in [name for name in os.environ if name.startswith(("PATROL_", "LC_", "LANG"))]:
            monkeypatch.delenv(name)
        monkeypatch.chdir(folder)
        self.set("PATROL_DATA_DIR", str(folder / "data"))
        self.set("PATROL_MODELS_DIR", str(MODELS))

    def set(self, name: str, value: str) -> None:
        self._monkeypatch.setenv(name, value)

    def run(self, *arguments: str, say: str = "") -> Answered:
        """Run one command to its end, whatever its exit status."""
        self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(say.encode())))
        self._capsys.readouterr()
        status = run(arguments)
        return Answered(status, *self._capsys.readouterr())

    def answer(self, *arguments: str, say: str = "") -> str:
        """What a command that must succeed printed."""
        done = self.run(*arguments, say=say)
        assert done.status == 0, done.stderr
        return done.stdout

    def complaint(self, *arguments: str, say: str = "") -> str:
        """What a command that must fail said."""
        done = self.run(*arguments, say=say)
        assert done.status != 0, done.stdout
        return done.stderr
