"""Plans of a busy hall, made to be hard to follow: people who meet, overtake and come one behind the other.

    scene = busy_scene(["Ada", "Ben", ...], seed=1)
    clip = make_clip(scene, photos, folder)

Everybody walks once. Where `stroll` shows a demonstration, this shows what costs a tracker its people, through the
wide lens and with the grain of an ordinary camera.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

import numpy as np

from patrol.demo.figures import WARDROBE
from patrol.demo.scene import FAR_M, PAST_M, SPEED_M_S, STATURE_M, Scene, Walk
from patrol.demo.view import View

#: 49 degrees across at 720 lines: a face is 22 px wide at 10 m and 45 px at 5 m, what a ceiling dome has of a hall.
WIDE = View(resolution_wh=(1280, 720), focal_px=1400.0, horizon_px=93.0)
NOISE_SIGMA = 4.0  # of 255: indoor light, as patrol/eval/spoil.py has it; 6 is a small sensor in poor light
SCENE_S = 20.0
HALLS = ("concourse", "mall", "platform")
CROSSING_M = (4.5, 10.0)  # how far away people cross the view
BEHIND_M = (0.35, 0.8)  # between the ways of two who meet: the nearer one covers the other
HURRY = 1.25  # how much faster the one who overtakes walks


def busy_scene(
    people: Sequence[str],
    seed: int,
    duration_s: float = SCENE_S,
    noise_sigma: float = NOISE_SIGMA,
    view: View = WIDE,
) -> Scene:
    """A scene in which these people walk by, two and two."""
    walks = crowd(people, duration_s, seed, view)
    return Scene(walks, duration_s, seed, HALLS[seed % len(HALLS)], view=view, noise_sigma=noise_sigma)


def crowd(people: Sequence[str], duration_s: float, seed: int, view: View = WIDE) -> tuple[Walk, ...]:
    """Plan one walk for each person: by turns two meet, one overtakes another, and two come one behind the other.

    Starts are spread evenly over the time; somebody whose walk takes longer than that is left out.
    """
    rng = np.random.default_rng(seed)
    pairs = [people[place : place + 2] for place in range(0, len(people), 2)]
    walks: list[Walk] = []
    for number, (pair, plan) in enumerate(zip(pairs, cycle((_meeting, _overtaking, _coming)), strict=False)):
        planned = plan(rng, view)[: len(pair)]
        share = (number + 0.5) / len(pairs)
        walks += [_cast(walk, person, share, duration_s, rng) for walk, person in zip(planned, pair, strict=True)]
    return tuple(walk for walk in walks if walk.ends_s <= duration_s)


def _cast(walk: Walk, person: str, share: float, duration_s: float, rng: np.random.Generator) -> Walk:
    """Give a walk its person and its start: `share`, 0..1, of the time that it may start in, and its own delay."""
    spare_s = max(0.0, duration_s - walk.ends_s)
    return replace(
        walk,
        person=person,
        starts_s=walk.starts_s + share * spare_s,
        stature_m=float(rng.uniform(*STATURE_M)),
        clothes=int(rng.integers(len(WARDROBE))),
    )


def _meeting(rng: np.random.Generator, view: View) -> tuple[Walk, Walk]:
    """Two cross the view in opposite directions and meet in its middle, one right behind the other."""
    z = float(rng.uniform(*CROSSING_M))
    speed = _speed(rng)
    return _across(view, z, -1, speed), _across(view, z + float(rng.uniform(*BEHIND_M)), 1, speed)


def _overtaking(rng: np.random.Generator, view: View) -> tuple[Walk, Walk]:
    """Two cross in one direction; the one who starts later catches up with the other before they leave."""
    z, side = float(rng.uniform(*CROSSING_M)), int(rng.choice([-1, 1]))
    slow = _across(view, z + float(rng.uniform(*BEHIND_M)), side, _speed(rng))
    fast = _across(view, z, side, slow.speed_m_s * HURRY)
    return slow, replace(fast, starts_s=(slow.ends_s - fast.ends_s) / 2)


def _coming(rng: np.random.Generator, view: View) -> tuple[Walk, Walk]:
    """Two come towards the camera in one lane, the second half covered by the first."""
    lane, side = float(rng.uniform(-1.5, 1.5)), int(rng.choice([-1, 1]))
    out_x = side * (view.half_width_m(PAST_M) + 0.5)
    first = Walk("", 0.0, (lane, FAR_M), (out_x, PAST_M), _speed(rng))
    return first, replace(first, starts_s=float(rng.uniform(0.6, 1.0)), from_xz=(lane + 0.15, FAR_M))


def _across(view: View, z: float, side: int, speed_m_s: float) -> Walk:
    edge = side * (view.half_width_m(z) + 0.5)
    return Walk("", 0.0, (edge, z), (-edge, z), speed_m_s)


def _speed(rng: np.random.Generator) -> float:
    return float(rng.uniform(*SPEED_M_S))
