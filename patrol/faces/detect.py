"""Finds faces: boxes, five landmarks and a score for each, by YuNet or by another network of the manifest."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from patrol.faces import scrfd, yunet
from patrol.faces.closeup import CANDIDATE_SCORE, LIKELY_SCORE, look_again
from patrol.faces.detections import MIN_SCORE, Detections
from patrol.faces.manifest import LANDMARKS, NetworkInput, Weights
from patrol.faces.runtime import Network
from patrol.values import Float32, Part, PatrolError, Uint8

LONGEST_SIDE_PX = 960  # a face 20 px wide at 1080p is 10 px here, the smallest that YuNet was trained on
MAX_OVERLAP = 0.3  # of intersection over union; two heads that pass each other stay two up to here
PART_LENGTHS = (0.25, 0.5, 1.0)  # of a picture's side: what a part that is searched is widened to
LARGEST_STRIDE = 32  # of every reader

#: (outputs, (W, H) of what the network saw, least score) -> what may be faces, pixels of what it saw.
Reader = Callable[[Sequence[Float32], tuple[int, int], float], Detections]
READERS: dict[str, Reader] = {"yunet": yunet.read, "scrfd": scrfd.read}
PIXELS = NetworkInput(name="input", colour="bgr", mean=(0.0, 0.0, 0.0), scale=1.0)  # as YuNet takes them


class NotADetector(PatrolError):
    """These weights do not find faces."""


class Detector:
    """One network that finds faces. Takes pictures of any size; large ones are looked at reduced.

    read: how its outputs are read. takes: how pixels are given to it. order: where left eye, right eye, nose, left
    and right mouth corner stand among its landmarks. face_score: its own score for what is just a face, which becomes
    MIN_SCORE, so that one set of thresholds holds for every network.
    """

    def __init__(
        self,
        network: Network,
        read: Reader = yunet.read,
        takes: NetworkInput = PIXELS,
        order: Sequence[int] = range(len(LANDMARKS)),
        face_score: float = MIN_SCORE,
    ) -> None:
        self._network = network
        self._read = read
        self._takes = takes
        self._order = list(order)
        self._face_score = face_score

    def detect(
        self, pixels_bgr: Uint8, longest_side_px: int = LONGEST_SIDE_PX, part: Part | None = None
    ) -> Detections:
        """Find the faces of a picture, best score first. pixels_bgr: uint8 (H, W, 3), BGR.

        part: where to look, at the scale that the whole picture is looked at; None is everywhere.
        """
        shrink = min(1.0, longest_side_px / max(pixels_bgr.shape[:2]), self._fitting(pixels_bgr))
        left, top, right, bottom = _pixels_of(part, pixels_bgr)
        found = self._look(_reduced(pixels_bgr[top:bottom, left:right], shrink))
        grow, corner_xy = np.float32(1 / shrink), np.array([left, top], np.float32)
        full = Detections(
            found.boxes_xyxy * grow + np.tile(corner_xy, 2), found.landmarks_xy * grow + corner_xy, found.scores
        )
        return _without_doubles(look_again(pixels_bgr, full, self._look))

    def glance(self, pixels_bgr: Uint8, longest_side_px: int = LONGEST_SIDE_PX) -> Detections:
        """What may be faces, likely ones only, without a second look. pixels_bgr: uint8 (H, W, 3), BGR."""
        shrink = min(1.0, longest_side_px / max(pixels_bgr.shape[:2]), self._fitting(pixels_bgr))
        found = self._look(_reduced(pixels_bgr, shrink))
        likely = found.of(np.flatnonzero(found.scores >= LIKELY_SCORE))
        grow = np.float32(1 / shrink)
        return Detections(likely.boxes_xyxy * grow, likely.landmarks_xy * grow, likely.scores)

    def _fitting(self, pixels_bgr: Uint8) -> float:
        """What a picture has to shrink to, to fit into a network of fixed size."""
        if self._takes.wh is None:
            return 1.0
        height, width = pixels_bgr.shape[:2]
        canvas_w, canvas_h = self._takes.wh
        return min(float(canvas_w / width), float(canvas_h / height))

    def _look(self, pixels_bgr: Uint8) -> Detections:
        """Run the network once, at the scale the picture has; everything that may be a face."""
        canvas_bgr = _padded(pixels_bgr, self._takes.wh)
        is_rgb = self._takes.colour == "rgb"
        blob = cv2.dnn.blobFromImage(canvas_bgr, self._takes.scale, mean=self._takes.mean, swapRB=is_rgb)
        canvas_wh = (canvas_bgr.shape[1], canvas_bgr.shape[0])
        floor = CANDIDATE_SCORE * self._face_score / MIN_SCORE
        found = self._read(self._network.run(blob), canvas_wh, floor)
        return _without_doubles(
            Detections(found.boxes_xyxy, found.landmarks_xy[:, self._order], self._on_our_scale(found.scores))
        )

    def _on_our_scale(self, scores: Float32) -> Float32:
        """Move `face_score` to MIN_SCORE, in two straight pieces that leave 0 and 1 where they are."""
        return np.interp(scores, [0.0, self._face_score, 1.0], [0.0, MIN_SCORE, 1.0]).astype(np.float32)


def detector_of(network: Network, weights: Weights) -> Detector:
    """A detector as the manifest describes it."""
    if weights.role != "detector":
        raise NotADetector(f"{weights.version} is an {weights.role}: it does not find faces")
    order = [weights.landmarks.index(landmark) for landmark in LANDMARKS]
    return Detector(network, READERS[weights.format], weights.input, order, weights.face_score)


def _pixels_of(part: Part | None, pixels_bgr: Uint8) -> tuple[int, int, int, int]:
    """A part of a picture as left, top, right and bottom: one of a few sizes that holds it.

    A runtime keeps memory for every size that it has computed: with parts as they come it grew by 8 MB a minute.
    """
    height, width = pixels_bgr.shape[:2]
    x0, y0, x1, y1 = part or (0.0, 0.0, 1.0, 1.0)
    (left, right), (top, bottom) = _side(x0, x1, width), _side(y0, y1, height)
    return left, top, right, bottom


def _side(low: float, high: float, length_px: int) -> tuple[int, int]:
    """Beginning and end, pixels, of the smallest of PART_LENGTHS that holds from `low` to `high`, 0..1."""
    share = next((share for share in PART_LENGTHS if share >= high - low), 1.0)
    n_px = max(1, round(share * length_px))
    begin = round((low + high - share) / 2 * length_px)
    begin = min(max(0, begin), length_px - n_px)
    return begin, begin + n_px


def _reduced(pixels_bgr: Uint8, shrink: float) -> Uint8:
    if shrink == 1.0:
        return pixels_bgr
    height, width = pixels_bgr.shape[:2]
    size_wh = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    return np.asarray(cv2.resize(pixels_bgr, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


def _padded(pixels_bgr: Uint8, wh: tuple[int, int] | None) -> Uint8:
    """Add black at the right and the bottom, up to `wh` or until both sides divide by the largest stride."""
    height, width = pixels_bgr.shape[:2]
    side = LARGEST_STRIDE
    canvas_w, canvas_h = wh or (-width // side * -side, -height // side * -side)
    canvas = np.zeros((canvas_h, canvas_w, 3), np.uint8)
    canvas[:height, :width] = pixels_bgr
    return canvas


def _without_doubles(found: Detections) -> Detections:
    """The best box of each face, best score first."""
    corners_xy, far_xy = found.boxes_xyxy[:, :2], found.boxes_xyxy[:, 2:]
    boxes_xywh = np.concatenate([corners_xy, far_xy - corners_xy], axis=1)
    kept = cv2.dnn.NMSBoxes(boxes_xywh.tolist(), found.scores.tolist(), 0.0, MAX_OVERLAP)
    return found.of(np.asarray(kept, np.intp).ravel())
