"""What a figure was measured on: without it a figure says nothing."""

import os
import platform
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

PACKAGES = ("openvino", "onnxruntime", "opencv-python-headless", "numpy", "dlib-bin", "face-recognition")


def describe() -> list[str]:
    """Processor, load, software and command, one line each."""
    load = ", ".join(f"{figure:.2f}" for figure in os.getloadavg())
    return [
        f"machine: {processor()}, {os.cpu_count()} cores, load {load} (1, 5, 15 minutes)",
        f"software: Python {platform.python_version()}, {', '.join(_versions())}",
        f"command: {command()}",
    ]


def command() -> str:
    """What this process was started by, as it would be typed."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _versions() -> Iterator[str]:
    for package in PACKAGES:
        try:
            yield f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            yield f"{package} absent"


@contextmanager
def limited_to(n_cores: int) -> Iterator[None]:
    """Let this process run on `n_cores` cores only, so that both sides of a comparison have the same."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(before)[:n_cores]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
