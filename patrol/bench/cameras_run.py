"""One run: `patrol watch` before so many cameras for so long; what it costs meanwhile, and what it has found."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.bench import cameras_hits, cameras_truth
from patrol.bench.cameras_hits import Outcome
from patrol.bench.cameras_scenes import Camera, listed_people
from patrol.bench.process_tree import usage_of
from patrol.demo.processes import CameraServer, Commands
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import StreamState
from patrol.values import PatrolError

LIVE_WITHIN_S = 90.0
SETTLE_S = 12.0  # longer than a passage: whoever is counted came after every camera was watched
LATE_S = 5.0  # a hit that comes later than this after the time is over is none
POLL_S = 0.5

Value = TypeVar("Value")


class NotWatched(PatrolError):
    """patrol ended before the cameras were measured."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The time that counts, in UNIX seconds, and what it took."""

    start: float
    end: float
    n_live: int  #: cameras that were watched when the time began
    patrol_cores: float  #: processor seconds a second, all processes of patrol together
    server_cores: float  #: the RTSP server's
    memory_mb: float  #: proportional set size, the larger of that at the start and at the end
    n_processes: int
    n_dropped: int  #: looks that were due and left out, as patrol itself counts them


@dataclass(frozen=True, slots=True)
class Run:
    """What so many cameras cost for so long, and what was found."""

    n_cameras: int
    cost: Cost
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Watching:
    """A running `patrol watch` and the cameras before it."""

    n_cameras: int
    server: CameraServer
    patrol: subprocess.Popen[bytes]
    database: Database
    commands: Commands

    def measure(self, seconds: float) -> Cost:
        """Let it settle, then measure for so long, and give the last hits their time."""
        n_live, n_dropped = self._settle(), self._read(_n_dropped)
        start, before, server_before = time.time(), usage_of(self.patrol.pid), usage_of(self.server.pid)
        self._wait(seconds)
        end, after, server_after = time.time(), usage_of(self.patrol.pid), usage_of(self.server.pid)
        n_dropped = self._read(_n_dropped) - n_dropped
        self._wait(LATE_S)
        return Cost(
            start=start,
            end=end,
            n_live=n_live,
            patrol_cores=(after.cpu_s - before.cpu_s) / (end - start),
            server_cores=(server_after.cpu_s - server_before.cpu_s) / (end - start),
            memory_mb=max(before.memory_mb, after.memory_mb),
            n_processes=after.n_processes,
            n_dropped=n_dropped,
        )

    def _settle(self) -> int:
        """Wait until every camera is watched, or no longer: then nobody is found before those that are not."""
        deadline = time.time() + LIVE_WITHIN_S
        while (n_live := self._read(_n_live)) < self.n_cameras and time.time() < deadline:
            self._wait(POLL_S)
        self._wait(SETTLE_S)
        return n_live

    def _read(self, ask: Callable[[Session], Value]) -> Value:
        with self.database.read() as session:
            return ask(session)

    def _wait(self, seconds: float) -> None:
        Event().wait(seconds)
        if self.patrol.poll() is not None:
            said = self.commands.last_words()
            raise NotWatched(f"patrol ended with status {self.patrol.returncode} while it was measured:\n{said}")


def outcome_of(
    cameras: Sequence[Camera], server: CameraServer, database: Database, blobs: Blobs, cost: Cost
) -> Outcome:
    """What was found in the time that counts. Call it when patrol has ended: hits improve while it runs."""
    plays = cameras_truth.plays_of(cameras, server.plays)
    margin = max(camera.film.seconds for camera in cameras)
    passages, counted = [], []
    for camera in cameras:
        own = plays[camera.id] or [cameras_truth.Play(camera, cost.start)]  # never connected: its people are missed
        passages += cameras_truth.touched(own, listed_people(), cost.start - margin, cost.end + margin)
        counted += cameras_truth.expected(own, listed_people(), cost.start, cost.end)
    with database.read() as session:
        hits = cameras_hits.read_hits(session, blobs, plays)
    return cameras_hits.judge(passages, counted, [hit for hit in hits if hit.recorded_at <= cost.end + LATE_S])


def _n_live(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(StreamState).where(StreamState.state == "live")) or 0


def _n_dropped(session: Session) -> int:
    return session.scalar(select(func.sum(StreamState.n_dropped))) or 0
