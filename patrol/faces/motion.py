"""Where a face will be at the next look: constant velocity, doubted more the longer nobody looked."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from patrol.values import Float32

Float64 = npt.NDArray[np.float64]

#: All in widths of the face. A walker at 1.4 m/s crosses the view at 8 of them a second (a face box is 0.17 m wide).
DOUBT_AT_REST = 0.3  # the detector's own jitter, and the head's
#: A face seen once may walk either way. Of 216 people in busy halls (`patrol eval walks --noise 6`) at 2 looks a
#: second 24 were lost and taken up anew with 5, 8 with 9; tracks went over to somebody else 21 and 16 times.
DOUBT_UNKNOWN_PER_S = 9.0
DOUBT_KNOWN_PER_S = 1.5  # people turn and stop within a second
FASTEST_PER_S = 15.0  # a sprint past the camera
SIZE_DOUBT = 0.25  # of the logarithm of the width, between two looks
NEW_VELOCITY = 0.7  # how much of the surprise goes into the velocity


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """The last place, size and velocity of one face."""

    centre_xy: Float64  #: pixels
    width_px: float
    velocity_xy: Float64 | None  #: pixels a second; None after one look

    @classmethod
    def first(cls, box_xyxy: Float32) -> Self:
        centre_xy, width_px = _place(box_xyxy)
        return cls(centre_xy, width_px, None)

    def after(self, box_xyxy: Float32, elapsed_s: float) -> "Motion":
        """The motion once the face was found in `box_xyxy`, `elapsed_s` after the last look at it."""
        centre_xy, width_px = _place(box_xyxy)
        if elapsed_s <= 0:
            return Motion(centre_xy, width_px, self.velocity_xy)
        surprise_xy = (centre_xy - self._centre_after(elapsed_s)) / elapsed_s
        velocity_xy = surprise_xy if self.velocity_xy is None else self.velocity_xy + NEW_VELOCITY * surprise_xy
        fastest = FASTEST_PER_S * width_px
        speed = float(np.linalg.norm(velocity_xy))
        return Motion(centre_xy, width_px, velocity_xy * min(1.0, fastest / max(speed, 1e-9)))

    def surprise(self, box_xyxy: Float32, elapsed_s: float) -> float:
        """How unlikely it is that this face is now in `box_xyxy`: minus the log of a normal density, in widths."""
        centre_xy, width_px = _place(box_xyxy)
        per_s = DOUBT_UNKNOWN_PER_S if self.velocity_xy is None else DOUBT_KNOWN_PER_S
        apart_s = abs(elapsed_s)  # a frame may be looked at after a later one
        doubt = DOUBT_AT_REST + per_s * apart_s
        away = float(np.linalg.norm(centre_xy - self._centre_after(elapsed_s))) / self.width_px
        growth = np.log(width_px / self.width_px) / (SIZE_DOUBT + 0.2 * apart_s)
        return float(0.5 * (away / doubt) ** 2 + 2.0 * np.log(doubt) + 0.5 * growth**2)

    def _centre_after(self, elapsed_s: float) -> Float64:
        return self.centre_xy if self.velocity_xy is None else self.centre_xy + self.velocity_xy * elapsed_s


def _place(box_xyxy: Float32) -> tuple[Float64, float]:
    """Centre and width; the width is the mean of both sides, because a turned head is narrow but not smaller."""
    x1, y1, x2, y2 = box_xyxy.astype(np.float64)
    return np.array([(x1 + x2) / 2, (y1 + y2) / 2]), max(1.0, (x2 - x1 + (y2 - y1) / 1.25) / 2)
