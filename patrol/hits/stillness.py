"""Tells a poster or a screen from a person: a listed face that stays where it is for minutes. Pure; time is given.

A picture's face keeps its place and its size to what the detector jitters. Somebody who stands or sits sways, nods,
leans and turns. What is followed is the place, across tracks, so that whoever walks past in front changes nothing.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from patrol.hits.regions import SAME_PLACE_IOU, Box, overlap

STILL_FOR = timedelta(minutes=3)  # that nobody alive holds the head within MOST_AWAY
FORGOTTEN_AFTER = timedelta(minutes=1)  # of no face at the place: whoever was there has left
SAMPLE_EVERY = timedelta(seconds=1)
LEAST_SAMPLES = 60  # a third of the time: hidden by others now and then, or one of three pictures of a screen
MOST_AWAY = (
    0.08  # widths of the face, from the median place: the detector's jitter with room, see docs/false-alerts.md
)
MOST_GROWTH = 0.08  # of the logarithm of the width
MOST_PERCENTILE = 95.0  # one look of twenty may be another face that passes in front
MOST_SPOTS = 64  # a stream's memory


@dataclass(frozen=True, slots=True)
class Stood:
    """A place where a listed face did not move."""

    person_id: UUID
    passage_id: UUID  #: the newest one of this person there
    box: Box  #: the median one, parts of the picture
    since: datetime


@dataclass(slots=True)
class _Spot:
    person_id: UUID
    passage_id: UUID
    box: Box
    seen_at: datetime
    samples: deque[tuple[datetime, Box]] = field(default_factory=lambda: deque(maxlen=512))

    def see(self, boxes: Sequence[Box], at: datetime) -> None:
        """Take in the face that is at this place, if there is one."""
        nearest = max(boxes, key=lambda box: overlap(box, self.box), default=None)
        if nearest is None or overlap(nearest, self.box) < SAME_PLACE_IOU:
            return
        self.seen_at = at
        if not self.samples or at - self.samples[-1][0] >= SAMPLE_EVERY:
            self.samples.append((at, nearest))
        while at - self.samples[0][0] > STILL_FOR + SAMPLE_EVERY:
            self.samples.popleft()

    def stood(self) -> Stood | None:
        """The place where it stood still to now, or None where it moved, or nobody has looked long enough."""
        if len(self.samples) < LEAST_SAMPLES or self.samples[-1][0] - self.samples[0][0] < STILL_FOR:
            return None
        boxes = np.array([box for _, box in self.samples])
        if not _is_still(boxes):
            return None
        x1, y1, x2, y2 = (float(edge) for edge in np.median(boxes, axis=0))
        return Stood(self.person_id, self.passage_id, (x1, y1, x2, y2), self.samples[0][0])


class Stillness:
    """The places where listed faces were matched in one stream. Not for several threads at once."""

    def __init__(self) -> None:
        self._spots: list[_Spot] = []

    def match(self, person_id: UUID, passage_id: UUID, box: Box, at: datetime) -> None:
        """Somebody listed was matched there: from now on the place is looked at."""
        for spot in self._spots:
            if spot.person_id == person_id and overlap(spot.box, box) >= SAME_PLACE_IOU:
                spot.passage_id, spot.seen_at = passage_id, at
                return
        self._spots = [*self._spots[-MOST_SPOTS + 1 :], _Spot(person_id, passage_id, box, at)]

    def look(self, boxes: Sequence[Box], at: datetime) -> None:
        """Take in the faces of one look, whoever they are: only their places count."""
        self._spots = [spot for spot in self._spots if at - spot.seen_at <= FORGOTTEN_AFTER]
        for spot in self._spots:
            spot.see(boxes, at)

    def stood(self) -> list[Stood]:
        """The places that have been still for long enough. They are said at every look, until `forget`."""
        return [stood for spot in self._spots if (stood := spot.stood()) is not None]

    def forget(self, stood: Stood) -> None:
        """Begin anew at a place: it was written down."""
        same = (stood.person_id, stood.passage_id)
        self._spots = [spot for spot in self._spots if (spot.person_id, spot.passage_id) != same]


def _is_still(boxes: np.ndarray) -> bool:
    """boxes: float64 (n, 4), parts of the picture."""
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    centres = np.stack([boxes[:, 0] + widths / 2, boxes[:, 1] + heights / 2], axis=1)
    sides = np.median(np.stack([widths, heights], axis=1), axis=0)
    away = np.linalg.norm((centres - np.median(centres, axis=0)) / sides, axis=1)
    growth = np.abs(np.log(widths / sides[0]))
    return bool(
        np.percentile(away, MOST_PERCENTILE) <= MOST_AWAY and np.percentile(growth, MOST_PERCENTILE) <= MOST_GROWTH
    )
