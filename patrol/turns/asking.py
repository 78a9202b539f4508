"""Who in view is to be looked at more often: as many looks as the decision about a passage asks for, and no more."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from patrol.faces.track import Followed
from patrol.streams.attention import Interest
from patrol.values import Grade, Part

#: Usable looks after which somebody is left to the key frames.
ENOUGH_OF_NOBODY = 4  # far from everybody after so many:
ENOUGH_OF_UNCERTAIN = 8  # near to somebody, not surely
GROWN = 1.4  # so many times wider than when enough was seen, the face is another piece of evidence
MORE = 3  # looks for that
REACH = 2.5  # widths of a face to each side: a walker crosses 8 of them in a second, two in a quarter of it
TOO_SMALL_PX = 16.0  # who was no wider when last seen was not near


@dataclass(slots=True)
class _Sated:
    """How many looks are enough, and how wide the face was when they had been taken."""

    n_enough: int
    width_px: float | None = None


class Asking:
    """One stream's passages, and what is still to be known of them."""

    def __init__(self) -> None:
        self._sated: dict[UUID, _Sated] = {}

    def interest(
        self, people: Iterable[Followed], grade_of: Callable[[UUID], Grade | None], picture_wh: tuple[int, int]
    ) -> Interest:
        """After a look: whether anybody is followed, and where, and whether more looks are to be had of somebody."""
        known = list(people)
        self._sated = {one.passage_id: self._sated.get(one.passage_id) or _Sated(0) for one in known}
        open_ = [one for one in known if self._is_open(one, grade_of(one.passage_id))]
        return Interest(
            anybody=bool(known),
            more=bool(open_),
            near=any(one.is_usable for one in open_),
            gone=any(not one.is_seen and one.width_px > TOO_SMALL_PX for one in open_),
            where=around(open_, picture_wh) if all(one.is_seen for one in open_) else None,
        )

    def _is_open(self, one: Followed, grade: Grade | None) -> bool:
        if grade == "sure":
            return False
        sated = self._sated[one.passage_id]
        sated.n_enough = max(sated.n_enough, ENOUGH_OF_UNCERTAIN if grade else ENOUGH_OF_NOBODY)
        if one.n_usable < sated.n_enough:
            return True
        if sated.width_px is None or one.width_px <= GROWN * sated.width_px:
            sated.width_px = sated.width_px or one.width_px
            return False
        sated.n_enough, sated.width_px = one.n_usable + MORE, None
        return True


def around(people: Iterable[Followed], picture_wh: tuple[int, int]) -> Part | None:
    """The part of the picture in which these will be at the next look; None where they are nobody."""
    boxes = [one.box_xyxy for one in people]
    if not boxes:
        return None
    (width, height), reach = picture_wh, [REACH * (x1 - x0) for x0, _, x1, _ in boxes]
    return (
        max(0.0, min(box[0] - far for box, far in zip(boxes, reach, strict=True)) / width),
        max(0.0, min(box[1] - far for box, far in zip(boxes, reach, strict=True)) / height),
        min(1.0, max(box[2] + far for box, far in zip(boxes, reach, strict=True)) / width),
        min(1.0, max(box[3] + far for box, far in zip(boxes, reach, strict=True)) / height),
    )
