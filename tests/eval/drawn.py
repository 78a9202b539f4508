"""Drawn "photos" and eyes that read them: a person is a pattern of coloured squares, known again through blur.

They behave as faces do to an embedder (strangers near 0, mates near 1, less near where a photo is poor), in
microseconds and of nobody.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from patrol.eval.gathering import Templates
from patrol.values import Face, Float32, Frame, Quality, Template, Uint8

SQUARES = 4  # a side: D = 48
SIDE_PX = 48
EMBEDDER = "drawn-v1"


def photo(person: int, number: int, *, spread: float = 12.0) -> Uint8:
    """uint8 (48, 48, 3): a person's pattern with what differs from photo to photo."""
    pattern = np.random.default_rng([1, person]).uniform(60, 250, (SQUARES, SQUARES, 3))
    change = np.random.default_rng([2, person, number]).normal(0, spread, pattern.shape)
    small = np.clip(pattern + change, 40, 255).astype(np.uint8)
    return np.asarray(cv2.resize(small, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_NEAREST), np.uint8)


def empty_photo() -> Uint8:
    """A photo of a dark room."""
    return np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)


def write_folder(folder: Path, photos_of: dict[str, int], *, spread: float = 12.0) -> Path:
    """A folder in the layout of LFW: as many photos of each name as said."""
    for person, (name, n_photos) in enumerate(photos_of.items()):
        (folder / name).mkdir(parents=True)
        for number in range(n_photos):
            write(folder / name / f"{name}_{number:04}.png", photo(person, number, spread=spread))
    return folder


def write(path: Path, pixels_bgr: Uint8) -> None:
    path.write_bytes(cv2.imencode(".png", pixels_bgr)[1].tobytes())


def people(n: int, n_photos: int, prefix: str = "P") -> dict[str, int]:
    return {f"{prefix}{number:03}": n_photos for number in range(n)}


class DrawnEyes:
    """Reads the pattern of the whole picture as one face; counts how often it looked."""

    embedder = EMBEDDER

    def __init__(self) -> None:
        self.n_looks = 0

    def examine(self, pixels_bgr: Uint8) -> list[Face]:
        return self._faces(pixels_bgr, "blurred" if pixels_bgr[0, 0, 0] > 240 else None)

    def find(self, frames: Sequence[Frame]) -> list[list[Face]]:
        return [self._faces(frame.picture.bgr(), None) for frame in frames]

    def _faces(self, pixels_bgr: Uint8, refusal: str | None) -> list[Face]:
        self.n_looks += 1
        if pixels_bgr.max() < 40:
            return []
        squares = cv2.resize(pixels_bgr, (SQUARES, SQUARES), interpolation=cv2.INTER_AREA).astype(np.float32)
        vector = squares.ravel() - squares.mean()
        height, width = pixels_bgr.shape[:2]
        quality = Quality(1.0, 20.0, 9.0, 0.0, () if refusal is None else (refusal,))
        return [
            Face(
                box_xyxy=np.array([0, 0, width, height], np.float32),
                landmarks_xy=np.zeros((5, 2), np.float32),
                score=0.9,
                quality=quality,
                template=Template(EMBEDDER, np.asarray(vector / np.linalg.norm(vector), np.float32)),
            )
        ]


def templates(portraits: Float32, probes: Float32) -> Templates:
    """Templates of photos; a row of zeros has none."""
    return Templates(
        portraits.astype(np.float32),
        probes.astype(np.float32),
        np.abs(portraits).sum(axis=1) > 0,
        np.abs(probes).sum(axis=1) > 0,
    )
