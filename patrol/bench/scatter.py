"""Scatters faces of chosen widths over pictures, with their boxes, and makes pictures of textures without any face.

What `patrol eval detect` is measured on where nobody has drawn boxes: recall by width, and what is taken for a face.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from patrol.demo.heads import Head, HeadPhoto, cut_head
from patrol.demo.view import HALLS, View, draw_hall
from patrol.eval.boxes import COLUMNS, LIST_NAME
from patrol.values import Uint8

WIDTHS_PX = (12.0, 80.0)
FACES_A_PICTURE = 12
NOISE_SIGMA = 4.0  # as the spoiling of photos in patrol/eval/spoil.py has it
JPEG_QUALITY = 60
RESOLUTION_WH = (1920, 1080)
TRIES = 40  # to find a free place for one more face

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Plan:
    n_pictures: int = 40  #: with faces; as many textures without any come beside them
    seed: int = 1


def scatter(photos: Sequence[HeadPhoto], plan: Plan, out: Path) -> int:
    """Write the pictures and their list into `out`; returns how many faces are in them."""
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(plan.seed)
    heads = [cut_head(photo) for photo in photos]
    rows: list[tuple[str, Box | None]] = []
    for number in range(plan.n_pictures):
        canvas = texture(random) if number % 2 else draw_hall(sorted(HALLS)[number // 2 % len(HALLS)], View())
        boxes = _paste_all(canvas, heads, random)
        rows += [(f"faces-{number:03}.jpg", box) for box in boxes] + [(f"textures-{number:03}.jpg", None)]
        _write(out / f"faces-{number:03}.jpg", canvas, random)
        _write(out / f"textures-{number:03}.jpg", texture(random), random)
    with (out / LIST_NAME).open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        lines.writerows([name, *(("",) * 4 if box is None else np.round(box, 1).tolist())] for name, box in rows)
    return sum(box is not None for _, box in rows)


def _write(path: Path, pixels_bgr: Uint8, random: np.random.Generator) -> None:
    """Save a picture as a camera would: with its noise, compressed."""
    noise = random.normal(0, NOISE_SIGMA, pixels_bgr.shape).astype(np.float32)
    noisy = np.clip(pixels_bgr + noise, 0, 255).astype(np.uint8)
    cv2.imwrite(str(path), noisy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def _paste_all(canvas: Uint8, heads: Sequence[Head], random: np.random.Generator) -> list[Box]:
    boxes: list[Box] = []
    for _ in range(FACES_A_PICTURE):
        head = heads[int(random.integers(len(heads)))]
        width_px = float(np.exp(random.uniform(*np.log(WIDTHS_PX))))
        if (box := _paste(canvas, head, width_px, boxes, random)) is not None:
            boxes.append(box)
    return boxes


def _paste(
    canvas: Uint8, head: Head, width_px: float, taken: Sequence[Box], random: np.random.Generator
) -> Box | None:
    """Lay one head over the canvas where none is near; where its face came to lie, or None where no place is free."""
    x0, y0, x1, y1 = head.face_xyxy
    zoom = width_px / (x1 - x0)
    high, wide = (max(1, round(side * zoom)) for side in head.coverage.shape)
    for _ in range(TRIES):
        left, top = int(random.integers(canvas.shape[1] - wide)), int(random.integers(canvas.shape[0] - high))
        box = (left + x0 * zoom, top + y0 * zoom, left + x1 * zoom, top + y1 * zoom)
        if all(_apart(box, other) for other in taken):
            share = cv2.resize(head.coverage, (wide, high), interpolation=cv2.INTER_AREA)[..., None] / np.float32(255)
            small = cv2.resize(head.pixels_bgr, (wide, high), interpolation=cv2.INTER_AREA)
            region = canvas[top : top + high, left : left + wide]
            region[:] = (region * (1 - share) + small * share).astype(np.uint8)
            return box
    return None


def _apart(one: Box, other: Box) -> bool:
    """Whether two heads leave each other free: a head is about twice as wide and high as its face."""
    reach = 1.2 * ((one[2] - one[0]) + (other[2] - other[0]))
    return max(abs(one[0] + one[2] - other[0] - other[2]), abs(one[1] + one[3] - other[1] - other[3])) / 2 > reach


def texture(random: np.random.Generator, resolution_wh: tuple[int, int] = RESOLUTION_WH) -> Uint8:
    """A picture with nobody in it that has what detectors take for faces: uint8 (H, W, 3), BGR."""
    draw = (_clouds, _leaves, _bricks, _hair, _dotted_cloth)[int(random.integers(5))]
    return draw(resolution_wh, random)


def _ground(wh: tuple[int, int], random: np.random.Generator) -> Uint8:
    return np.full((wh[1], wh[0], 3), random.integers(60, 190, 3), np.uint8)


def _clouds(wh: tuple[int, int], random: np.random.Generator) -> Uint8:
    """Noise of all sizes: marble, foliage far away, a dirty wall."""
    grey = np.zeros((wh[1], wh[0]), np.float32)
    for cells in (6, 12, 24, 48, 96, 192):
        field = random.normal(0, 1, (cells, cells * 2)).astype(np.float32)
        grey += cv2.resize(field, wh, interpolation=cv2.INTER_CUBIC) * (6.0 / cells) ** 0.4
    tint = random.uniform(0.7, 1.0, 3)
    return np.clip((128 + 40 * grey)[..., None] * tint, 0, 255).astype(np.uint8)


def _leaves(wh: tuple[int, int], random: np.random.Generator) -> Uint8:
    canvas = _ground(wh, random)
    for _ in range(5000):
        centre = (int(random.integers(wh[0])), int(random.integers(wh[1])))
        axes = (int(random.integers(4, 26)), int(random.integers(3, 14)))
        colour = [int(each) for each in random.integers((10, 40, 10), (110, 190, 130))]
        cv2.ellipse(canvas, centre, axes, float(random.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    return canvas


def _bricks(wh: tuple[int, int], random: np.random.Generator) -> Uint8:
    canvas = _ground(wh, random)
    high = int(random.integers(14, 40))
    for row, y in enumerate(range(0, wh[1], high)):
        for x in range(-(row % 2) * high, wh[0], 2 * high):
            colour = [int(each) for each in random.integers((50, 60, 110), (100, 110, 190))]
            cv2.rectangle(canvas, (x + 1, y + 1), (x + 2 * high - 2, y + high - 2), colour, -1)
    return canvas


def _hair(wh: tuple[int, int], random: np.random.Generator) -> Uint8:
    """Backs of heads: ovals of dark strands, with a neck and shoulders under them."""
    canvas = _ground(wh, random)
    for _ in range(40):
        x, y, r = int(random.integers(wh[0])), int(random.integers(wh[1])), int(random.integers(10, 60))
        tone = random.integers((10, 15, 20), (60, 90, 130))
        cv2.ellipse(canvas, (x, y + 3 * r), (2 * r, int(1.6 * r)), 0, 0, 360, [int(t) + 40 for t in tone[::-1]], -1)
        cv2.rectangle(canvas, (x - r // 2, y), (x + r // 2, y + 2 * r), (130, 160, 200), -1)
        cv2.ellipse(canvas, (x, y), (r, int(1.3 * r)), 0, 0, 360, [int(t) for t in tone], -1, cv2.LINE_AA)
        for _ in range(3 * r):
            at, side = float(random.uniform(0, 2 * np.pi)), float(random.uniform(0.2, 1))
            end = (round(x + r * side * np.cos(at)), round(y + 1.3 * r * side * np.sin(at)))
            colour = [int(np.clip(t + random.integers(-20, 35), 0, 255)) for t in tone]
            cv2.line(canvas, (x, y - r // 2), end, colour, 1, cv2.LINE_AA)
    return canvas


def _dotted_cloth(wh: tuple[int, int], random: np.random.Generator) -> Uint8:
    """A print of dark spots on something pale: two above one is all that a face is at 12 px."""
    canvas = _ground(wh, random)
    pitch = int(random.integers(12, 40))
    for y in range(0, wh[1], pitch):
        for x in range(0, wh[0], pitch):
            at = (x + int(random.integers(-3, 4)), y + int(random.integers(-3, 4)))
            cv2.circle(canvas, at, max(1, pitch // int(random.integers(4, 9))), (40, 40, 60), -1, cv2.LINE_AA)
    return canvas
