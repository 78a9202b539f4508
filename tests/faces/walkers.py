"""Drawn people for the tracker: faces that walk through a view, each with templates of their own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from patrol.faces.track import Tracker
from patrol.values import Face, Float32, Frame, Quality, Template, Track, Uint8

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
WIDTH_PX = 50.0
LANDMARKS_XY = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)

Path = Callable[[float], tuple[float, float]]  #: seconds to the face's centre in pixels


class DarkPicture:
    """A black picture that a test can hold a weak reference to."""

    resolution_wh = (1920, 1080)

    def bgr(self) -> Uint8:
        return np.zeros((1080, 1920, 3), np.uint8)


def direction(seed: int) -> Float32:
    """float32 (128,) of length 1: one person's true face. Those of two people are nearly at right angles."""
    vector = np.random.default_rng(seed).normal(size=128).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def template_of(person: int, noise: float, rng: np.random.Generator) -> Template:
    """One look's template: the cosine of two looks at one person is about 1 / (1 + noise ** 2)."""
    vector = direction(person) + noise * direction(int(rng.integers(1_000_000, 2_000_000)))
    return Template("drawn", (vector / np.linalg.norm(vector)).astype(np.float32))


def face_at(
    centre_xy: tuple[float, float],
    template: Template | None = None,
    *,
    width_px: float = WIDTH_PX,
    value: float = 0.5,
) -> Face:
    x, y = centre_xy
    half_w, half_h = width_px / 2, width_px * 0.625
    box = np.array([x - half_w, y - half_h, x + half_w, y + half_h], np.float32)
    landmarks = box[:2] + LANDMARKS_XY * (box[2:] - box[:2])
    refusals = () if template else ("blurred",)
    return Face(box, landmarks, 0.9, Quality(value, width_px * 0.45, 30.0, 0.0, refusals), template)


def frame_at(second: float, number: int = 0) -> Frame:
    return Frame("hall", number, START + timedelta(seconds=second), DarkPicture())


@dataclass
class Walker:
    """A person, where they walk, and when the camera cannot see them (seconds from, to)."""

    person: int
    path: Path
    hidden: Sequence[tuple[float, float]] = ()
    blurred: Sequence[tuple[float, float]] = ()  #: seen, but not well enough for a template
    noise: float = 0.6
    values: Sequence[float] = (0.5,)

    def look(self, second: float, number: int, rng: np.random.Generator) -> Face | None:
        if any(start <= second < end for start, end in self.hidden):
            return None
        is_blurred = any(start <= second < end for start, end in self.blurred)
        template = None if is_blurred else template_of(self.person, self.noise, rng)
        return face_at(self.path(second), template, value=self.values[number % len(self.values)])


@dataclass
class Walk:
    """What a tracker made of a scene: every Track it gave out, and the last of each passage."""

    tracker: Tracker
    given: list[Track] = field(default_factory=list)

    @property
    def passages(self) -> list[Track]:
        """The last word on each passage, by the time it began."""
        last = {track.passage_id: track for track in self.given}
        return sorted(last.values(), key=lambda track: (track.first_seen_at, float(track.best.box_xyxy[0])))


def walk(*walkers: Walker, seconds: float, looks_per_s: float = 2.0) -> Walk:
    """Show the scene to a tracker from START on, then close it."""
    seen = Walk(Tracker("hall"))
    for frame, faces in scene(walkers, seconds, looks_per_s):
        seen.given += seen.tracker.update(frame, faces)
    seen.given += seen.tracker.close()
    return seen


def scene(walkers: Sequence[Walker], seconds: float, looks_per_s: float) -> Iterator[tuple[Frame, list[Face]]]:
    rng = np.random.default_rng(7)
    for number in range(int(seconds * looks_per_s) + 1):
        second = number / looks_per_s
        looks = (walker.look(second, number, rng) for walker in walkers)
        faces = [look for look in looks if look is not None]
        yield frame_at(second, number), [faces[place] for place in rng.permutation(len(faces))]


def people_in(track: Track) -> set[int]:
    """Which drawn people a track's looks show."""
    return {_person(face.template) for face in track.looks if face.template is not None}


def _person(template: Template) -> int:
    return max(range(20), key=lambda person: float(direction(person) @ template.vector))
