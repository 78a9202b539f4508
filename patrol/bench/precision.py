"""`patrol bench precision`: what each runtime and arithmetic costs in time and in people told apart, side by side.

Every network gets the same chips, cut by the detector in float32, so that a difference is the embedder's alone; how
far landmarks move is a column of its own. Probes are the second photo of each person, as it is and spoilt to a width.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from patrol.bench import machine
from patrol.bench.machine import limited_to
from patrol.eval.folder import Folder
from patrol.eval.spoil import spoil
from patrol.eval.verification import Side, impostor_counts, threshold_at
from patrol.faces.align import CHIPS, align
from patrol.faces.detect import Detector, detector_of
from patrol.faces.detections import Detections
from patrol.faces.embed import Embedder
from patrol.faces.int8 import drawn_heads, quantised
from patrol.faces.manifest import Weights
from patrol.faces.runtime import Precision, Runtime, RuntimeName, has_bf16
from patrol.faces.weights import require
from patrol.values import Float32, PatrolError, Uint8

FARS = (1e-3, 1e-4)
SPOILT_PX = 40
BATCH = 6  # faces of a busy frame
FRAME_WH = (960, 544)  # what the detector sees of a 1080p frame
KINDS: tuple[tuple[RuntimeName, Precision], ...] = (
    ("onnxruntime", "f32"),
    ("onnxruntime", "int8"),
    ("openvino", "f32"),
    ("openvino", "bf16"),
    ("openvino", "int8"),
)


HEAD = (
    f"{'':<18}{'ms/face':>8}{'of six':>8}{'ms/frame':>10}{'cpu of six':>12}{'cosine':>9}{'lowest':>8}{'moved':>6}   "
    f"{'clean':<12}  {'40 px':<11}  mixed"
)


class TooFewPeople(PatrolError):
    """Nobody can be told apart from anybody in a folder of photos."""


@dataclass(frozen=True, slots=True)
class Chips:
    """Faces cut out for the embedder, uint8 (side, side, 3), BGR; the same person at the same place in each list."""

    portraits: list[Uint8]
    probes: list[Uint8]
    spoilt: list[Uint8]


@dataclass(frozen=True, slots=True)
class Row:
    """One runtime and arithmetic."""

    name: str
    ms_one: float  #: for one face alone
    ms_of_six: float  #: a face, of six at once
    ms_frame: float  #: detector, a frame of 960 x 544
    cpu_of_six: float  #: processor time of all threads, ms a face of six: other load moves it less than the clock
    cosine: float  #: of a face's template to the one in float32, median
    cosine_low: float  #: of the one face in a hundred that suffers most
    moved_px: float  #: landmarks from where float32 has them, median, in a chip of 112
    tar: Mapping[str, list[float]]  #: at each of FARS: "clean", "spoilt", and "mixed" with portraits in float32


@dataclass(frozen=True, slots=True)
class Contender:
    """The networks opened in one runtime and arithmetic."""

    runtime: Runtime
    embedder: Embedder
    detector: Detector


@dataclass(frozen=True, slots=True)
class Precisions:
    """The table, with what it was measured on."""

    rows: tuple[Row, ...]
    source: str
    n_people: int

    def figures(self) -> dict[str, object]:
        """What `--json` prints."""
        return {
            "people": self.n_people,
            "fars": list(FARS),
            "rows": [{key: getattr(row, key) for key in Row.__slots__} for row in self.rows],
        }

    def lines(self) -> list[str]:
        return [
            f"precision: {self.n_people} people of {self.source}, two photos each; TAR in % at FAR 0.1 % / 0.01 %",
            *machine.describe(),
            HEAD,
            *(_line(row) for row in self.rows),
        ]


def measure(models_dir: Path, folder: Folder, *, embedder: str, threads: int, people: int, rounds: int) -> Precisions:
    """Compare every runtime and arithmetic of this machine on the first `people` with two photos or more."""
    with limited_to(threads):
        contenders = list(_contenders(models_dir, embedder, threads))
        exact = contenders[0]
        chips = _chips(folder, exact, people)
        timings = _timed(contenders, chips.portraits, rounds)
        plain = _vectors(exact, chips)
        rows = tuple(_row(each, exact, chips, plain, timings[str(each.runtime)], folder) for each in contenders)
    return Precisions(rows, folder.path.name, len(chips.portraits))


def _contenders(models_dir: Path, name: str, threads: int) -> Iterator[Contender]:
    about, path = require(models_dir, name)
    detector, detector_path = require(models_dir, "yunet")
    for kind, precision in KINDS:
        if precision == "bf16" and not has_bf16():
            continue
        runtime = Runtime(kind, precision, threads)
        try:
            yield _opened(runtime, about, path, detector, detector_path)
        except (ImportError, RuntimeError):
            continue  # OpenVINO has no package for this machine: the table says so by its absence


def _opened(runtime: Runtime, about: Weights, path: Path, detector: Weights, detector_path: Path) -> Contender:
    network = quantised(path, about.input) if runtime.precision == "int8" else path
    opened = runtime.open(network, at_once=runtime.threads)
    return Contender(runtime, Embedder(opened, about), detector_of(runtime.open(detector_path), detector))


def _chips(folder: Folder, exact: Contender, people: int) -> Chips:
    random = np.random.default_rng(0)
    chips = Chips([], [], [])
    for name in folder.able(2)[:people]:
        first_bgr, second_bgr = (_read(folder.photos[number]) for number in folder.people[name][:2])
        portrait, probe = _chip(first_bgr, exact), _chip(second_bgr, exact)
        spoilt = _chip(_spoilt(second_bgr, exact, random), exact)
        if portrait is not None and probe is not None and spoilt is not None:
            chips.portraits.append(portrait)
            chips.probes.append(probe)
            chips.spoilt.append(spoilt)
    if len(chips.portraits) < 2:
        raise TooFewPeople(
            f"{folder.path} holds two photos with a face of {len(chips.portraits)} people: take two or more"
        )
    return chips


def _read(file: Path) -> Uint8 | None:
    pixels_bgr = cv2.imread(str(file))
    return None if pixels_bgr is None else np.asarray(pixels_bgr, np.uint8)


def _spoilt(pixels_bgr: Uint8 | None, exact: Contender, random: np.random.Generator) -> Uint8 | None:
    face = None if pixels_bgr is None else _middle_face(pixels_bgr, exact.detector)
    return None if pixels_bgr is None or face is None else spoil(pixels_bgr, face.boxes_xyxy[0], SPOILT_PX, random)


def _chip(pixels_bgr: Uint8 | None, exact: Contender) -> Uint8 | None:
    """The face in the middle of a photo, cut out for the embedder; None where there is none."""
    face = None if pixels_bgr is None else _middle_face(pixels_bgr, exact.detector)
    return (
        None if pixels_bgr is None or face is None else align(pixels_bgr, face.landmarks_xy[0], exact.embedder.chip)
    )


def _middle_face(pixels_bgr: Uint8, detector: Detector) -> Detections | None:
    """Whom a photo of several is of, by the convention of LFW: one detection, or None."""
    found = detector.detect(pixels_bgr)
    if not len(found.scores):
        return None
    height, width = pixels_bgr.shape[:2]
    centres_xy = found.boxes_xyxy.reshape(-1, 2, 2).mean(axis=1)
    return found.of(np.array([np.hypot(*(centres_xy - (width / 2, height / 2)).T).argmin()], np.intp))


def _timed(contenders: Sequence[Contender], chips: Sequence[Uint8], rounds: int) -> dict[str, list[float]]:
    """Milliseconds for one face, for six, for a frame, and of processor time for six.

    Medians of rounds in which each contender has its turn, after one that warms up.
    """
    (head,) = drawn_heads(FRAME_WH, 1, np.random.default_rng(0))
    frame = head.astype(np.uint8)
    took: dict[str, list[list[float]]] = {str(each.runtime): [] for each in contenders}
    for _ in range(rounds + 1):
        for each in contenders:
            one, six = list(chips[:1]), [chips[n % len(chips)] for n in range(BATCH)]
            tasks: list[Callable[[], object]] = [
                partial(each.embedder.embed, one),
                partial(each.embedder.embed, six),
                partial(each.detector.detect, frame),
            ]
            began_s = time.process_time()
            tasks[1]()
            cpu_ms = 1000 * (time.process_time() - began_s)
            took[str(each.runtime)].append([*(_ms(task) for task in tasks), cpu_ms])
    return {
        name: [statistics.median(column) for column in zip(*runs[1:], strict=True)] for name, runs in took.items()
    }


def _ms(task: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    task()
    return 1000 * (time.perf_counter() - began_s)


def _vectors(contender: Contender, chips: Chips) -> tuple[Float32, Float32, Float32]:
    """Templates of portraits, probes and spoilt probes, each float32 (people, D)."""
    portraits, probes, spoilt = (
        np.stack([template.vector for template in contender.embedder.embed(each)])
        for each in (chips.portraits, chips.probes, chips.spoilt)
    )
    return portraits, probes, spoilt


def _row(
    contender: Contender,
    exact: Contender,
    chips: Chips,
    plain: tuple[Float32, Float32, Float32],
    timing: list[float],
    folder: Folder,
) -> Row:
    portraits, probes, spoilt = plain if contender is exact else _vectors(contender, chips)
    cosines = np.concatenate(
        [(got * was).sum(axis=1) for got, was in zip((portraits, probes, spoilt), plain, strict=True)]
    )
    tar = {"clean": _tar(portraits, probes), "spoilt": _tar(portraits, spoilt), "mixed": _tar(plain[0], spoilt)}
    return Row(
        f"{contender.runtime.name} {contender.runtime.precision}",
        timing[0],
        timing[1] / BATCH,
        timing[2],
        timing[3] / BATCH,
        float(np.median(cosines)),
        float(np.quantile(cosines, 0.01)),
        _moved_px(contender, exact, folder),
        tar,
    )


def _tar(portraits: Float32, probes: Float32) -> list[float]:
    """True accept rate at each of FARS, over all pairs of a portrait and a probe."""
    people: npt.NDArray[np.intp] = np.arange(len(portraits))
    no_offsets = np.zeros(len(portraits), np.float32)
    impostors = impostor_counts(Side(portraits, no_offsets, people), Side(probes, no_offsets, people))
    mated = (portraits * probes).sum(axis=1)
    return [float((mated >= threshold_at(far, impostors)).mean()) for far in FARS]


def _moved_px(contender: Contender, exact: Contender, folder: Folder, n_photos: int = 40) -> float:
    """How far landmarks lie from float32's, median, pixels of a chip of 112."""
    moved = []
    for file in folder.photos[:n_photos]:
        pixels_bgr = np.asarray(cv2.imread(str(file)), np.uint8)
        was, got = exact.detector.detect(pixels_bgr), contender.detector.detect(pixels_bgr)
        if len(was.scores) and len(got.scores):
            eyes_px = float(np.linalg.norm(was.landmarks_xy[0, 1] - was.landmarks_xy[0, 0]))
            away_px = np.linalg.norm(got.landmarks_xy[0] - was.landmarks_xy[0], axis=1)
            moved.append(away_px * float(np.diff(CHIPS["arcface"].points_xy[:2, 0])[0]) / eyes_px)
    return float(np.median(moved)) if moved else 0.0


def _line(row: Row) -> str:
    tars = "  ".join(" / ".join(f"{100 * tar:.1f}" for tar in row.tar[kind]) for kind in ("clean", "spoilt", "mixed"))
    times = f"{row.ms_one:8.1f}{row.ms_of_six:8.1f}{row.ms_frame:10.1f}{row.cpu_of_six:12.1f}"
    return f"{row.name:<18}{times}{row.cosine:9.4f}{row.cosine_low:8.4f}{row.moved_px:6.2f}   {tars}"
