"""Films walk-by videos with the people of a folder, for `patrol eval` to measure passages on.

Who walks is filmed from the last of their photos; the first is left for the watchlist, and never filmed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from patrol.demo.clip import Clip, make_clip
from patrol.demo.crowd import NOISE_SIGMA, SCENE_S, busy_scene
from patrol.demo.heads import HeadPhoto
from patrol.eval.folder import Folder
from patrol.eval.looking import middle_face
from patrol.eval.refusals import CannotMeasure
from patrol.faces.finder import Finder

MIN_PHOTOS = 2  # one for the watchlist, one to be filmed

Tell = Callable[[int, int], None]  #: how many scenes of how many are there


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to film."""

    n_scenes: int = 12
    n_people: int = 18  #: a scene; some six of them are in view at once
    seed: int = 1
    seconds: float = SCENE_S
    noise_sigma: float = NOISE_SIGMA  #: of 255


def film_walks(people: Folder, finder: Finder, plan: Plan, out: Path, tell: Tell) -> list[Clip]:
    """Film the scenes into `out`; those that are there from an earlier run are taken as they are.

    CannotMeasure where the folder has too few people with two photos in which a face is found.
    """
    photos = _cast(people, finder, plan)
    clips = []
    for number in range(plan.n_scenes):
        cast = photos[number * plan.n_people : (number + 1) * plan.n_people]
        scene = busy_scene([photo.person for photo in cast], plan.seed + number, plan.seconds, plan.noise_sigma)
        clips.append(make_clip(scene, cast, out))
        tell(number + 1, plan.n_scenes)
    return clips


def _cast(people: Folder, finder: Finder, plan: Plan) -> list[HeadPhoto]:
    """As many people as the plan takes, each once, in an order drawn by its seed."""
    able = people.able(MIN_PHOTOS)
    wanted = plan.n_scenes * plan.n_people
    order = np.random.default_rng(plan.seed).permutation(len(able))
    cast = list(_taken(photographed(people, finder, [able[place] for place in order]), wanted))
    if len(cast) < wanted:
        raise CannotMeasure("too_few_walkers", n=len(cast), wanted=wanted, path=people.path)
    return cast


def _taken(photos: Iterator[HeadPhoto], wanted: int) -> Iterator[HeadPhoto]:
    for _, photo in zip(range(wanted), photos, strict=False):
        yield photo


def photographed(people: Folder, finder: Finder, names: Sequence[str]) -> Iterator[HeadPhoto]:
    """The last photo of each, with the landmarks of the face in its middle; who has none there is passed over."""
    for name in names:
        pixels = cv2.imread(str(people.photos[people.people[name][-1]]))
        face = None if pixels is None else middle_face(finder.examine(np.asarray(pixels, np.uint8)), pixels)
        if face is not None:
            yield HeadPhoto(name, np.asarray(pixels, np.uint8), face.landmarks_xy)
