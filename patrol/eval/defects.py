"""One defect at a time: a photo that is small, blurred, dark, glaring, hazy or cut, as a camera would send it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from patrol.eval.spoil import JPEG_QUALITY, NOISE_SIGMA
from patrol.values import Float32, Uint8

FACE_PX = 80.0  # how wide the face of a photo is made that has another defect than its size

Pixels = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Defect:
    """What is wrong with a photo, and how much of it."""

    kind: str  #: one of KINDS
    level: float  #: in the unit of its kind
    seed: int = 0  #: of the noise

    def __str__(self) -> str:
        return f"{self.kind} {self.level:g}"


CLEAN = Defect("clean", 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Spoilt:
    """A spoilt photo, and where the middle of its face ought to be."""

    pixels_bgr: Uint8  #: uint8 (h, w, 3), BGR
    centre_xy: Float32  #: float32 (2,), pixels


def with_defect(pixels_bgr: Uint8, box_xyxy: Float32, defect: Defect, random: np.random.Generator) -> Spoilt:
    """Scale a photo, spoil it, and send it as a camera does, with noise and JPEG; a clean one stays as it is.

    pixels_bgr: uint8 (H, W, 3), BGR. box_xyxy: float32 (4,), the face in it, pixels.
    """
    centre_xy = box_xyxy.reshape(2, 2).mean(axis=0)
    if defect.kind == "clean":
        return Spoilt(pixels_bgr, centre_xy)
    width_px = defect.level if defect.kind == "small" else FACE_PX
    scale = width_px / max(float(box_xyxy[2] - box_xyxy[0]), 1.0)
    scaled = cv2.resize(pixels_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    origin_xy = _cut_at(box_xyxy * scale, defect)
    cut = scaled[int(origin_xy[1]) :, int(origin_xy[0]) :]
    spoil = KINDS[defect.kind]
    return Spoilt(_sent(spoil(cut, defect.level), random), np.asarray(centre_xy * scale - origin_xy, np.float32))


def _cut_at(box_xyxy: Float32, defect: Defect) -> Float32:
    """Where the picture is to begin: a cut takes off a part of the face from its left side."""
    if defect.kind != "cut":
        return np.zeros(2, np.float32)
    return np.array([max(0.0, box_xyxy[0] + defect.level * (box_xyxy[2] - box_xyxy[0])), 0.0], np.float32)


def _sent(pixels: Pixels, random: np.random.Generator) -> Uint8:
    noisy = np.clip(pixels + random.normal(0.0, NOISE_SIGMA, pixels.shape), 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def _as_it_is(pixels: Pixels, _level: float) -> Pixels:
    return pixels


def _blurred(pixels: Pixels, sigma_px: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma_px), np.float32)


def _smeared(pixels: Pixels, length_px: float) -> Pixels:
    return np.asarray(cv2.blur(pixels, (int(length_px), 1)), np.float32)


def _lit(pixels: Pixels, gain: float) -> Pixels:
    """Less light, or so much that the sensor clips."""
    return np.asarray(np.clip(pixels * gain, 0, 255), np.float32)


def _hazy(pixels: Pixels, kept: float) -> Pixels:
    """Contrast lost to fog, a dirty dome or light from behind."""
    return np.asarray(160 + np.float32(kept) * (pixels - 160), np.float32)


#: Each with the unit of its level: pixels across the face; pixels; pixels; gain; gain; part of the contrast that is
#: left; part of the face that is cut off.
KINDS: Mapping[str, Callable[[Pixels, float], Pixels]] = {
    "small": _as_it_is,
    "blurred": _blurred,
    "smeared": _smeared,
    "dark": _lit,
    "glaring": _lit,
    "hazy": _hazy,
    "cut": _as_it_is,
}
LEVELS: Mapping[str, tuple[float, ...]] = {
    "small": (14, 18, 22, 28, 36, 48, 64),
    "blurred": (1.0, 1.7, 2.5, 3.5),
    "smeared": (5, 9, 13),
    "dark": (0.3, 0.15, 0.08, 0.04),
    "glaring": (1.6, 2.5, 4.0),
    "hazy": (0.4, 0.2, 0.1),
    "cut": (0.1, 0.25, 0.4),
}
DEFECTS = tuple(Defect(kind, level) for kind, levels in LEVELS.items() for level in levels)
