"""A patrol of its own to measure: a database with a watchlist, and `patrol watch` before simulated cameras."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from sqlalchemy import select

from patrol.bench.cameras_run import Run, Watching, outcome_of
from patrol.bench.cameras_scenes import ENROLLED, Camera
from patrol.bench.crowd import draw_templates, list_everybody
from patrol.demo.portraits import catalogue, fetch_portraits
from patrol.demo.processes import Commands, camera_server
from patrol.settings import Settings
from patrol.store.blobs import Blobs
from patrol.store.engine import Database, open_database
from patrol.store.tables import PortraitTemplate

WATCHLIST = "Cameras"
N_FILLERS = 1_000  # on the list beside those who walk by: nobody's faces
SITE = {"id": "bench", "name": "Bench", "latitude": 0.0, "longitude": 0.0, "time_zone": "UTC"}


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
        with ExitStack() as ending:
            ending.callback(shutil.rmtree, folder, ignore_errors=True)
            mounts = [camera.mount() for camera in cameras]
            server = ending.enter_context(camera_server(mounts, folder, says_plays=True))
            urls = {camera.id: server.urls[camera.path] for camera in cameras}
            (folder / "streams.yaml").write_text(streams_yaml(urls, decode), encoding="utf-8")
            database = _open(folder)
            ending.callback(database.engine.dispose)
            commands = self._commands(folder)
            with commands.running("watch") as patrol:
                cost = Watching(len(cameras), server, patrol, database, commands).measure(seconds)
            outcome = outcome_of(cameras, server, database, Blobs(folder / "pictures"), cost)  # nothing changes now
            return Run(len(cameras), cost, outcome)

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


def streams_yaml(urls: Mapping[str, str], decode: str | None) -> str:
    """The file that patrol is given. urls: by the camera's id."""
    more = {} if decode is None else {"decode": decode}
    streams = [{"id": id, "site": "bench", "name": id, "place": id, "url": url, **more} for id, url in urls.items()]
    return yaml.safe_dump({"sites": [SITE], "streams": streams}, sort_keys=False)


def _open(folder: Path) -> Database:
    return open_database(f"sqlite:///{(folder / 'patrol.db').absolute()}")
