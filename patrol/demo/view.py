"""A fixed camera looking down a hall: where metres on the floor land in the picture, and the empty hall itself.

World: x to the right, y up from the floor, z away from the camera, metres. The lens is shifted, not tilted, so
that verticals stay vertical.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from patrol.values import Uint8

Colour = tuple[int, int, int]  # blue, green, red
Point = tuple[float, float, float]  # x, y, z

HALL_DEPTH_M = 26.0
SUBPIXEL_BITS = 4  # cv2 draws at 1/16 pixel


@dataclass(frozen=True, slots=True)
class View:
    """A camera's geometry."""

    resolution_wh: tuple[int, int] = (1920, 1080)
    focal_px: float = 2600.0  # 40 degrees across: the tele end of a common 2.8-12 mm dome
    camera_m: float = 2.2
    horizon_px: float = 140.0

    def to_screen(self, point: Point) -> tuple[float, float]:
        x, y, z = point
        per_m = self.focal_px / z
        return self.resolution_wh[0] / 2 + x * per_m, self.horizon_px + (self.camera_m - y) * per_m

    def half_width_m(self, z: float) -> float:
        """How far to each side the view reaches at distance z."""
        return self.resolution_wh[0] / 2 * z / self.focal_px


@dataclass(frozen=True, slots=True)
class Hall:
    """The look of one place."""

    floor: Colour
    wall: Colour
    accent: Colour
    sign: str
    seed: int
    has_warning_strip: bool = False  #: the raised yellow strip of a platform


HALLS = {
    "concourse": Hall(floor=(150, 152, 150), wall=(196, 200, 202), accent=(150, 92, 40), sign="EXIT B", seed=1),
    "mall": Hall(floor=(150, 168, 184), wall=(186, 204, 216), accent=(60, 72, 168), sign="ATRIUM", seed=2),
    "platform": Hall(
        floor=(128, 134, 136),
        wall=(176, 176, 168),
        accent=(96, 120, 48),
        sign="PLATFORM 4",
        seed=3,
        has_warning_strip=True,
    ),
}


def draw_hall(name: str, view: View) -> Uint8:
    """Draw the empty hall. Returns uint8 (H, W, 3), BGR."""
    hall = HALLS[name]
    width, height = view.resolution_wh
    canvas = np.full((height, width, 3), hall.wall, np.uint8)
    rng = np.random.default_rng(hall.seed)
    _far_wall(canvas, view, hall, rng)
    _floor(canvas, view, hall)
    for x, z in ((-4.4, 19.0), (4.6, 19.0), (-4.1, 15.2), (4.2, 15.2)):
        _column(canvas, view, hall, x, z)
    return _through_the_lens(canvas, rng)


def _quad(canvas: Uint8, view: View, corners: Sequence[Point], colour: Colour) -> None:
    """Fill a polygon of the world; all its corners lie before the camera."""
    on_screen = np.array([view.to_screen(corner) for corner in corners]) * 2**SUBPIXEL_BITS
    cv2.fillPoly(canvas, [on_screen.round().astype(np.int32)], colour, cv2.LINE_AA, SUBPIXEL_BITS)


def _upright(
    canvas: Uint8, view: View, xs: tuple[float, float], ys: tuple[float, float], z: float, c: Colour
) -> None:
    (left, right), (low, high) = xs, ys
    _quad(canvas, view, [(left, low, z), (right, low, z), (right, high, z), (left, high, z)], c)


def _flat(canvas: Uint8, view: View, xs: tuple[float, float], zs: tuple[float, float], colour: Colour) -> None:
    (left, right), (near, far) = xs, zs
    _quad(canvas, view, [(left, 0, near), (right, 0, near), (right, 0, far), (left, 0, far)], colour)


def _shade(colour: Colour, gain: float) -> Colour:
    blue, green, red = (int(np.clip(channel * gain, 0, 255)) for channel in colour)
    return blue, green, red


