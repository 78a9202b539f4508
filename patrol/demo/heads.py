"""Cut a head out of a photo: pixels with soft edges, upright, from the hair down to the neck."""

from dataclasses import dataclass

import cv2
import numpy as np

from patrol.values import Float32, Uint8

EYES_APART_M = 0.063  # the mean of adults: what turns pixels of a photo into metres
CUT_EYES_APART_PX = 72.0  # the cut-out's scale; a face is then some 150 px wide, as large as the scene shows one
EYE_LINE = 2.5  # in eye distances: how much of the cut-out lies above the eyes, below them and beside them
BELOW_EYES = 2.75
BESIDE_EYES = 2.0
SEED = 7  # of GrabCut's clustering


@dataclass(frozen=True, slots=True, eq=False)
class HeadPhoto:
    """A photo with one face in it, as a scene is given it."""

    person: str
    pixels_bgr: Uint8  #: uint8 (H, W, 3), BGR
    landmarks_xy: Float32  #: float32 (5, 2), pixels of the photo: eyes, nose, mouth corners, left to right


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A head cut out: its pixels, how much each covers, and where the face is in it."""

    person: str
    pixels_bgr: Uint8  #: uint8 (h, w, 3), BGR
    coverage: Uint8  #: uint8 (h, w), 0 clear to 255 solid
    eyes_xy: tuple[float, float]  #: pixels of the cut-out, midway between the eyes
    face_xyxy: tuple[float, float, float, float]  #: pixels of the cut-out
    skin_bgr: tuple[int, int, int]

    @property
    def px_per_m(self) -> float:
        return CUT_EYES_APART_PX / EYES_APART_M


def cut_head(photo: HeadPhoto) -> Head:
    """Turn the head upright, bring it to one scale and cut it out."""
    upright = _upright(photo)
    eyes = (BESIDE_EYES * CUT_EYES_APART_PX, EYE_LINE * CUT_EYES_APART_PX)
    coverage = _coverage(upright, eyes)
    return Head(photo.person, upright, coverage, eyes, _face_box(photo, eyes), _skin(upright, eyes))


def _upright(photo: HeadPhoto) -> Uint8:
    """Level the eyes and scale: returns uint8 (h, w, 3), BGR; the photo's edge is continued beyond it."""
    unit = CUT_EYES_APART_PX
    shape_wh = (round(2 * BESIDE_EYES * unit), round((EYE_LINE + BELOW_EYES) * unit))
    turn = _to_upright(photo)
    zoom = float(np.hypot(turn[0, 0], turn[0, 1]))
    pixels = photo.pixels_bgr
    while zoom < 0.5:  # halve first: one big step down would alias
        pixels, zoom = cv2.pyrDown(pixels), zoom * 2
        turn[:, :2] *= 2
    return np.asarray(
        cv2.warpAffine(pixels, turn, shape_wh, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _to_upright(photo: HeadPhoto) -> np.ndarray:
    """float64 (2, 3): from the photo's pixels to the cut-out's, so that the eyes lie level at their place."""
    left, right = photo.landmarks_xy[:2].astype(np.float64)
    apart = right - left
    middle = (left + right) / 2
    zoom = CUT_EYES_APART_PX / float(np.hypot(*apart))
    angle = float(np.degrees(np.arctan2(apart[1], apart[0])))
    turn = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), angle, zoom)
    turn[:, 2] += (BESIDE_EYES * CUT_EYES_APART_PX - middle[0], EYE_LINE * CUT_EYES_APART_PX - middle[1])
    return np.asarray(turn, np.float64)


def _coverage(pixels_bgr: Uint8, eyes_xy: tuple[float, float]) -> Uint8:
    """Find what belongs to the head: GrabCut between a sure oval and a sure surround, edges softened.

    Returns uint8 (h, w), 0 clear to 255 solid.
    """
    marks = _marks(pixels_bgr.shape[:2], eyes_xy)
    small = cv2.resize(pixels_bgr, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    small_marks = cv2.resize(marks, small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    cv2.setRNGSeed(SEED)
    cv2.grabCut(small, small_marks, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    solid = np.isin(small_marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    solid = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    soft = cv2.GaussianBlur(cv2.erode(solid, np.ones((3, 3), np.uint8)), (0, 0), 2.0)
    return np.asarray(cv2.resize(soft, marks.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _marks(shape_hw: tuple[int, int], eyes_xy: tuple[float, float]) -> Uint8:
    """What GrabCut is told: uint8 (h, w) of cv2.GC_*; an oval face and a neck, hair around them perhaps."""
    unit = CUT_EYES_APART_PX
    x, y = eyes_xy
    marks = np.full(shape_hw, cv2.GC_BGD, np.uint8)

    def oval(middle_y: float, half_w: float, half_h: float, mark: int) -> None:
        axes = (round(half_w * unit), round(half_h * unit))
        cv2.ellipse(marks, (round(x), round(y + middle_y * unit)), axes, 0, 0, 360, mark, -1)

    def neck(half_w: float, down: float, mark: int) -> None:
        corner = (round(x - half_w * unit), round(y + unit)), (round(x + half_w * unit), round(y + down * unit))
        cv2.rectangle(marks, *corner, mark, -1)

    oval(0.15, 1.75, 2.3, cv2.GC_PR_BGD)
    neck(0.85, 2.6, cv2.GC_PR_FGD)
    oval(0.1, 1.3, 1.9, cv2.GC_PR_FGD)
    oval(0.35, 0.95, 1.45, cv2.GC_FGD)
    neck(0.5, 2.1, cv2.GC_FGD)
    return marks


def _face_box(photo: HeadPhoto, eyes_xy: tuple[float, float]) -> tuple[float, float, float, float]:
    """Frame forehead to chin and cheek to cheek from the landmarks alone; the factors are fitted to YuNet's boxes."""
    points = cv2.transform(photo.landmarks_xy[None].astype(np.float64), _to_upright(photo))[0]
    mouth_y = float(points[3:, 1].mean())
    drop = mouth_y - eyes_xy[1]
    middle_x = (eyes_xy[0] + float(points[3:, 0].mean())) / 2
    half_w = 1.09 * CUT_EYES_APART_PX
    return middle_x - half_w, eyes_xy[1] - 1.1 * drop, middle_x + half_w, mouth_y + 0.72 * drop


def _skin(pixels_bgr: Uint8, eyes_xy: tuple[float, float]) -> tuple[int, int, int]:
    """The colour below the eyes, for the hands."""
    x, y, unit = round(eyes_xy[0]), round(eyes_xy[1]), round(CUT_EYES_APART_PX)
    cheeks = pixels_bgr[y + unit // 3 : y + 2 * unit // 3, x - unit // 2 : x + unit // 2].reshape(-1, 3)
    blue, green, red = np.median(cheeks, axis=0)
    return int(blue), int(green), int(red)
