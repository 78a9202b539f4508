"""Start what the demo runs beside itself, and leave nothing running behind, however the demo ends."""

import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO

from patrol.values import PatrolError

RTSP_SERVER = Path(__file__).parent / "rtsp_server.py"
DEBIAN_PYTHON = "/usr/bin/python3"  # it has GStreamer's bindings
RTSP_READY_S = 20.0
COMMAND_TIMEOUT_S = 120.0
STOP_WITHIN_S = 25.0  # `patrol up` itself gives its processes 15 s
PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


class CamerasMissing(PatrolError):
    """The simulated cameras could not be started."""


class CommandFailed(PatrolError):
    """A patrol command of the demo failed."""


class Commands:
    """patrol's command line, run with the demo's own settings and nobody else's."""

    def __init__(self, settings: Mapping[str, str], log_file: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PATROL_")}
        self.environ = {**kept, **settings, "PYTHONUNBUFFERED": "1"}
        self.log_file = log_file

    def run(self, *arguments: str, say: str = "") -> str:
        """Run one command to its end, `say` on its standard input; returns what it printed."""
        command, called = [sys.executable, "-m", "patrol", *arguments], f"patrol {' '.join(arguments[:2])}"
        try:
            finished = subprocess.run(
                command,
                env=self.environ,
                input=say,
                capture_output=True,
                text=True,
                timeout=COMMAND_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CommandFailed(f"{called} took longer than {COMMAND_TIMEOUT_S:.0f} s") from None
        if finished.returncode:
            raise CommandFailed(f"{called} failed: {finished.stderr.strip()[-2000:]}")
        return finished.stdout

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run one command until the block ends, its output in the log file."""
        with self.log_file.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "patrol", *arguments],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the demo, which then stops this in order
                preexec_fn=_end_with_parent,
            )
        try:
            yield process
        finally:
            stop(process)

    def last_words(self, n_lines: int = 20) -> str:
        """The end of the log, for saying what went wrong."""
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-n_lines:])


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads its own session, and every process it has left in there."""
    process.terminate()
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_WITHIN_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(slots=True)
class CameraServer:
    """A running RTSP server: its cameras' addresses, and when each of them began to play to a client."""

    pid: int
    urls: dict[str, str]  #: by path
    plays: list[tuple[str, float]] = field(default_factory=list)  #: path and UNIX time, in the order they came

    def note_plays(self, lines: IO[bytes]) -> None:
        """Read what the server goes on to say, until it ends."""
        for line in lines:
            said = json.loads(line)
            self.plays.append((said["plays"], said["at"]))


@contextmanager
def cameras(mounts: Sequence[Mapping[str, str]], folder: Path) -> Iterator[dict[str, str]]:
    """Serve clips over RTSP until the block ends; yields the addresses by path."""
    with camera_server(mounts, folder) as server:
        yield server.urls


@contextmanager
def camera_server(
    mounts: Sequence[Mapping[str, object]], folder: Path, *, says_plays: bool = False
) -> Iterator[CameraServer]:
    """Serve clips over RTSP until the block ends; `says_plays` keeps account of who was sent pictures since when."""
    listing = folder / "mounts.json"
    listing.touch(mode=0o600)  # it holds the cameras' password
    listing.write_text(json.dumps(list(mounts)), encoding="utf-8")
    with subprocess.Popen(
        [DEBIAN_PYTHON, str(RTSP_SERVER), str(listing), *(["--say-plays"] if says_plays else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            server = CameraServer(process.pid, _addresses(process))
            if says_plays and process.stdout:
                Thread(target=server.note_plays, args=(process.stdout,), name="plays", daemon=True).start()
            yield server
        finally:
            process.terminate()


def free_port(wanted: int = 0) -> int:
    """`wanted` where nobody listens there, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CamerasMissing("no free port on 127.0.0.1")


def _addresses(server: subprocess.Popen[bytes]) -> dict[str, str]:
    assert server.stdout is not None
    assert server.stderr is not None
    is_ready, _, _ = select.select([server.stdout], [], [], RTSP_READY_S)
    line = server.stdout.readline() if is_ready else b""
    if not line:
        server.kill()
        said = server.stderr.read().decode(errors="replace").strip().splitlines()[-1:] or ["nothing"]
        raise CamerasMissing(
            f"{DEBIAN_PYTHON} could not serve RTSP; it said: {said[0]}. Run `make demo` to set it up"
        )
    urls: dict[str, str] = json.loads(line)["urls"]
    return urls


def _end_with_parent() -> None:
    """Runs in the child: have Linux stop it, should the demo be killed without a chance to."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
