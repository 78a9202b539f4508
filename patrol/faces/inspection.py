"""Looks at an ONNX file of somebody's own and says what it is: which format, what it takes, what it gives."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from patrol.faces import scrfd
from patrol.faces.closeup import MAX_COLUMNS, TILE_PX
from patrol.faces.manifest import Format, NetworkInput
from patrol.faces.runtime import Runtime, drawn_head
from patrol.values import Float32, PatrolError

CHIP_SIDES = {112: "arcface", 150: "dlib"}
MIN_LENGTH = 64  # numbers; no published face embedding is shorter
ANY_SIDE_PX = 320  # a network that takes any size is tried with this one
LEAST_SIDE_PX = MAX_COLUMNS * TILE_PX  # the second look at small faces is that large
YUNET_ROWS = [1] * 6 + [4] * 3 + [10] * 3
#: As published. ArcFace: InsightFace feeds RGB, less 127.5, over 127.5; SCRFD: over 128. SFace takes pixels.
ARCFACE_MEAN, ARCFACE_SCALE, SCRFD_SCALE = 127.5, 1 / 127.5, 1 / 128
N_FIRST = 8  # nodes in which InsightFace looks for a normalisation that is part of the network


class NotUnderstood(PatrolError):
    """An ONNX file is nothing patrol knows how to use."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What one ONNX file is taken to be."""

    format: Format
    input: NetworkInput
    is_normalising: bool  #: the network subtracts and scales by itself

    @property
    def role(self) -> str:
        return "detector" if self.input.chip is None else "embedder"


def inspect(path: Path) -> Understood:
    """Read the file's one input, run it once on a drawn head, and tell the format by what comes out."""
    name, wh = _input(path)
    side_wh = wh or (ANY_SIDE_PX, ANY_SIDE_PX)
    try:
        outputs = Runtime("onnxruntime", "f32", 1).open(path).run(drawn_head(side_wh))
    except Exception as error:  # noqa: BLE001 - ONNX Runtime raises classes of its own for what a file may hold
        said = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise NotUnderstood(f"{path.name} does not run in ONNX Runtime: {said}") from None
    if len(outputs) == 1:
        return _embedder(path, name, wh, outputs[0])
    return _detector(path, name, wh, outputs)


def _input(path: Path) -> tuple[str, tuple[int, int] | None]:
    """The name of the one input and its width and height, None where they are free."""
    try:
        graph = onnx.load(str(path)).graph
    except Exception as error:  # noqa: BLE001 - protobuf and onnx raise many kinds for what is no network
        raise NotUnderstood(f"{path.name} is not an ONNX file: {type(error).__name__}") from None
    held = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in held]
    if len(inputs) != 1:
        raise NotUnderstood(f"{path.name} takes {len(inputs)} inputs, and a picture is one")
    tensor = inputs[0].type.tensor_type
    lengths = [dim.dim_value for dim in tensor.shape.dim]
    if tensor.elem_type != onnx.TensorProto.FLOAT or len(lengths) != 4 or lengths[1] != 3:
        raise NotUnderstood(
            f"{path.name} takes {onnx.TensorProto.DataType.Name(tensor.elem_type)} {lengths}: "
            f"patrol gives FLOAT [N, 3, H, W]; export it so"
        )
    height, width = lengths[2:]
    return inputs[0].name, (width, height) if width and height else None


def _embedder(path: Path, name: str, wh: tuple[int, int] | None, vectors: Float32) -> Understood:
    length = vectors.size
    if wh is None or wh[0] != wh[1] or wh[0] not in CHIP_SIDES or length < MIN_LENGTH:
        raise NotUnderstood(
            f"{path.name} gives one array of {length} numbers for a picture of {wh or 'any size'}: an embedder takes "
            f"112 x 112 (ArcFace) or 150 x 150 (dlib) and gives {MIN_LENGTH} numbers or more"
        )
    if CHIP_SIDES[wh[0]] == "dlib":
        takes = NetworkInput(
            name=name,
            colour="rgb",
            mean=(122.782, 117.001, 104.298),
            scale=1 / 256,
            wh=wh,
            chip="dlib",
            length=length,
        )
        return Understood("dlib", takes, is_normalising=False)
    is_normalising = _normalises(path)
    mean, scale = (0.0, 1.0) if is_normalising else (ARCFACE_MEAN, ARCFACE_SCALE)
    takes = NetworkInput(name=name, colour="rgb", mean=(mean,) * 3, scale=scale, wh=wh, chip="arcface", length=length)
    return Understood("arcface", takes, is_normalising)


def _normalises(path: Path) -> bool:
    """Whether the first nodes subtract and scale, as InsightFace tells the two kinds of ArcFace files apart."""
    kinds = {node.op_type for node in onnx.load(str(path)).graph.node[:N_FIRST]}
    return "Sub" in kinds and bool(kinds & {"Mul", "Div"})


def _detector(path: Path, name: str, wh: tuple[int, int] | None, outputs: list[Float32]) -> Understood:
    if wh is not None and min(wh) < LEAST_SIDE_PX:
        raise NotUnderstood(
            f"{path.name} takes {wh[0]} x {wh[1]} pixels only: a detector has to take {LEAST_SIDE_PX} x "
            f"{LEAST_SIDE_PX} or more; export it with a free height and width"
        )
    if sorted(output.shape[-1] for output in outputs) == YUNET_ROWS:
        takes = NetworkInput(name=name, colour="bgr", mean=(0.0,) * 3, scale=1.0, wh=wh)
        return Understood("yunet", takes, is_normalising=False)
    try:
        side_wh = wh or (ANY_SIDE_PX, ANY_SIDE_PX)
        scrfd.read(outputs, side_wh, min_score=np.inf)
    except scrfd.NotScrfd as error:
        raise NotUnderstood(f"{path.name} is no detector that patrol can read: {error}") from None
    takes = NetworkInput(name=name, colour="rgb", mean=(ARCFACE_MEAN,) * 3, scale=SCRFD_SCALE, wh=wh)
    return Understood("scrfd", takes, is_normalising=False)
