"""The main job, end to end, as a stranger runs it: `patrol demo --once --json` in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.demo.client import Json
from tests.waiting import eventually

ROOT = Path(__file__).parent.parent.parent
MARK = "DEMO_TEST_RUN"
STEPS = [
    "frame_to_face",
    "face_to_hit",
    "hit_to_api",
    "api_to_confirmed",
    "confirmed_to_accepted",
    "accepted_to_read_back",
    "total",
]

pytestmark = [pytest.mark.rtsp, pytest.mark.weights, pytest.mark.timeout(420)]


@pytest.fixture
def mark() -> str:
    """What every process of one run carries in its environment, so that a straggler can be told."""
    return uuid.uuid4().hex


@pytest.fixture(autouse=True)
def _weights_are_here() -> None:
    if not list((ROOT / "models").glob("*.onnx")):
        pytest.skip("no weights in models/: run `patrol weights pull`")


def start(mark: str, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "patrol", "demo", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings, MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(mark: str, **settings: str) -> tuple[int, str, str]:
    with start(mark, "--once", "--json", **settings) as process:
        out, err = process.communicate(timeout=400)
        return process.returncode, out, err


def marked(mark: str) -> Iterator[int]:
    """Every living process of one run."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                yield int(entry.name)
        except OSError:
            continue


def runs_of(process: "subprocess.Popen[str]") -> list[Path]:
    return list((ROOT / "data" / "demo").glob(f"run-{process.pid}-*"))


def test_the_loop_closes_and_says_so_in_one_json_object(mark: str) -> None:
    status, out, err = run(mark)
    report: Json = json.loads(out)
    assert status == 0, err
    assert out.count("\n") == 1
    assert report["ok"] is True
    assert report["frames"] > 500
    assert report["faces"] > 50
    assert report["hits"] == 2
    assert report["decision"]["verdict"] == "confirmed"
    assert report["delivery"]["is_identical"]
    assert report["delivery"]["sha256_read"] == report["delivery"]["sha256_sent"]
    assert list(report["ms"]) == STEPS
    assert all(step >= 0 for step in report["ms"].values())
    assert sum(list(report["ms"].values())[:-1]) == pytest.approx(report["ms"]["total"], abs=10)
    assert not list(marked(mark))


def test_without_weights_it_says_so_and_stops_everything(mark: str, tmp_path: Path) -> None:
    status, out, _ = run(mark, PATROL_MODELS_DIR=str(tmp_path))
    report: Json = json.loads(out)
    assert status == 1
    assert report["ok"] is False
    assert "weights" in report["problem"]
    assert not list(marked(mark))


def test_a_demo_told_to_stop_leaves_nothing_behind(mark: str) -> None:
    with start(mark, "--once", "--json") as process:
        eventually(lambda: len(list(marked(mark))) >= 5, within_s=120)  # itself, cameras, up and what that starts
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "stopped" in json.loads(out)["problem"]
        assert not runs_of(process)
    assert not list(marked(mark))


def test_a_demo_that_is_killed_takes_its_processes_along(mark: str) -> None:
    with start(mark, "--once", "--json") as process:
        eventually(lambda: len(list(marked(mark))) >= 5, within_s=120)
        process.kill()
        process.communicate(timeout=60)
    eventually(lambda: not list(marked(mark)), within_s=30)
