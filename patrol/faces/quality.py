"""Measures how good one look at a face is, and refuses, with reasons, what no embedder can use.

The measures are those of ISO/IEC 29794-5 that five landmarks and the pixels of a face can tell. What they cannot tell
is not pretended: whether a hand, a mask or dark glasses cover a part of the face, or what an expression does to it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import cv2
import numpy as np

from patrol.values import Float32, Quality, Uint8

#: What a face may lack, the first to mend first.
Lack = Literal["too_small", "too_dark", "too_bright", "flat", "blurred", "turned_away", "looks_up_or_down", "cut_off"]
ORDER: tuple[Lack, ...] = get_args(Lack)


@dataclass(frozen=True, slots=True)
class Bar:
    """What a look must reach."""

    min_eye_distance_px: float
    min_sharpness: float
    max_yaw: float  #: 0 is frontal, 1 has the nose over an eye
    min_inside: float  #: part of the box that lies within the picture
    max_pitch: float = 1.0  #: 0 is frontal, either way
    max_under_exposure: float = 1.0  #: part of the face that may be black
    max_over_exposure: float = 1.0  #: part of the face that may be white
    min_dynamic_range_bits: float = 0.0


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One thing a face lacks, in the unit people are told: pixels, per cent of the face, bits or degrees."""

    code: Lack
    found: float
    needed: float  #: the least or the most that a bar takes


#: Both bars are set by `patrol eval quality ../shared/data/faces/lfw --errata ../shared/data/faces/lfw-errata.txt`:
#: 300 people, 7,800 looks spoilt one way at a time, SFace, at FPIR 1 %.
#: Video: a look is refused where it tells its track nothing. Fused with a look at 28 px (80 % found by itself), those
#: below 8 px between the eyes add 1.2 points (16 % of them found) and those below a sharpness of 1.5 none (7 %); with
#: 0.7 to 0.8 of the box inside a look adds 7, turned by more than 40 degrees 10, and both are taken. Beyond the nose
#: over an eye it would add 4 (100 looks): refused all the same, as LFW has no profiles to measure false matches on.
#: Glare and darkness are left to the weight of a look (`value_of`): no gate on them brought anything.
VIDEO = Bar(min_eye_distance_px=8.0, min_sharpness=1.5, max_yaw=0.99, min_inside=0.6)
#: A portrait is refused where it finds measurably less than the 97 % of a good one, as long as few good ones go with
#: it. Found by portraits of 16 to 24 px between the eyes: 94 %; of a sharpness of 5 to 8: 85 %, 8 to 15: 93 %; 0.3 to
#: 0.6 black: 72 %; 0.2 to 0.35 white: 86 % by a camera; 5 to 5.5 bits: 79 %; 0.8 to 0.97 inside: 86 %. Of the
#: 563 clean photos these refuse 0.5 % for size and 0.9 % for blur, and none for light. Of the 86
#: photos of all 856 people that are turned by more than 31 degrees 91 % were found, of the 33 beyond 40 degrees 94 %,
#: of the others 96 %: refused is only what shows hardly more than one side. Nobody in LFW looks up or down by more
#: than 18 degrees, and what nobody measured is refused from 31 on.
ENROLMENT = Bar(
    min_eye_distance_px=24.0,
    min_sharpness=8.0,
    max_yaw=0.84,
    min_inside=0.97,
    max_pitch=0.6,
    max_under_exposure=0.3,
    max_over_exposure=0.2,
    min_dynamic_range_bits=5.5,
)

