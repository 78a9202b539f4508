"""Drawn people, and a finder that tells them apart: coloured ovals on grey, so that tests need no weights.

A person is a hue, a photo of a person a brightness. A flat oval shows somebody turned away, a pale one is blurred,
one lying on its side is not found, as with the real detector.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw

from patrol.faces.thresholds import Thresholds
from patrol.values import Face, Float32, Quality, Template, Uint8

N_HUES = 30  # people that can be told apart
LOOKS = (140, 180, 220, 250)  # brightness of the photos that can be told apart
LENGTH = 128
TOO_SMALL_FOR_VIDEO = 13  # pixels across: such a face has no template and cannot be let in as weak
DRAWN = Thresholds(sure=0.45, uncertain=0.36, margin=0.05)


@dataclass(frozen=True)
class Oval:
    """Somebody in a drawn photo; sizes in pixels."""

    person: int
    look: int = 0
    centre_xy: tuple[int, int] = (160, 180)
    width: int = 120
    narrow: float = 0.8  #: width over height
    is_pale: bool = False


def photo_of(*ovals: Oval, size_wh: tuple[int, int] = (320, 400)) -> Image.Image:
    image = Image.new("RGB", size_wh, (128, 128, 128))
    draw = ImageDraw.Draw(image)
    for oval in ovals:
        x, y = oval.centre_xy
        half_w, half_h = oval.width / 2, oval.width / oval.narrow / 2
        colour = _colour(oval.person, oval.look, 130 if oval.is_pale else 235)
        draw.ellipse((x - half_w, y - half_h, x + half_w, y + half_h), fill=colour)
    return image


def jpeg_of(*ovals: Oval, size_wh: tuple[int, int] = (320, 400)) -> bytes:
    return encoded(photo_of(*ovals, size_wh=size_wh), "JPEG", quality=92)


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def template_of(person: int, look: int = 0) -> Template:
    """Two looks of one person are 0.8 alike, two people about 0."""
    shown = _unit(person) + 0.5 * _unit(1000 + 10 * person + look)
    return Template("drawn-1", (shown / np.linalg.norm(shown)).astype(np.float32))


class DrawnFinder:
    """Does for drawn people what patrol.faces.finder.Finder does for people."""

    embedder = "drawn-1"
    thresholds = DRAWN

    def __init__(self) -> None:
        self.n_examined = 0

    def examine(self, pixels_bgr: Uint8) -> list[Face]:
        self.n_examined += 1
        hsv = cv2.cvtColor(pixels_bgr, cv2.COLOR_BGR2HSV)
        is_coloured = (hsv[:, :, 1] > 60).astype(np.uint8)
        n_parts, labels, parts, _ = cv2.connectedComponentsWithStats(is_coloured)
        found = [_face(hsv, labels == i, parts[i], pixels_bgr.shape[:2]) for i in range(1, n_parts)]
        return [face for face in found if face is not None]


def _face(hsv: Uint8, where: np.ndarray, part: Sequence[int], shape: tuple[int, ...]) -> Face | None:
    x, y, width, height = (int(side) for side in part[:4])
    if width < 6 or height < 6 or width > height * 1.1:
        return None
    saturation = float(np.median(hsv[:, :, 1][where]))
    is_inside = x > 0 and y > 0 and x + width < shape[1] and y + height < shape[0]
    checks = {
        "too_small": width < 40,
        "blurred": saturation < 180,
        "turned_away": width < 0.5 * height,
        "cut_off": not is_inside,
    }
    refusals = tuple(code for code, is_refused in checks.items() if is_refused)
    person = round(float(np.median(hsv[:, :, 0][where])) * N_HUES / 180) % N_HUES
    look = int(np.argmin([abs(float(np.median(hsv[:, :, 2][where])) - value) for value in LOOKS]))
    box = (x, y, x + width, y + height)
    return drawn_face(box, refusals, None if width < TOO_SMALL_FOR_VIDEO else template_of(person, look))


def drawn_face(
    box: tuple[int, int, int, int], refusals: tuple[str, ...] = (), template: Template | None = None
) -> Face:
    x1, y1, x2, y2 = box
    points = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)]
    landmarks = [(x1 + (x2 - x1) * right, y1 + (y2 - y1) * down) for right, down in points]
    return Face(
        box_xyxy=np.array(box, np.float32),
        landmarks_xy=np.array(landmarks, np.float32),
        score=0.9,
        quality=Quality(
            value=0.8,
            eye_distance_px=0.6 * (x2 - x1),
            sharpness=3.0 if "blurred" in refusals else 200.0,
            yaw=0.95 if "turned_away" in refusals else 0.0,
            refusals=refusals,
            inside=0.9 if "cut_off" in refusals else 1.0,
        ),
        template=template,
    )


def _colour(person: int, look: int, saturation: int) -> tuple[int, ...]:
    hsv = np.array([[[person * 180 // N_HUES, saturation, LOOKS[look]]]], np.uint8)
    return tuple(int(value) for value in cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0])


def _unit(seed: int) -> Float32:
    vector = np.random.default_rng(seed).normal(size=LENGTH)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
