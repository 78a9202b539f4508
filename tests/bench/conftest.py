"""A terminal for the commands that measure."""

from tests.cli.conftest import terminal

__all__ = ["terminal"]
