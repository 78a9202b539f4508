"""Measures what a wall costs: `python -m tests.live.measurements [TILES] [PICTURES_A_SECOND] [SECONDS]`.

Not a test. One process stands for a worker, whose looking thread hands over 1080p frames; one is `patrol serve`; here
a browser's questions are asked at a browser's pace. Decoding, converting and looking are not in the figures: the
worker does them for the matching too.
"""

import itertools
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.context import SpawnProcess
from pathlib import Path

import av
import cv2
import httpx
import numpy as np

from patrol.live.pictures import LivePictures
from patrol.live.server import LiveServer
from patrol.settings import Settings
from patrol.store.blobs import Blobs
from patrol.store.engine import Database, migrate, open_database
from patrol.store.tables import StreamState, Worker
from patrol.streams.picture import DecodedPicture
from patrol.values import Frame, Site, Stream
from patrol.web.app import build_app
from patrol.web.parts import Parts
from patrol.web.serving import make_server
from tests.accounts.people import PASSWORD, add_user
from tests.hits.sightings import face
from tests.waiting import eventually

SITE = Site("mall", "Mall", 31.2, 121.5, "Asia/Shanghai")
PAUSE_S = 0.25  # of the console between two questions: PAUSE_MS of console/src/wall/watcher.ts
WARM_UP_S = 5.0
PORT = 8123


@dataclass(frozen=True)
class Wall:
    """What is measured, and where."""

    folder: Path
    n_tiles: int
    pictures_per_s: float  #: of each stream

    @property
    def ids(self) -> list[str]:
        return [f"c{number}" for number in range(self.n_tiles)]

    def database(self) -> Database:
        return open_database(f"sqlite:///{self.folder}/patrol.db")


def busy_frame() -> av.VideoFrame:
    """A picture as hard to compress as a busy street: at 640 px its JPEG has about 40 kB."""
    noise = np.random.default_rng(1).integers(0, 255, (1080, 1920, 3), np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), 4.5)
    spread = np.clip((smooth.astype(np.int16) - 128) * 6 + 128, 0, 255).astype(np.uint8)
    return av.VideoFrame.from_ndarray(spread, format="bgr24").reformat(format="yuv420p")


def work(wall: Wall) -> None:
    """A worker: every stream's frame in turn."""
    server = LiveServer(LivePictures(fps=2.0, most_per_s=20.0), "127.0.0.1")
    write_rows(wall, server)
    server.start()
    coded, pace_s = busy_frame(), 1 / (wall.pictures_per_s * wall.n_tiles)
    for number in itertools.count():
        frame = Frame(wall.ids[number % wall.n_tiles], number, datetime.now(UTC), DecodedPicture(coded))
        frame.picture.bgr()  # the detector has asked for it
        server.note(frame.stream_id, frame, [face()])
        time.sleep(pace_s)


def write_rows(wall: Wall, server: LiveServer) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    with wall.database().write() as session:
        row = Worker(id="w", started_at=later, beat_at=later, rev=1, embedder="sface", runtime="none")
        row.live_address, row.live_token = server.address, server.token
        session.add(row)
        for id in wall.ids:
            state = StreamState(stream_id=id, site_id=SITE.id, worker_id="w", state="live", since=later)
            state.updated_at = later
            session.add(state)


def serve(wall: Wall) -> None:
    """`patrol serve`."""
    streams = tuple(Stream(id, SITE, id, "here", f"rtsp://127.0.0.1/{id}") for id in wall.ids)
    parts = Parts(
        Settings(data_dir=wall.folder),
        wall.database(),
        Blobs(wall.folder / "pictures"),
        lambda: datetime.now(UTC),
        read_streams=lambda _settings: streams,
        read_sites=lambda _settings: (SITE,),
    )
    make_server(build_app(parts), "127.0.0.1", PORT).run()


def processor_s(process: SpawnProcess) -> float:
    """User and system time of a process so far (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Viewer:
    """Asks as the console does."""

    def __init__(self, wall: Wall) -> None:
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{PORT}/api/v1", timeout=20, trust_env=False)
        self._known = dict.fromkeys(wall.ids, 0)
        self.n_pictures = self.n_bytes = self.n_questions = 0

    def log_in(self) -> None:
        self._client.post("/login", json={"name": "ada", "password": PASSWORD}).raise_for_status()

    def look(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self._ask()
            time.sleep(PAUSE_S)

    def _ask(self) -> None:
        shown = [f"{id}:{number}" for id, number in self._known.items()]
        answer = self._client.get("/wall", params={"show": shown, "width": 640})
        answer.raise_for_status()
        pictures = [tile["picture"] for tile in answer.json()["tiles"] if tile["picture"]]
        self._known |= {picture["stream_id"]: picture["number"] for picture in pictures}
        self.n_questions += 1
        self.n_pictures += len(pictures)
        self.n_bytes += len(answer.content)


def measure(wall: Wall, seconds: float) -> None:
    context = multiprocessing.get_context("spawn")
    processes = {name: context.Process(target=each, args=(wall,), daemon=True) for name, each in PROCESSES.items()}
    for process in processes.values():
        process.start()
    try:
        report(wall, processes, seconds)
    finally:
        for process in processes.values():
            process.terminate()


def report(wall: Wall, processes: Mapping[str, SpawnProcess], seconds: float) -> None:
    viewer = Viewer(wall)
    eventually(lambda: is_up(wall), within_s=60)
    viewer.log_in()
    idle = {name: processor_s(process) for name, process in processes.items()}
    time.sleep(seconds)
    at_rest = {name: processor_s(process) - idle[name] for name, process in processes.items()}
    viewer.look(WARM_UP_S)
    viewer.n_pictures = viewer.n_bytes = viewer.n_questions = 0
    before = {name: processor_s(process) for name, process in processes.items()}
    viewer.look(seconds)
    for name, process in processes.items():
        more_s = processor_s(process) - before[name] - at_rest[name]
        print(f"{name}: {100 * more_s / seconds:.1f} % of a core more than while nobody looks")
    print(
        f"{viewer.n_pictures / seconds:.1f} pictures a second in {viewer.n_questions / seconds:.1f} answers,"
        f" {viewer.n_bytes / seconds / 1000:.0f} kB/s"
    )


def is_up(wall: Wall) -> bool:
    with socket.socket() as probe, wall.database().read() as session:
        return probe.connect_ex(("127.0.0.1", PORT)) == 0 and session.get(Worker, "w") is not None


PROCESSES = {"worker": work, "serve": serve}


def main() -> None:
    n_tiles, pictures_per_s, seconds = [*map(float, sys.argv[1:]), *(16.0, 0.5, 30.0)[len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as folder:
        wall = Wall(Path(folder), int(n_tiles), pictures_per_s)
        database = wall.database()
        migrate(database)
        with database.write() as session:
            add_user(session, "ada", "admin", datetime.now(UTC))
        measure(wall, seconds)


if __name__ == "__main__":
    main()
