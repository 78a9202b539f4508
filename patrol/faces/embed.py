"""Turns aligned chips into templates."""

from collections.abc import Sequence

import cv2
import numpy as np

from patrol.faces.align import CHIPS, Chip
from patrol.faces.manifest import Weights
from patrol.faces.runtime import Network
from patrol.values import Float32, PatrolError, Template, Uint8

MAX_BATCH = 16  # chips a run: what follows is no faster, and memory grows with it


class NotAnEmbedder(PatrolError):
    """These weights do not make templates."""


class Embedder:
    """One network that makes templates, with what the manifest says of its input."""

    def __init__(self, network: Network, weights: Weights) -> None:
        if weights.input.chip is None:
            raise NotAnEmbedder(f"{weights.version}: the manifest names no chip for it")
        self._network = network
        self._input = weights.input
        self.name = weights.version
        self.chip: Chip = CHIPS[weights.input.chip]

    def embed(self, chips_bgr: Sequence[Uint8]) -> list[Template]:
        """Embed each chip, uint8 (side, side, 3), BGR, aligned to `self.chip`."""
        batches = [chips_bgr[start : start + MAX_BATCH] for start in range(0, len(chips_bgr), MAX_BATCH)]
        vectors = [vector for batch in batches for vector in unit_rows(self.raw(batch))]
        return [Template(self.name, vector) for vector in vectors]

    def embed_stills(self, chips_bgr: Sequence[Uint8]) -> list[Template]:
        """Embed each chip and its mirror image, and take the mean: no face is the same from both sides.

        For stills, where a second inference costs nobody anything. On the LFW protocol of docs/accuracy.md it finds
        0.3 to 0.5 % more at FPIR 1 %, with clean and with spoilt probes; several looks of a track gain nothing by it.
        """
        mirrored = [np.ascontiguousarray(chip[:, ::-1]) for chip in chips_bgr]
        pairs = zip(self.embed(chips_bgr), self.embed(mirrored), strict=True)
        return [Template(self.name, unit_rows((one.vector + other.vector)[None])[0]) for one, other in pairs]

    def raw(self, chips_bgr: Sequence[Uint8]) -> Float32:
        """What the network says before it is made unit length: float32 (N, D)."""
        is_rgb = self._input.colour == "rgb"
        blob = cv2.dnn.blobFromImages(list(chips_bgr), self._input.scale, mean=self._input.mean, swapRB=is_rgb)
        vectors = self._network.run(blob)[0].reshape(len(chips_bgr), -1)
        if self._input.length not in (None, vectors.shape[1]):
            promised = f"the manifest says {self._input.length}"
            raise NotAnEmbedder(f"{self.name}: the network gives {vectors.shape[1]} numbers a face, {promised}")
        return vectors


def unit_rows(vectors: Float32) -> Float32:
    """Scale each row of float32 (N, D) to length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
