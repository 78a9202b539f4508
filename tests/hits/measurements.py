"""Measures the constants of patrol/hits and of the floors again: `python -m tests.hits.measurements returns|jitter`.

Not a test: `returns` takes about a quarter of an hour, `jitter` a minute. Needs ../shared/data and the weights.

returns: how much higher a stranger who was taken for an entry scores when they come again, and what an anchor does.
jitter: how far the detector's box of a face that does not move wanders, in widths of the face.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from patrol.eval.folder import Folder, read_errata, read_folder
from patrol.eval.spoil import spoil
from patrol.faces.finder import Finder, open_finder
from patrol.matching.cohort import Cohort, scores
from patrol.values import BgrPicture, Face, Float32, Frame, Uint8
from tests.conftest import SHARED_DATA

MODELS = Path(__file__).parent.parent.parent / "models"
AT = datetime(2026, 3, 2, tzinfo=UTC)
WIDTH_PX, N_LOOKS, MOST_PHOTOS = 40.0, 3, 5
N_COHORT, N_ALONE, N_SEVERAL, N_SPLITS = 500, 400, 400, 20  # of a gallery of 800, half with several photos
FPIRS = (0.01, 0.03, 0.1)
CANVAS_WH, GREY, NOISE_SIGMA, JPEG_QUALITY = (1280, 720), 110, 4.0, 60
SIZES_PX, N_FACES, N_FRAMES = (28, 40, 60, 100), 5, 40


@dataclass(frozen=True, eq=False)
class Seen:
    """Templates of one spoilt passage after another: whose, of which photo, and which time."""

    names: npt.NDArray[np.str_]
    photos: npt.NDArray[np.int64]
    times: npt.NDArray[np.int64]
    vectors: Float32


def look(finder: Finder, pixels_bgr: Uint8) -> Face | None:
    """The face in the middle of a picture."""
    faces = finder.find([Frame("measured", 0, AT, BgrPicture(np.ascontiguousarray(pixels_bgr)))])[0]
    middle = np.array(pixels_bgr.shape[1::-1]) / 2
    return min(faces, key=lambda face: _away(face, middle), default=None)


def _away(face: Face, middle: np.ndarray) -> float:
    return float(np.linalg.norm(face.box_xyxy.reshape(2, 2).mean(axis=0) - middle))


def passage(finder: Finder, pixels_bgr: Uint8, face: Face, random: np.random.Generator) -> Float32 | None:
    """The mean template of some spoilt looks at one photo."""
    looks = [look(finder, spoil(pixels_bgr, face.box_xyxy, WIDTH_PX, random)) for _ in range(N_LOOKS)]
    vectors = [it.template.vector for it in looks if it is not None and it.template is not None]
    if not vectors:
        return None
    mean = np.mean(vectors, axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def gather(finder: Finder, folder: Folder) -> tuple[dict[str, Float32], Seen]:
    """One clean template a person, and two passages of each photo of those with several."""
    random = np.random.default_rng(7)
    clean: dict[str, Float32] = {}
    rows: list[tuple[str, int, int, Float32]] = []
    for name, photos in folder.people.items():
        for number in photos[:MOST_PHOTOS]:
            pixels = np.asarray(cv2.imread(str(folder.photos[number])), np.uint8)
            face = look(finder, pixels)
            if face is None or face.template is None:
                continue
            clean.setdefault(name, face.template.vector)
            if len(photos) > 1:
                made = [passage(finder, pixels, face, random) for _ in range(2)]
                rows += [(name, number, time, vector) for time, vector in enumerate(made) if vector is not None]
    names, numbers, times, vectors = zip(*rows, strict=True)
    return clean, Seen(np.array(names), np.array(numbers), np.array(times), np.stack(vectors))


def measure_returns() -> None:
    faces = SHARED_DATA / "faces"
    folder = read_folder(faces / "lfw", read_errata(faces / "lfw-errata.txt"))
    clean, seen = gather(open_finder(MODELS), folder)
    gains: dict[tuple[float, str], list[float]] = defaultdict(list)
    anchored: dict[str, list[bool]] = defaultdict(list)
    for split in range(N_SPLITS):
        _one_split(clean, seen, np.random.default_rng(split), gains, anchored)
    for (fpir, kind), values in sorted(gains.items()):
        q50, q95, q99 = np.quantile(values, [0.5, 0.95, 0.99])
        beyond = {spread: round(float(np.mean(np.array(values) > spread)), 3) for spread in (0.0, 0.02, 0.04, 0.06)}
        print(f"FPIR {fpir:g}, {kind}: n {len(values)}, median {q50:.3f}, 95 % {q95:.3f}, 99 % {q99:.3f}, {beyond}")
    for kind, hits in sorted(anchored.items()):
        print(f"nearer to the anchor than to the entry, {kind}: {np.mean(hits):.3f} of {len(hits)}")


def _one_split(
    clean: dict[str, Float32],
    seen: Seen,
    random: np.random.Generator,
    gains: dict[tuple[float, str], list[float]],
    anchored: dict[str, list[bool]],
) -> None:
    several = random.permutation(sorted(set(seen.names)))
    alone = random.permutation(sorted(set(clean) - set(seen.names)))
    gallery = [*alone[N_COHORT : N_COHORT + N_ALONE], *several[:N_SEVERAL]]
    cohort = Cohort("measured", np.stack([clean[name] for name in alone[:N_COHORT]]))
    entries = np.stack([clean[name] for name in gallery])
    scored = scores(entries, cohort.offsets(entries), seen.vectors, cohort.offsets(seen.vectors))
    first = np.flatnonzero(np.isin(seen.names, several[N_SEVERAL:]) & (seen.times == 0))
    highest = scored[first].max(axis=1)
    for fpir in FPIRS:
        threshold = np.quantile(highest, 1 - fpir)
        for row in first[highest >= threshold]:
            entry = int(scored[row].argmax())
            for kind, again in _again(seen, int(row)).items():
                gains[fpir, kind] += (scored[again, entry] - scored[row, entry]).tolist()
                if fpir == FPIRS[0]:
                    hits = again[scored[again, entry] >= threshold]
                    anchored[f"a stranger who would be a hit again, {kind}"] += _nearer(
                        seen, hits, row, entries[entry]
                    )
            if fpir == FPIRS[0]:
                mates = np.flatnonzero((seen.names == gallery[entry]) & (seen.times == 0))
                anchored["the person looked for"] += _nearer(seen, mates, row, entries[entry])


def _again(seen: Seen, row: int) -> dict[str, npt.NDArray[np.int64]]:
    """The same stranger's other passages: the same day (the same photo spoilt anew), or another day."""
    is_theirs, is_same = seen.names == seen.names[row], seen.photos == seen.photos[row]
    return {
        "same day": np.flatnonzero(is_theirs & is_same & (seen.times == 1)),
        "another day": np.flatnonzero(is_theirs & ~is_same & (seen.times == 0)),
    }


