"""Folds OpenCV Zoo's block-quantised ONNX files into plain float32 networks that every runtime takes.

The Zoo stores each weight as int8 blocks with a DequantizeLinear and often a Reshape behind it, and lists inputs
that no node reads. ONNX Runtime refuses both files as they are (1.23 to 1.32 tried).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

Array = npt.NDArray[Any]


def fold(content: bytes, input_name: str, free_axes: Sequence[int]) -> bytes:
    """Fold the network in `content`; `free_axes` of its one remaining input may then have any length."""
    graph = onnx.load_from_string(content).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = _fold_nodes(graph.node, constants)
    _free_batch(nodes, constants)
    used = dict.fromkeys(name for node in nodes for name in node.input)
    folded = helper.make_graph(
        nodes,
        graph.name,
        [_freed(value, free_axes) for value in graph.input if value.name == input_name],
        [_named_only(value) for value in graph.output],
        [numpy_helper.from_array(np.ascontiguousarray(constants[name]), name) for name in used if name in constants],
    )
    return packed(folded)


def packed(graph: onnx.GraphProto) -> bytes:
    """Serialise a checked model with pinned versions: the same bytes on every machine, whatever onnx is installed."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="patrol")
    model.ir_version = 8  # the first to go with opset 17
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _fold_nodes(nodes: Iterable[onnx.NodeProto], constants: dict[str, Array]) -> list[onnx.NodeProto]:
    """Move every node that only shapes constants into `constants`; the nodes that are left, in order."""
    kept: list[onnx.NodeProto] = []
    renamed: dict[str, str] = {}
    for node in nodes:
        inputs = [renamed.get(name, name) for name in node.input]
        if node.op_type == "Dropout":  # does nothing outside training
            renamed[node.output[0]] = inputs[0]
        elif node.op_type in _EVALUATORS and all(name in constants for name in inputs):
            constants[node.output[0]] = _EVALUATORS[node.op_type](node, [constants[name] for name in inputs])
        else:
            kept.append(node)
            node.input[:] = inputs
    return kept


def _dequantise(node: onnx.NodeProto, inputs: list[Array]) -> Array:
    """(quantised - zero point) * scale in float32, one scale a block along `axis`."""
    quantised, scales, zero_points = inputs
    axis = _attribute(node, "axis", 1)
    block = _attribute(node, "block_size", 0)

    def spread(values: Array) -> Array:
        if not block:
            return values.reshape([-1 if i == axis else 1 for i in range(quantised.ndim)])
        return np.repeat(values, block, axis).take(range(quantised.shape[axis]), axis)

    steps = quantised.astype(np.int32) - spread(zero_points).astype(np.int32)
    return np.asarray(steps.astype(np.float32) * spread(scales))


def _reshape(node: onnx.NodeProto, inputs: list[Array]) -> Array:
    return inputs[0].reshape(inputs[1].tolist())


def _constant(node: onnx.NodeProto, inputs: list[Array]) -> Array:
    return np.asarray(numpy_helper.to_array(node.attribute[0].t))


_EVALUATORS = {"DequantizeLinear": _dequantise, "Reshape": _reshape, "Constant": _constant}


def _attribute(node: onnx.NodeProto, name: str, default: int) -> int:
    return next((int(attribute.i) for attribute in node.attribute if attribute.name == name), default)


def _free_batch(nodes: Iterable[onnx.NodeProto], constants: dict[str, Array]) -> None:
    """Let a Reshape to (1, ...) keep the batch it gets (0 copies the length), else 8 pictures come back as one."""
    for node in nodes:
        if node.op_type == "Reshape" and node.input[1] in constants:
            shape = constants[node.input[1]]
            constants[node.input[1]] = np.concatenate([np.zeros(1, shape.dtype), shape[1:]])


def _freed(value: onnx.ValueInfoProto, free_axes: Sequence[int]) -> onnx.ValueInfoProto:
    dims = value.type.tensor_type.shape.dim
    shape = [f"axis_{axis}" if axis in free_axes else dim.dim_value for axis, dim in enumerate(dims)]
    return helper.make_tensor_value_info(value.name, onnx.TensorProto.FLOAT, shape)


def _named_only(value: onnx.ValueInfoProto) -> onnx.ValueInfoProto:
    """An output without its lengths, which followed from the fixed input."""
    rank = len(value.type.tensor_type.shape.dim)
    return helper.make_tensor_value_info(value.name, onnx.TensorProto.FLOAT, [None] * rank)
