"""When a passage is somebody's: near enough, agreed on by its looks, and clearly nobody else's.

A single number would do for photos. A passage has several looks, and what they say of each other tells a tracker's
mistake and a lucky blur from a likeness.
"""

from dataclasses import dataclass

from patrol.values import Grade

MIN_LOOKS = 2  # one look may be a lucky blur; two are the least that could contradict each other
MIN_AGREEMENT = 0.5  # more than this part of a passage's looks must have the matched person as its own nearest


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a passage says of the person nearest to it."""

    score: float  #: of the fused template
    runner_up: float | None  #: the second person's score; None where the gallery holds one person
    n_looks: int
    n_agreeing: int  #: looks whose own nearest is the same person

    @property
    def is_agreed(self) -> bool:
        """k of m: most of the looks point to the person."""
        return self.n_agreeing > MIN_AGREEMENT * self.n_looks

    def leads_by(self, margin: float) -> bool:
        return self.runner_up is None or self.score - self.runner_up >= margin


def grade_of(evidence: Evidence, *, sure: float, uncertain: float, margin: float) -> Grade | None:
    """Sure: near enough, clearly ahead of everybody else, and most of several looks say the same.

    What is near enough but lacks one of the others is uncertain; so is what is less near, if the looks agree. A
    passage whose looks point to different people and whose mean is near to none is nobody.
    """
    if evidence.score >= sure:
        is_clear = evidence.is_agreed and evidence.n_looks >= MIN_LOOKS and evidence.leads_by(margin)
        return "sure" if is_clear else "uncertain"
    return "uncertain" if evidence.score >= uncertain and evidence.is_agreed else None
