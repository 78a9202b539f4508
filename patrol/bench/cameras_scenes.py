"""What the cameras of the benchmark show: halls with nobody, with few and with many passages, and who is looked for.

The faces are the demo's portraits, which Python packages ship. Of three public figures one photo is on the watchlist
and another, years apart, walks by; three others walk by as strangers, so every second passage is a listed one.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from patrol.demo.clip import Clip, Encoding, make_clip
from patrol.demo.heads import HeadPhoto
from patrol.demo.portraits import catalogue
from patrol.demo.scene import Scene, Truth, read_truth
from patrol.demo.site import cast_photos
from patrol.demo.traffic import SCENE_S, traffic_scene
from patrol.demo.view import View

EVERY_S: Mapping[str, float | None] = {"empty": None, "sparse": 30.0, "busy": 5.0}
#: Half of the cameras are empty, a third sparse, the rest busy; in this order, begun again after the sixth.
MIX = ("empty", "sparse", "empty", "busy", "empty", "sparse")
WALKERS = (
    "obama-2005",
    "biden",
    "macron-2025",
    "collins",
    "ardern-2022",
    "sunak",
)  # portraits; by turns listed or not
ENROLLED = ("obama-2012", "macron-2014", "ardern-2018")
BIT_RATE = 2_000_000
N_VARIANTS = 3  # scenes of each kind: one a hall
FIRST_GOPS = (50, 17, 34)  # frames: so that key frames of cameras that begin together do not coincide
SEED_OF_KIND = {"empty": 0, "sparse": 100, "busy": 200}
N_PROCESSES = 2  # that film at once

Tell = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Filming:
    """How much to film."""

    scene_s: float = SCENE_S
    n_variants: int = N_VARIANTS
    kinds: tuple[str, ...] = ("empty", "sparse", "busy")
    view: View | None = None  #: 1080p where None


@dataclass(frozen=True, slots=True)
class Film:
    """One clip that a camera shows again and again, and what is to be seen in it."""

    kind: str
    clip: Clip
    truth: Truth
    first_gop: int  #: frames of its first group of pictures; all others are of two seconds

    @property
    def seconds(self) -> float:
        """How long a round takes: the server begins the next one at the last frame's time, not after it."""
        return (self.truth.n_frames - 1) / self.truth.fps

    @property
    def whole_s(self) -> float:
        """How long to look, from any moment on, to see every passage whole: a round, and the longest of them."""
        passages = self.truth.passages
        frames = [each.sightings[-1].frame - each.sightings[0].frame + 1 for each in passages]
        return self.seconds + (max(frames, default=0) + 1) / self.truth.fps

    def key_frames(self) -> list[int]:
        """The frames that a client may begin with."""
        return [0, *range(self.first_gop, self.truth.n_frames, 2 * self.truth.fps)]


@dataclass(frozen=True, slots=True)
class Camera:
    """One simulated camera: its id, its film, and with which frame it begins."""

    id: str
    film: Film
    first_frame: int = 0

    @property
    def path(self) -> str:
        return f"/{self.id}"

    def mount(self) -> dict[str, object]:
        """What the RTSP server is given."""
        begins_s = self.first_frame / self.film.truth.fps
        return {"path": self.path, "file": str(self.film.clip.video.absolute()), "starts_s": begins_s}


def listed_people() -> frozenset[str]:
    return frozenset(catalogue()[name].person for name in ENROLLED)


def make_films(cache: Path, wanted: Filming, tell: Tell) -> dict[str, tuple[Film, ...]]:
    """The films by kind: made by two processes, or found in `cache` from an earlier run."""
    photos = cast_photos(cache / "portraits", WALKERS)
    tasks = [(kind, variant) for kind in wanted.kinds for variant in range(wanted.n_variants)]
    made: dict[str, list[Film]] = {kind: [] for kind in wanted.kinds}
    with ProcessPoolExecutor(N_PROCESSES) as pool:
        jobs = [pool.submit(_film, *task, wanted, photos, cache / "clips") for task in tasks]
        for number, (task, job) in enumerate(zip(tasks, jobs, strict=True), 1):
            made[task[0]].append(job.result())
            tell("filmed", n=number, total=len(tasks))
    return {kind: tuple(films) for kind, films in made.items()}


def place_cameras(films: Mapping[str, Sequence[Film]], n_cameras: int, mix: Sequence[str] = MIX) -> list[Camera]:
    """As many cameras in the shares of the mix; those with one film begin at different key frames of it."""
    placed: list[Camera] = []
    of_film: dict[int, int] = {}
    for number in range(n_cameras):
        kind = mix[number % len(mix)]
        n_before = sum(each.film.kind == kind for each in placed)
        film = films[kind][n_before % len(films[kind])]
        turn = of_film.setdefault(id(film), 0)
        of_film[id(film)] = turn + 1
        placed.append(Camera(f"camera-{number:03}", film, _begins_with(film, turn)))
    return placed


def every_film_once(films: Mapping[str, Sequence[Film]]) -> list[Camera]:
    """A camera for each film with people in it, from its beginning: what recall is measured against."""
    peopled = [film for kind in films for film in films[kind] if film.truth.passages]
    return [Camera(f"alone-{number:03}", film) for number, film in enumerate(peopled)]


def scene_of(kind: str, variant: int, wanted: Filming) -> Scene:
    """The plan of one film; an empty hall is filmed for half the time, for nothing happens in it."""
    every_s, seconds = EVERY_S[kind], wanted.scene_s
    cast = [catalogue()[name].person for name in WALKERS]
    cast = cast[2 * variant :] + cast[: 2 * variant]
    seconds = seconds if every_s is not None else seconds / 2
    return traffic_scene(cast, every_s, SEED_OF_KIND[kind] + variant, seconds, wanted.view)


def _film(kind: str, variant: int, wanted: Filming, photos: Sequence[HeadPhoto], folder: Path) -> Film:
    first_gop = FIRST_GOPS[variant % len(FIRST_GOPS)]
    encoding = Encoding(BIT_RATE, first_gop)
    clip = make_clip(scene_of(kind, variant, wanted), photos, folder, encoding)
    return Film(kind, clip, read_truth(clip.truth_file), first_gop)


def _begins_with(film: Film, turn: int) -> int:
    """Cameras of one film are spread over it by the golden ratio: however many there are, they lie apart."""
    keys = film.key_frames()
    return keys[int(turn * 0.618034 % 1.0 * len(keys))]
