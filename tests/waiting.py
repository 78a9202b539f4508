"""Waiting for what happens in another thread or process, without sleeping longer than it takes."""

import threading
import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], within_s: float = 10.0) -> None:
    """Return as soon as the condition is truthy; fail the test where it is not so in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not so within {within_s} s"
        threading.Event().wait(0.02)
