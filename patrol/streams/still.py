"""Tells a frozen picture from a quiet scene, though packets flow in both."""

from datetime import datetime

import av
import numpy as np

from patrol.streams.picture import luma_of
from patrol.values import Uint8

# Measured with x264 at 360p to 1080p, 0.3 to 4 Mbit/s, key frames every 2 s, looks 0.24 s apart, on a street scene
# and on drawn ones. A frozen picture that is sent again and again settles within each group of pictures to a mean
# difference of 0.001 to 0.078 grey levels; a live, motionless scene with sensor noise of 1 grey level, which is a
# good camera by day, never falls below 0.16. While a starved coder refines a frozen picture (0.3 Mbit/s), its blocks
# change by up to 17 levels; somebody who walks in front of something changes them by 30 and more.
STILL_BELOW = 0.1  # mean absolute difference between two looks, grey levels of 255
MOVED_FROM = 20.0  # difference of one block's mean, grey levels: something in it is another thing than before
BLOCK = 4  # samples a side; with one sample every 1/270 of the height a block is 1.5 % of the picture's height
SAMPLE_ROWS = 270
LOOK_EVERY_S = 0.24


class Stillness:
    """Follows one stream's pictures; `changed_at` is when the picture last showed something new, gaps left out.

    Only alike pictures are compared, for a key frame is coded afresh and differs from the one before even where
    the scene does not: two of one group of pictures, or two key frames.
    """

    def __init__(self, frozen_after_s: float) -> None:
        self._frozen_after_s = frozen_after_s
        self._last: Uint8 | None = None
        self._last_key: Uint8 | None = None
        self._has_key_passed = True
        self._looked_at: datetime | None = None
        self.changed_at: datetime | None = None
        self._still_at: datetime | None = None

    def resume(self, now: datetime) -> None:
        """Begin a new connection: the time without pictures says nothing about the picture."""
        if self._looked_at and self.changed_at:
            gap = now - self._looked_at
            self.changed_at += gap
            self._still_at = self._still_at and self._still_at + gap

    def look(self, frame: av.VideoFrame, now: datetime) -> None:
        """Note a picture; it is sampled only where it is due."""
        self._has_key_passed |= bool(frame.key_frame)
        if self._looked_at is None or (now - self._looked_at).total_seconds() >= LOOK_EVERY_S:
            self._looked_at = now
            self._sample(frame, now)

    def _sample(self, frame: av.VideoFrame, now: datetime) -> None:
        sample = luma_of(frame, max(1, frame.height // SAMPLE_ROWS))
        before = self._last_key if frame.key_frame else self._last
        if before is None or before.shape != sample.shape:
            self.changed_at = now if before is not None or self.changed_at is None else self.changed_at
        elif frame.key_frame or not self._has_key_passed:
            self._compare(before, sample, now)
        self._last_key = sample if frame.key_frame else self._last_key
        self._last, self._has_key_passed = sample, False

    def is_frozen(self, now: datetime) -> bool:
        """Whether nothing has moved for long, while the picture was stiller than any sensor's noise."""
        if self.changed_at is None or self._still_at is None:
            return False
        still_s, unchanged_s = (now - self._still_at).total_seconds(), (now - self.changed_at).total_seconds()
        return unchanged_s >= self._frozen_after_s > still_s

    def _compare(self, before: Uint8, sample: Uint8, now: datetime) -> None:
        difference = sample.astype(np.int16) - before
        if np.abs(difference).mean() < STILL_BELOW:
            self._still_at = now
        if largest_block(difference) >= MOVED_FROM:
            self.changed_at = now


def largest_block(difference: np.ndarray) -> float:
    """The largest absolute mean of a block. difference: int16 (H, W), grey levels."""
    height, width = (length // BLOCK * BLOCK for length in difference.shape)
    blocks = difference[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    return float(np.abs(blocks.mean(axis=(1, 3))).max(initial=0.0))