GOOD_COSINE = 0.7  # of two good photos of one person, the median on lfw10
FRONTAL_NOSE = 0.55  # of the way from the eyes to the mouth: the median of YuNet's landmarks on LFW
MOUTH_DEPTH = 2.3  # from the eyes to the mouth, in halves of the distance between the eyes, in the same template
BLACK, WHITE = 25, 247  # luminance up to and from which ISO/IEC 29794-5 counts a face as under- and over-exposed

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
    luminance = cv2.cvtColor(chip_bgr, cv2.COLOR_BGR2GRAY)
    sharpness, yaw = sharpness_of(luminance), yaw_of(landmarks_xy)
    part_inside = inside(box_xyxy, frame_wh)
    under, over, range_bits = exposure_of(luminance, is_cut=part_inside < 1.0)
    return judged(
        Quality(
            value=value_of(eye_distance_px, sharpness, yaw, over),
            eye_distance_px=eye_distance_px,
            sharpness=sharpness,
            yaw=yaw,
            pitch=pitch_of(landmarks_xy),
            roll_deg=roll_of(landmarks_xy),
            under_exposure=under,
            over_exposure=over,
            dynamic_range_bits=range_bits,
            inside=part_inside,
        ),
        bar,
    )


def judged(quality: Quality, bar: Bar) -> Quality:
    """The same measures with what a bar refuses of them."""
    return replace(quality, refusals=tuple(lack.code for lack in shortfalls(quality, bar)))


def shortfalls(quality: Quality, bar: Bar) -> tuple[Shortfall, ...]:
    """What a bar refuses, the first to mend first: light comes before blur, which bad light looks like."""
    at_least: tuple[tuple[Lack, float, float], ...] = (
        ("too_small", quality.eye_distance_px, bar.min_eye_distance_px),
        ("flat", quality.dynamic_range_bits, bar.min_dynamic_range_bits),
        ("blurred", quality.sharpness, bar.min_sharpness),
    )
    at_most: tuple[tuple[Lack, float, float], ...] = (
        ("too_dark", 100 * quality.under_exposure, 100 * bar.max_under_exposure),
        ("too_bright", 100 * quality.over_exposure, 100 * bar.max_over_exposure),
        ("turned_away", abs(quality.yaw_deg), _degrees(bar.max_yaw)),
        ("looks_up_or_down", abs(quality.pitch_deg), _degrees(bar.max_pitch)),
        ("cut_off", 100 * (1 - quality.inside), 100 * (1 - bar.min_inside)),
    )
    low = [Shortfall(code, _down(found), needed) for code, found, needed in at_least if found < needed]
    high = [Shortfall(code, -_down(-found), round(limit, 1)) for code, found, limit in at_most if found > limit]
    return tuple(sorted(low + high, key=lambda lack: ORDER.index(lack.code)))


def remembered(measures: Mapping[str, float]) -> Quality:
    """The quality that `Quality.measures` was kept of, as exactly as that was rounded; it weighs nothing any more."""
    return Quality(
        value=0.0,
        eye_distance_px=measures["eye_distance_px"],
        sharpness=measures["sharpness"],
        yaw=math.tan(math.radians(measures["yaw_deg"])),
        pitch=math.tan(math.radians(measures["pitch_deg"])),
        roll_deg=measures["roll_deg"],
        under_exposure=measures["under_exposure"],
        over_exposure=measures["over_exposure"],
        dynamic_range_bits=measures["dynamic_range_bits"],
        inside=measures["inside"],
    )


def _degrees(tangent: float) -> float:
    return round(math.degrees(math.atan(tangent)), 1)


def _down(found: float) -> float:
    """To a tenth, so that what is said to be found never reads like what was asked for."""
    return math.floor(10 * found) / 10


def sharpness_of(luminance: Uint8) -> float:
    """Variance of the second derivative of a chip's middle, in the weaker direction (ISO/IEC 29794-5: sharpness).

    luminance: uint8 (112, 112). The weaker of the two directions, because motion blurs only one.
    """
    grey = luminance.astype(np.float32)
    along_x, along_y = cv2.filter2D(grey, -1, _SECOND), cv2.filter2D(grey, -1, _SECOND.T)
    return float(min(along[_MIDDLE].var() for along in (along_x, along_y)))


