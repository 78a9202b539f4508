"""Cuts a face out of a frame, upright and to scale, as each embedder was trained to see it."""

from dataclasses import dataclass

import cv2
import numpy as np

from patrol.values import Float32, Uint8


@dataclass(frozen=True, slots=True, eq=False)
class Chip:
    """An aligned square: its side, and where the five landmarks come to lie in it."""

    side_px: int
    points_xy: Float32  #: float32 (5, 2), pixels of the chip


#: The published ArcFace template, which SFace and every ArcFace network was trained with.
ARCFACE = Chip(
    112,
    np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
             np.float32),
)  # fmt: skip

#: Where YuNet's landmarks lie in the chip that dlib cuts by its own five points (eye corners and nose, padding 0.25):
#: the median over the 100 photos of lfw10, by `python -m tests.faces.measurements chip`. An embedding of the chip
#: fitted this way has a median cosine of 0.992 to that of dlib's own chip, 0.977 at the 5th percentile. All five
#: points weigh the same: leaving out the mouth, which dlib does not use, told people apart less well.
DLIB = Chip(
    150,
    np.array([[46.9, 45.8], [102.6, 45.7], [73.7, 77.8], [51.0, 103.0], [100.0, 103.2]], np.float32),
)

CHIPS = {"arcface": ARCFACE, "dlib": DLIB}


def align(pixels_bgr: Uint8, landmarks_xy: Float32, chip: Chip) -> Uint8:
    """Warp one face upright.

    pixels_bgr: uint8 (H, W, 3), BGR; the whole frame, not a crop.
    landmarks_xy: float32 (5, 2), pixels of `pixels_bgr`.
    Returns uint8 (chip.side_px, chip.side_px, 3), BGR; parts outside the frame are black.
    """
    warp = fit_similarity(landmarks_xy, chip.points_xy)
    source_bgr, warp = _reduced(pixels_bgr, warp, chip.side_px)
    size = (chip.side_px, chip.side_px)
    return np.asarray(cv2.warpAffine(source_bgr, warp, size, flags=cv2.INTER_LINEAR), np.uint8)


def fit_similarity(from_xy: Float32, to_xy: Float32) -> Float32:
    """Least-squares turn, scale and shift, as the float32 (2, 3) matrix of warpAffine; never a mirror image.

    A point as a complex number is moved by z -> a z + b, so the fit is one division.
    """
    source = from_xy.astype(np.float64) @ np.array([1, 1j])
    target = to_xy.astype(np.float64) @ np.array([1, 1j])
    spread = source - source.mean()
    a = np.vdot(spread, target - target.mean()) / max(np.vdot(spread, spread).real, 1e-12)
    b = target.mean() - a * source.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]], np.float32)


def _reduced(pixels_bgr: Uint8, warp: Float32, side_px: int) -> tuple[Uint8, Float32]:
    """Shrink what the warp looks at where it reduces twofold or more: bilinear sampling alone would skip pixels."""
    shrink = int(1.0 / max(float(np.hypot(warp[0, 0], warp[1, 0])), 1e-6))
    if shrink < 2:
        return pixels_bgr, warp
    height, width = pixels_bgr.shape[:2]
    corners = np.array([[0, 0], [side_px, 0], [0, side_px], [side_px, side_px]], np.float32)
    seen = cv2.transform(corners[None], cv2.invertAffineTransform(warp))[0]
    left, top = np.clip(np.floor(seen.min(axis=0)), 0, [width - 1, height - 1]).astype(int)
    right, bottom = np.clip(np.ceil(seen.max(axis=0)), [left + 1, top + 1], [width, height]).astype(int)
    part_bgr = pixels_bgr[top:bottom, left:right]
    small_wh = (max(1, part_bgr.shape[1] // shrink), max(1, part_bgr.shape[0] // shrink))
    small_bgr = np.asarray(cv2.resize(part_bgr, small_wh, interpolation=cv2.INTER_AREA), np.uint8)
    ratio_x, ratio_y = part_bgr.shape[1] / small_wh[0], part_bgr.shape[0] / small_wh[1]
    # small pixel (u, v) is frame pixel (left + ratio_x (u + 1/2) - 1/2, ...): the centres of pixels are matched
    to_frame = np.array([[ratio_x, 0, left + ratio_x / 2 - 0.5], [0, ratio_y, top + ratio_y / 2 - 0.5], [0, 0, 1]])
    return small_bgr, (warp.astype(np.float64) @ to_frame).astype(np.float32)
