"""A scene of people walking through one camera's view, with any faces: what happens, and the truth about it.

    photos = [HeadPhoto("Barack Obama", pixels_bgr, landmarks_xy), ...]      # patrol.demo.heads
    scene = Scene(walks=stroll(["Barack Obama", ...], duration_s=20, seed=1), duration_s=20, seed=1)
    clip = make_clip(scene, photos, Path("data/demo/clips"))                 # patrol.demo.clip; cached
    truth = read_truth(clip.truth_file)                                      # who, when, face boxes

`film(scene, photos)` in patrol.demo.film gives the frames themselves, without encoding. Everybody enters and
leaves within the scene, so that it loops without a jump.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from patrol.demo.figures import WARDROBE, Heading
from patrol.demo.view import View

Box = tuple[float, float, float, float]  # x, y, x, y in pixels of the frame
XZ = tuple[float, float]  # metres: to the right of the camera, away from it

FAR_M = 12.5  # faces are some 30 px wide there
PAST_M = 1.9  # beside the camera, out of its view
SPEED_M_S = (1.15, 1.5)  # people walking, not hurrying
STATURE_M = (1.62, 1.86)
NOISE_SIGMA = 2.5  # of 255: a sensor at moderate gain
PAUSE_S = 0.5  # before one person is back in view
LANES_M = (-1.15, 0.25, 1.2, -0.45, 0.8)  # those who come towards the camera keep apart


@dataclass(frozen=True, slots=True)
class Walk:
    """One person going straight from one place on the floor to another."""

    person: str
    starts_s: float
    from_xz: XZ
    to_xz: XZ
    speed_m_s: float = 1.3
    stature_m: float = 1.75
    clothes: int = 0  #: an entry of the wardrobe

    @property
    def ends_s(self) -> float:
        return self.starts_s + float(np.hypot(*self._way)) / self.speed_m_s

    @property
    def heading(self) -> Heading:
        return "across" if abs(self._way[0]) > abs(self._way[1]) else "towards"

    def place(self, at_s: float) -> XZ:
        share = (at_s - self.starts_s) / (self.ends_s - self.starts_s)
        return self.from_xz[0] + share * self._way[0], self.from_xz[1] + share * self._way[1]

    @property
    def _way(self) -> XZ:
        return self.to_xz[0] - self.from_xz[0], self.to_xz[1] - self.from_xz[1]


@dataclass(frozen=True, slots=True)
class Scene:
    """What one camera sees."""

    walks: tuple[Walk, ...]
    duration_s: float
    seed: int
    hall: str = "concourse"  #: an entry of HALLS
    fps: int = 25
    view: View = field(default_factory=View)
    noise_sigma: float = NOISE_SIGMA

    @property
    def n_frames(self) -> int:
        return round(self.duration_s * self.fps)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One face in one frame, wholly inside the picture."""

    frame: int
    box_xyxy: Box
    covered: float  #: 0..1, how much of the box somebody nearer hides


@dataclass(frozen=True, slots=True)
class Passage:
    """One person's way through the view, from the first frame with the face to the last."""

    person: str
    heading: Heading
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """Who is to be seen, when and where: the file beside a clip. Frame F is shown F / fps seconds after the start."""

    fps: int
    n_frames: int
    resolution_wh: tuple[int, int]
    seed: int
    passages: tuple[Passage, ...]

    def faces_at(self, frame: int) -> list[tuple[str, Sighting]]:
        """Every face of one frame, with its person's name."""
        return [
            (passage.person, sighting)
            for passage in self.passages
            for sighting in passage.sightings
            if sighting.frame == frame
        ]

    def to_json(self) -> bytes:
        return TypeAdapter(Truth).dump_json(self)


def read_truth(path: Path) -> Truth:
    return TypeAdapter(Truth).validate_json(path.read_bytes())


def stroll(people: Sequence[str], duration_s: float, seed: int, view: View | None = None) -> tuple[Walk, ...]:
    """Plan who walks when: everybody comes towards the camera and, at another time, crosses the view.

    Starts are spread evenly, so that 20 seconds with five people show three or four at once; a walk that finds
    no time is left out.
    """
    rng = np.random.default_rng(seed)
    seen_by = view or View()
    statures = rng.uniform(*STATURE_M, len(people))
    coming = [_coming(person, number, rng) for number, person in enumerate(people)]
    crossing = [_crossing(person, number, rng, seen_by) for number, person in enumerate(people)]
    walks: list[Walk] = []
    for walk, share in _evenly(coming) + _evenly(crossing):
        earlier = [other for other in walks if other.person == walk.person]
        if (start := _free_start(walk, share, duration_s, earlier)) is not None:
            stature = float(statures[list(people).index(walk.person)])
            walks.append(replace(walk, starts_s=start, stature_m=stature))
    return tuple(walks)


def _evenly(walks: Sequence[Walk]) -> list[tuple[Walk, float]]:
    """Each walk with its share, 0..1, of the time it may start in."""
    return [(walk, (number + 0.5) / len(walks)) for number, walk in enumerate(walks)]


def _free_start(walk: Walk, share: float, duration_s: float, others: Sequence[Walk]) -> float | None:
    """The start nearest to its share of the time at which the same person is not already walking."""
    latest = duration_s - walk.ends_s
    starts = np.linspace(0, latest, 41) if latest > 0 else np.empty(0)
    free = [
        float(start)
        for start in starts
        if all(start > other.ends_s + PAUSE_S or start + walk.ends_s + PAUSE_S < other.starts_s for other in others)
    ]
    return min(free, key=lambda start: abs(start - latest * share), default=None)


def _coming(person: str, number: int, rng: np.random.Generator) -> Walk:
    lane = LANES_M[number % len(LANES_M)]
    way_out = float(np.copysign(1.05, lane))
    return Walk(
        person=person,
        starts_s=0.0,
        from_xz=(lane * 1.4, FAR_M),
        to_xz=(way_out, PAST_M),
        speed_m_s=float(rng.uniform(*SPEED_M_S)),
        clothes=number % len(WARDROBE),
    )


def _crossing(person: str, number: int, rng: np.random.Generator, view: View) -> Walk:
    z = float(rng.uniform(4.6, 8.5))
    edge = (view.half_width_m(z) + 0.7) * (-1 if number % 2 else 1)
    return Walk(
        person=person,
        starts_s=0.0,
        from_xz=(-edge, z),
        to_xz=(edge, z + float(rng.uniform(-0.4, 0.4))),
        speed_m_s=float(rng.uniform(*SPEED_M_S)),
        clothes=number % len(WARDROBE),
    )
