"""Draw people below the neck: a clothed figure in the phases of a walk, seen from the front or in passing.

A figure is drawn in metres over its own feet (x to the right, y up) and kept as premultiplied BGRA, so that
scaling and motion blur have clean edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np

from patrol.values import Uint8

Colour = tuple[int, int, int]  # blue, green, red
XY = tuple[float, float]  # metres over the feet
Heading = Literal["towards", "across"]

PX_PER_M = 320.0
CANVAS_M = (1.5, 1.72)  # width, height
N_PHASES = 14
STATURE_M = 1.75  # what the measures below are for; a figure of another stature is scaled
EYES_M = 1.615
BOB_M = 0.025  # the head rises and falls by this in a walk


@dataclass(frozen=True, slots=True)
class Clothes:
    """What a figure wears. Without a tie the coat is closed."""

    coat: Colour
    trousers: Colour
    shirt: Colour = (228, 226, 222)
    tie: Colour | None = None
    hem_m: float = 0.8  #: the coat's lower edge over the floor


WARDROBE = (
    Clothes(coat=(58, 44, 38), trousers=(54, 42, 36), tie=(120, 60, 36)),
    Clothes(coat=(44, 42, 42), trousers=(42, 40, 40), tie=(40, 36, 120)),
    Clothes(coat=(52, 92, 150), trousers=(84, 66, 52), hem_m=0.72),
    Clothes(coat=(98, 96, 84), trousers=(44, 42, 40), tie=(70, 50, 44)),
    Clothes(coat=(120, 132, 164), trousers=(60, 54, 56), hem_m=0.55),
    Clothes(coat=(70, 88, 62), trousers=(92, 84, 70), hem_m=0.78),
    Clothes(coat=(110, 72, 60), trousers=(50, 46, 46), hem_m=0.6),
    Clothes(coat=(64, 64, 132), trousers=(70, 60, 50), hem_m=0.74),
)


def draw_walk(clothes: Clothes, skin: Colour, heading: Heading, seed: int) -> list[Uint8]:
    """One stride in N_PHASES pictures: each uint8 (h, w, 4), premultiplied BGRA, feet at the lower edge's middle."""
    folds = _folds(np.random.default_rng(seed))
    turns = np.linspace(0, 2 * np.pi, N_PHASES, endpoint=False)
    return [_Figure(clothes, skin, folds).draw(_pose(float(turn), heading)) for turn in turns]


def bob_m(turn: float) -> float:
    """How far the body stands above its lowest at `turn` radians of the stride."""
    return BOB_M * abs(float(np.cos(turn)))


@dataclass(frozen=True, slots=True)
class Pose:
    """Joints in metres, for the left and the right side of the picture."""

    legs: tuple[tuple[XY, XY, XY], ...]  #: hip, knee, ankle
    arms: tuple[tuple[XY, XY, XY], ...]  #: shoulder, elbow, hand
    width: float  #: of the torso, 1 is frontal
    rise_m: float


def _pose(turn: float, heading: Heading) -> Pose:
    rise = bob_m(turn)
    if heading == "across":
        sides = [(0.06, turn), (-0.06, turn + np.pi)]
        return Pose(
            legs=tuple(_striding_leg(x, float(np.sin(t)), float(np.cos(t)), rise) for x, t in sides),
            arms=tuple(_swinging_arm(-3.0 * x, float(np.sin(t)), rise) for x, t in sides),
            width=0.86,
            rise_m=rise,
        )
    sides = [(-1.0, turn), (1.0, turn + np.pi)]
    return Pose(
        legs=tuple(_coming_leg(side, float(np.sin(t)), rise) for side, t in sides),
        arms=tuple(_hanging_arm(side, float(-np.sin(t)), rise) for side, t in sides),
        width=1.0,
        rise_m=rise,
    )


def _striding_leg(x: float, swing: float, lift: float, rise: float) -> tuple[XY, XY, XY]:
    """A leg seen from the side: it swings before and behind the hip, the foot leaves the floor on its way forward."""
    foot_up = 0.1 * max(0.0, lift)
    return (x, 0.92 + rise), (x + 0.19 * swing + 0.05, 0.5 + rise + foot_up / 2), (x + 0.34 * swing, 0.09 + foot_up)


def _swinging_arm(x: float, swing: float, rise: float) -> tuple[XY, XY, XY]:
    return (x, 1.4 + rise), (x + 0.08 * swing, 1.12 + rise), (x + 0.16 * swing + 0.04, 0.89 + rise)


def _coming_leg(side: float, swing: float, rise: float) -> tuple[XY, XY, XY]:
    """A leg seen from the front: swinging back it is foreshortened and its foot stands higher in the picture."""
    back = max(0.0, swing)
    return (
        (0.1 * side, 0.92 + rise),
        (0.11 * side, 0.5 + rise + 0.03 * back),
        (0.1 * side, 0.09 + 0.16 * back),
    )


def _hanging_arm(side: float, swing: float, rise: float) -> tuple[XY, XY, XY]:
    return (
        (0.172 * side, 1.385 + rise),
        (0.222 * side, 1.12 + rise + 0.02 * swing),
        ((0.222 - 0.03 * swing) * side, 0.86 + rise + 0.05 * swing),
    )