def _far_wall(canvas: Uint8, view: View, hall: Hall, rng: np.random.Generator) -> None:
    """Shop windows side by side, lit from within, with a lintel and a sign over them."""
    z = HALL_DEPTH_M
    for number, left in enumerate(np.arange(-10.4, 10.4, 2.6)):
        frame = (left + 0.12, left + 2.48)
        _upright(canvas, view, frame, (0.0, 2.7), z, _shade(hall.wall, 0.55))
        _upright(canvas, view, (frame[0] + 0.1, frame[1] - 0.1), (0.35, 2.6), z, _shade(hall.wall, 1.12))
        for _ in range(14):  # goods behind the glass: no shape of their own at this distance
            x, y = rng.uniform(frame[0] + 0.2, frame[1] - 0.5), rng.uniform(0.4, 1.9)
            wide, high, tone = rng.uniform(0.15, 0.5), rng.uniform(0.2, 0.9), rng.uniform(0.35, 0.95)
            colour = _shade(hall.accent if rng.random() < 0.2 else hall.wall, tone)
            _upright(canvas, view, (x, min(x + wide, frame[1] - 0.12)), (y, min(y + high, 2.4)), z, colour)
        if number % 3 == 1:
            _upright(canvas, view, frame, (0.0, 2.7), z, _shade(hall.accent, 0.9))
    canvas[:] = cv2.GaussianBlur(canvas, (0, 0), 3.0)  # beyond the depth of field
    _upright(canvas, view, (-11, 11), (2.7, 3.0), z, _shade(hall.wall, 0.7))
    _sign(canvas, view, hall)


def _sign(canvas: Uint8, view: View, hall: Hall) -> None:
    left, top = view.to_screen((-1.9, 3.45, HALL_DEPTH_M - 1))
    right, bottom = view.to_screen((1.9, 2.95, HALL_DEPTH_M - 1))
    cv2.rectangle(canvas, (round(left), round(top)), (round(right), round(bottom)), hall.accent, -1)
    scale = (bottom - top) / 46
    (wide, high), _ = cv2.getTextSize(hall.sign, cv2.FONT_HERSHEY_DUPLEX, scale, 2)
    corner = round((left + right - wide) / 2), round((top + bottom + high) / 2)
    cv2.putText(canvas, hall.sign, corner, cv2.FONT_HERSHEY_DUPLEX, scale, (245, 245, 245), 2, cv2.LINE_AA)


def _floor(canvas: Uint8, view: View, hall: Hall) -> None:
    """Polished slabs with joints, lighter towards the far windows that they mirror."""
    top = round(view.to_screen((0, 0, HALL_DEPTH_M))[1])
    height = canvas.shape[0]
    _flat(canvas, view, (-12, 12), (0.5, HALL_DEPTH_M), hall.floor)
    mirrored = canvas[max(0, 2 * top - height) : top][::-1]
    gloss = cv2.GaussianBlur(mirrored, (0, 0), 14, sigmaY=40)
    canvas[top : top + len(gloss)] = cv2.addWeighted(canvas[top : top + len(gloss)], 0.72, gloss, 0.28, 0)
    joint = _shade(hall.floor, 0.8)
    for x in np.arange(-11.6, 12.0, 0.8):
        _flat(canvas, view, (x, x + 0.012), (0.5, HALL_DEPTH_M), joint)
    for z in np.arange(1.2, HALL_DEPTH_M, 0.8):
        _flat(canvas, view, (-12, 12), (z, z + 0.012), joint)
    if hall.has_warning_strip:
        _flat(canvas, view, (-3.0, -2.6), (0.5, HALL_DEPTH_M), (60, 176, 208))
    fall = np.linspace(1.06, 0.8, height - top)[:, None, None]
    canvas[top:] = np.clip(canvas[top:] * fall, 0, 255).astype(np.uint8)


def _column(canvas: Uint8, view: View, hall: Hall, x: float, z: float) -> None:
    """A round column: strips that darken towards both sides."""
    radius, n_strips = 0.32, 24
    edges = np.linspace(-radius, radius, n_strips + 1)
    for left, right in pairwise(edges):
        across = (left + right) / 2 / radius
        gain = 0.5 + 0.6 * np.sqrt(1 - across**2) - 0.15 * across
        _upright(canvas, view, (x + left, x + right), (0.0, 6.0), z, _shade(hall.wall, float(gain)))
    _upright(canvas, view, (x - radius, x + radius), (0.0, 0.15), z, _shade(hall.wall, 0.4))


def _through_the_lens(canvas: Uint8, rng: np.random.Generator) -> Uint8:
    """Soften, vignette, and break the flat colours with a little grain that stays in place."""
    height, width = canvas.shape[:2]
    soft = cv2.GaussianBlur(canvas, (0, 0), 1.3).astype(np.float32)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    soft *= (1.03 - 0.16 * (x**2 + y**2))[..., None]
    soft += cv2.GaussianBlur(rng.normal(0, 9, (height, width)).astype(np.float32), (0, 0), 1.6)[..., None]
    return np.asarray(np.clip(soft, 0, 255), np.uint8)
