"""The room's front door: pictures in, faces with quality and template out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from patrol.faces.align import ARCFACE, align
from patrol.faces.detect import LONGEST_SIDE_PX, Detector, detector_of
from patrol.faces.embed import Embedder
from patrol.faces.int8 import quantised
from patrol.faces.quality import ENROLMENT, VIDEO, Bar, judged, measure
from patrol.faces.runtime import choose_runtime, leave_cores_to_networks
from patrol.faces.thresholds import Thresholds, thresholds_of
from patrol.faces.weights import require
from patrol.values import Face, Float32, Frame, Part, Quality, Template, Uint8

log = structlog.get_logger()

FILLED_SIDE_PX = 320  # a still filled by one face: YuNet misses 3 faces of 20 at 600 px wide, none up to 400 px


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A face before it is embedded."""

    box_xyxy: Float32
    landmarks_xy: Float32
    score: float
    quality: Quality
    chip_bgr: Uint8 | None  #: None where it is not worth a template


class Finder:
    """Finds and embeds faces. Safe to use from many threads."""

    def __init__(
        self, detector: Detector, embedder: Embedder, thresholds: Thresholds, runtime: str, video_bar: Bar = VIDEO
    ) -> None:
        self._detector = detector
        self._embedder = embedder
        self._video_bar = video_bar
        self.thresholds = thresholds
        self.runtime = runtime

    @property
    def embedder(self) -> str:
        """The embedder's name with its version, as templates carry it."""
        return self._embedder.name

    def find(self, frames: Sequence[Frame]) -> list[list[Face]]:
        """The faces of each frame of video, best score first; refused ones have no template."""
        seen = [self._see(frame.picture.bgr(), self._video_bar, part=frame.part) for frame in frames]
        return self._faces(seen, self._embedder.embed)

    def glance(self, frame: Frame) -> Float32:
        """Where there is anything like a face in a small frame; what it is, a larger one will say.

        Returns float32 (N, 4): x, y, x, y in pixels of the frame.
        """
        return self._detector.glance(frame.picture.bgr()).boxes_xyxy

    def examine(self, pixels_bgr: Uint8) -> list[Face]:
        """The faces of one still, held to the bar for enrolment. pixels_bgr: uint8 (H, W, 3), BGR.

        None where the picture is upside down: what is found in it then is a chin with eyes.
        A refused face has a template all the same where video would take it: it may be let in as weak.
        """
        seen = self._see(pixels_bgr, ENROLMENT) or self._see(pixels_bgr, ENROLMENT, FILLED_SIDE_PX)
        if seen and self._is_upside_down(pixels_bgr, seen[0].score):
            return []
        return self._faces([seen], self._embedder.embed_stills)[0]

    def _is_upside_down(self, pixels_bgr: Uint8, best_score: float) -> bool:
        """YuNet takes 59 of 61 faces on their head for upright ones, and scores each of 241 upright ones higher."""
        turned = self._detector.detect(np.ascontiguousarray(pixels_bgr[::-1, ::-1]))
        return len(turned.scores) > 0 and float(turned.scores.max()) > best_score

    def cut(self, pixels_bgr: Uint8, landmarks_xy: Float32) -> Uint8:
        """The chip that this embedder wants of one face whose landmarks are known.

        pixels_bgr: uint8 (H, W, 3), BGR; landmarks_xy: float32 (5, 2), its pixels.
        Returns uint8 (side, side, 3), BGR.
        """
        return align(pixels_bgr, landmarks_xy, self._embedder.chip)

    def embed(self, chips_bgr: Sequence[Uint8]) -> list[Template]:
        """A template of each chip that `cut` made."""
        return self._embedder.embed(chips_bgr)

    def _see(
        self, pixels_bgr: Uint8, bar: Bar, longest_side_px: int = LONGEST_SIDE_PX, part: Part | None = None
    ) -> list[_Seen]:
        found = self._detector.detect(pixels_bgr, longest_side_px, part)
        rows = zip(found.boxes_xyxy, found.landmarks_xy, found.scores, strict=True)
        return [self._judge(pixels_bgr, box, landmarks, float(score), bar) for box, landmarks, score in rows]

    def _judge(self, pixels_bgr: Uint8, box_xyxy: Float32, landmarks_xy: Float32, score: float, bar: Bar) -> _Seen:
        height, width = pixels_bgr.shape[:2]
        arcface_bgr = align(pixels_bgr, landmarks_xy, ARCFACE)
        quality = measure(box_xyxy, landmarks_xy, arcface_bgr, (width, height), bar)
        if judged(quality, self._video_bar).refusals:
            return _Seen(box_xyxy, landmarks_xy, score, quality, None)
        chip = self._embedder.chip
        chip_bgr = arcface_bgr if chip is ARCFACE else align(pixels_bgr, landmarks_xy, chip)
        return _Seen(box_xyxy, landmarks_xy, score, quality, chip_bgr)

    def _faces(
        self, seen: Sequence[Sequence[_Seen]], embed: Callable[[Sequence[Uint8]], list[Template]]
    ) -> list[list[Face]]:
        """Embed what passed the gate, all pictures in one batch, and put every face back to its picture."""
        chips = [face.chip_bgr for faces in seen for face in faces if face.chip_bgr is not None]
        templates = iter(embed(chips))
        return [[_complete(face, next(templates) if face.chip_bgr is not None else None) for face in faces]
                for faces in seen]  # fmt: skip


def _complete(seen: _Seen, template: Template | None) -> Face:
    return Face(seen.box_xyxy, seen.landmarks_xy, seen.score, seen.quality, template)


def open_finder(
    models_dir: Path,
    *,
    embedder: str = "sface",
    detector: str = "yunet",
    runtime: str = "auto",
    precision: str = "auto",
    threads: int = 2,
    video_bar: Bar = VIDEO,
) -> Finder:
    """Load the named detector and embedder; WeightsMissing says what to pull where they are not there.

    In int8 the embedder alone is: a landmark that rounding moves by a pixel costs more than the arithmetic saves.
    """
    detector_weights, detector_path = require(models_dir, detector)
    embedder_weights, embedder_path = require(models_dir, embedder)
    if precision == "int8":
        embedder_path = quantised(embedder_path, embedder_weights.input)
    leave_cores_to_networks()
    chosen = choose_runtime([embedder_path, detector_path], runtime, precision, threads)
    log.info("faces ready", detector=detector_weights.version, embedder=embedder_weights.version, runtime=str(chosen))
    return Finder(
        detector_of(chosen.open(detector_path), detector_weights),
        Embedder(chosen.open(embedder_path, at_once=chosen.threads), embedder_weights),  # faces come in batches
        thresholds_of(embedder_weights.version, embedder_weights.format),
        str(chosen),
        video_bar,
    )
