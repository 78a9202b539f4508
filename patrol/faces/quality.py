"""Measures how good one look at a face is, and refuses, with reasons, what no embedder can use."""

from dataclasses import dataclass

import cv2
import numpy as np

from patrol.values import Float32, Quality, Uint8


@dataclass(frozen=True, slots=True)
class Bar:
    """What a look must reach."""

    min_eye_distance_px: float
    min_sharpness: float
    max_yaw: float  #: 0 is frontal, 1 has the nose over an eye
    min_inside: float  #: part of the box that lies within the picture


#: A look that tells somebody apart half of the time still helps the other looks of its track. Measured on lfw10 put
#: into 1080p frames by `python -m tests.faces.measurements size blur cut`, SFace, told apart at the similarity that
#: 1 in 1,000 pairs of strangers reaches: 16 px wide (eyes 7.1 px apart) 47 %, 20 px (9.2 px) 73 %; a sharpness of 0.9
#: to 1.3 comes with 9 to 29 %, one of 1.8 to 2.1 with 50 to 86 %; a face cut so that 0.77 is inside 88 %.
VIDEO = Bar(min_eye_distance_px=8.0, min_sharpness=1.5, max_yaw=0.9, min_inside=0.8)
#: A portrait must be right every time: 60 px wide (eyes 28 px apart) 99.8 %, blurred to a sharpness of 4.9 97.9 %,
#: cut to 0.96 inside 95.4 %. 5 % of all LFW photos are turned further than 0.6; of the pairs with one of them 94 %
#: reach what 1 in 10,000 pairs of strangers does, of the others 98 %.
ENROLMENT = Bar(min_eye_distance_px=24.0, min_sharpness=5.0, max_yaw=0.6, min_inside=0.97)

GOOD_COSINE = 0.7  # of two good photos of one person, the median on lfw10

_SECOND = np.array([[1.0, -2.0, 1.0]], np.float32)
_MIDDLE = (slice(20, 100), slice(20, 92))  # eyebrows to chin, without hair and background


def measure(
    box_xyxy: Float32, landmarks_xy: Float32, chip_bgr: Uint8, frame_wh: tuple[int, int], bar: Bar
) -> Quality:
    """Judge one face.

    box_xyxy: float32 (4,), landmarks_xy: float32 (5, 2), pixels of the frame.
    chip_bgr: uint8 (112, 112, 3), BGR, the face aligned to ARCFACE.
    """
    left_eye, right_eye = landmarks_xy[0].astype(np.float64), landmarks_xy[1].astype(np.float64)
    eye_distance_px = float(np.linalg.norm(right_eye - left_eye))
    sharpness = sharpness_of(chip_bgr)
    yaw = yaw_of(landmarks_xy)
    checks = {
        "too_small": eye_distance_px < bar.min_eye_distance_px,
        "blurred": sharpness < bar.min_sharpness,
        "turned_away": abs(yaw) > bar.max_yaw,
        "cut_off": inside(box_xyxy, frame_wh) < bar.min_inside,
    }
    refusals = tuple(code for code, is_refused in checks.items() if is_refused)
    return Quality(value_of(eye_distance_px, sharpness, yaw), eye_distance_px, sharpness, yaw, refusals)


def sharpness_of(chip_bgr: Uint8) -> float:
    """Variance of the second derivative of a grey chip's middle, in the weaker direction.

    chip_bgr: uint8 (112, 112, 3), BGR. The weaker of the two directions, because motion blurs only one.
    """
    grey = cv2.cvtColor(chip_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32)
    along_x, along_y = cv2.filter2D(grey, -1, _SECOND), cv2.filter2D(grey, -1, _SECOND.T)
    return float(min(along[_MIDDLE].var() for along in (along_x, along_y)))


def yaw_of(landmarks_xy: Float32) -> float:
    """Where the nose lies along the line of the eyes: 0 in the middle, -1 over the left eye, 1 over the right."""
    left_eye, right_eye, nose = (point.astype(np.float64) for point in landmarks_xy[:3])
    axis = right_eye - left_eye
    along = float((nose - left_eye) @ axis / max(float(axis @ axis), 1e-6))
    return float(np.clip(2.0 * along - 1.0, -1.0, 1.0))


def inside(box_xyxy: Float32, frame_wh: tuple[int, int]) -> float:
    """The part of a box's area that lies in the frame, 0..1."""
    x1, y1, x2, y2 = (float(side) for side in box_xyxy)
    width, height = frame_wh
    seen_wh = (max(0.0, min(x2, width) - max(x1, 0.0)), max(0.0, min(y2, height) - max(y1, 0.0)))
    return seen_wh[0] * seen_wh[1] / max((x2 - x1) * (y2 - y1), 1e-6)


def value_of(eye_distance_px: float, sharpness: float, yaw: float) -> float:
    """One number for how much a look tells, 0..1: the weight it gets among the other looks of a track.

    Size and sharpness as they predict the cosine to other photos of the person: least squares over 2,700 spoilt looks
    of lfw10, R2 0.69. Squared, because five looks so weighted tell people apart best: at 1 false match in 10,000,
    98.7 % found against 97.4 % unweighted and 91.9 % for the best look alone. Turned faces count less, for the eye.
    """
    cosine = 0.10 * np.log(max(eye_distance_px, 1.0)) + 0.124 * np.log(max(sharpness, 0.1)) - 0.015
    return float(np.clip(cosine / GOOD_COSINE, 0.05, 1.0) ** 2 * (1.0 - 0.4 * abs(yaw)))
