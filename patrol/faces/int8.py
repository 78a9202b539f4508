"""Makes an int8 copy of an embedder, for processors that have no bfloat16. Any runtime runs it.

Static quantisation by ONNX Runtime's own tool: int8 weights, a scale for each filter; uint8 between the layers, whose
ranges are those of drawn heads in many lights, so that nobody's picture is needed or shipped.
"""

import logging
import os
import tempfile
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

import cv2
import numpy as np
import structlog

from patrol.faces.manifest import NetworkInput
from patrol.faces.runtime import drawn_head
from patrol.values import Float32, PatrolError

log = structlog.get_logger()

N_HEADS = 64  # the ranges of 32 and of 128 give templates as near to float32's
HEAVY = ["Conv", "Gemm", "MatMul"]  # all but 1 % of the arithmetic; the rest stays in float32


class NotQuantised(PatrolError):
    """The int8 copy of a network cannot be made."""


def quantised(path: Path, takes: NetworkInput) -> Path:
    """The int8 copy beside `path`, made where it is not there yet: 15 s for SFace on two busy cores."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    copy = path.with_name(f"{path.stem}-{digest[:8]}.int8.onnx")
    if not copy.is_file():
        log.info("making an int8 copy", network=path.stem)
        try:
            _make(path, copy, takes)
        except OSError as error:
            raise NotQuantised(f"{copy} cannot be written: {error.strerror}; choose another precision") from None
    return copy


def _make(path: Path, copy: Path, takes: NetworkInput) -> None:
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static  # 2 s to load, used once a machine

    with tempfile.TemporaryDirectory(dir=path.parent, prefix="int8-") as folder:
        part = Path(folder) / copy.name
        logging.disable(logging.WARNING)  # it advises to prepare the file, which folding has done
        try:
            quantize_static(
                str(path),
                str(part),
                _Reader(takes),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=HEAVY,
            )
        except (RuntimeError, ValueError, TypeError) as error:
            raise NotQuantised(f"{path.name} has no int8 copy: {error}; choose another precision") from None
        finally:
            logging.disable(logging.NOTSET)
        os.replace(part, copy)


class _Reader:
    """Hands the heads to ONNX Runtime's tool, one a call, then None."""

    def __init__(self, takes: NetworkInput) -> None:
        self._name = takes.name
        self._blobs = _blobs(takes)

    def get_next(self) -> dict[str, Float32] | None:
        blob = next(self._blobs, None)
        return None if blob is None else {self._name: blob}


def _blobs(takes: NetworkInput) -> Iterator[Float32]:
    if takes.wh is None:
        raise NotQuantised("a network that takes pictures of any size has no int8 copy")
    for head in drawn_heads(takes.wh, N_HEADS, np.random.default_rng(0)):
        rgb_or_bgr = head[..., ::-1] if takes.colour == "rgb" else head
        scaled = (rgb_or_bgr - np.array(takes.mean, np.float32)) * np.float32(takes.scale)
        yield np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], np.float32)


def drawn_heads(wh: tuple[int, int], count: int, random: np.random.Generator) -> Iterator[Float32]:
    """Drawn heads, float32 (H, W, 3), BGR, 0..255: turned, in many lights and colours, smooth and noisy."""
    plain = drawn_head(wh)[0].transpose(1, 2, 0)
    middle = (wh[0] / 2, wh[1] / 2)
    for _ in range(count):
        turn = cv2.getRotationMatrix2D(middle, random.uniform(-10, 10), random.uniform(0.85, 1.2))
        head = cv2.warpAffine(plain, turn, wh, borderMode=cv2.BORDER_REFLECT)
        patches = cv2.resize(random.normal(0, 30, (8, 8, 3)), wh, interpolation=cv2.INTER_CUBIC)
        light = head * random.uniform(0.5, 1.4, 3) + random.normal(0, 40) + patches * random.uniform(0, 1.5)
        yield np.clip(light + random.normal(0, random.uniform(0, 20), head.shape), 0, 255).astype(np.float32)
