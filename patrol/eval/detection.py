"""How many faces are found, by their width, and how much is found that is no face."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from patrol.eval.boxes import Boxed
from patrol.eval.truth import SAME_FACE_IOU, overlaps, pair_up
from patrol.matching.intervals import Interval, clopper_pearson, poisson
from patrol.values import Float32, Uint8

#: Widths in pixels between which faces are counted together: 20 px is the least that detection is asked for at 1080p,
#: 40 px what EN/IEC 62676-4 takes for identification (250 px a metre), 80 px what cameras' makers advise.
BANDS_PX = (0, 12, 16, 20, 28, 40, 80, 10_000)
EDGE_PX = 2.0  # what is cut off by the picture's edge has no box in a list, and is not false

Detect = Callable[[Uint8], Float32]  #: uint8 (H, W, 3), BGR -> boxes, float32 (N, 4), pixels


@dataclass(slots=True)
class Band:
    """Faces of some widths."""

    from_px: int
    to_px: int
    n: int = 0
    n_found: int = 0

    @property
    def recall(self) -> float:
        return self.n_found / self.n if self.n else float("nan")

    @property
    def interval(self) -> Interval:
        return clopper_pearson(self.n_found, self.n)


@dataclass(slots=True)
class Detected:
    """What a detector found in all pictures."""

    bands: list[Band] = field(default_factory=lambda: [Band(*pair) for pair in pairwise(BANDS_PX)])
    n_pictures: int = 0
    n_true: int = 0  #: detections that are a face
    n_false: int = 0  #: detections that are none
    ms: list[float] = field(default_factory=list)  #: of each picture
    worst: list[str] = field(default_factory=list)  #: pictures with something found that is no face

    @property
    def precision(self) -> float:
        n = self.n_true + self.n_false
        return self.n_true / n if n else float("nan")

    @property
    def false_per_picture(self) -> Interval:
        return poisson(self.n_false, self.n_pictures)

    def to_json(self) -> dict[str, object]:
        bands = [
            {"from_px": band.from_px, "to_px": band.to_px, "n": band.n, "recall": round(band.recall, 4),
             "recall_interval": [round(end, 4) for end in band.interval]}
            for band in self.bands if band.n
        ]  # fmt: skip
        n = self.n_true + self.n_false
        return {
            "pictures": self.n_pictures,
            "faces": sum(band.n for band in self.bands),
            "recall_by_width": bands,
            "precision": round(self.precision, 4) if n else None,
            "precision_interval": [round(end, 4) for end in clopper_pearson(self.n_true, n)],
            "false_faces": self.n_false,
            "false_faces_per_picture": round(self.n_false / max(1, self.n_pictures), 5),
            "false_faces_per_picture_interval": [round(end, 5) for end in self.false_per_picture],
            "ms_per_picture": round(float(np.median(self.ms)), 1) if self.ms else None,
        }


def measure(pictures: Iterable[Boxed], detect: Detect, clock_s: Callable[[], float]) -> Detected:
    """Hold what a detector finds against the boxes; `clock_s` tells what each picture cost."""
    detected = Detected()
    for picture in pictures:
        began_s = clock_s()
        found_xyxy = detect(picture.pixels_bgr)
        detected.ms.append(1000 * (clock_s() - began_s))
        _count(detected, picture, found_xyxy)
    return detected


def _count(detected: Detected, picture: Boxed, found_xyxy: Float32) -> None:
    """A face that somebody covers counts neither as found nor as missed, and what is found there not as false."""
    pairs = pair_up(found_xyxy, picture.boxes_xyxy)
    found = set(pairs.values())
    for place in np.flatnonzero(picture.is_clear).tolist():
        band = _band(detected.bands, float(picture.boxes_xyxy[place, 2] - picture.boxes_xyxy[place, 0]))
        band.n += 1
        band.n_found += place in found
    touched = overlaps(found_xyxy, picture.boxes_xyxy).max(axis=1, initial=0.0) >= SAME_FACE_IOU / 2
    loose = [place for place in range(len(found_xyxy)) if place not in pairs and not touched[place]]
    false = [place for place in loose if not _is_at_edge(found_xyxy[place], picture.pixels_bgr.shape)]
    detected.n_pictures += 1
    detected.n_true += len(pairs)
    detected.n_false += len(false)
    detected.worst += [picture.name] if false else []


def _band(bands: Sequence[Band], width_px: float) -> Band:
    """The last band holds everything that is wider, too."""
    return next((band for band in bands if width_px < band.to_px), bands[-1])


def _is_at_edge(box_xyxy: Float32, shape: tuple[int, ...]) -> bool:
    x0, y0, x1, y1 = box_xyxy.tolist()
    return bool(min(x0, y0, shape[1] - x1, shape[0] - y1) < EDGE_PX)
