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


VIDEO = Bar(min_eye_distance_px=10.0, min_sharpness=8.0, max_yaw=0.8, min_inside=0.9)
ENROLMENT = Bar(min_eye_distance_px=24.0, min_sharpness=40.0, max_yaw=0.5, min_inside=0.98)


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
    """Variance of the Laplacian of a grey chip, uint8 (112, 112, 3), BGR."""
    grey = cv2.cvtColor(chip_bgr, cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


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
    """One number for how much a look tells, 0..1: the weight it gets among the other looks of a track."""
    size = min(1.0, eye_distance_px / 40.0)
    focus = min(1.0, sharpness / 300.0)
    return float(size * (0.5 + 0.5 * focus) * (1.0 - 0.6 * abs(yaw)))
