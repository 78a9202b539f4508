"""When a passage is somebody's: near enough, agreed on by its looks, and clearly nobody else's.

A single number would do for photos. A passage has several looks, and what they say of each other tells a tracker's
mistake and a lucky blur from a likeness.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patrol.values import Grade

Indices = npt.NDArray[np.intp]

MIN_LOOKS = 2  # one look may be a lucky blur; two are the least that could contradict each other
#: More than this part of a passage's looks must have the matched person as its own nearest. Held against 800 people a
#: poor look seldom has. FNIR of the whole decision on the halls of `patrol eval walks --noise 6`, FPIR 1, 3 and 10 %:
#: 55, 52 and 47 % with a half, 53, 49 and 43 % with a third at 2 looks a second; at 4 51, 46 and 42, and 51, 46 and
#: 40 %. A fifth finds hardly more, and asks hardly more than nothing.
MIN_AGREEMENT = 1 / 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a passage says of the person nearest to it."""

    score: float  #: of the fused template
    runner_up: float | None  #: the second person's score; None where the gallery holds one person
    n_looks: int
    n_agreeing: int  #: looks whose own nearest is the same person
    n_rival: int = 0  #: looks whose own nearest is one other person, whoever has most of them

    @classmethod
    def of(cls, score: float, runner_up: float | None, place: int, nearest: Indices) -> "Evidence":
        """Count the looks. place: of the person in the gallery. nearest: (looks,), the place nearest to each look."""
        people, counts = np.unique(nearest, return_counts=True)
        is_person = people == place
        n_agreeing, n_rival = int(counts[is_person].sum()), int(counts[~is_person].max(initial=0))
        return cls(score, runner_up, len(nearest), n_agreeing, n_rival)

    @property
    def is_agreed(self) -> bool:
        """k of m: more than a third of the looks point to the person, two at least where there are two, and more than
        to anybody else: poor looks scatter over the gallery, those of another listed person do not.
        """
        k = max(min(MIN_LOOKS, self.n_looks), self.n_rival + 1)
        return self.n_agreeing >= k and self.n_agreeing > MIN_AGREEMENT * self.n_looks

    def leads_by(self, margin: float) -> bool:
        return self.runner_up is None or self.score - self.runner_up >= margin


def grade_of(evidence: Evidence, *, sure: float, uncertain: float, margin: float) -> Grade | None:
    """Sure: near enough, clearly ahead of everybody else, and several looks say the same.

    What is near enough but lacks one of the others is uncertain; so is what is less near, if the looks agree. A
    passage whose looks point to different people and whose mean is near to none is nobody.
    """
    if evidence.score >= sure:
        is_clear = evidence.is_agreed and evidence.n_looks >= MIN_LOOKS and evidence.leads_by(margin)
        return "sure" if is_clear else "uncertain"
    return "uncertain" if evidence.score >= uncertain and evidence.is_agreed else None
