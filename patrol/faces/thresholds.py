"""How similar two templates must be, for each embedder, and the measurement behind it."""

from dataclasses import dataclass

import structlog

from patrol.values import Template

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Cosines. A match at or above `sure` is sure, at or above `uncertain` is shown as such, below is nobody."""

    sure: float
    uncertain: float
    margin: float  #: the best person leads the second by this much, or the match is uncertain


#: Measured on the half of LFW in ../shared/data/faces/lfw (2,865 people after the errata, 4.1 million pairs of
#: strangers, 2,700 pairs of one person) by `python -m tests.faces.measurements thresholds`.
#: SFace: 0.46 is reached by 1 in 100,000 pairs of strangers and 95.7 % of pairs of one person, 0.40 by 2 in 10,000
#: and 98.5 %. Against 1,000 people one stranger in 90 reaches 0.46, against 100 none of 2,765; one in 71 reaches
#: 0.40. Of the right answers 97.5 % lead the second person by 0.05. On lfw10 no stranger reaches 0.40.
#: dlib's: 0.951 is reached by 1 in 100,000 pairs of strangers and 55 % of one person, 0.94 by 1 in 10,000 and 78 %.
#: First values, the same for every gallery: the right ones follow from its size and a budget of false alerts.
THRESHOLDS = {
    "sface-2021dec": Thresholds(sure=0.46, uncertain=0.40, margin=0.05),
    "dlib-resnet29-v1": Thresholds(sure=0.951, uncertain=0.94, margin=0.008),
}


#: Of a network that nobody has measured here, by the format of its file: what is sure for the known network of that
#: format is uncertain here. Networks that tell people apart better than SFace keep strangers farther apart, and lose
#: by it only finds; nothing bounds what a worse one does.
UNMEASURED = {
    "dlib": Thresholds(sure=0.96, uncertain=0.951, margin=0.008),
    "arcface": Thresholds(sure=0.55, uncertain=0.46, margin=0.05),
}


def thresholds_of(embedder: str, format: str = "arcface") -> Thresholds:
    """What was measured for this embedder, else careful ones for the format of its file, with a warning."""
    if embedder in THRESHOLDS:
        return THRESHOLDS[embedder]
    log.warning(
        "embedder not measured here",
        embedder=embedder,
        consequence="careful thresholds: fewer are found, and how many strangers match is not known",
        remedy="measure it: patrol eval FOLDER --embedder NAME",
    )
    return UNMEASURED.get(format, UNMEASURED["arcface"])


@dataclass(frozen=True, slots=True)
class Likeness:
    """How similar two looks of one passage are to an embedder, which tells people apart within a stream."""

    neutral: float  #: cosine at which the same person and another are equally likely
    slope: float  #: log likelihood ratio for each 1.0 of cosine
    outlier: float  #: a look less similar than this to the mean of its track shows somebody else

    def log_ratio(self, cosine: float) -> float:
        return max(-MAX_LOG_RATIO, min(MAX_LOG_RATIO, (cosine - self.neutral) * self.slope))


MAX_LOG_RATIO = 8.0  # beyond it no cosine is better evidence than where a person can have walked

#: `slope`: logistic fit to 36,000 pairs of spoilt looks at one person of lfw10 and as many of two. `neutral` lies
#: between the highest 1 % of those of two (SFace 0.32, dlib's 0.929) and the lowest 5 % of what the looks at one
#: walker of street.mp4 reach to those before them, at 2 looks a second (0.43, 0.94). `outlier`: 93 % of the looks at
#: one person in a track of five pass it, and 25 % of the looks at a stranger among four.
LIKENESS = {
    "sface-2021dec": Likeness(neutral=0.35, slope=22.0, outlier=0.5),
    "dlib-resnet29-v1": Likeness(neutral=0.93, slope=83.0, outlier=0.945),
}


#: Of a network that nobody has measured here, by the format of its weights: cosines of one format spread alike.
UNMEASURED_LIKENESS = {"dlib": LIKENESS["dlib-resnet29-v1"], "arcface": LIKENESS["sface-2021dec"]}


def likeness_of(template: Template) -> Likeness:
    """What was measured for this template's embedder, else for the known one of its format."""
    unmeasured = UNMEASURED_LIKENESS.get(template.format, UNMEASURED_LIKENESS["arcface"])
    return LIKENESS.get(template.embedder, unmeasured)
