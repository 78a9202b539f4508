"""A film that was never filmed: only its truth, which is all that times and passages are reckoned from."""

from pathlib import Path

from patrol.bench.cameras_scenes import Camera, Film
from patrol.demo.clip import Clip
from patrol.demo.scene import Passage, Sighting, Truth

FPS = 25
FRAMES = 1000


def passage(person: str, first: int, last: int, width_px: float = 80.0) -> Passage:
    """A face that grows from 40 px to `width_px` in even steps."""
    n = max(1, last - first)
    widths = {frame: 40 + (width_px - 40) * (frame - first) / n for frame in range(first, last + 1)}
    sightings = tuple(Sighting(frame, (100.0, 100.0, 100.0 + width, 150.0), 0.0) for frame, width in widths.items())
    return Passage(person, "towards", sightings)


def film(*passages: Passage, name: str = "scene", kind: str = "busy", n_frames: int = FRAMES) -> Film:
    clip = Clip(Path(f"{name}.mp4"), Path(f"{name}.json"), Path(f"{name}.npy"))
    return Film(kind, clip, Truth(FPS, n_frames, (1920, 1080), 1, passages), first_gop=17)


def camera(*passages: Passage, id: str = "gate", first_frame: int = 0) -> Camera:
    return Camera(id, film(*passages), first_frame)
