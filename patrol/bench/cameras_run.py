"""One run: `patrol watch` before so many cameras for so long; what it costs meanwhile, and what it has found."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.bench import cameras_hits, cameras_truth
from patrol.bench.cameras_hits import Outcome
from patrol.bench.cameras_scenes import Camera, listed_people
from patrol.bench.process_tree import Usage, usage_of
from patrol.demo.processes import CameraServer, Commands
from patrol.store.beats import ALIVE_FOR
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import StreamState, Worker
from patrol.values import PatrolError

LIVE_WITHIN_S = 90.0
SETTLE_S = 12.0  # longer than a passage: whoever is counted came after every camera was watched
LATE_S = 5.0  # a hit that comes later than this after the time is over is none
POLL_S = 0.5
MEMORY_EVERY_S = 5.0

Value = TypeVar("Value")


class NotWatched(PatrolError):
    """patrol, or one of its processes, ended before the cameras were measured."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The time that counts, in UNIX seconds, and what it took."""

    start: float
    end: float
    n_live: int  #: cameras that were watched when the time began and when it ended: the smaller number
    patrol_cores: float  #: processor seconds a second, all processes of patrol together
    server_cores: float  #: the RTSP server's
    memory_mb: float  #: proportional set size, the largest of samples while it ran
    n_processes: int
    n_dropped: int  #: looks that were due and left out, as patrol itself counts them
    n_looks: int = 0  #: looks that were made, counted likewise
    rss_mb: float = 0.0  #: resident set sizes of all processes summed, the largest of the same samples


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
        self._settle()
        n_live, (n_looks, n_dropped) = self._read(n_watched), self._read(_looks)
        start, server_before = time.time(), usage_of(self.server.pid)
        samples = self._samples(seconds)
        end, server_after = time.time(), usage_of(self.server.pid)
        n_live, (looks_after, dropped_after) = min(n_live, self._read(n_watched)), self._read(_looks)
        self._wait(LATE_S)
        return Cost(
            start=start,
            end=end,
            n_live=n_live,
            patrol_cores=cpu_between(samples[0], samples[-1]) / (end - start),
            server_cores=(server_after.cpu_s - server_before.cpu_s) / (end - start),
            memory_mb=max(sample.memory_mb for sample in samples),
            n_processes=samples[-1].n_processes,
            n_dropped=dropped_after - n_dropped,
            n_looks=looks_after - n_looks,
            rss_mb=max(sample.rss_mb for sample in samples),
        )

    def _settle(self) -> None:
        """Wait until every camera is watched, or no longer: then nobody is found before those that are not."""
        deadline = time.time() + LIVE_WITHIN_S
        while self._read(n_watched) < self.n_cameras and time.time() < deadline:
            self._wait(POLL_S)
        self._wait(SETTLE_S)

    def _samples(self, seconds: float) -> list[Usage]:
        """What patrol uses at the beginning, every few seconds, and at the end."""
        samples, end_s = [usage_of(self.patrol.pid)], time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            self._wait(min(left_s, MEMORY_EVERY_S))
            samples.append(usage_of(self.patrol.pid))
        return samples

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


def cpu_between(before: Usage, after: Usage) -> float:
    """Processor seconds spent between two looks at a tree of processes.

    NotWatched where one has ended meanwhile: what it had used went with it.
    """
    if gone := before.pids - after.pids:
        numbers = ", ".join(str(pid) for pid in sorted(gone))
        raise NotWatched(f"processes of patrol ended while it was measured ({numbers}): what they used is not known")
    return after.cpu_s - before.cpu_s


def n_watched(session: Session) -> int:
    """Cameras that are live by the word of a worker that is alive itself."""
    at_work = select(Worker.id).where(Worker.beat_at > datetime.now(UTC) - ALIVE_FOR)
    is_watched = (StreamState.state == "live", StreamState.worker_id.in_(at_work))
    return session.scalar(select(func.count()).select_from(StreamState).where(*is_watched)) or 0


def _looks(session: Session) -> tuple[int, int]:
    """Looks that were made, and that were due and left out."""
    made, left_out = session.execute(select(func.sum(StreamState.n_looks), func.sum(StreamState.n_dropped))).one()
    return made or 0, left_out or 0
