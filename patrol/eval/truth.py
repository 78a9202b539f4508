"""Who is to be seen in a video, when and where: the ground-truth file that passages and boxes are measured against.

One JSON object beside the video, `NAME.json` for `NAME.mp4`, as `patrol eval walks` writes it:

    {"fps": 25, "n_frames": 500, "resolution_wh": [1280, 720],
     "passages": [{"person": "Ada", "sightings": [{"frame": 7, "box_xyxy": [610.5, 80.0, 641.0, 120.2],
                                                   "covered": 0.0}]}]}

`person` is the folder's name in the folder of portraits; who has none there is a stranger. Frames count from 0 in the
order they are shown. Boxes are in pixels, forehead to chin. `covered`, 0..1, may be left out; other keys are ignored.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from patrol.eval.refusals import CannotMeasure
from patrol.values import Float32

FARTHEST_PX = 1e6  # no picture is so wide; what lies beyond is a mistake in a file
Px = Annotated[float, Field(gt=-FARTHEST_PX, lt=FARTHEST_PX, allow_inf_nan=False)]
Box = tuple[Px, Px, Px, Px]
SAME_FACE_IOU = 0.3  # a detector's box and a drawn one of a face 20 px wide differ by 3 px on each side


@dataclass(frozen=True, slots=True)
class Sighting:
    """One face in one frame, wholly inside the picture."""

    frame: Annotated[int, Field(ge=0)]
    box_xyxy: Box
    covered: Annotated[float, Field(ge=0, le=1)] = 0.0  #: how much of the box somebody nearer hides


@dataclass(frozen=True, slots=True)
class Passage:
    """One person's way through the view."""

    person: str
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """Everybody in one video."""

    fps: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    n_frames: Annotated[int, Field(gt=0)]
    resolution_wh: tuple[int, int]
    passages: tuple[Passage, ...]

    @property
    def length_s(self) -> float:
        return self.n_frames / self.fps


@dataclass(frozen=True, slots=True, eq=False)
class FrameTruth:
    """The faces of one frame as parallel arrays."""

    passages: tuple[int, ...]  #: index into Truth.passages
    boxes_xyxy: Float32  #: float32 (N, 4)
    covered: Float32  #: float32 (N,)


EMPTY = FrameTruth((), np.empty((0, 4), np.float32), np.empty(0, np.float32))


def read_truth(path: Path) -> Truth:
    """Read a ground-truth file; CannotMeasure where it is missing, is none, or holds no passage."""
    if not path.is_file():
        raise CannotMeasure("no_truth", path=path)
    try:
        truth = TypeAdapter(Truth).validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "-"
        raise CannotMeasure("truth_unreadable", path=path, where=where, problem=first["msg"]) from None
    if not any(passage.sightings for passage in truth.passages):
        raise CannotMeasure("truth_without_passages", path=path)
    return truth


def frames_of(truth: Truth) -> dict[int, FrameTruth]:
    """The faces of each frame that has any, by its number."""
    seen: dict[int, list[tuple[int, Sighting]]] = {}
    for number, passage in enumerate(truth.passages):
        for sighting in passage.sightings:
            seen.setdefault(sighting.frame, []).append((number, sighting))
    return {
        frame: FrameTruth(
            tuple(number for number, _ in faces),
            np.array([sighting.box_xyxy for _, sighting in faces], np.float32),
            np.array([sighting.covered for _, sighting in faces], np.float32),
        )
        for frame, faces in seen.items()
    }


def overlaps(ones_xyxy: Float32, others_xyxy: Float32) -> Float32:
    """Intersection over union of each of float32 (N, 4) with each of float32 (M, 4): float32 (N, M)."""
    least = np.minimum(ones_xyxy[:, None, 2:], others_xyxy[None, :, 2:])
    most = np.maximum(ones_xyxy[:, None, :2], others_xyxy[None, :, :2])
    shared = np.clip(least - most, 0.0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (ones_xyxy, others_xyxy)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9), np.float32)


def pair_up(found_xyxy: Float32, there_xyxy: Float32, least: float = SAME_FACE_IOU) -> dict[int, int]:
    """Which found box is which true one, the best overlap first; what overlaps less than `least` is none."""
    shares = overlaps(found_xyxy, there_xyxy)
    pairs: dict[int, int] = {}
    for place in np.argsort(-shares, axis=None, kind="stable"):
        found, there = divmod(int(place), shares.shape[1])
        if shares[found, there] < least:
            break
        if found not in pairs and there not in pairs.values():
            pairs[found] = there
    return pairs
