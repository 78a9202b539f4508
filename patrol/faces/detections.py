"""What a detector saw in one picture."""

from dataclasses import dataclass

from patrol.values import Float32


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Faces as parallel arrays, best score first."""

    boxes_xyxy: Float32  #: float32 (N, 4), pixels of the picture
    landmarks_xy: Float32  #: float32 (N, 5, 2), pixels of the picture
    scores: Float32  #: float32 (N,), 0..1
