"""Whether anything moves: by the sizes of the packets, which costs nothing, then by a small picture.

Both say "still" only of what is as it usually is, for each camera by its own measure: noise, rain and leaves are
usual where they are usual. And neither is believed blindly: what is called still is looked at all the same every few
seconds, and the packets are believed only where they have told of movements before (`Gate`).
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np
import numpy.typing as npt

from patrol.values import Float32, Part, Uint8

STIRRED_FROM = 1.4  # noise alone seldom makes a run so much larger than usual
RUN = 5  # packets: a fifth of a second at 25 pictures a second, longer than one that is larger by chance
USUAL_OF = 30  # groups: a minute at 2 s

LUMA_WH = (96, 54)  # the small picture: a face 50 px wide at 1080p is 2.5 of its pixels wide, a walker 8
CHANGED_FROM = 8.0  # times the usual difference of that place
LEAST_CHANGE = 5.0  # grey levels
FORGET = 0.1  # of what is usual, at each picture
MOVED_FROM = 3  # pixels of the small picture: a head and shoulders at 1080p's far end
MARGIN = 8  # of its pixels around what moved: a head that does not stand out from the wall, above a coat that does
EVERYTHING: Part = (0.0, 0.0, 1.0, 1.0)
EVERYWHERE = 0.3  # of the picture: the light went on, or the camera switched to night

AUDIT_EVERY = timedelta(seconds=8)  # what both call still is looked at so often all the same
TRUSTED_AFTER = 3  # movements that the packets told of, one after the other, with none that they did not


class PacketStir:
    """How much more the pictures between two key frames hold than they usually do."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._usual: deque[float] = deque(maxlen=USUAL_OF)

    def note(self, n_bytes: int) -> None:
        """One packet that is no key frame."""
        self._sizes.append(n_bytes)

    def finish(self) -> float:
        """At the next key frame: the largest run of packets over the usual one; infinite where none is known."""
        sizes, self._sizes = np.array(self._sizes, np.float64), []
        if len(sizes) < RUN:
            return float("inf")
        runs = np.convolve(sizes, np.ones(RUN) / RUN, "valid")
        usual = float(np.median(self._usual)) if len(self._usual) >= 3 else 0.0
        self._usual.append(float(np.median(runs)))
        return float(runs.max()) / usual if usual > 0 else float("inf")


class LumaMotion:
    """Compares small pictures to what the camera usually shows, place by place."""

    def __init__(self) -> None:
        self._usual: Float32 | None = None
        self._spread: Float32 | None = None

    def look(self, luma: Uint8, hidden: np.ndarray | None = None) -> Part | None:
        """Where something is that usually is not, with room around it; None where nothing is.

        luma: uint8 (H, W), any size; hidden: bool (54, 96), what masks cover.
        """
        small = cv2.resize(luma, LUMA_WH, interpolation=cv2.INTER_AREA).astype(np.float32)
        if self._usual is None or self._spread is None:
            self._usual, self._spread = small, np.full_like(small, LEAST_CHANGE)
            return EVERYTHING
        change = np.abs(small - self._usual - np.float32(np.median(small - self._usual)))
        is_changed = change > np.maximum(LEAST_CHANGE, CHANGED_FROM * self._spread)
        if is_changed.mean() > EVERYWHERE:
            self._usual = small
            return EVERYTHING
        self._learn(small, change, is_changed)
        shown = is_changed if hidden is None else is_changed & ~hidden
        return _part_of(shown)

    def _learn(self, small: Float32, change: Float32, is_changed: np.ndarray) -> None:
        """What stands there for half a minute becomes usual; what changes all the time widens its place's spread."""
        assert self._usual is not None
        assert self._spread is not None
        speed = np.where(is_changed, np.float32(FORGET / 3), np.float32(FORGET))
        self._usual += speed * (small - self._usual)
        self._spread += np.float32(FORGET) * (np.minimum(change, 40.0) / 2 - self._spread) * np.float32(0.5)


def mask_of(polygons: Sequence[Sequence[tuple[float, float]]]) -> npt.NDArray[np.bool_] | None:
    """What polygons cover of the small picture: bool (54, 96); None where there are none. x and y are 0..1."""
    if not polygons:
        return None
    covered = np.zeros(LUMA_WH[::-1], np.uint8)
    for polygon in polygons:
        cv2.fillPoly(covered, [np.round(np.array(polygon) * LUMA_WH).astype(np.int32)], 1)
    return covered.astype(np.bool_)


def _part_of(is_changed: np.ndarray) -> Part | None:
    """The box around what is large enough to be somebody. is_changed: bool (54, 96)."""
    stats = cv2.connectedComponentsWithStats(is_changed.astype(np.uint8), connectivity=8)[2][1:]
    large = stats[stats[:, cv2.CC_STAT_AREA] >= MOVED_FROM]
    if not len(large):
        return None
    low = large[:, :2].min(axis=0) - MARGIN
    high = (large[:, :2] + large[:, 2:4]).max(axis=0) + MARGIN
    (x0, y0), (x1, y1) = np.maximum(low, 0) / LUMA_WH, np.minimum(high, LUMA_WH) / LUMA_WH
    return float(x0), float(y0), float(x1), float(y1)


@dataclass(slots=True)
class Gate:
    """Which key frames need not be decoded, by what the packets say: only where that has proved right before.

    A camera that holds its bit rate with noise tells nothing by its packets: a walker in the halls of
    `patrol bench cameras` changes them by less than chance does. There every key frame is decoded.
    """

    looked_at: datetime | None = None
    n_told: int = 0  #: movements in a row that the packets told of

    @property
    def is_trusted(self) -> bool:
        return self.n_told >= TRUSTED_AFTER

    def lets_pass(self, stir: float, now: datetime) -> bool:
        """Whether this key frame is to be decoded. stir: of the packets before it, as `PacketStir.finish` says."""
        is_due = self.looked_at is None or abs(now - self.looked_at) >= AUDIT_EVERY
        return stir >= STIRRED_FROM or is_due or not self.is_trusted

    def audit(self, stir: float, now: datetime, *, moved: bool) -> None:
        """Note what a decoded key frame showed."""
        self.looked_at = now
        if moved and stir != float("inf"):
            self.n_told = self.n_told + 1 if stir >= STIRRED_FROM else 0
