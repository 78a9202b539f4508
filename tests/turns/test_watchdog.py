"""A process whose looking thread hangs is ended; one that goes on, or has been told to end, is not."""

import subprocess
import sys

import pytest

HANGS = "from threading import Event; dog.pat(); Event().wait(60)"
GOES_ON = "import time; ends_s = time.monotonic() + 1.5\nwhile time.monotonic() < ends_s: dog.pat()\ndog.rest()"
RESTS = "import time; dog.pat(); dog.rest(); time.sleep(1.0)"


def ended(does: str) -> subprocess.CompletedProcess[str]:
    program = f"from patrol.turns.watchdog import Watchdog\ndog = Watchdog(hung_s=0.4)\n{does}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)


def test_a_process_that_hangs_ends_and_says_where_it_was() -> None:
    process = ended(HANGS)
    assert process.returncode == 1
    assert "Timeout" in process.stderr
    assert "in wait" in process.stderr


@pytest.mark.parametrize("does", [GOES_ON, RESTS], ids=["goes on", "is to end"])
def test_a_process_that_does_not_hang_is_left_alone(does: str) -> None:
    process = ended(does)
    assert (process.returncode, process.stderr) == (0, "")
