"""Makes faces in a frame unrecognisable, and anything else that is a box in one."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from patrol.values import Uint8

Box = Sequence[float]  #: x1, y1, x2, y2, pixels of the frame

BLUR_MARGIN = 0.3  # hair, ears and neck are recognised too
CELLS = 6  # what is left of a face across and down: 36 colours, nothing to recognise and nothing to undo


def blur(frame_bgr: Uint8, boxes_xyxy: Iterable[Box], kept_xyxy: Box) -> None:
    """Make faces unrecognisable in place; where one overlaps the face that is kept, that face stays.

    frame_bgr: uint8 (H, W, 3), BGR, writable.
    """
    x1, y1, x2, y2 = pixels(kept_xyxy, frame_bgr)
    kept = frame_bgr[y1:y2, x1:x2].copy()
    for box in boxes_xyxy:
        left, top, right, bottom = pixels(grown(box, BLUR_MARGIN), frame_bgr)
        region = frame_bgr[top:bottom, left:right]
        if region.size:
            region[:] = _unrecognisable(region)
    frame_bgr[y1:y2, x1:x2] = kept


def _unrecognisable(region_bgr: Uint8) -> np.ndarray:
    """A few cells, spread smoothly. region_bgr: uint8 (h, w, 3), BGR; returns the same shape."""
    height, width = region_bgr.shape[:2]
    few = (min(CELLS, width), min(CELLS, height))
    cells = cv2.resize(region_bgr, few, interpolation=cv2.INTER_AREA)
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)  # type: ignore[no-any-return]


def grown(box: Box, margin: float) -> Box:
    x1, y1, x2, y2 = box
    wide, high = (x2 - x1) * margin, (y2 - y1) * margin
    return x1 - wide, y1 - high, x2 + wide, y2 + high


def pixels(box: Box, frame_bgr: Uint8) -> tuple[int, int, int, int]:
    """Whole pixels of a box, within the frame."""
    height, width = frame_bgr.shape[:2]
    x1, y1, x2, y2 = box
    left, right = int(np.clip(x1, 0, width)), int(np.clip(np.ceil(x2), 0, width))
    top, bottom = int(np.clip(y1, 0, height)), int(np.clip(np.ceil(y2), 0, height))
    return left, top, max(left, right), max(top, bottom)
