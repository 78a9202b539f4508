"""A patrol of its own to measure: a database with a watchlist, and `patrol watch` before simulated cameras."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TypeVar

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.bench import cameras_hits, cameras_truth
from patrol.bench.cameras_hits import Outcome
from patrol.bench.cameras_scenes import ENROLLED, Camera, listed_people
from patrol.bench.crowd import draw_templates, list_everybody
from patrol.bench.process_tree import usage_of
from patrol.demo.portraits import catalogue, fetch_portraits
from patrol.demo.processes import CameraServer, Commands, camera_server
from patrol.settings import Settings
from patrol.store.blobs import Blobs
from patrol.store.engine import Database, open_database
from patrol.store.tables import PortraitTemplate, StreamState
from patrol.values import PatrolError

Value = TypeVar("Value")

WATCHLIST = "Cameras"
N_FILLERS = 1_000  # on the list beside those who walk by: nobody's faces
LIVE_WITHIN_S = 90.0
SETTLE_S = 12.0  # longer than a passage: whoever is counted came after every camera was watched
LATE_S = 5.0  # a hit that comes later than this after its passage is none
POLL_S = 0.5
SITE = {"id": "bench", "name": "Bench", "latitude": 0.0, "longitude": 0.0, "time_zone": "UTC"}


class NotWatched(PatrolError):
    """patrol ended before the cameras were measured."""


@dataclass(frozen=True, slots=True)
class Run:
    """What so many cameras cost for so long, and what was found."""

    n_cameras: int
    seconds: float
    n_live: int  #: cameras that were watched when the time began
    outcome: Outcome
    patrol_cores: float
    server_cores: float
    memory_mb: float
    n_processes: int
    n_dropped: int  #: looks that were due and left out, as patrol itself counts them


class House:
    """Where patrol runs: prepared once, copied for each run, so that every run begins with an empty record."""

    def __init__(self, settings: Settings, folder: Path, portraits: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._portraits = portraits
        self._n_runs = 0

    def prepare(self) -> None:
        """Enrol the listed people by the command line, and fill the list up."""
        commands = self._commands(self._folder / "house")
        end = datetime.now(UTC) + timedelta(days=2)
        commands.run("migrate")
        about = ("--category", "exercise", "--reason", "Measurement", "--owner", "bench", "--exercise")
        commands.run("watchlist", "create", WATCHLIST, *about, "--ends", f"{end:%Y-%m-%d}")
        why = ("--reason", "Measurement", "--source", "The demo's portraits", "--ends", f"{end:%Y-%m-%d}")
        commands.run("watchlist", "import", WATCHLIST, str(self._people()), *why)
        database = _open(self._folder / "house")
        with database.write() as session:
            embedder = session.scalars(select(PortraitTemplate.embedder)).first() or self._settings.embedder
            list_everybody(session, draw_templates(N_FILLERS), embedder, datetime.now(UTC))
        database.engine.dispose()

    def _people(self) -> Path:
        """The listed people's photos as an import takes them: NAME/photo."""
        folder = self._folder / "people"
        for name, path in fetch_portraits(self._portraits, ENROLLED).items():
            own = folder / catalogue()[name].person
            own.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, own)
        return folder

    def measure(self, cameras: Sequence[Camera], seconds: float, decode: str | None = None) -> Run:
        """Watch these cameras for so long. decode: what streams.yaml says of every camera; its default where None."""
        self._n_runs += 1
        folder = self._folder / f"run-{self._n_runs}"
        shutil.copytree(self._folder / "house", folder)
        try:
            with _running(self._commands(folder), cameras, folder, decode) as running:
                return running.measure(seconds)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _commands(self, folder: Path) -> Commands:
        folder.mkdir(parents=True, exist_ok=True)
        chosen = self._settings
        environ = {
            "PATROL_DATA_DIR": str(folder),
            "PATROL_STREAMS_FILE": str(folder / "streams.yaml"),
            "PATROL_MODELS_DIR": str(chosen.models_dir.absolute()),
            "PATROL_EMBEDDER": chosen.embedder,
            "PATROL_DETECTOR": chosen.detector,
            "PATROL_RUNTIME": chosen.runtime,
            "PATROL_PRECISION": chosen.precision,
            "PATROL_THREADS": str(chosen.threads),
            "PATROL_COOLDOWN_S": "0",  # every passage is a hit of its own
        }
        return Commands(environ, folder / "patrol.log")


