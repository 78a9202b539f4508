"""What is known of an embedder before anything was measured on the spot: a file of statistics, of nobody.

It holds the mean and the spread of templates, from which people who do not exist are drawn: as a cohort they serve as
real strangers do (docs/accuracy.md). So a list of one has a sound score. `patrol eval FOLDER --calibrate FILE`
measures such a file for any embedder.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Self

import numpy as np

from patrol.matching.cohort import Cohort
from patrol.matching.impostors import ImpostorTail
from patrol.values import Float32, PatrolError, require_array

N_DRAWN = 500  # people who do not exist in a cohort; 2,000 do no better
SEED = 20260101  # the same people in every process: scores do not depend on where they were made


class PriorBroken(PatrolError):
    """A file of calibration cannot be read."""


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """How the templates of many people lie: a normal density, drawn from and brought to unit length."""

    share: float  #: of a cohort's people, 0..1
    mean: Float32  #: float32 (D,)
    factor: Float32  #: float32 (D, D), lower triangle: the covariance is factor @ factor.T

    def __post_init__(self) -> None:
        require_array(self.mean, "Crowd.mean", np.float32, (None,))
        require_array(self.factor, "Crowd.factor", np.float32, (len(self.mean), len(self.mean)))

    def draw(self, n: int, rng: np.random.Generator) -> Float32:
        """float32 (n, D), unit length."""
        drawn = self.mean + rng.standard_normal((n, len(self.mean)), np.float32) @ self.factor.T
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """The statistics of one embedder."""

    embedder: str
    crowds: tuple[Crowd, ...]  #: none where nobody has measured this embedder: scores are cosines then
    tail: ImpostorTail  #: of the scores of strangers
    caution: float  #: score by which a list is moved whose own people nobody could measure: they may be more alike
    margin: float  #: by which the best person leads the second, or the match is uncertain
    found: tuple[tuple[float, float], ...]  #: (score, part of mated passages that reach it), scores rising
    n_people: int  #: whom the tail was measured with
    n_mated: int  #: passages behind `found`
    made_by: str  #: the command

    def cohort(self, members: Float32) -> Cohort:
        """Real people first, and with them people who do not exist. members: float32 (C, D), unit length."""
        rng = np.random.default_rng(SEED)
        drawn = [crowd.draw(round(crowd.share * N_DRAWN), rng) for crowd in self.crowds]
        people = [part for part in (members, *drawn) if len(part)]
        width = self.crowds[0].mean.size if self.crowds else members.shape[1]
        return Cohort(self.embedder, np.concatenate(people) if people else np.empty((0, width), np.float32))

    def found_at(self, score: float) -> float:
        """The part of mated passages that reach a score, 0..1."""
        scores, parts = zip(*self.found, strict=True)
        return float(np.interp(score, (*scores, 2 * scores[-1] - scores[-2]), (*parts, 0.0)))

    def find_rate(self, score: float) -> float | None:
        """The same, or None where nobody measured it: what a careful guess finds is not to be told as a figure."""
        return self.found_at(score) if self.n_mated else None

    def score_found_by(self, part: float) -> float:
        """The score that this part of mated passages reach."""
        scores, parts = zip(*self.found, strict=True)
        return float(np.interp(part, parts[::-1], scores[::-1]))

    def to_json(self) -> str:
        body = {
            "embedder": self.embedder,
            "made_by": self.made_by,
            "n_people": self.n_people,
            "n_mated": self.n_mated,
            "caution": self.caution,
            "margin": self.margin,
            "tail": list(zip(self.tail.fmrs, self.tail.scores, strict=True)),
            "found": self.found,
            "crowds": [_crowd_json(crowd) for crowd in self.crowds],
        }
        return json.dumps(body, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str) -> Self:
        """PriorBroken where the text is none of `to_json`."""
        try:
            return cls._read(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise PriorBroken(f"{where}: {error!r}: measure it again with `patrol eval --calibrate`") from None

    @classmethod
    def _read(cls, body: Mapping[str, Any]) -> Self:
        fmrs, scores = zip(*body["tail"], strict=True)
        if len(body["found"]) < 2:
            raise ValueError("found has fewer than two points")
        return cls(
            embedder=body["embedder"],
            crowds=tuple(_crowd(each) for each in body["crowds"]),
            tail=ImpostorTail(tuple(fmrs), tuple(scores)),
            caution=float(body["caution"]),
            margin=float(body["margin"]),
            found=tuple((float(score), float(part)) for score, part in body["found"]),
            n_people=int(body["n_people"]),
            n_mated=int(body["n_mated"]),
            made_by=str(body["made_by"]),
        )


#: For a network of ArcFace's kind that nobody has measured: cosines that strangers reach far more often with SFace
#: (one in 1,000 pairs at 0.36) are asked for here, and by how much people are found is not known.
UNMEASURED_TAIL = ImpostorTail((1e-1, 1e-3, 1e-5), (0.30, 0.45, 0.55))
UNMEASURED_FOUND = ((0.3, 0.9), (0.5, 0.5), (0.7, 0.1))
#: The same for a network of dlib's kind, whose strangers have cosines about 0.9: dlib's has one in 10,000 at 0.94.
UNMEASURED_DLIB_TAIL = ImpostorTail((1e-1, 1e-3, 1e-5), (0.935, 0.95, 0.965))
UNMEASURED_DLIB_FOUND = ((0.935, 0.9), (0.955, 0.5), (0.99, 0.1))


@lru_cache(maxsize=16)
def prior_of(embedder: str, calibration: Path | None = None) -> Prior:
    """The file that `calibration` names, else the one patrol ships for this embedder, else a careful guess.

    PriorBroken where a file is there and cannot be read, or is another embedder's.
    """
    if calibration is not None:
        return _of(embedder, Prior.from_json(_text(calibration), str(calibration)))
    shipped = resources.files(__package__).joinpath("priors", f"{embedder}.json")
    if shipped.is_file():
        return _of(embedder, Prior.from_json(shipped.read_text(encoding="utf-8"), str(shipped)))
    return unmeasured(embedder)


def unmeasured(embedder: str, format: str = "arcface") -> Prior:
    """A careful guess for an embedder that nobody has measured, by the format of its file."""
    said = "nobody has measured it"
    if format == "dlib":
        return Prior(embedder, (), UNMEASURED_DLIB_TAIL, 0.005, 0.01, UNMEASURED_DLIB_FOUND, 0, 0, said)
    return Prior(embedder, (), UNMEASURED_TAIL, 0.05, 0.05, UNMEASURED_FOUND, 0, 0, said)


def _text(calibration: Path) -> str:
    try:
        return calibration.read_text(encoding="utf-8")
    except OSError as error:
        raise PriorBroken(f"{calibration} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise PriorBroken(f"{calibration} is not UTF-8: measure it again with `patrol eval --calibrate`") from None


def _of(embedder: str, prior: Prior) -> Prior:
    if prior.embedder != embedder:
        raise PriorBroken(f"the calibration is of {prior.embedder}, the embedder is {embedder}")
    return prior


def _packed(numbers: Float32) -> str:
    """Half precision is a thousandth of a template's spread."""
    return base64.b64encode(np.ascontiguousarray(numbers, "<f2").tobytes()).decode()


def _unpacked(text: str) -> Float32:
    return np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(np.float32)


def _crowd_json(crowd: Crowd) -> dict[str, Any]:
    lower = crowd.factor[np.tril_indices(len(crowd.mean))]
    return {"share": crowd.share, "mean": _packed(crowd.mean), "factor": _packed(lower)}


def _crowd(body: Mapping[str, Any]) -> Crowd:
    mean = _unpacked(body["mean"])
    factor = np.zeros((len(mean), len(mean)), np.float32)
    factor[np.tril_indices(len(mean))] = _unpacked(body["factor"])
    return Crowd(float(body["share"]), mean, factor)
