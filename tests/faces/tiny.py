"""Networks of a few numbers in each format that patrol takes, made as their publishers export them.

The detectors see a face 32 px wide wherever it is bright: a cell's score is its mean brightness.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from patrol.values import Uint8

STRIDES = (8, 16, 32)
#: Of a face 1 wide, from its middle: left eye, right eye, nose, left and right mouth corner.
POINTS = np.array([[-0.2, -0.15], [0.2, -0.15], [0, 0.05], [-0.15, 0.3], [0.15, 0.3]], np.float32)


class Sketch:
    """A graph as it grows; names count up."""

    def __init__(self, shape: Sequence[int | str], element: int = TensorProto.FLOAT) -> None:
        self.inputs = [helper.make_tensor_value_info("picture", element, list(shape))]
        self.nodes: list[onnx.NodeProto] = []
        self.held: list[onnx.TensorProto] = []

    def hold(self, array: object, dtype: type = np.float32) -> str:
        name = f"held_{len(self.held)}"
        self.held.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype), name))
        return name

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name

    def save(self, path: Path, outputs: Sequence[str]) -> Path:
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        graph = helper.make_graph(self.nodes, path.stem, self.inputs, values, self.held)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
        return path

    def rows(self, stride: int, scale: float, bias: Sequence[float], shape: Sequence[int]) -> str:
        """A map at a stride, `scale` x pixel + `bias`, reshaped."""
        pooled = self.add("AveragePool", "picture", kernel_shape=[stride] * 2, strides=[stride] * 2)
        weights = self.hold(np.full((len(bias), 3, 1, 1), scale / 3))
        mapped = self.add("Conv", pooled, weights, self.hold(bias), kernel_shape=[1, 1])
        last = self.add("Transpose", mapped, perm=[0, 2, 3, 1])
        return self.add("Reshape", last, self.hold(shape, np.int64))


def embedder(path: Path, side: int, length: int, *, batch: int | str = "n", is_normalising: bool = False) -> Path:
    """One convolution, a mean and a matrix: ArcFace (112, 512), SFace (112, 128) and dlib (150, 128) alike."""
    random = np.random.default_rng(7)
    sketch = Sketch([batch, 3, side, side])
    flow = "picture"
    if is_normalising:
        flow = sketch.add("Mul", sketch.add("Sub", flow, sketch.hold([127.5])), sketch.hold([0.0078125]))
    filters = sketch.hold(random.normal(size=(24, 3, 9, 9)) / 9)
    flow = sketch.add("Relu", sketch.add("Conv", flow, filters, kernel_shape=[9, 9], strides=[4, 4]))
    flow = sketch.add("Flatten", sketch.add("GlobalAveragePool", flow))
    return sketch.save(path, [sketch.add("MatMul", flow, sketch.hold(random.normal(size=(24, length))))])


def yunet(path: Path) -> Path:
    """Pixels 0..255 in; class, object, box and landmark maps with a batch of one; faces at stride 32 alone."""
    sketch = Sketch([1, 3, "h", "w"])
    scores = [sketch.rows(stride, (stride == 32) / 255, [0.0], [1, -1, 1]) for stride in STRIDES]
    objects = [sketch.rows(stride, 0.0, [1.0], [1, -1, 1]) for stride in STRIDES]
    boxes = [sketch.rows(stride, 0.0, [0.0] * 4, [1, -1, 4]) for stride in STRIDES]
    points = [sketch.rows(stride, 0.0, POINTS.ravel().tolist(), [1, -1, 10]) for stride in STRIDES]
    return sketch.save(path, [*scores, *objects, *boxes, *points])


def scrfd(
    path: Path, *, has_points: bool = True, order: Sequence[int] = range(5), wh: tuple[int, int] = (0, 0)
) -> Path:
    """(Pixel - 127.5) / 128 in; rows of two anchors a cell without a batch; the coarsest stride comes first."""
    sketch = Sketch([1, 3, wh[1] or "h", wh[0] or "w"])
    outputs = []
    for stride in reversed(STRIDES):
        is_seeing = float(stride == 32)
        outputs.append(sketch.rows(stride, is_seeing / 2, [is_seeing / 2, 0.0], [-1, 1]))
        outputs.append(sketch.rows(stride, 0.0, [0.5] * 8, [-1, 4]))
        if has_points:
            outputs.append(sketch.rows(stride, 0.0, POINTS[list(order)].ravel().tolist() * 2, [-1, 10]))
    return sketch.save(path, outputs)


def bright_spot() -> Uint8:
    """A dark picture with a bright patch whose middle is (192, 160): uint8 (320, 384, 3), BGR."""
    random = np.random.default_rng(3)
    picture = random.integers(0, 60, (320, 384, 3), np.uint8)
    picture[128:192, 160:224] = random.integers(200, 256, (64, 64, 3), np.uint8)
    return picture
