"""How often an entry is to be found, by what its portraits are worth: figures that were measured, and on what."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from patrol.store.tables import Person
from patrol.watchlist.people import living_portraits

FPIR = 0.01  #: at which all the figures of this page hold


@dataclass(frozen=True, slots=True)
class SecondPortrait:
    """What a second portrait gains: parts of the searches that find the entry."""

    found_with_one: float = 0.967
    found_with_two: float = 0.993

    @property
    def times_fewer_misses(self) -> float:
        return (1 - self.found_with_one) / (1 - self.found_with_two)


SECOND_PORTRAIT = SecondPortrait()
#: Part found by three looks at a face 40 px wide, by the eye distance of the portrait (pixels, part).
FOUND_BY_EYE_DISTANCE = ((8.0, 0.5), (24.0, 0.9))
FOUND_BY_SHARPNESS = ((1.5, 0.5), (5.0, 0.9))


def find_rate(measures: Mapping[str, float]) -> float | None:
    """The part of good passages in which a portrait of these measures is to be found; None where none were kept."""
    if not measures:
        return None
    by_size = _between(measures["eye_distance_px"], FOUND_BY_EYE_DISTANCE)
    by_sharpness = _between(measures["sharpness"], FOUND_BY_SHARPNESS)
    return round(min(by_size, by_sharpness), 2)


def wants_second(person: Person) -> bool:
    """Whether an entry has one portrait only, or weak ones only beside it: a good second one would gain most."""
    good = [portrait for portrait in living_portraits(person) if not portrait.is_weak]
    return len(good) < 2


def _between(value: float, points: tuple[tuple[float, float], ...]) -> float:
    """The straight line through measured points, level beyond the first and the last."""
    if value <= points[0][0]:
        return points[0][1]
    for (x, y), (next_x, next_y) in pairwise(points):
        if value <= next_x:
            return y + (next_y - y) * (value - x) / (next_x - x)
    return points[-1][1]
