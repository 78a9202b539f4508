"""Plans of halls with a known traffic: nobody at all, or one passage every so many seconds.

    scene = traffic_scene(["Ada", "Ben", ...], every_s=5.0, seed=1)
    clip = make_clip(scene, photos, folder, Encoding(bit_rate=2_000_000))

People come from afar and leave beside the camera, cross the view slantwise, or go straight across it. A face is in
view for 3 to 8 s and grows to 50 to 120 px; everybody is gone before the scene ends, so that it loops without a jump.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from patrol.demo.figures import WARDROBE
from patrol.demo.heads import EYES_APART_M
from patrol.demo.scene import FAR_M, LANES_M, STATURE_M, Scene, Walk
from patrol.demo.view import HALLS, View

SCENE_S = 60.0
IN_VIEW_S = (3.0, 8.0)
WIDEST_FACE_PX = (50.0, 120.0)
SPEED_M_S = (1.0, 1.6)  # from somebody with a bag to somebody in a hurry
FACE_M = 2.18 * EYES_APART_M  # cheek to cheek, as `heads` frames a face
FIRST_S = 0.3  # nobody stands in the picture that a loop begins with
STEP_S = 0.04  # in which time in view is counted: a frame
TRIES = 1_000


def traffic_scene(
    people: Sequence[str],
    every_s: float | None,
    seed: int,
    duration_s: float = SCENE_S,
    view: View | None = None,
) -> Scene:
    """A hall with one passage every `every_s` seconds, the people by turns; None: nobody comes."""
    seen_by, hall = view or View(), tuple(HALLS)[seed % len(HALLS)]
    walks = () if every_s is None else passages(people, every_s, seed, duration_s, seen_by)
    return Scene(walks, duration_s, seed, hall, view=seen_by)


def passages(people: Sequence[str], every_s: float, seed: int, duration_s: float, view: View) -> tuple[Walk, ...]:
    """As many walks as the time has room for at one every `every_s`, spread evenly, each over before the end."""
    rng = np.random.default_rng(seed)
    n_walks = max(1, round(duration_s / every_s))
    walks = [_walk(rng, view) for _ in range(n_walks)]
    cast = [people[number % len(people)] for number in range(n_walks)]
    if duration_s < (longest := max(walk.ends_s for walk in walks) + FIRST_S):
        raise ValueError(f"a scene of {duration_s:.1f} s has no room for a walk of {longest:.1f} s")
    return tuple(
        replace(
            walk,
            person=person,
            starts_s=FIRST_S
            + (number + float(rng.uniform(0.1, 0.9))) / n_walks * (duration_s - FIRST_S - walk.ends_s),
            stature_m=float(rng.uniform(*STATURE_M)),
            clothes=int(rng.integers(len(WARDROBE))),
        )
        for number, (walk, person) in enumerate(zip(walks, cast, strict=True))
    )


def in_view_s(walk: Walk, view: View) -> float:
    """How long the whole face is within the picture's sides."""
    return STEP_S * len(_in_view(walk, view))


def widest_face_px(walk: Walk, view: View) -> float:
    """How wide the face grows while it is in view; 0 where it never is."""
    return max((FACE_M * view.focal_px / z for _, z in _in_view(walk, view)), default=0.0)


def _in_view(walk: Walk, view: View) -> list[tuple[float, float]]:
    moments = np.arange(walk.starts_s, walk.ends_s, STEP_S)
    places = [walk.place(float(moment)) for moment in moments]
    return [(x, z) for x, z in places if abs(x) + FACE_M / 2 < view.half_width_m(z)]


def _walk(rng: np.random.Generator, view: View) -> Walk:
    """One of three kinds of walk, drawn until time and size are within their bounds."""
    kind = (_coming, _slanting, _crossing)[int(rng.integers(3))]
    for _ in range(TRIES):
        walk = kind(rng, view)
        seconds, width_px = in_view_s(walk, view), widest_face_px(walk, view)
        if _is_within(seconds, IN_VIEW_S) and _is_within(width_px, WIDEST_FACE_PX):
            return walk
    raise ValueError(f"no walk of {IN_VIEW_S} s with a face of {WIDEST_FACE_PX} px fits into {view}")


def _coming(rng: np.random.Generator, view: View) -> Walk:
    """From afar towards the camera, and out of the view to a side."""
    side, near_m = _side(rng), _near_m(rng, view)
    lane = float(rng.choice(LANES_M))
    return Walk("", 0.0, (lane, FAR_M), (side * _edge_m(view, near_m), near_m), _speed(rng))


def _slanting(rng: np.random.Generator, view: View) -> Walk:
    """In on one side, out on the other, and nearer there."""
    side, near_m = _side(rng), _near_m(rng, view)
    far_m = near_m + float(rng.uniform(1.5, 5.5))
    return Walk("", 0.0, (-side * _edge_m(view, far_m), far_m), (side * _edge_m(view, near_m), near_m), _speed(rng))


def _crossing(rng: np.random.Generator, view: View) -> Walk:
    """Across the view at one distance: in view for hardly longer than from one key frame to the next."""
    side, near_m = _side(rng), _near_m(rng, view)
    edge = side * _edge_m(view, near_m)
    return Walk("", 0.0, (-edge, near_m), (edge, near_m), _speed(rng))


def _edge_m(view: View, z: float) -> float:
    return view.half_width_m(z) + 0.5


def _near_m(rng: np.random.Generator, view: View) -> float:
    """A distance at which a face is as wide as the widest may be; drawn evenly by width, not by distance."""
    return FACE_M * view.focal_px / float(rng.uniform(*WIDEST_FACE_PX))


def _side(rng: np.random.Generator) -> int:
    return int(rng.choice([-1, 1]))


def _speed(rng: np.random.Generator) -> float:
    return float(rng.uniform(*SPEED_M_S))


def _is_within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
