"""A terminal for the tests of the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.cli.terminal import Terminal
from tests.rtsp import clips, gstreamer, rtsp_server

__all__ = ["clips", "gstreamer", "rtsp_server"]


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    yield Terminal(tmp_path, monkeypatch, capsys)
    structlog.reset_defaults()  # the command logged to a stderr that ends with this test
