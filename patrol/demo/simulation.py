"""Bring the simulated site up: cameras on real RTSP, patrol by its command line, the exercise list by its API."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from patrol.demo import groups, site
from patrol.demo.client import Json, Reviewer
from patrol.demo.clip import Clip
from patrol.demo.portraits import fetch_portraits
from patrol.demo.processes import Commands, cameras, free_port
from patrol.settings import Settings
from patrol.values import PatrolError

USER = "demo"
WATCHLIST = "Demo exercise"
UP_WITHIN_S = 60.0
WATCHING_WITHIN_S = 60.0  # loading the networks, opening the cameras, and at most 5 s for the new entry
POLL_S = 0.1

Tell = Callable[..., None]


class NotReady(PatrolError):
    """patrol did not come up in time."""


@dataclass(frozen=True, slots=True)
class RunningSite:
    """What runs, and how to get in."""

    address: str
    password: str
    reviewer: Reviewer
    links: Mapping[str, str]  #: the groups' pages by group
    clips: Mapping[str, Clip]  #: by stream
    began_at: datetime  #: since when every worker knows the listed person


@contextmanager
def simulated_site(
    settings: Settings, extra: Mapping[str, str], clock: Callable[[], datetime], tell: Tell, port: int = 0
) -> Iterator[RunningSite]:
    """Run the site until the block ends; its database and pictures end with it.

    port: the console's, where it is free; 0 is any.
    """
    cache = settings.data_dir.absolute() / "demo"
    clips = film(cache, tell)
    _clear_killed_runs(cache)
    with ExitStack() as ending:
        folder = Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=cache))
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        tell("cameras", n=len(clips))
        secret = secrets.token_urlsafe(12)
        urls = ending.enter_context(cameras(site.mounts(clips, USER, secret), folder))
        site.write_streams(folder / "streams.yaml", urls)
        environment = _environment(settings, folder, f"{USER}:{secret}", free_port(port))
        commands = Commands({**environment, **extra}, folder / "patrol.log")
        tell("starting")
        password = _prepare(commands, folder, clock())
        patrol = ending.enter_context(commands.running("up"))
        address = commands.environ["PATROL_PUBLIC_URL"]
        reviewer = ending.enter_context(Reviewer(address))
        _wait(reviewer.is_up, UP_WITHIN_S, "the console did not answer", patrol, commands)
        reviewer.log_in(USER, password)
        links = {str(group["id"]): reviewer.post(f"/groups/{group['id']}/link", {})["url"] for group in groups.GROUPS}
        tell("enrolling", person=site.LISTED)
        _enrol(reviewer, cache / "portraits", clock())
        _wait(lambda: _is_watching(reviewer), WATCHING_WITHIN_S, "not every camera is watched", patrol, commands)
        yield RunningSite(address, password, reviewer, links, clips, clock())


def film(cache: Path, tell: Tell) -> dict[str, Clip]:
    """Fetch the portraits and make every camera's clip; what is there from an earlier run is taken."""
    tell("portraits")
    fetch_portraits(cache / "portraits")
    tell("filming", n=len(site.CAMERAS))
    with ThreadPoolExecutor(max_workers=2) as pool:
        clips = pool.map(lambda camera: site.film_camera(camera, cache), site.CAMERAS)
        return {camera.id: clip for camera, clip in zip(site.CAMERAS, clips, strict=True)}


def _clear_killed_runs(cache: Path) -> None:
    """Delete what a run that was killed could not: a run's folder carries its process id."""
    for folder in cache.glob("run-*-*"):
        if not Path("/proc", folder.name.split("-")[1]).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _environment(settings: Settings, folder: Path, camera_login: str, port: int) -> dict[str, str]:
    """The site's own settings: its own folder and port, never the database of the machine it runs on."""
    secret = f"PATROL_SECRET_{site.CREDENTIALS.upper().replace('-', '_')}"
    return {
        "PATROL_DATA_DIR": str(folder / "data"),
        "PATROL_STREAMS_FILE": str(folder / "streams.yaml"),
        "PATROL_MODELS_DIR": str(settings.models_dir.absolute()),
        "PATROL_EMBEDDER": settings.embedder,
        "PATROL_DETECTOR": settings.detector,
        "PATROL_RUNTIME": settings.runtime,
        "PATROL_PRECISION": settings.precision,
        "PATROL_THREADS": str(settings.threads),
        "PATROL_PORT": str(port),
        "PATROL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        secret: camera_login,
    }


def _prepare(commands: Commands, folder: Path, now: datetime) -> str:
    """Database, first user, list and groups, by the command line; returns the user's password."""
    password = secrets.token_urlsafe(12)
    groups.write_groups(folder / "groups.yaml")
    commands.run("migrate")
    commands.run("users", "create", USER, "--role", "admin", "--password-stdin", say=f"{password}\n")
    commands.run("groups", "import", str(folder / "groups.yaml"))
    about = ("--category", "exercise", "--reason", "Demonstration with public figures", "--owner", USER)
    ends = f"{now + timedelta(days=1):%Y-%m-%d}"
    commands.run("watchlist", "create", WATCHLIST, *about, "--ends", ends, "--exercise")
    return password


def _enrol(reviewer: Reviewer, portraits: Path, now: datetime) -> None:
    watchlist = next(each for each in reviewer.get("/watchlists") if each["name"] == WATCHLIST)
    fields = {
        "name": site.LISTED,
        "reason": "Demonstration",
        "source": "Official portrait, 2012, public domain",
        "ends_at": (now + timedelta(hours=12)).isoformat(),
    }
    reviewer.enrol(watchlist["id"], fields, portraits / f"{site.ENROLLED_PORTRAIT}.jpg")


def _is_watching(reviewer: Reviewer) -> bool:
    """Every camera is live and every worker knows the newest entry."""
    gallery: Json = reviewer.get("/system")["gallery"]
    streams: list[Json] = reviewer.get("/streams")
    return (
        gallery["n_people"] == 1
        and gallery["n_workers"] > 0
        and gallery["n_workers_current"] == gallery["n_workers"]
        and len(streams) == len(site.CAMERAS)
        and all(stream["state"] == "live" for stream in streams)
    )


def _wait(
    condition: Callable[[], bool],
    within_s: float,
    otherwise: str,
    patrol: subprocess.Popen[bytes],
    commands: Commands,
) -> None:
    for _ in range(round(within_s / POLL_S)):
        if patrol.poll() is not None:
            raise NotReady(f"patrol ended with status {patrol.returncode}:\n{commands.last_words()}")
        if condition():
            return
        Event().wait(POLL_S)
    raise NotReady(f"{otherwise} within {within_s:.0f} s:\n{commands.last_words()}")
