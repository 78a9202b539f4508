"""Converts dlib's face recognition ResNet (29 convolutions) from its .dat file into the same network as ONNX.

The .dat holds the layers from the input on. Each layer that has numbers is a name, then one tensor: a version, four
lengths as dlib's packed integers, and little-endian float32. The shape of the network is dlib's published one.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from patrol.faces.folding import packed
from patrol.values import Float32, PatrolError

N_CONVOLUTIONS = 29
#: Filters of the residual blocks after the first convolution; a block halves the picture where _HALVING says so.
BLOCKS = (32, 32, 32, 64, 64, 64, 64, 128, 128, 128, 256, 256, 256, 256)
_HALVING = frozenset({3, 7, 10, 13})
#: Side in pixels of what enters each stage: the chip, after the stem, after each halving block.
_SIDES = {3: (35, 17), 7: (17, 8), 10: (8, 4), 13: (4, 2)}
LENGTH = 128


class NotDlibsNetwork(PatrolError):
    """The file is not dlib's face recognition network."""


@dataclass
class _Reader:
    """A cursor over the .dat file."""

    content: bytes
    at: int = 0

    def skip_to(self, name: bytes) -> None:
        found = self.content.find(bytes([1, len(name)]) + name, self.at)
        if found < 0:
            raise NotDlibsNetwork(f"layer {name.decode()} is missing after byte {self.at}")
        self.at = found + 2 + len(name)

    def integer(self) -> int:
        """dlib's packed integer: a byte that counts the little-endian bytes behind it."""
        n_bytes = self.content[self.at]
        value = int.from_bytes(self.content[self.at + 1 : self.at + 1 + n_bytes], "little")
        self.at += 1 + n_bytes
        return value

    def tensor(self) -> Float32:
        """float32 (all numbers of one layer,), in the file's order."""
        if self.integer() != 2:
            raise NotDlibsNetwork(f"the tensor before byte {self.at} is not of version 2")
        count = int(np.prod([self.integer() for _ in range(4)]))
        numbers = np.frombuffer(self.content, "<f4", count, self.at).astype(np.float32)
        self.at += 4 * count
        return numbers


@dataclass
class _Graph:
    """Nodes and weights as they are added; names count up."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name

    def hold(self, array: npt.NDArray[np.generic]) -> str:
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name


def convert(content: bytes) -> bytes:
    """Make ONNX of the .dat: float32 (N, 3, 150, 150) RGB, less dlib's mean, over 256, gives float32 (N, 128)."""
    reader = _Reader(content)
    graph = _Graph()
    flow = _convolve(graph, reader, "chip", (32, 3, 7, 7), stride=2, pad=0)
    flow = graph.add("MaxPool", graph.add("Relu", flow), kernel_shape=[3, 3], strides=[2, 2])
    for place, (n_in, n_out) in enumerate(pairwise((32, *BLOCKS))):
        flow = _block(graph, reader, flow, n_in, n_out, _SIDES.get(place))
    reader.skip_to(b"fc_2")
    if (reader.integer(), reader.integer()) != (LENGTH, BLOCKS[-1]):
        raise NotDlibsNetwork("the last layer does not turn 256 numbers into 128")
    last = graph.hold(reader.tensor().reshape(BLOCKS[-1], LENGTH))
    pooled = graph.add("Flatten", graph.add("GlobalAveragePool", flow))
    graph.nodes.append(helper.make_node("MatMul", [pooled, last], ["embedding"], "matmul"))
    return packed(helper.make_graph(graph.nodes, "dlib_resnet29", [_value("chip", 3, 150, 150)],
                                    [_value("embedding", LENGTH)], graph.weights))  # fmt: skip


def _value(name: str, *lengths: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["axis_0", *lengths])


def _convolve(graph: _Graph, reader: _Reader, flow: str, shape: tuple[int, ...], stride: int, pad: int) -> str:
    """Add the next convolution with the per-channel gamma and beta behind it folded into its filters and bias."""
    reader.skip_to(b"con_4")
    filters, bias = np.split(reader.tensor(), [int(np.prod(shape))])
    reader.skip_to(b"affine_")
    gamma, beta = np.split(reader.tensor(), 2)
    if bias.shape != (shape[0],) or gamma.shape != (shape[0],):
        raise NotDlibsNetwork(f"the convolution before byte {reader.at} does not have shape {shape}")
    scaled = filters.reshape(shape) * gamma[:, None, None, None]
    inputs = (flow, graph.hold(scaled), graph.hold(bias * gamma + beta))
    return graph.add("Conv", *inputs, kernel_shape=shape[2:], strides=[stride] * 2, pads=[pad] * 4)


def _block(graph: _Graph, reader: _Reader, flow: str, n_in: int, n_out: int, sides: tuple[int, int] | None) -> str:
    """Add one residual block; `sides` are the picture's side before and after it where it halves."""
    first_stride, first_pad = (2, 0) if sides else (1, 1)
    body = _convolve(graph, reader, flow, (n_out, n_in, 3, 3), first_stride, first_pad)
    body = _convolve(graph, reader, graph.add("Relu", body), (n_out, n_out, 3, 3), 1, 1)
    if sides:
        before, after = sides
        flow = graph.add("AveragePool", flow, kernel_shape=[2, 2], strides=[2, 2])
        flow = _widen(graph, flow, channels=n_out - n_in, pixels=after - before // 2)
        body = _widen(graph, body, channels=0, pixels=after - (before - 3) // 2 - 1)
    return graph.add("Relu", graph.add("Add", body, flow))


def _widen(graph: _Graph, flow: str, channels: int, pixels: int) -> str:
    """Pad with zero channels behind and zero pixels below and right, as dlib does to add unequal pictures."""
    if not channels and not pixels:
        return flow
    return graph.add("Pad", flow, graph.hold(np.array([0, 0, 0, 0, 0, channels, pixels, pixels], np.int64)))
