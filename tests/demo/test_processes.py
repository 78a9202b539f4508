"""Processes of the demo: they start, they say what went wrong, and none outlives it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from patrol.demo import processes
from patrol.demo.processes import CamerasMissing, CommandFailed, Commands, cameras, free_port, stop
from tests.waiting import eventually

pytestmark = pytest.mark.slow

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)
WITH_CHILD = (
    "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(child.pid, flush=True); time.sleep(60)"
)
# Starts a child as Commands.running does, tells its pid, and is then killed without a chance to clean up.
KILLED_PARENT = (
    "import subprocess, sys, time; from patrol.demo.processes import _end_with_parent;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], preexec_fn=_end_with_parent);"
    "print(child.pid, flush=True); time.sleep(60)"
)


def started(program: str) -> tuple["subprocess.Popen[bytes]", str]:
    """Start a Python program in a session of its own; returns it with its first line."""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    with process.stdout as stdout:
        return process, stdout.readline().decode().strip()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_process_that_will_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_WITHIN_S", 0.2)
    process, _ = started(STUBBORN)
    stop(process)
    assert process.returncode == -signal.SIGKILL


def test_what_a_process_left_behind_ends_with_it() -> None:
    process, child = started(WITH_CHILD)
    stop(process)
    eventually(lambda: not is_running(int(child)))


def test_a_child_ends_where_its_parent_is_killed() -> None:
    parent, child = started(KILLED_PARENT)
    parent.kill()
    parent.wait()
    eventually(lambda: not is_running(int(child)))


def test_commands_see_the_demos_settings_and_none_of_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATROL_DATABASE_URL", "postgresql://the.real/one")
    environ = Commands({"PATROL_PORT": "1"}, tmp_path / "log").environ
    assert "PATROL_DATABASE_URL" not in environ
    assert environ["PATROL_PORT"] == "1"
    assert environ["PATH"] == os.environ["PATH"]


def test_a_command_that_fails_says_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="no-such-command"):
        Commands({}, tmp_path / "log").run("no-such-command")


def test_a_command_runs_until_the_block_ends(tmp_path: Path) -> None:
    commands = Commands({}, tmp_path / "log")
    with commands.running("no-such-command") as process:
        process.wait(60)
    assert "no-such-command" in commands.last_words()


def test_a_wanted_port_is_taken_where_it_is_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port


def test_cameras_that_cannot_start_are_told_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "RTSP_SERVER", tmp_path / "absent.py")
    with pytest.raises(CamerasMissing, match=r"absent\.py"), cameras([], tmp_path):
        pass
