"""Pictures with the boxes of the faces in them: from a video with its ground truth, or a folder with a list of boxes.

The list is `boxes.csv` in the folder, with a header: picture,x0,y0,x1,y1. One line a face, pixels, the picture's path
relative to the folder; a picture without a face stands there once with the four left empty.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from patrol.eval.folder import read_text
from patrol.eval.refusals import CannotMeasure
from patrol.eval.truth import EMPTY, FARTHEST_PX, FrameTruth, frames_of, read_truth
from patrol.values import Float32, Uint8

LIST_NAME = "boxes.csv"
COLUMNS = ("picture", "x0", "y0", "x1", "y1")
MAX_COVERED = 0.3  # of a face; what somebody nearer hides more of counts neither as found nor as missed
VIDEO_SUFFIXES = frozenset({".mp4", ".mkv", ".mov", ".avi", ".ts"})


@dataclass(frozen=True, slots=True, eq=False)
class Boxed:
    """One picture and where its faces are."""

    name: str
    pixels_bgr: Uint8  #: uint8 (H, W, 3), BGR
    boxes_xyxy: Float32  #: float32 (N, 4), pixels
    is_clear: np.ndarray  #: bool (N,), not covered


def read_boxed(path: Path, looks_per_s: float = 1.0) -> Iterator[Boxed]:
    """The pictures of a folder with its list, or so many frames a second of a video, or of a folder of videos."""
    if path.is_dir() and (path / LIST_NAME).is_file():
        yield from _of_list(path)
    elif path.is_dir():
        for video in videos_in(path):
            yield from _of_video(video, looks_per_s)
    elif path.is_file():
        yield from _of_video(path, looks_per_s)
    else:
        raise CannotMeasure("no_such_folder", path=path)


def videos_in(path: Path) -> list[Path]:
    """The videos of a folder by name, or the one that `path` is; CannotMeasure where there is none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise CannotMeasure("no_such_folder", path=path)
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in VIDEO_SUFFIXES and file.name[0] != ".")
    if not found:
        raise CannotMeasure("no_videos", path=path, suffixes=" ".join(sorted(VIDEO_SUFFIXES)), list=LIST_NAME)
    return found


def _of_list(folder: Path) -> Iterator[Boxed]:
    for name, boxes in _read_list(folder / LIST_NAME).items():
        pixels = cv2.imread(str(folder / name))
        if pixels is None:
            raise CannotMeasure("picture_unreadable", path=folder / name)
        boxes_xyxy = np.array(boxes, np.float32).reshape(-1, 4)
        yield Boxed(name, np.asarray(pixels, np.uint8), boxes_xyxy, np.ones(len(boxes_xyxy), bool))


def _read_list(path: Path) -> dict[str, list[tuple[float, ...]]]:
    boxes: dict[str, list[tuple[float, ...]]] = {}
    rows = csv.DictReader(read_text(path).splitlines())
    if missing := set(COLUMNS) - set(rows.fieldnames or ()):
        raise CannotMeasure("boxes_without_columns", path=path, columns=", ".join(sorted(missing)))
    for number, row in enumerate(rows, start=2):
        sides = [row[column] or "" for column in COLUMNS[1:]]
        box = _box(sides, path, number) if any(sides) else None
        boxes.setdefault(row["picture"], []).extend([box] if box else [])
    return boxes


def _box(sides: list[str], path: Path, line: int) -> tuple[float, ...]:
    try:
        box = tuple(float(side) for side in sides)
    except ValueError:
        box = (0.0, 0.0, 0.0, 0.0)
    is_near = all(abs(side) < FARTHEST_PX for side in box)
    if not (is_near and box[0] < box[2] and box[1] < box[3]):
        raise CannotMeasure("box_unreadable", path=path, line=line, box=",".join(sides))
    return box


def _of_video(video: Path, looks_per_s: float) -> Iterator[Boxed]:
    truth = read_truth(video.with_suffix(".json"))
    there = frames_of(truth)
    step = max(1, round(truth.fps / looks_per_s))
    try:
        with av.open(str(video)) as container:
            for number, decoded in enumerate(container.decode(video=0)):
                if number % step == 0:
                    pixels = np.asarray(decoded.to_ndarray(format="bgr24"), np.uint8)
                    yield _framed(f"{video.name} frame {number}", pixels, there.get(number, EMPTY))
    except (av.FFmpegError, IndexError, OSError) as error:
        raise CannotMeasure("video_unreadable", path=video, problem=error) from None


def _framed(name: str, pixels_bgr: Uint8, there: FrameTruth) -> Boxed:
    return Boxed(name, pixels_bgr, there.boxes_xyxy, there.covered <= MAX_COVERED)
