"""Spoils a photo as a camera far away does: few pixels, blur, noise, other light, JPEG."""

import cv2
import numpy as np

from patrol.values import Float32, Uint8

WIDTHS = (0.9, 1.15)  # of the wanted width, drawn evenly: nobody stands at one distance
BRIGHTNESS = (0.85, 1.1)
BLUR_SIGMA_PX = 0.45  # of the small picture: the lens and the demosaicing of a camera in focus
NOISE_SIGMA = 4.0  # of 255, a sensor in indoor light
JPEG_QUALITY = 60
ENLARGED = 3  # cubic, before a detector that was trained on larger faces looks


def spoil(pixels_bgr: Uint8, box_xyxy: Float32, width_px: float, random: np.random.Generator) -> Uint8:
    """Make a photo look as if its face were about `width_px` wide, enlarged again threefold.

    pixels_bgr: uint8 (H, W, 3), BGR. box_xyxy: float32 (4,), the face in it, pixels.
    Returns uint8 (h, w, 3), BGR, in which the face is three times width_px x U(0.9, 1.15) wide.
    """
    scale = width_px * random.uniform(*WIDTHS) / max(float(box_xyxy[2] - box_xyxy[0]), 1.0)
    small = _shrunk(pixels_bgr, scale, random.uniform(0.0, 1.0, 2)).astype(np.float32)
    blurred = cv2.GaussianBlur(small, (0, 0), BLUR_SIGMA_PX) * random.uniform(*BRIGHTNESS)
    noisy = np.clip(blurred + random.normal(0.0, NOISE_SIGMA, blurred.shape), 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    sent = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    return np.asarray(cv2.resize(sent, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC), np.uint8)


def _shrunk(pixels_bgr: Uint8, scale: float, shift_xy: np.ndarray) -> Uint8:
    """Scale by area after a shift by a part of a small pixel, 0..1 both ways: faces lie on no grid."""
    height, width = pixels_bgr.shape[:2]
    shift = np.array([[1, 0, shift_xy[0] / scale], [0, 1, shift_xy[1] / scale]], np.float32)
    moved = cv2.warpAffine(pixels_bgr, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(moved, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
