"""How often an entry is to be found, by what its portraits are worth: figures that were measured, and on what."""

from dataclasses import dataclass

import numpy as np

from patrol.store.tables import Person
from patrol.watchlist.people import living_portraits


@dataclass(frozen=True, slots=True)
class SecondPortrait:
    """What a second portrait gains: parts of the searches that find the entry, in a list of 800, at FPIR 1 %.

    Measured by `patrol eval ../shared/data/faces/lfw --errata ../shared/data/faces/lfw-errata.txt --gallery 800
    --portraits 1`, and 2, with SFace: one clean probe, 20 splits.
    """

    found_with_one: float = 0.962
    found_with_two: float = 0.990


SECOND_PORTRAIT = SecondPortrait()
#: (quality of a weak portrait, part of the searches with three looks at a face 40 px wide that find it): the rows
#: "weak" of `patrol eval quality ../shared/data/faces/lfw --errata ../shared/data/faces/lfw-errata.txt`, SFace, 300
#: people, each row at the middle of its bin.
FOUND_BY_QUALITY = (
    (0.11, 0.11), (0.18, 0.24), (0.25, 0.38), (0.35, 0.53), (0.45, 0.63), (0.55, 0.71), (0.65, 0.81), (0.75, 0.82),
    (0.9, 0.83),
)  # fmt: skip


def find_rate(quality: float) -> float:
    """The part of good passages in which a weak portrait of this quality, 0..1, is to be found."""
    qualities, found = zip(*FOUND_BY_QUALITY, strict=True)
    return round(float(np.interp(quality, qualities, found)), 2)


def wants_second(person: Person) -> bool:
    """Whether an entry has fewer than two good portraits: nothing else gains as much as the second one."""
    good = [portrait for portrait in living_portraits(person) if not portrait.is_weak]
    return len(good) < 2
