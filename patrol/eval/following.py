"""Replays a video through the tracker, and holds what it followed against who was really there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from uuid import UUID

import numpy as np

from patrol.eval.recording import Recording
from patrol.eval.truth import EMPTY, FrameTruth, Truth, frames_of, pair_up
from patrol.faces.track import Tracker
from patrol.values import Face, Frame, Track

NOBODY = -1  # in place of a passage: what was followed there is no face of the truth
MAX_COVERED = 0.5  # of a face; where two lie over each other, what is seen is the nearer one
EDGE_PX = 2.0  # a face cut off by the picture's edge is not in the truth, and not false


@dataclass(slots=True, eq=False)
class Trail:
    """What the tracker took for one person."""

    passages: list[int] = field(default_factory=list)  #: of each detection: index into Truth.passages, or NOBODY
    faces: list[Face] = field(default_factory=list)  #: all detections, in the order of time
    tracks: list[Track] = field(default_factory=list)  #: as it was given out, the last word last

    @property
    def shows(self) -> int:
        """Whose passage it is: whom most of the looks that count show, else most of the detections."""
        return Counter(self.looks or self.passages).most_common(1)[0][0]

    @property
    def looks(self) -> list[int]:
        """Whose passage each look that counts at the end is; empty where none was good enough."""
        by_face = {id(face): passage for face, passage in zip(self.faces, self.passages, strict=True)}
        return [by_face[id(face)] for face in self.tracks[-1].looks] if self.tracks else []

    @property
    def is_mixed(self) -> bool:
        """Whether looks at several people count for one: where two would swap names."""
        return len(set(self.looks) - {NOBODY}) > 1

    @property
    def n_switches(self) -> int:
        """How often it went over from one person to another."""
        known = [passage for passage in self.passages if passage != NOBODY]
        return sum(one != next_one for one, next_one in pairwise(known))


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """All that one tracker made of one video."""

    truth: Truth
    trails: tuple[Trail, ...]
    n_looks: int
    n_false_faces: int  #: detections where the truth has no face, away from the picture's edge

    @property
    def n_switches(self) -> int:
        return sum(trail.n_switches for trail in self.trails)

    @property
    def n_mixed(self) -> int:
        """Trails in which looks at several people count."""
        return sum(trail.is_mixed for trail in self.trails)

    @property
    def n_fragments(self) -> int:
        """Trails beyond the first of each passage: somebody lost, and taken up again as somebody new."""
        by_passage = Counter(trail.shows for trail in self.trails if trail.shows != NOBODY)
        return sum(by_passage.values()) - len(by_passage)

    @property
    def n_false_tracks(self) -> int:
        """Trails of nobody that are more than one detection."""
        return sum(trail.shows == NOBODY and len(trail.faces) > 1 for trail in self.trails)

    @property
    def acquired(self) -> set[int]:
        """The passages of which one look at least was good enough for a template (the rest is failure to acquire)."""
        return {trail.shows for trail in self.trails if trail.tracks} - {NOBODY}


def follow(recording: Recording, truth: Truth, looks_per_s: float) -> Followed:
    """Show the tracker so many looks a second of a video."""
    tracker = Tracker("recorded")
    there = frames_of(truth)
    trails: dict[UUID, Trail] = {}
    n_looks = n_false = 0
    for frame, faces in recording.replay(looks_per_s):
        given = tracker.update(frame, faces)
        passages = _passages(faces, there.get(frame.number, EMPTY))
        _note(trails, tracker.newest, faces, passages)
        _give(trails, given)
        n_looks += 1
        n_false += sum(passages[place] == NOBODY and not _is_at_edge(face, frame) for place, face in enumerate(faces))
    _give(trails, tracker.close())
    return Followed(truth, tuple(trails.values()), n_looks, n_false)


def _passages(faces: Sequence[Face], there: FrameTruth) -> list[int]:
    boxes_xyxy = np.array([face.box_xyxy for face in faces], np.float32).reshape(-1, 4)
    clear = np.flatnonzero(there.covered <= MAX_COVERED)
    pairs = pair_up(boxes_xyxy, there.boxes_xyxy[clear])
    return [there.passages[clear[pairs[place]]] if place in pairs else NOBODY for place in range(len(faces))]


def _note(trails: dict[UUID, Trail], ids: Sequence[UUID], faces: Sequence[Face], passages: Sequence[int]) -> None:
    for id, face, passage in zip(ids, faces, passages, strict=True):
        trail = trails.setdefault(id, Trail())
        trail.faces.append(face)
        trail.passages.append(passage)


def _give(trails: Mapping[UUID, Trail], given: Sequence[Track]) -> None:
    for track in given:
        trails[track.passage_id].tracks.append(track)


def _is_at_edge(face: Face, frame: Frame) -> bool:
    x0, y0, x1, y1 = face.box_xyxy.tolist()
    width, height = frame.picture.resolution_wh
    return bool(min(x0, y0, width - x1, height - y1) < EDGE_PX)