def _nearer(seen: Seen, rows: npt.NDArray[np.int64], anchor: int, entry: Float32) -> list[bool]:
    nearer: list[bool] = (seen.vectors[rows] @ seen.vectors[anchor] > seen.vectors[rows] @ entry).tolist()
    return nearer


def measure_jitter() -> None:
    finder = open_finder(MODELS)
    folder = read_folder(SHARED_DATA / "faces" / "lfw10")
    random = np.random.default_rng(5)
    for width_px in SIZES_PX:
        away: list[float] = []
        growth: list[float] = []
        n_found = 0
        for names in list(folder.people.values())[:N_FACES]:
            boxes = _boxes(finder, str(folder.photos[names[0]]), width_px, random)
            n_found += len(boxes)
            widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
            centres = (boxes[:, :2] + boxes[:, 2:]) / 2 - np.median((boxes[:, :2] + boxes[:, 2:]) / 2, axis=0)
            away += np.linalg.norm(centres / (np.median(widths), np.median(heights)), axis=1).tolist()
            growth += np.abs(np.log(widths / np.median(widths))).tolist()
        print(
            f"{width_px} px: found {n_found / (N_FACES * N_FRAMES):.2f}, away 95 % {np.quantile(away, 0.95):.3f}, "
            f"growth 95 % {np.quantile(growth, 0.95):.3f}"
        )


def _boxes(finder: Finder, photo: str, width_px: int, random: np.random.Generator) -> np.ndarray:
    """The face's boxes in frames of a camera that shows nothing but a photo, each with its own noise."""
    pixels = np.asarray(cv2.imread(photo), np.uint8)
    face = look(finder, pixels)
    assert face is not None, photo
    scale = width_px / float(face.box_xyxy[2] - face.box_xyxy[0])
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((CANVAS_WH[1], CANVAS_WH[0], 3), GREY, np.float32)
    top, left = (CANVAS_WH[1] - small.shape[0]) // 2, (CANVAS_WH[0] - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    found = (look(finder, _noisy(canvas, random)) for _ in range(N_FRAMES))
    return np.array([it.box_xyxy for it in found if it is not None], np.float64).reshape(-1, 4)


def _noisy(canvas: np.ndarray, random: np.random.Generator) -> Uint8:
    noisy = np.clip(canvas + random.normal(0, NOISE_SIGMA, canvas.shape), 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def main(asked: Sequence[str]) -> None:
    measures = {"returns": measure_returns, "jitter": measure_jitter}
    for name in asked or list(measures):
        measures[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
