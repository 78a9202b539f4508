"""Which way a person walks, from where the face was first and last in the picture."""

from math import log

import numpy as np

from patrol.values import Float32, Heading

STEP = 1.0  # face widths across the picture from which a person is walking and not swaying
GROWTH = 0.2  # log of the face's growth that counts as such a step: nearer or farther by a fifth


def heading_of(first_xyxy: Float32, last_xyxy: Float32) -> Heading | None:
    """The larger of the two movements, across and along the view; None where both are less than a step.

    first_xyxy, last_xyxy: float32 (4,), pixels of the frame.
    """
    widths = np.array([first_xyxy[2] - first_xyxy[0], last_xyxy[2] - last_xyxy[0]], np.float64)
    if (widths <= 0).any():
        return None
    across = ((last_xyxy[0] + last_xyxy[2]) - (first_xyxy[0] + first_xyxy[2])) / 2 / widths.mean() / STEP
    along = log(widths[1] / widths[0]) / GROWTH
    if max(abs(across), abs(along)) < 1:
        return None
    if abs(across) >= abs(along):
        return "right" if across > 0 else "left"
    return "towards" if along > 0 else "away"