@dataclass(frozen=True, slots=True)
class _Running:
    """patrol and the cameras it watches."""

    cameras: Sequence[Camera]
    server: CameraServer
    patrol_pid: int
    check: Callable[[], None]  #: raises where patrol has ended
    database: Database
    blobs: Blobs

    def measure(self, seconds: float) -> Run:
        n_live = self._settle()
        n_dropped = self._read(_n_dropped)
        start, before, server_before = time.time(), usage_of(self.patrol_pid), usage_of(self.server.pid)
        self._wait(seconds)
        end, after, server_after = time.time(), usage_of(self.patrol_pid), usage_of(self.server.pid)
        n_dropped = self._read(_n_dropped) - n_dropped
        self._wait(LATE_S)
        return Run(
            n_cameras=len(self.cameras),
            seconds=end - start,
            n_live=n_live,
            outcome=self._outcome(start, end),
            patrol_cores=(after.cpu_s - before.cpu_s) / (end - start),
            server_cores=(server_after.cpu_s - server_before.cpu_s) / (end - start),
            memory_mb=max(before.memory_mb, after.memory_mb),
            n_processes=after.n_processes,
            n_dropped=n_dropped,
        )

    def _settle(self) -> int:
        """Wait until every camera is watched, or no longer: then those that are not count with nobody found."""
        deadline = time.time() + LIVE_WITHIN_S
        while (n_live := self._read(_n_live)) < len(self.cameras) and time.time() < deadline:
            self._wait(POLL_S)
        self._wait(SETTLE_S)
        return n_live

    def _outcome(self, start: float, end: float) -> Outcome:
        plays = cameras_truth.plays_of(self.cameras, self.server.plays)
        listed = listed_people()
        margin = max(camera.film.seconds for camera in self.cameras)
        passages, counted = [], []
        for camera in self.cameras:
            own = plays[camera.id] or [cameras_truth.Play(camera, start)]  # never connected: its passages are missed
            passages += cameras_truth.expected(own, listed, start - margin, end + margin)
            counted += cameras_truth.expected(own, listed, start, end)
        hits = self._read(lambda session: cameras_hits.read_hits(session, self.blobs, plays))
        return cameras_hits.judge(passages, counted, hits)

    def _read(self, ask: Callable[[Session], Value]) -> Value:
        with self.database.read() as session:
            return ask(session)

    def _wait(self, seconds: float) -> None:
        Event().wait(seconds)
        self.check()


@contextmanager
def _running(commands: Commands, cameras: Sequence[Camera], folder: Path, decode: str | None) -> Iterator[_Running]:
    with ExitStack() as ending:
        mounts = [camera.mount() for camera in cameras]
        server = ending.enter_context(camera_server(mounts, folder, says_plays=True))
        urls = {camera.id: server.urls[camera.path] for camera in cameras}
        (folder / "streams.yaml").write_text(streams_yaml(urls, decode), encoding="utf-8")
        database = _open(folder)
        ending.callback(database.engine.dispose)
        patrol = ending.enter_context(commands.running("watch"))

        def check() -> None:
            if patrol.poll() is not None:
                raise NotWatched(f"patrol ended with status {patrol.returncode}:\n{commands.last_words()}")

        yield _Running(cameras, server, patrol.pid, check, database, Blobs(folder / "pictures"))


def streams_yaml(urls: Mapping[str, str], decode: str | None) -> str:
    """The file that patrol is given. urls: by the camera's id."""
    more = {} if decode is None else {"decode": decode}
    streams = [{"id": id, "site": "bench", "name": id, "place": id, "url": url, **more} for id, url in urls.items()]
    return yaml.safe_dump({"sites": [SITE], "streams": streams}, sort_keys=False)


def _open(folder: Path) -> Database:
    return open_database(f"sqlite:///{(folder / 'patrol.db').absolute()}")


def _n_live(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(StreamState).where(StreamState.state == "live")) or 0


def _n_dropped(session: Session) -> int:
    return session.scalar(select(func.sum(StreamState.n_dropped))) or 0
