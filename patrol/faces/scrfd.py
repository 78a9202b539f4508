"""Reads the outputs of SCRFD: scores, box distances and landmark offsets at three strides, two anchors a cell.

The layout is that of InsightFace's exports (Guo et al., "Sample and Computation Redistribution for Efficient Face
Detection", 2021): nine arrays, with or without a leading batch of one, whose names and order differ from export to
export. They are told apart by shape: rows of 1 are scores, of 4 distances, of 10 landmarks, and more rows are a finer
stride.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from patrol.faces.detections import Detections
from patrol.values import Float32, PatrolError

STRIDES = (8, 16, 32)
ANCHORS = 2  # a cell, both at its upper left corner
ROW_LENGTHS = (1, 4, 10)  # score; left, top, right, bottom; five points


class NotScrfd(PatrolError):
    """The outputs are not those of SCRFD with landmarks."""


def read(outputs: Sequence[Float32], canvas_wh: tuple[int, int], min_score: float) -> Detections:
    """Everything scored `min_score` or more.

    outputs: float32 (cells * 2, 1 | 4 | 10) or (1, cells * 2, 1 | 4 | 10), three of each, in any order.
    canvas_wh: pixels of the picture the network saw; both sides divide by 32.
    """
    scores, distances, offsets = arranged(outputs)
    parts = [
        _stride(scores[i], distances[i], offsets[i], stride, canvas_wh, min_score) for i, stride in enumerate(STRIDES)
    ]
    return Detections(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def arranged(outputs: Sequence[Float32]) -> tuple[list[Float32], list[Float32], list[Float32]]:
    """Scores, distances and landmark offsets, each from the finest stride to the coarsest."""
    rows = [output.reshape(-1, output.shape[-1]) for output in outputs]
    refuse_others([row.shape[1] for row in rows])
    scores, distances, offsets = (
        sorted((row for row in rows if row.shape[1] == length), key=len, reverse=True) for length in ROW_LENGTHS
    )
    return scores, distances, offsets


def refuse_others(row_lengths: Iterable[int]) -> None:
    """NotScrfd where arrays with rows of these lengths are not three each of scores, distances and landmarks."""
    found = sorted(row_lengths)
    if found == sorted(ROW_LENGTHS[:2] * len(STRIDES)):
        raise NotScrfd("this SCRFD gives no landmarks, and without them no face can be aligned: take one with kps")
    if found != sorted(ROW_LENGTHS * len(STRIDES)):
        raise NotScrfd(f"SCRFD gives three arrays each with rows of 1, 4 and 10, this network rows of {found}")


def _stride(
    scores: Float32,
    distances: Float32,
    offsets: Float32,
    stride: int,
    canvas_wh: tuple[int, int],
    min_score: float,
) -> tuple[Float32, Float32, Float32]:
    """Boxes (N, 4), landmarks (N, 5, 2) and scores (N,) of the anchors scored high enough."""
    columns, n_rows = canvas_wh[0] // stride, canvas_wh[1] // stride
    if len(scores) != columns * n_rows * ANCHORS:
        raise NotScrfd(
            f"{len(scores)} anchors at stride {stride}: SCRFD has {ANCHORS} in each of {columns} x {n_rows}"
        )
    places = np.flatnonzero(scores[:, 0] >= min_score)
    cells = places // ANCHORS
    corner_xy = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32) * stride
    reach = distances[places] * stride
    boxes = np.concatenate([corner_xy - reach[:, :2], corner_xy + reach[:, 2:]], axis=1)
    landmarks = corner_xy[:, None] + offsets[places].reshape(-1, 5, 2) * stride
    return boxes, landmarks, scores[places, 0]
