"""The frames both sides look at, decoded beforehand."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np

import patrol
from patrol.demo.simulation import film
from patrol.values import BgrPicture, Frame, PatrolError

STREET = Path(patrol.__file__).parent.parent.parent / "shared" / "data" / "clips" / "street.mp4"
EVERY = 26  # frames of street.mp4: a look a second, and never twice the same place in its groups of pictures
MAX_FRAMES = 8  # the reference takes over a second for each
START = datetime(2026, 1, 1, tzinfo=UTC)


class NoFrames(PatrolError):
    """The clip holds no picture."""


@dataclass(frozen=True, slots=True)
class Source:
    """Some frames of one clip, in order, with the times they have in it."""

    name: str
    frames: list[Frame]


def choose_clip(cache: Path, street: Path = STREET) -> Path:
    """The street clip where the test data is, else the demo's scene, filmed into `cache` when it is not there."""
    if street.is_file():
        return street
    clips = film(cache, lambda *_told, **_fields: None)
    return next(iter(clips.values())).video


def read_frames(clip: Path, every: int = EVERY, at_most: int = MAX_FRAMES) -> Source:
    """Decode every n-th frame of a clip into BGR."""
    with av.open(str(clip)) as container:
        chosen = itertools.islice(container.decode(video=0), 0, every * at_most, every)
        frames = [_frame(number * every, decoded) for number, decoded in enumerate(chosen)]
    if not frames:
        raise NoFrames(f"{clip} holds no picture")
    width, height = frames[0].picture.resolution_wh
    return Source(f"{clip.name}, {len(frames)} frames of {width}x{height}, every {every}th", frames)


def _frame(number: int, decoded: av.VideoFrame) -> Frame:
    taken_at = START + timedelta(seconds=decoded.time or 0.0)
    return Frame("bench", number, taken_at, BgrPicture(np.asarray(decoded.to_ndarray(format="bgr24"), np.uint8)))
