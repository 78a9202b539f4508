"""A small site to soak: a real RTSP server, a bad wire before each camera, and `patrol watch` as a process."""

import os
import random
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import yaml

from patrol.bench.process_tree import tree_of
from patrol.bench.wire import Wire, Wires
from patrol.demo.processes import Commands, cameras
from patrol.settings import Settings
from patrol.store.engine import Database, open_database

USER, PASSWORD = "soak", "right"
SITE: dict[str, object] = {
    "id": "soak",
    "name": "Soak",
    "latitude": 31.2304,
    "longitude": 121.4737,
    "time_zone": "Asia/Shanghai",
}
SIZES_WH = ((960, 540), (640, 360))  # a camera may come back with another resolution
CLIP_FRAMES, FPS, GOP = 500, 25, 50
ENCODER = {"preset": "superfast", "sc_threshold": "0", "bf": "0", "maxrate": "1M", "bufsize": "1M"}


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera, the wire to it, and the file that holds its password."""

    id: str
    wire: Wire
    secret_file: Path
    transport: str

    def set_password(self, password: str) -> None:
        self.secret_file.write_text(f"{USER}:{password}", encoding="utf-8")


@dataclass(slots=True)
class SoakSite:
    """What runs."""

    cameras: Sequence[Camera]
    database: Database
    watch_pid: int
    folder: Path
    clips: Sequence[Path]
    chance: random.Random
    _server: ExitStack = field(default_factory=ExitStack)

    def start_server(self) -> None:
        """Serve every camera, each with one of the clips by chance."""
        mounts = [
            {"path": f"/{camera.id}", "file": str(self.chance.choice(self.clips)), "user": USER, "password": PASSWORD}
            for camera in self.cameras
        ]
        urls = self._server.enter_context(cameras(mounts, self.folder))
        for camera in self.cameras:
            camera.wire.camera_port = urlsplit(urls[f"/{camera.id}"]).port or 0

    def stop_server(self) -> None:
        self._server.close()

    def kill_worker(self) -> None:
        """Kill one of the processes that watch, as the kernel does that runs out of memory."""
        if workers := list(tree_of(self.watch_pid))[1:]:
            with suppress(ProcessLookupError):
                os.kill(self.chance.choice(workers), signal.SIGKILL)


@contextmanager
def soak_site(
    settings: Settings, clips: Sequence[Path], n_cameras: int, chance: random.Random, folder: Path
) -> Iterator[SoakSite]:
    """Everything runs until the block ends."""
    with ExitStack() as ending:
        wires = ending.enter_context(Wires(chance).running())
        watched = [_camera(number, wires, folder) for number in range(n_cameras)]
        commands = Commands(_environment(settings, watched, folder), folder / "patrol.log")
        _write_streams(folder / "streams.yaml", watched)
        commands.run("migrate")
        database = open_database(f"sqlite:///{folder}/patrol.db")
        ending.callback(database.engine.dispose)
        site = SoakSite(watched, database, 0, folder, clips, chance)
        ending.callback(site.stop_server)
        site.start_server()
        site.watch_pid = ending.enter_context(commands.running("watch")).pid
        yield site


def _camera(number: int, wires: Wires, folder: Path) -> Camera:
    """Every fourth camera comes over UDP."""
    transport = "udp" if number % 4 == 3 else "tcp"
    camera = Camera(f"camera-{number}", wires.before(0), folder / f"camera-{number}.secret", transport)
    camera.secret_file.touch(mode=0o600)
    camera.set_password(PASSWORD)
    return camera


def _environment(settings: Settings, watched: Sequence[Camera], folder: Path) -> dict[str, str]:
    secrets = {
        f"PATROL_SECRET_{camera.id.upper().replace('-', '_')}_FILE": str(camera.secret_file) for camera in watched
    }
    return {
        **secrets,
        "PATROL_DATA_DIR": str(folder),
        "PATROL_STREAMS_FILE": str(folder / "streams.yaml"),
        "PATROL_MODELS_DIR": str(settings.models_dir.absolute()),
    }


def _write_streams(path: Path, watched: Sequence[Camera]) -> None:
    streams: list[Mapping[str, Any]] = [
        {
            "id": camera.id,
            "site": SITE["id"],
            "name": camera.id,
            "place": f"before {camera.id}",
            "url": camera.wire.url(f"/{camera.id}"),
            "credentials": camera.id,
            "transport": camera.transport,
            "max_sessions": 1,
        }
        for camera in watched
    ]
    path.write_text(yaml.safe_dump({"sites": [SITE], "streams": streams}), encoding="utf-8")


@contextmanager
def working_folder() -> Iterator[Path]:
    """Where one run keeps its database, its clips and its log; it ends with the run."""
    with tempfile.TemporaryDirectory(prefix="patrol-soak-") as folder:
        yield Path(folder)


def film_clips(source: Path, folder: Path) -> list[Path]:
    """The source's first seconds as small cameras would send them, one clip a resolution."""
    clips = [folder / f"{width}x{height}.mp4" for width, height in SIZES_WH]
    for clip, (width, height) in zip(clips, SIZES_WH, strict=True):
        _reduce(source, clip, width, height)
    return clips


def _reduce(source: Path, clip: Path, width: int, height: int) -> None:
    with av.open(str(source)) as whole, av.open(str(clip), "w") as small:
        stream = small.add_stream("libx264", rate=FPS, options=ENCODER)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate, stream.codec_context.gop_size = 750_000, GOP
        for number, frame in zip(range(CLIP_FRAMES), whole.decode(video=0), strict=False):
            reduced = frame.reformat(width, height, "yuv420p")
            reduced.pts, reduced.time_base = number, Fraction(1, FPS)
            small.mux(stream.encode(reduced))
        small.mux(stream.encode(None))
