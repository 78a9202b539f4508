"""What a detector saw in one picture."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patrol.values import Float32

MIN_SCORE = 0.6  # from here on a face; at 0.5 street.mp4 adds backs of heads


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Faces as parallel arrays."""

    boxes_xyxy: Float32  #: float32 (N, 4), pixels of the picture
    landmarks_xy: Float32  #: float32 (N, 5, 2), pixels of the picture
    scores: Float32  #: float32 (N,), 0..1

    @property
    def widths_px(self) -> Float32:
        """float32 (N,)."""
        return self.boxes_xyxy[:, 2] - self.boxes_xyxy[:, 0]

    def of(self, places: npt.NDArray[np.intp]) -> "Detections":
        """Those at `places`, in that order."""
        return Detections(self.boxes_xyxy[places], self.landmarks_xy[places], self.scores[places])
