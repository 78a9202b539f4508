"""Finds faces with YuNet: boxes, five landmarks and a score for each."""

from collections.abc import Sequence

import cv2
import numpy as np

from patrol.faces.closeup import CANDIDATE_SCORE, look_again
from patrol.faces.detections import Detections
from patrol.faces.runtime import Network
from patrol.values import Float32, Uint8

STRIDES = (8, 16, 32)
LONGEST_SIDE_PX = 960  # a face 20 px wide at 1080p is 10 px here, the smallest that YuNet was trained on
MAX_OVERLAP = 0.3  # of intersection over union; two heads that pass each other stay two up to here


class Detector:
    """YuNet. Takes pictures of any size; large ones are looked at reduced."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def detect(self, pixels_bgr: Uint8, longest_side_px: int = LONGEST_SIDE_PX) -> Detections:
        """Find the faces of a picture, best score first. pixels_bgr: uint8 (H, W, 3), BGR."""
        shrink = min(1.0, longest_side_px / max(pixels_bgr.shape[:2]))
        found = self._look(_reduced(pixels_bgr, shrink))
        grow = np.float32(1 / shrink)
        full = Detections(found.boxes_xyxy * grow, found.landmarks_xy * grow, found.scores)
        return _without_doubles(look_again(pixels_bgr, full, self._look))

    def _look(self, pixels_bgr: Uint8) -> Detections:
        """Run the network once, at the scale the picture has; everything that may be a face."""
        canvas_bgr = _padded(pixels_bgr)
        outputs = self._network.run(cv2.dnn.blobFromImage(canvas_bgr))
        decoded = [
            _decode(outputs[i :: len(STRIDES)], stride, canvas_bgr.shape[1]) for i, stride in enumerate(STRIDES)
        ]
        return _without_doubles(Detections(*(np.concatenate(parts) for parts in zip(*decoded, strict=True))))


def _reduced(pixels_bgr: Uint8, shrink: float) -> Uint8:
    if shrink == 1.0:
        return pixels_bgr
    height, width = pixels_bgr.shape[:2]
    size_wh = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    return np.asarray(cv2.resize(pixels_bgr, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


def _padded(pixels_bgr: Uint8) -> Uint8:
    """Add black at the right and the bottom, so that both sides divide by the largest stride."""
    height, width = pixels_bgr.shape[:2]
    canvas = np.zeros((-height // 32 * -32, -width // 32 * -32, 3), np.uint8)
    canvas[:height, :width] = pixels_bgr
    return canvas


def _decode(outputs: Sequence[Float32], stride: int, width: int) -> tuple[Float32, Float32, Float32]:
    """Read one stride's class, object, box and landmark maps, each float32 (1, cells, 1, 1, 4 or 10).

    Returns boxes (N, 4), landmarks (N, 5, 2) and scores (N,) of the cells scored high enough.
    """
    is_face, is_object, box, points = (output[0] for output in outputs)
    scores = np.sqrt(np.clip(is_face[:, 0] * is_object[:, 0], 0.0, 1.0))
    cells = np.flatnonzero(scores >= CANDIDATE_SCORE)
    origin_xy = np.stack([cells % (width // stride), cells // (width // stride)], axis=1).astype(np.float32)
    shape = box[cells]
    centre_xy = (origin_xy + shape[:, :2]) * stride
    half_wh = np.exp(shape[:, 2:]) * (stride / 2)
    boxes = np.concatenate([centre_xy - half_wh, centre_xy + half_wh], axis=1)
    landmarks = (points[cells].reshape(-1, 5, 2) + origin_xy[:, None]) * stride
    return boxes, landmarks, scores[cells]


def _without_doubles(found: Detections) -> Detections:
    """The best box of each face, best score first."""
    corners_xy, far_xy = found.boxes_xyxy[:, :2], found.boxes_xyxy[:, 2:]
    boxes_xywh = np.concatenate([corners_xy, far_xy - corners_xy], axis=1)
    kept = cv2.dnn.NMSBoxes(boxes_xywh.tolist(), found.scores.tolist(), 0.0, MAX_OVERLAP)
    return found.of(np.asarray(kept, np.intp).ravel())
