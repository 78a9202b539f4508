"""Where in one stream's picture faces are not matched: under a mask nobody, at a still face only its own person.

Places are parts of the picture, x to the right and y down, 0..1, so that they hold for every resolution of a camera.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import cv2
import numpy as np

from patrol.values import Face, Float32

SAME_PLACE_IOU = 0.5  # the usual bound for "the same object"

Box = tuple[float, float, float, float]  # x1, y1, x2, y2, parts of the picture
Polygon = tuple[tuple[float, float], ...]  # three corners or more


@dataclass(frozen=True, slots=True)
class Still:
    """A listed face that does not move, as its row says."""

    id: UUID
    person_id: UUID
    box: Box
    is_resting: bool  #: this person is not matched here; False where somebody said that it is a person after all


@dataclass(frozen=True, slots=True)
class Regions:
    """What holds for one stream just now."""

    masks: tuple[Polygon, ...] = ()
    stills: tuple[Still, ...] = ()

    def sort(self, faces: Sequence[Face], frame_wh: tuple[int, int]) -> tuple[list[Face], list[Face]]:
        """Faces to follow, and those whose centre is masked: nobody's passage, but to be blurred before sending."""
        sorted_faces: tuple[list[Face], list[Face]] = ([], [])
        for face in faces:
            sorted_faces[self.hides(face.box_xyxy, frame_wh)].append(face)
        return sorted_faces

    def hides(self, box_xyxy: Float32, frame_wh: tuple[int, int]) -> bool:
        """Whether the middle of a box is masked. box_xyxy: float32 (4,), pixels."""
        x1, y1, x2, y2 = part_of(box_xyxy, frame_wh)
        return any(contains(mask, ((x1 + x2) / 2, (y1 + y2) / 2)) for mask in self.masks)

    def rests(self, person_id: UUID, boxes: Sequence[Box]) -> bool:
        """Whether every look at somebody was at the place of their own still face.

        Somebody else there, and the same person anywhere else, is matched as ever.
        """
        mine = [still.box for still in self.stills if still.is_resting and still.person_id == person_id]
        return any(all(overlap(box, place) >= SAME_PLACE_IOU for box in boxes) for place in mine)

    def is_known(self, person_id: UUID, box: Box) -> bool:
        """Whether this still face has been reported, and perhaps decided, before."""
        return any(it.person_id == person_id and overlap(it.box, box) >= SAME_PLACE_IOU for it in self.stills)

    def seen(self, boxes: Sequence[Box]) -> set[UUID]:
        """Which of the still faces are there in a look with these faces."""
        return {it.id for it in self.stills if any(overlap(it.box, box) >= SAME_PLACE_IOU for box in boxes)}


NOWHERE = Regions()


def part_of(box_xyxy: Float32, frame_wh: tuple[int, int]) -> Box:
    """box_xyxy: float32 (4,), pixels of a frame of that size. Returns the same box as parts of it."""
    width, height = frame_wh
    x1, y1, x2, y2 = (float(edge) for edge in box_xyxy)
    return x1 / width, y1 / height, x2 / width, y2 / height


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (_area(one) + _area(other) - shared)


def contains(mask: Polygon, point_xy: tuple[float, float]) -> bool:
    """Whether a point lies in a polygon or on its edge."""
    return bool(cv2.pointPolygonTest(np.array(mask, np.float32), point_xy, measureDist=False) >= 0)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
