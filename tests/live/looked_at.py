"""Frames and faces as the looking thread hands them over, and a clock that tests move."""

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np

from patrol.live.pictures import LivePictures
from patrol.values import BgrPicture, Face, Frame, Uint8
from tests.hits.sightings import face

BEGAN_AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


class Seconds:
    """A monotonic clock that tests move."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def frame(
    at_s: float = 0.0, stream_id: str = "gate-b", size_wh: tuple[int, int] = (1280, 720), grey: int = 90
) -> Frame:
    """A grey picture, taken so many seconds after BEGAN_AT."""
    pixels = np.full((size_wh[1], size_wh[0], 3), grey, np.uint8)
    return Frame(stream_id, 1, BEGAN_AT + timedelta(seconds=at_s), BgrPicture(pixels))


def seen(*boxes_xyxy: tuple[float, ...]) -> list[Face]:
    return [face(box_xyxy=box) for box in boxes_xyxy]


def pictures(seconds: Seconds, fps: float = 2.0, most_per_s: float = 20.0) -> LivePictures:
    return LivePictures(fps=fps, most_per_s=most_per_s, seconds=seconds)


def decoded(jpeg: bytes) -> Uint8:
    """uint8 (H, W, 3), BGR."""
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)
