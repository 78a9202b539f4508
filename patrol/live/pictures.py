"""The newest picture of each stream that somebody looks at just now, in memory only.

The looking thread hands over what it has decoded anyway; a picture is made smaller and compressed when somebody asks
for it, once for each size, in the thread of whoever asks. What nobody asks for any more is dropped.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

import cv2
import numpy as np

from patrol.values import Face, Frame, Picture, Uint8

ASKED_FOR_S = 10.0  # a stream is looked at for this long after somebody has asked for it
WIDTHS = (160, 320, 640, 960, 1280, 1920)  # px; few, so that those who look at one stream share its pictures
JPEG_QUALITY = 75  # 640 px of a busy street: 39 kB; 80 would be 44 kB and looks the same on a tile
LATER_S = 20.0  # as long as packets are kept: what is older than this by its time comes from a clock set back
HASTE = 0.9  # of the time between two pictures: cameras are not punctual

Box = tuple[float, float, float, float]  #: x1, y1, x2, y2 as parts of the picture, 0..1


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture as it is sent: a JPEG, and where the faces in it are."""

    stream_id: str
    number: int  #: another one for every picture; it counts up while one process makes them
    taken_at: datetime
    resolution_wh: tuple[int, int]  #: of `jpeg`
    boxes: tuple[Box, ...]
    jpeg: bytes = field(repr=False)


@dataclass(slots=True, eq=False)
class _Kept:
    """The newest picture of one stream, and what was made of it."""

    stream_id: str
    number: int
    frame: Frame
    boxes: tuple[Box, ...]
    shots: dict[int, Shot] = field(default_factory=dict)  #: by width


class LivePictures:
    """Written by the thread that looks at the streams, read by those who serve the pictures.

    `fps` is how many pictures a second of one stream are kept at most, `most_per_s` how many are compressed a second
    for all streams together: what goes beyond is left out, the streams taking turns. `seconds` is a monotonic clock.
    """

    def __init__(self, *, fps: float, most_per_s: float, seconds: Callable[[], float] = time.monotonic) -> None:
        self._least_s = HASTE / fps
        self._seconds = seconds
        self._allowance = _Allowance(most_per_s, seconds())
        self._asked_at: dict[str, float] = {}
        self._shown_at: dict[str, float] = {}
        self._kept: dict[str, _Kept] = {}
        self._lock = Lock()  # what is kept
        self._making = Lock()  # one picture is compressed at a time: the cameras need the processor more

    def wants(self, stream_id: str) -> bool:
        """Whether somebody looks at the stream: asked for within the last ASKED_FOR_S."""
        asked_at = self._asked_at.get(stream_id)
        return asked_at is not None and self._seconds() - asked_at < ASKED_FOR_S

    def note(self, stream_id: str, frame: Frame, faces: Sequence[Face]) -> None:
        """Keep a frame that was looked at, where somebody wants it; `faces` are those that may be shown."""
        if not self.wants(stream_id):
            return
        boxes = _boxes_of(faces, frame.picture)
        with self._lock:
            before = self._kept.get(stream_id)
            if before is None or self._is_due(before.frame, frame):
                self._kept[stream_id] = _Kept(stream_id, _number_after(before, frame), frame, boxes)

    def _is_due(self, before: Frame, frame: Frame) -> bool:
        """Later than the one before by enough. One that is very much earlier comes after the clock was set back."""
        gap_s = (frame.taken_at - before.taken_at).total_seconds()
        return gap_s >= self._least_s or gap_s < -LATER_S

    def newer(self, asked: Mapping[str, int], width: int) -> list[Shot]:
        """What there is to see of each asked stream that is not the picture of this number, `width` px wide or less.

        To ask is to say that somebody looks. A stream of which nothing else is there is left out, and so is one
        whose turn has not come: it comes first when it is asked for again.
        """
        width = fitting(width)
        now = self._seconds()
        with self._lock:
            self._asked_at.update(dict.fromkeys(asked, now))
            found = [
                (id, kept) for id, number in asked.items() if (kept := self._kept.get(id)) and kept.number != number
            ]
            found.sort(key=lambda each: self._shown_at.get(each[0], float("-inf")))
            chosen = [each for each in found if width in each[1].shots or self._allowance.take(now)]
            self._shown_at.update({id: now for id, _ in chosen})
        return [self._shot(kept, width) for _, kept in chosen]

    def _shot(self, kept: _Kept, width: int) -> Shot:
        with self._making:
            if width not in kept.shots:
                kept.shots[width] = _shot_of(kept, width)
            return kept.shots[width]

    def sweep(self) -> None:
        """Drop the pictures of the streams that nobody looks at any more."""
        with self._lock:
            for stream_id in [id for id in self._asked_at if not self.wants(id)]:
                for kept in (self._asked_at, self._shown_at, self._kept):
                    kept.pop(stream_id, None)

    @property
    def n_kept(self) -> int:
        """How many streams' pictures are in memory."""
        return len(self._kept)


class _Allowance:
    """So many a second, and no more than a second's worth at once (token bucket)."""

    def __init__(self, per_s: float, now: float) -> None:
        self._per_s, self._left, self._at = per_s, max(1.0, per_s), now

    def take(self, now: float) -> bool:
        self._left = min(max(1.0, self._per_s), self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def fitting(width: int) -> int:
    """The smallest of WIDTHS that holds `width`, the largest where none does."""
    return next((each for each in WIDTHS if each >= width), WIDTHS[-1])


def _number_after(before: _Kept | None, frame: Frame) -> int:
    """The picture's time in milliseconds: another number than any that was given out before a restart."""
    number = round(frame.taken_at.timestamp() * 1000)
    return number if before is None else max(number, before.number + 1)


def _boxes_of(faces: Sequence[Face], picture: Picture) -> tuple[Box, ...]:
    width, height = picture.resolution_wh
    return tuple(_part_of(face, width, height) for face in faces)


def _part_of(face: Face, width: int, height: int) -> Box:
    """A face's box as parts of the picture, cut at its edges; a ten-thousandth is finer than a pixel."""
    x1, y1, x2, y2 = (float(edge) for edge in face.box_xyxy)
    parts = (x1 / width, y1 / height, x2 / width, y2 / height)
    return tuple(round(min(1.0, max(0.0, part)), 4) for part in parts)  # type: ignore[return-value]


def _shot_of(kept: _Kept, width: int) -> Shot:
    pixels = smaller(kept.frame.picture.bgr(), width)
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    resolution_wh = (pixels.shape[1], pixels.shape[0])
    return Shot(kept.stream_id, kept.number, kept.frame.taken_at, resolution_wh, kept.boxes, encoded.tobytes())


def smaller(pixels: Uint8, width: int) -> Uint8:
    """uint8 (H, W, 3), BGR, made `width` px wide where it is wider, its shape kept.

    By linear steps of a third at most: 0.5 ms from 1080p to 640 px, where area averaging takes 2.7 ms, and 40 dB
    (PSNR) from it on a busy street.
    """
    while pixels.shape[1] > width:
        full_height, full_width = pixels.shape[:2]
        next_width = max(width, -(-full_width // 3))
        size_wh = (next_width, max(1, round(full_height * next_width / full_width)))
        pixels = np.asarray(cv2.resize(pixels, size_wh, interpolation=cv2.INTER_LINEAR), np.uint8)
    return pixels
