"""Videos for the measuring of passages that need no weights: drawn faces that walk, and the truth about them."""

from collections.abc import Sequence

import numpy as np

from patrol.eval.passages import Portraits
from patrol.eval.recording import Recording
from patrol.eval.truth import Passage, Sighting, Truth
from patrol.matching.impostors import ImpostorTail
from patrol.matching.prior import Prior
from patrol.values import Face
from tests.faces.walkers import Walker, template_of

FPS = 10.0
RESOLUTION_WH = (1920, 1080)
#: Of the drawn people; draws nobody, so that a cohort is the list and the volunteers.
PRIOR = Prior("drawn", (), ImpostorTail((0.1, 0.01), (0.1, 0.2)), 0.0, 0.05, ((0.0, 1.0), (1.0, 0.0)), 0, 0, "drawn")


def name_of(person: int) -> str:
    return f"P{person:03}"


def recorded(walkers: Sequence[Walker], seconds: float, more: Sequence[Face] = ()) -> tuple[Recording, Truth]:
    """A video of these walkers, each face with its box in the truth; `more` is in every frame and in no truth."""
    rng = np.random.default_rng(3)
    n_frames = int(seconds * FPS)
    frames: list[tuple[Face, ...]] = []
    seen: list[list[Sighting]] = [[] for _ in walkers]
    for number in range(n_frames):
        looks = [walker.look(number / FPS, number, rng) for walker in walkers]
        frames.append((*(look for look in looks if look is not None), *more))
        for place, look in enumerate(looks):
            if look is not None:
                x0, y0, x1, y1 = look.box_xyxy.tolist()
                seen[place].append(Sighting(number, (x0, y0, x1, y1)))
    passages = tuple(
        Passage(name_of(walker.person), tuple(sightings)) for walker, sightings in zip(walkers, seen, strict=True)
    )
    return Recording(FPS, RESOLUTION_WH, tuple(frames)), Truth(FPS, n_frames, RESOLUTION_WH, passages)


def portraits(n_people: int, noise: float = 0.3) -> Portraits:
    """One portrait of each of the first so many drawn people."""
    rng = np.random.default_rng(5)
    vectors = np.stack([template_of(person, noise, rng).vector for person in range(n_people)])
    return Portraits(tuple(name_of(person) for person in range(n_people)), vectors)
