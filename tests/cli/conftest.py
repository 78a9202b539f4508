"""A terminal for the tests of the command line."""

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.rtsp import clips, gstreamer, rtsp_server

__all__ = ["clips", "gstreamer", "rtsp_server"]


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, monkeypatch, capsys)
