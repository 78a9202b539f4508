"""A decoded picture as the decoder made it: planes first, BGR when somebody asks."""

from threading import Lock
from typing import cast

import av
import numpy as np

from patrol.values import Uint8


class DecodedPicture:
    """Planes of one picture. Converting costs 5 ms at 1080p, so it happens once, and only if asked."""

    def __init__(self, frame: av.VideoFrame) -> None:
        self.resolution_wh = (frame.width, frame.height)
        self._frame: av.VideoFrame | None = frame
        self._bgr: Uint8 | None = None
        self._lock = Lock()

    def bgr(self) -> Uint8:
        """uint8 (H, W, 3), BGR, 0..255, read-only; the same array at every call."""
        with self._lock:
            if self._bgr is None and self._frame is not None:
                pixels = cast(Uint8, self._frame.to_ndarray(format="bgr24"))
                pixels.setflags(write=False)
                self._bgr, self._frame = pixels, None
        assert self._bgr is not None
        return self._bgr


def luma_of(frame: av.VideoFrame, step_px: int) -> Uint8:
    """Every `step_px`-th pixel of the first plane both ways: uint8 (H / step, W / step), brightness, a copy.

    H.265 may have 10 or 12 bits a sample, which lie in two bytes: their upper 8 are taken.
    """
    plane, n_bits = frame.planes[0], frame.format.components[0].bits
    rows = np.frombuffer(plane, np.uint8 if n_bits == 8 else np.uint16)  # type: ignore[call-overload]
    luma: Uint8 = rows.reshape(plane.height, -1)[::step_px, : frame.width : step_px] >> (n_bits - 8)
    return luma.astype(np.uint8)
