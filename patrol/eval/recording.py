"""What the detector and the embedder see in a video, frame by frame: computed once, kept, and replayed at any pace.

Decoding, detecting and embedding is what costs; tracker and decision are measured on the replay. The file in the
cache is named by the video's bytes and by the recipe that the faces follow from, so a stale one is never read. It
holds a template of everybody who passed: only its owner reads it, and it goes with the run unless it is to be kept.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np

from patrol.eval.refusals import CannotMeasure
from patrol.eval.truth import Truth
from patrol.faces.finder import Finder
from patrol.streams.picture import DecodedPicture
from patrol.values import Face, Frame, PatrolError, Quality, Template, Uint8

START = datetime(2026, 1, 1, tzinfo=UTC)
TOLD_EVERY = 25  # frames
OWNERS_ONLY = 0o600

Tell = Callable[[int], None]  #: how many frames are seen


class NotDecoded(PatrolError):
    """A recording holds faces, not pictures."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Stands for the picture of a replayed frame; nothing that is measured looks at it."""

    resolution_wh: tuple[int, int]

    def bgr(self) -> Uint8:
        raise NotDecoded


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """The faces of every frame of one video."""

    fps: float
    resolution_wh: tuple[int, int]
    faces: tuple[tuple[Face, ...], ...]  #: one a frame

    @property
    def length_s(self) -> float:
        return len(self.faces) / self.fps

    def replay(self, looks_per_s: float) -> Iterator[tuple[Frame, list[Face]]]:
        """Every n-th frame with its faces, so that `looks_per_s` of them are a second; at most all of them."""
        step = max(1.0, self.fps / looks_per_s)
        for number in np.unique(np.arange(0.0, len(self.faces), step).astype(int)).tolist():
            taken_at = START + timedelta(seconds=number / self.fps)
            yield Frame("recorded", number, taken_at, Unseen(self.resolution_wh)), list(self.faces[number])


def record(video: Path, finder: Finder, recipe: str, cache: Path, tell: Tell = lambda _n: None) -> Recording:
    """See every frame of a video, or read it from the folder `cache` where the same recipe was used before.

    recipe: the hash of weights, arithmetic and code (patrol.eval.cache.recipe_of).
    """
    kept = cache / f"{video.stem}-{_key(video, recipe)}.npz"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part.npz")
        _write(part, _see(video, finder, tell))
        part.replace(kept)
    kept.chmod(OWNERS_ONLY)
    return _read(kept)


def forget(cache: Path) -> None:
    """Delete every recording in the folder `cache`, those that a run left which was killed included."""
    for path in cache.glob("*.npz"):
        path.unlink(missing_ok=True)


def check_truth(truth: Truth, recording: Recording, video: Path) -> None:
    """Refuse the truth of another video."""
    says = (truth.n_frames, *truth.resolution_wh)
    is_there = (len(recording.faces), *recording.resolution_wh)
    if says != is_there:
        frames, width, height = says
        raise CannotMeasure(
            "truth_of_another_video",
            path=video,
            truth=f"{frames} x {width}x{height}",
            video="{} x {}x{}".format(*is_there),
        )


def _see(video: Path, finder: Finder, tell: Tell) -> Recording:
    """Decode, detect and embed; CannotMeasure where nothing can be decoded."""
    faces: list[tuple[Face, ...]] = []
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            fps = float(stream.average_rate or stream.guessed_rate or 0.0)
            for number, decoded in enumerate(container.decode(stream)):
                frame = Frame("recorded", number, START, DecodedPicture(decoded))
                faces.append(tuple(finder.find([frame])[0]))
                if number % TOLD_EVERY == 0:
                    tell(number + 1)
    except (av.FFmpegError, IndexError, OSError) as error:
        raise CannotMeasure("video_unreadable", path=video, problem=error) from None
    if not faces or not fps:
        raise CannotMeasure("video_unreadable", path=video, problem="no picture")
    return Recording(fps, frame.picture.resolution_wh, tuple(faces))


def _key(video: Path, recipe: str) -> str:
    with video.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(recipe.encode())
    return digest.hexdigest()[:16]


def _write(path: Path, recording: Recording) -> None:
    faces = [face for frame in recording.faces for face in frame]
    vectors = [face.template.vector for face in faces if face.template is not None]
    embedders = {(face.template.embedder, face.template.format) for face in faces if face.template is not None}
    path.touch(mode=OWNERS_ONLY)
    np.savez(
        path,
        about=json.dumps([recording.fps, *recording.resolution_wh, *embedders]),
        counts=np.array([len(frame) for frame in recording.faces], np.int32),
        boxes_xyxy=np.array([face.box_xyxy for face in faces], np.float32).reshape(-1, 4),
        landmarks_xy=np.array([face.landmarks_xy for face in faces], np.float32).reshape(-1, 5, 2),
        scores=np.array([face.score for face in faces], np.float32),
        qualities=json.dumps([asdict(face.quality) for face in faces]),
        is_embedded=np.array([face.template is not None for face in faces], bool),
        vectors=np.array(vectors, np.float32),
    )


def _read(path: Path) -> Recording:
    with np.load(path) as kept:
        fps, width, height, *embedders = json.loads(str(kept["about"]))
        vectors = iter(kept["vectors"])
        name, format = embedders[0] if embedders else ("", "")
        templates = [Template(name, next(vectors), format) if is_there else None for is_there in kept["is_embedded"]]
        qualities = [
            Quality(**{**one, "refusals": tuple(one["refusals"])}) for one in json.loads(str(kept["qualities"]))
        ]
        columns = (kept["boxes_xyxy"], kept["landmarks_xy"], kept["scores"].tolist(), qualities, templates)
        faces = [Face(*row) for row in zip(*columns, strict=True)]
        return Recording(fps, (width, height), _by_frame(faces, kept["counts"].tolist()))


def _by_frame(faces: Sequence[Face], counts: Sequence[int]) -> tuple[tuple[Face, ...], ...]:
    ends = np.cumsum(counts).tolist()
    return tuple(tuple(faces[end - count : end]) for end, count in zip(ends, counts, strict=True))
