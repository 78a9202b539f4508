"""How many cameras the usual loop keeps up with on this machine, with the server beside it, as patrol has."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from patrol.bench.cameras_scenes import Camera
from patrol.demo.processes import camera_server
from patrol.values import PatrolError

SAMPLE_SCALE = 1.0  # OpenCV's samples/dnn/face_detect.py: the whole frame
SMALL_SCALE = 0.5  # 960x540, what a careful script would do
START_S = 60.0  # beyond the seconds measured: loading, connecting, a busy machine


class UsualLoopFailed(PatrolError):
    """The usual loop, which patrol is compared with, could not be run."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What the usual loop did a second, all its processes together."""

    n_processes: int
    scale: float
    frames_per_s: float
    fps: int  #: of a camera

    @property
    def cameras(self) -> float:
        """How many cameras it keeps up with: frames a second over those that one camera sends."""
        return self.frames_per_s / self.fps


def measure_usual(
    cameras: Sequence[Camera], folder: Path, models_dir: Path, seconds: float, scale: float = SAMPLE_SCALE
) -> Usual:
    """Run the loop before each of these cameras at once, a process each."""
    with camera_server([camera.mount() for camera in cameras], folder) as server:
        loops = [_start(server.urls[camera.path], models_dir, seconds, scale) for camera in cameras]
        try:
            said = [_end(loop, seconds + START_S) for loop in loops]
        finally:
            for loop in loops:
                loop.kill()
                loop.wait()
    frames_per_s = sum(each["frames"] / each["seconds"] for each in said)
    return Usual(len(cameras), scale, frames_per_s, cameras[0].film.truth.fps)


def _start(url: str, models_dir: Path, seconds: float, scale: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "patrol.bench.usual_loop", url, "--models", str(models_dir)]
    more = ["--seconds", str(seconds), "--scale", str(scale)]
    return subprocess.Popen([*command, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _end(loop: subprocess.Popen[str], within_s: float) -> dict[str, float]:
    try:
        said, complained = loop.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        raise UsualLoopFailed(f"the usual loop was not done within {within_s:.0f} s") from None
    if loop.returncode:
        raise UsualLoopFailed(f"the usual loop ended with status {loop.returncode}: {complained.strip()[-500:]}")
    figures: dict[str, float] = json.loads(said)
    return figures
