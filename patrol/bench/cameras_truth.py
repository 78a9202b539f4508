"""When who walked by which camera, from the films and the server's word on when it began to play them.

Times are UNIX seconds by this machine's clock, and are those of the capture: of when a real camera's shutter would
have opened. Nothing here asks patrol.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from patrol.bench.cameras_scenes import Camera
from patrol.demo.scene import Passage, Sighting

LARGE_PX = 50.0  # a face from here on ought to be enough: what the second latency counts from


@dataclass(frozen=True, slots=True)
class Play:
    """One showing of a film to one client, round after round."""

    camera: Camera
    began_at: float  #: when `camera.first_frame` was captured
    ended_at: float = float("inf")  #: when the next client's showing began: cameras of this benchmark have one

    def captured_at(self, frame: int, near: float) -> float:
        """When a frame of the film was captured, in the round in which that is nearest to the time `near`."""
        film = self.camera.film
        first = self.began_at + (frame - self.camera.first_frame) / film.truth.fps
        return first + round((near - first) / film.seconds) * film.seconds

    def rounds(self, start: float, end: float) -> Iterator[float]:
        """When frame 0 was captured, or would have been, in each round that touches the time from start to end."""
        seconds = self.camera.film.seconds
        zero = self.captured_at(0, start)
        if zero > start:
            zero -= seconds
        while zero < min(end, self.ended_at):
            yield zero
            zero += seconds


@dataclass(frozen=True, slots=True)
class Expected:
    """One passage of one person before one camera, as it really was."""

    camera_id: str
    film: str  #: the clip's name: the same film makes the same passage on every camera that shows it
    passage: int  #: its place in the film's truth
    person: str
    is_listed: bool
    began_at: float  #: the first frame with the whole face
    ended_at: float  #: the last one
    large_at: float | None  #: the first frame with a face of LARGE_PX; None where it never grows to that

    @property
    def key(self) -> tuple[str, int]:
        return self.film, self.passage


def plays_of(cameras: Sequence[Camera], said: Sequence[tuple[str, float]]) -> dict[str, list[Play]]:
    """The showings of each camera by its id, oldest first. said: path and time, as the server told them."""
    by_path = {camera.path: camera for camera in cameras}
    plays: dict[str, list[Play]] = {camera.id: [] for camera in cameras}
    for path, began_at in said:
        own = plays[by_path[path].id]
        if own:
            own[-1] = Play(own[-1].camera, own[-1].began_at, began_at)
        own.append(Play(by_path[path], began_at))
    return plays


def expected(plays: Sequence[Play], listed: frozenset[str], start: float, end: float) -> list[Expected]:
    """The passages that began before one camera at `start` or later, and were over by `end`."""
    return [
        passage
        for play in plays
        for passage in _shown(play, listed, start, end)
        if max(start, play.began_at) <= passage.began_at and passage.ended_at <= min(end, play.ended_at)
    ]


def touched(plays: Sequence[Play], listed: frozenset[str], start: float, end: float) -> list[Expected]:
    """Every passage of which anything was to be seen between `start` and `end`."""
    return [passage for play in plays for passage in _shown(play, listed, start, end)]


def play_at(plays: Sequence[Play], moment: float) -> Play | None:
    """The showing that was on at a time."""
    return next((play for play in reversed(plays) if play.began_at <= moment), None)


def _shown(play: Play, listed: frozenset[str], start: float, end: float) -> Iterator[Expected]:
    low, high = max(start, play.began_at), min(end, play.ended_at)
    for zero in play.rounds(low, high):
        for number, passage in enumerate(play.camera.film.truth.passages):
            shown = _expected(play, number, passage, zero, listed)
            if low <= shown.ended_at and shown.began_at <= high:
                yield shown


def _expected(play: Play, number: int, passage: Passage, zero: float, listed: frozenset[str]) -> Expected:
    fps = play.camera.film.truth.fps
    large = next((each.frame for each in passage.sightings if _width_px(each) >= LARGE_PX), None)
    return Expected(
        camera_id=play.camera.id,
        film=play.camera.film.clip.video.stem,
        passage=number,
        person=passage.person,
        is_listed=passage.person in listed,
        began_at=zero + passage.sightings[0].frame / fps,
        ended_at=zero + passage.sightings[-1].frame / fps,
        large_at=None if large is None else zero + large / fps,
    )


def _width_px(sighting: Sighting) -> float:
    return sighting.box_xyxy[2] - sighting.box_xyxy[0]
