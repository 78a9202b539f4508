"""Reads the outputs of YuNet: class, object, box and landmark maps at three strides."""

from collections.abc import Sequence

import numpy as np

from patrol.faces.detections import Detections
from patrol.values import Float32

STRIDES = (8, 16, 32)


def read(outputs: Sequence[Float32], canvas_wh: tuple[int, int], min_score: float) -> Detections:
    """Everything scored `min_score` or more.

    outputs: float32 (1, cells, 1, 1, 4 or 10), for each kind of map one a stride, in the file's order.
    canvas_wh: pixels of the picture the network saw; both sides divide by 32.
    """
    parts = [_stride(outputs[i :: len(STRIDES)], stride, canvas_wh[0], min_score) for i, stride in enumerate(STRIDES)]
    return Detections(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _stride(
    outputs: Sequence[Float32], stride: int, width: int, min_score: float
) -> tuple[Float32, Float32, Float32]:
    """Boxes (N, 4), landmarks (N, 5, 2) and scores (N,) of the cells scored high enough."""
    is_face, is_object, box, points = (output[0] for output in outputs)
    scores = np.sqrt(np.clip(is_face[:, 0] * is_object[:, 0], 0.0, 1.0))
    cells = np.flatnonzero(scores >= min_score)
    origin_xy = np.stack([cells % (width // stride), cells // (width // stride)], axis=1).astype(np.float32)
    shape = box[cells]
    centre_xy = (origin_xy + shape[:, :2]) * stride
    half_wh = np.exp(shape[:, 2:]) * (stride / 2)
    boxes = np.concatenate([centre_xy - half_wh, centre_xy + half_wh], axis=1)
    landmarks = (points[cells].reshape(-1, 5, 2) + origin_xy[:, None]) * stride
    return boxes, landmarks, scores[cells]
