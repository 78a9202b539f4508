"""Reads a recording: the pictures of a video file, each with its time from the beginning."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import av.error

from patrol.values import PatrolError

USUAL_FPS = 25.0  # where a file does not say
NO_RECORDING = ("tty", "image2")  # libav plays text files, too, as terminal art, and takes a photo for a film
MISSING_S = 2.0  # a file that ends so much earlier than it says was cut off; sound may end a little later


class CannotRead(PatrolError):
    """A file is no recording that can be read. `code` says why, in words/replay.json."""

    def __init__(self, code: str, path: Path, problem: str = "") -> None:
        super().__init__(f"{path}: {code} {problem}".rstrip())
        self.code, self.path, self.problem = code, path, problem


@dataclass(slots=True)
class Footage:
    """An open recording."""

    container: av.container.InputContainer
    video: av.VideoStream
    n_pictures: int = 0
    n_bad: int = 0  #: packets and pictures that could not be decoded whole
    at_s: float = 0.0  #: time of the newest picture

    @property
    def fps(self) -> float:
        return float(self.video.average_rate or self.video.guessed_rate or USUAL_FPS)

    @property
    def length_s(self) -> float | None:
        """How long the file says it is; None where it does not."""
        if self.video.duration is not None and self.video.time_base is not None:
            return float(self.video.duration * self.video.time_base)
        return self.container.duration / av.time_base if self.container.duration else None

    @property
    def is_cut(self) -> bool:
        """Whether the file ended before its end. To be asked when all pictures were read."""
        return self.length_s is not None and self.at_s + 1 / self.fps < self.length_s - MISSING_S

    def pictures(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Every whole picture with its seconds from the first one, which never go back; damage is passed over."""
        first: float | None = None
        for decoded in self._decoded():
            if decoded.is_corrupt:
                self.n_bad += 1
                continue
            if first is None and decoded.time is not None:
                first = decoded.time
            self._advance(decoded.time - (first or 0.0) if decoded.time is not None else None)
            yield self.at_s, decoded

    def _advance(self, at_s: float | None) -> None:
        """A picture without a time, or with an earlier one than the picture before it, comes one picture later."""
        is_first, self.n_pictures = self.n_pictures == 0, self.n_pictures + 1
        if at_s is not None and (at_s > self.at_s or is_first):
            self.at_s = at_s
        elif not is_first:
            self.at_s += 1 / self.fps

    def _decoded(self) -> Iterator[av.VideoFrame]:
        try:
            for packet in self.container.demux(self.video):
                try:
                    yield from packet.decode()
                except av.error.FFmpegError:
                    self.n_bad += 1
        except av.error.FFmpegError:
            self.n_bad += 1  # the container itself is damaged here: nothing can be read behind it


@contextmanager
def open_footage(path: Path, threads: int = 1) -> Iterator[Footage]:
    """Open a recording in any container and codec that libav reads, and close it on every way out.

    threads: how many decode at once; the pictures come in order all the same.
    """
    if path.is_dir():
        raise CannotRead("folder", path)
    if not path.is_file():
        raise CannotRead("no_file", path)
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        raise CannotRead("not_a_video", path, error.strerror or type(error).__name__) from None
    with container:
        if container.format.name in NO_RECORDING or container.format.name.endswith("_pipe"):
            raise CannotRead("not_a_video", path, container.format.long_name)
        video = next(iter(container.streams.video), None)
        if video is None:
            raise CannotRead("no_pictures", path)
        if video.codec_context is None or video.codec_context.name in ("", "none"):
            raise CannotRead("unknown_codec", path)
        video.thread_type, video.codec_context.thread_count = "AUTO", threads
        yield Footage(container, video)
