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


@dataclass(frozen=True, slots=True)
class Likeness:
    """How similar two looks of one passage are to an embedder, which tells people apart within a stream."""

    neutral: float  #: cosine at which the same person and another are equally likely
    slope: float  #: log likelihood ratio for each 1.0 of cosine
    outlier: float  #: a look less similar than this to the mean of its track shows somebody else

    def log_ratio(self, cosine: float) -> float:
        return max(-MAX_LOG_RATIO, min(MAX_LOG_RATIO, (cosine - self.neutral) * self.slope))


MAX_LOG_RATIO = 8.0  # beyond it no cosine is better evidence than where a person can have walked

LIKENESS = {
    "sface-2021dec": Likeness(neutral=0.32, slope=35.0, outlier=0.5),
    "dlib-resnet29-v1": Likeness(neutral=0.91, slope=200.0, outlier=0.93),
}


def likeness_of(embedder: str) -> Likeness:
    """What was measured for this embedder, or SFace's, whose cosines spread as ArcFace networks' do."""
    return LIKENESS.get(embedder, LIKENESS["sface-2021dec"])
