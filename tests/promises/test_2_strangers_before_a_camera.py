"""Promise 2 from outside: a real worker watches a real street for a listed person who is not there."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest

from patrol.faces.finder import open_finder
from patrol.store.engine import open_database
from patrol.store.tables import StreamState
from patrol.values import BgrPicture, Float32, Frame
from tests.cli.terminal import MODELS
from tests.promises.traces import Trace, traces_in_files, traces_in_rows
from tests.rtsp import gstreamer, serving
from tests.streams.cameras import clock
from tests.waiting import eventually

__all__ = ["gstreamer"]

N_FACES = 60  # seen by the worker before it is stopped; the street shows six to eight at a time
ENTRY = ("--reason", "exercise", "--source", "press photo", "--ends", "2099-01-31")
LIST = ("--category", "exercise", "--reason", "test", "--owner", "Rita", "--ends", "2099-01-31")


@pytest.mark.rtsp
@pytest.mark.weights
@pytest.mark.data
def test_a_street_of_strangers_leaves_no_trace(gstreamer: None, shared_data: Path, tmp_path: Path) -> None:
    street = shared_data / "clips" / "street.mp4"
    portrait = shared_data / "portraits" / "obama" / "1.jpg"
    environ = patrol_environ(tmp_path)
    patrol(environ, "watchlist", "create", "Exercise", *LIST)
    patrol(environ, "watchlist", "enrol", "Exercise", "Listed", str(portrait), *ENTRY)
    database = open_database(f"sqlite:///{tmp_path}/patrol.db")
    enrolled = list((tmp_path / "pictures").rglob("*.jpg"))
    with serving([{"path": "/street", "file": str(street)}]) as server:
        write_streams(tmp_path / "streams.yaml", server.urls["/street"])
        with watching(environ, tmp_path / "log.txt"):
            eventually(lambda: n_faces_seen(tmp_path) >= N_FACES, within_s=120)
    strangers = templates_of(street)
    assert len(strangers) > 10
    (tmp_path / "streams.yaml").unlink()
    assert [trace for trace in traces_in_files(tmp_path, strangers, allowed=enrolled) if not is_chance(trace)] == []
    assert traces_in_rows(database, strangers) == []
    database.engine.dispose()


def is_chance(trace: Trace) -> bool:
    """Three bytes that begin a JPEG also occur among a database's numbers; its values are searched one by one."""
    return trace.what == "a JPEG" and ".db" in Path(trace.where).name


def patrol_environ(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PATROL_")}
    return kept | {
        "PATROL_DATA_DIR": str(folder),
        "PATROL_MODELS_DIR": str(MODELS),
        "PATROL_STREAMS_FILE": str(folder / "streams.yaml"),
    }


def patrol(environ: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "patrol", *arguments], env=environ, check=True, capture_output=True)


def write_streams(path: Path, url: str) -> None:
    site = {"id": "mall", "name": "Mall", "latitude": 31.23, "longitude": 121.47, "time_zone": "Asia/Shanghai"}
    stream = {"id": "street", "site": "mall", "name": "Street", "place": "colonnade", "url": url}
    path.write_text(json.dumps({"sites": [site], "streams": [stream]}), encoding="utf-8")  # JSON is YAML


@contextmanager
def watching(environ: dict[str, str], log_file: Path) -> Iterator[None]:
    with log_file.open("wb") as log:
        worker = subprocess.Popen([sys.executable, "-m", "patrol", "watch"], env=environ, stdout=log, stderr=log)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)


def n_faces_seen(folder: Path) -> int:
    database = open_database(f"sqlite:///{folder}/patrol.db")
    with database.read() as session:
        state = session.get(StreamState, "street")
    database.engine.dispose()
    return 0 if state is None else state.n_faces


def templates_of(clip: Path) -> list[Float32]:
    """Templates of the people in every twelfth frame of the clip, as the worker's own network makes them."""
    finder = open_finder(MODELS, embedder="sface", runtime="auto", precision="auto", threads=2)
    with av.open(str(clip)) as container:
        pictures = [picture.to_ndarray(format="bgr24") for picture in container.decode(video=0)][::12]
    frames = [Frame("street", number, clock(), BgrPicture(pixels)) for number, pixels in enumerate(pictures)]
    return [face.template.vector for faces in finder.find(frames) for face in faces if face.template is not None]