def exposure_of(luminance: Uint8, *, is_cut: bool = False) -> tuple[float, float, float]:
    """Black part, white part and dynamic range in bits (the histogram's entropy) of a chip's middle.

    luminance: uint8 (112, 112). As ISO/IEC 29794-5 defines under- and over-exposure prevention and dynamic range, on
    the part of the face between eyebrows and chin. is_cut: black is what lies outside of the picture.
    """
    counts = np.bincount(luminance[_MIDDLE].ravel(), minlength=256)
    if is_cut:
        counts[0] = 0
    shares = counts / max(int(counts.sum()), 1)
    seen = shares[shares > 0]
    return float(shares[: BLACK + 1].sum()), float(shares[WHITE:].sum()), float(-(seen * np.log2(seen)).sum())


def yaw_of(landmarks_xy: Float32) -> float:
    """Where the nose lies along the line of the eyes: 0 in the middle, -1 over the left eye, 1 over the right."""
    left_eye, right_eye, nose = (point.astype(np.float64) for point in landmarks_xy[:3])
    axis = right_eye - left_eye
    along = float((nose - left_eye) @ axis / max(float(axis @ axis), 1e-6))
    return float(np.clip(2.0 * along - 1.0, -1.0, 1.0))


def pitch_of(landmarks_xy: Float32) -> float:
    """How far the nose lies from its frontal place between eyes and mouth: -1 looks up, 1 looks down.

    In halves of the distance between the eyes, as the nose stands out by about one of them: the tangent of the angle.
    """
    eyes, mouth = landmarks_xy[:2].mean(axis=0, dtype=np.float64), landmarks_xy[3:].mean(axis=0, dtype=np.float64)
    axis = mouth - eyes
    along = float((landmarks_xy[2] - eyes) @ axis / max(float(axis @ axis), 1e-6))
    return float(np.clip(MOUTH_DEPTH * (along - FRONTAL_NOSE), -1.0, 1.0))


def roll_of(landmarks_xy: Float32) -> float:
    """How far the line of the eyes leans, in degrees; chips are turned upright, so no gate asks for it."""
    across, down = (landmarks_xy[1] - landmarks_xy[0]).tolist()
    return math.degrees(math.atan2(down, across))


def inside(box_xyxy: Float32, frame_wh: tuple[int, int]) -> float:
    """The part of a box's area that lies in the frame, 0..1."""
    x1, y1, x2, y2 = (float(side) for side in box_xyxy)
    width, height = frame_wh
    seen_wh = (max(0.0, min(x2, width) - max(x1, 0.0)), max(0.0, min(y2, height) - max(y1, 0.0)))
    return seen_wh[0] * seen_wh[1] / max((x2 - x1) * (y2 - y1), 1e-6)


def value_of(eye_distance_px: float, sharpness: float, yaw: float, over_exposure: float = 0.0) -> float:
    """One number for how much a look tells, 0..1: the weight it gets among the other looks of a track.

    Size and sharpness as they predict the cosine to other photos of the person: least squares over 2,700 spoilt looks
    of lfw10, R2 0.69. Squared, because five looks so weighted tell people apart best: at 1 false match in 10,000,
    98.7 % found against 97.4 % unweighted and 91.9 % for the best look alone. Turned faces count less, for the eye.
    Darkness takes sharpness with it, glare does not: what is white counts for nothing, and a look is then worth what
    a dark or small one with as many found is (`patrol eval quality`: 61 % white 65 % found, 76 % white 30 %).
    """
    cosine = 0.10 * np.log(max(eye_distance_px, 1.0)) + 0.124 * np.log(max(sharpness, 0.1)) - 0.015
    worth = float(np.clip(cosine / GOOD_COSINE, 0.05, 1.0)) ** 2
    return worth * (1.0 - 0.4 * abs(yaw)) * max(1.0 - over_exposure, 0.05)