class _Figure:
    """One canvas, painted part after part from back to front."""

    def __init__(self, clothes: Clothes, skin: Colour, folds: np.ndarray) -> None:
        self.clothes = clothes
        self.skin = skin
        self.folds = folds
        width, height = _canvas_wh()
        self.colour = np.zeros((height, width, 3), np.float32)
        self.solid = np.zeros((height, width), np.uint8)

    def draw(self, pose: Pose) -> Uint8:
        for hip, knee, ankle in pose.legs:
            self._limb([hip, knee, ankle], 0.165, 0.12, self.clothes.trousers)
            self._limb([ankle, (ankle[0], ankle[1] - 0.055)], 0.105, 0.1, (34, 32, 32))
        far_arm, near_arm = pose.arms
        self._arm(far_arm)
        self._torso(pose)
        self._arm(near_arm)
        alpha = cv2.GaussianBlur(self.solid, (0, 0), 0.9)
        smooth = cv2.GaussianBlur(self.colour, (0, 0), 0.9)
        return np.dstack([np.minimum(smooth, alpha[..., None]).astype(np.uint8), alpha])

    def _arm(self, joints: tuple[XY, XY, XY]) -> None:
        _, elbow, hand = joints
        wrist = (hand[0] * 0.85 + elbow[0] * 0.15, hand[1] * 0.85 + elbow[1] * 0.15)
        self._limb([hand, (hand[0], hand[1] - 0.07)], 0.075, 0.06, self.skin)
        self._limb([joints[0], elbow, wrist], 0.118, 0.09, self.clothes.coat)

    def _torso(self, pose: Pose) -> None:
        width, rise, hem = pose.width, pose.rise_m, self.clothes.hem_m
        half = [(0.06, 1.5), (0.11, 1.462), (0.18, 1.43), (0.205, 1.38), (0.188, 1.2), (0.172, 1.02), (0.19, hem)]
        side = [(x * width, y + rise) for x, y in half]
        self._paint(self._mask([*side, *((-x, y) for x, y in reversed(side))]), self.clothes.coat)
        if self.clothes.tie:
            self._shirt_front(width, rise)
        else:
            self._line([(0.0, 1.42 + rise), (0.01, hem + rise)], self.clothes.coat, 0.7)
        self._limb(
            [(-0.06, 1.475 + rise), (0.0, 1.45 + rise), (0.06, 1.475 + rise)], 0.035, 0.035, self.clothes.shirt
        )

    def _shirt_front(self, width: float, rise: float) -> None:
        chest = [(-0.075 * width, 1.49 + rise), (0.075 * width, 1.49 + rise), (0.0, 1.12 + rise)]
        self._paint(self._mask(chest), self.clothes.shirt)
        tie = [
            (-0.022, 1.45 + rise),
            (0.022, 1.45 + rise),
            (0.03, 1.2 + rise),
            (0.0, 1.14 + rise),
            (-0.03, 1.2 + rise),
        ]
        self._paint(self._mask(tie), self.clothes.tie or self.clothes.coat)
        for side in (-1, 1):
            self._line([(0.085 * side * width, 1.47 + rise), (0.0, 1.11 + rise)], self.clothes.coat, 0.55)

    def _limb(self, joints: Sequence[XY], first_m: float, last_m: float, colour: Colour) -> None:
        """A round stroke through the joints, tapering from one width to the other."""
        mask = np.zeros_like(self.solid)
        widths = np.linspace(first_m, last_m, len(joints))
        points = [_to_px(joint) for joint in joints]
        for number, (start, end) in enumerate(pairwise(points)):
            thickness = float(widths[number] + widths[number + 1]) / 2 * PX_PER_M
            cv2.line(mask, start, end, 255, max(1, round(thickness)), cv2.LINE_AA)
        self._paint(mask, colour)

    def _line(self, joints: Sequence[XY], colour: Colour, gain: float) -> None:
        darker = tuple(channel * gain for channel in colour)
        cv2.polylines(self.colour, [np.array([_to_px(joint) for joint in joints])], False, darker, 3, cv2.LINE_AA)

    def _mask(self, outline: Sequence[XY]) -> Uint8:
        mask = np.zeros_like(self.solid)
        cv2.fillPoly(mask, [np.array([_to_px(point) for point in outline])], 255, cv2.LINE_AA)
        return mask

    def _paint(self, mask: Uint8, colour: Colour) -> None:
        """Lay a part over what is there, rounded: darker towards its edges, with the cloth's folds."""
        x, y, width, height = cv2.boundingRect(mask)
        part = np.s_[y : y + height, x : x + width]
        depth = cv2.distanceTransform(cv2.copyMakeBorder(mask[part], 1, 1, 1, 1, 0), cv2.DIST_L2, 3)[1:-1, 1:-1]
        rounding = 0.66 + 0.34 * np.sqrt(np.minimum(depth / (0.7 * depth.max()), 1))
        painted = np.array(colour, np.float32) * (rounding * self.folds[part])[..., None]
        share = (mask[part] / np.float32(255))[..., None]
        self.colour[part] += (np.minimum(painted, 255) - self.colour[part]) * share
        self.solid[part] = np.maximum(self.solid[part], mask[part])


def _folds(rng: np.random.Generator) -> np.ndarray:
    """float32 (h, w) around 1: long creases and a fine weave."""
    width, height = _canvas_wh()
    creases = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 5, sigmaY=22)
    weave = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 0.8)
    return np.asarray(1 + 0.1 * creases / creases.std() + 0.03 * weave, np.float32)


def _canvas_wh() -> tuple[int, int]:
    return round(CANVAS_M[0] * PX_PER_M), round(CANVAS_M[1] * PX_PER_M)


def _to_px(point: XY) -> tuple[int, int]:
    width, height = _canvas_wh()
    return round(width / 2 + point[0] * PX_PER_M), round(height - 1 - point[1] * PX_PER_M)
