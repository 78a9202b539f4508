"""How similar two templates must be, for each embedder, and the measurement behind it."""

from dataclasses import dataclass

from patrol.values import PatrolError


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Cosines. A match at or above `sure` is sure, at or above `uncertain` is shown as such, below is nobody."""

    sure: float
    uncertain: float
    margin: float  #: the best person leads the second by this much, or the match is uncertain


class ThresholdsUnknown(PatrolError):
    """Nobody has measured thresholds for this embedder."""


THRESHOLDS = {
    "sface-2021dec": Thresholds(sure=0.45, uncertain=0.36, margin=0.05),
    "dlib-resnet29-v1": Thresholds(sure=0.94, uncertain=0.925, margin=0.01),
}


def thresholds_of(embedder: str) -> Thresholds:
    if embedder not in THRESHOLDS:
        raise ThresholdsUnknown(f"no thresholds are known for {embedder!r}: measure them and add them to {__name__}")
    return THRESHOLDS[embedder]
