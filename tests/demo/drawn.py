"""Faces for the demo's tests that need no download: drawn, and nobody's."""

import cv2
import numpy as np

from patrol.demo.heads import HeadPhoto
from patrol.demo.scene import Scene, stroll
from patrol.demo.view import View

SMALL = View(resolution_wh=(640, 360), focal_px=870.0, horizon_px=47.0)


def drawn_photo(person: str, tone: int = 150) -> HeadPhoto:
    """An oval with eyes, nose and mouth before a plain wall."""
    pixels = np.full((400, 320, 3), (190, 180, 170), np.uint8)
    cv2.rectangle(pixels, (100, 280), (220, 400), (70, 50, 40), -1)
    cv2.ellipse(pixels, (160, 190), (75, 105), 0, 0, 360, (tone - 40, tone, tone + 60), -1)
    for x in (130, 190):
        cv2.circle(pixels, (x, 170), 9, (30, 30, 40), -1)
    cv2.ellipse(pixels, (160, 240), (28, 9), 0, 0, 360, (60, 60, 160), -1)
    landmarks = np.array([[130, 170], [190, 170], [160, 205], [135, 240], [185, 240]], np.float32)
    return HeadPhoto(person, pixels, landmarks)


def small_scene(*people: str, duration_s: float = 12.0, seed: int = 1) -> Scene:
    return Scene(stroll(people, duration_s, seed, SMALL), duration_s, seed, fps=3, view=SMALL)
