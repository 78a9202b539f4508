"""What is searched with when somebody has passed: the rules that are held against each other.

The last is patrol's own; the others show what it is worth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patrol.eval.following import NOBODY, Followed, Trail
from patrol.values import Face, Float32, Track

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Made:
    """One template of a trail, and the looks that must agree with it."""

    vector: Float32  #: float32 (D,), unit length
    looks: tuple[Face, ...] = ()  #: empty where nothing but the template counts


@dataclass(frozen=True, slots=True)
class Rule:
    """How a trail becomes templates; a passage has the best of what they reach."""

    name: str
    make: Callable[[Trail], list[Made]]


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """The templates of all trails of somebody who was there."""

    vectors: Float32  #: float32 (T, D), unit length
    passages: Indices  #: (T,), of which passage each is held to be, numbered through all videos
    look_vectors: Float32  #: float32 (L, D), every look that must agree with a template, once
    looks: tuple[Indices, ...]  #: of each template, its places in `look_vectors`; empty where none must agree


def vector_of(face: Face) -> Float32:
    assert face.template is not None  # a track's looks have one
    return face.template.vector


def _best(trail: Trail) -> list[Made]:
    return [Made(vector_of(max(trail.tracks[-1].looks, key=lambda look: look.quality.value)))]


def _every(trail: Trail) -> list[Made]:
    return [Made(face.template.vector) for face in trail.faces if face.template is not None]


def _fused(trail: Trail) -> list[Made]:
    return [Made(trail.tracks[-1].template.vector)]


def _decided(trail: Trail) -> list[Made]:
    return [_made(track) for track in trail.tracks]


def _made(track: Track) -> Made:
    return Made(track.template.vector, track.looks)


RULES = (
    Rule("best_frame", _best),  #: the one look of the highest quality: what a best-shot system matches
    Rule("any_frame", _every),  #: each look for itself, the nearest counts: what a system without a tracker does
    Rule("fused", _fused),  #: the mean of the looks, as the passage ends
    Rule("decided", _decided),  #: the mean at every moment, where its looks agree and nobody else is near: a hit
)


def probes_of(followed: Sequence[Followed], rule: Rule) -> Probes:
    """Apply one rule to every trail that has a usable look."""
    made: list[Made] = []
    passages: list[int] = []
    for first, video in zip(_firsts(followed), followed, strict=True):
        for trail in video.trails:
            if trail.tracks and (shown := trail.shows) != NOBODY:
                templates = rule.make(trail)
                made += templates
                passages += [first + shown] * len(templates)
    faces = {id(face): face for one in made for face in one.looks}
    place_of = {key: place for place, key in enumerate(faces)}
    return Probes(
        vectors=np.array([one.vector for one in made], np.float32),
        passages=np.array(passages, np.intp),
        look_vectors=np.array([vector_of(face) for face in faces.values()], np.float32),
        looks=tuple(np.array([place_of[id(face)] for face in one.looks], np.intp) for one in made),
    )


def _firsts(followed: Sequence[Followed]) -> list[int]:
    """The number that each video's first passage has among all."""
    counts = [len(video.truth.passages) for video in followed]
    return [0, *np.cumsum(counts).tolist()][: len(counts)]
