"""The pictures of a hit: the full frame, and the face cut out of it with room around it. Pure functions."""

from dataclasses import dataclass

import cv2
import numpy as np

from patrol.values import Float32, Track, Uint8

#: Of the box's longer side, on every side, so that the aligned chip lies inside the crop: on 40 photos of lfw10 the
#: crop's template has a cosine of at least 0.9975 to the frame's (SFace); with half the margin it fell to 0.974.
CROP_MARGIN = 0.6
FACE_JPEG_QUALITY = 95  # embedded again when the embedder changes: 0.9975 as above, 0.9895 at quality 80
FRAME_JPEG_QUALITY = 90
SAME_BOX_IOU = 0.5  # the usual bound for "the same object"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One look, ready to be kept. Boxes are pixels of the full frame, x to the right, y down."""

    face_jpeg: bytes
    frame_jpeg: bytes
    crop_xyxy: tuple[int, int, int, int]  #: the part of the frame that the face picture shows, same resolution
    other_boxes_xyxy: Float32  #: float32 (N, 4), every other face in the frame


def take_evidence(track: Track) -> Evidence:
    """Cut and encode the best look of a track."""
    frame_bgr = track.best_frame.picture.bgr()
    crop_xyxy = crop_around(track.best.box_xyxy, track.best_frame.picture.resolution_wh)
    left, top, right, bottom = crop_xyxy
    return Evidence(
        encode_jpeg(frame_bgr[top:bottom, left:right], FACE_JPEG_QUALITY),
        encode_jpeg(frame_bgr, FRAME_JPEG_QUALITY),
        crop_xyxy,
        other_boxes(track.best_frame_boxes_xyxy, track.best.box_xyxy),
    )


def crop_around(box_xyxy: Float32, frame_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    """Widen a face's box by the margin and keep it inside the frame; at least one pixel is left.

    box_xyxy: float32 (4,), pixels of the frame. Returns whole pixels, right and bottom exclusive.
    """
    x0, y0, x1, y1 = (float(edge) for edge in box_xyxy)
    margin = CROP_MARGIN * max(x1 - x0, y1 - y0)
    width, height = frame_wh
    left = int(np.clip(np.floor(x0 - margin), 0, width - 1))
    top = int(np.clip(np.floor(y0 - margin), 0, height - 1))
    right = int(np.clip(np.ceil(x1 + margin), left + 1, width))
    bottom = int(np.clip(np.ceil(y1 + margin), top + 1, height))
    return left, top, right, bottom


def other_boxes(boxes_xyxy: Float32, own_xyxy: Float32) -> Float32:
    """Every box but the one that is the matched face itself.

    boxes_xyxy: float32 (N, 4); own_xyxy: float32 (4,). Returns float32 (N - 1, 4), or (N, 4) where none is it.
    """
    if not len(boxes_xyxy):
        return boxes_xyxy
    overlaps = _overlaps(boxes_xyxy, own_xyxy)
    nearest = int(np.argmax(overlaps))
    return np.delete(boxes_xyxy, nearest, axis=0) if overlaps[nearest] >= SAME_BOX_IOU else boxes_xyxy


def encode_jpeg(pixels_bgr: Uint8, quality: int) -> bytes:
    """pixels_bgr: uint8 (H, W, 3), BGR."""
    is_encoded, encoded = cv2.imencode(".jpg", pixels_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert is_encoded, f"OpenCV refused to encode a picture of shape {pixels_bgr.shape}"
    return bytes(encoded.tobytes())


def _overlaps(boxes_xyxy: Float32, own_xyxy: Float32) -> Float32:
    """Intersection over union of each box with one. Returns float32 (N,), 0..1."""
    low = np.maximum(boxes_xyxy[:, :2], own_xyxy[:2])
    high = np.minimum(boxes_xyxy[:, 2:], own_xyxy[2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], axis=1)
    own_area = np.prod(own_xyxy[2:] - own_xyxy[:2])
    return np.asarray(shared / np.maximum(areas + own_area - shared, 1e-6), np.float32)
