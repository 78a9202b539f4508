from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from patrol.faces.folding import fold
from patrol.values import Float32


def quantised_network() -> tuple[bytes, Float32]:
    """A small one as OpenCV Zoo writes them: a blocked weight behind a Reshape, orphans, Dropout, a fixed batch."""
    rng = np.random.default_rng(0)
    steps = rng.integers(-128, 127, (4, 27), dtype=np.int8)
    scales = rng.uniform(0.01, 0.1, (4, 3)).astype(np.float32)
    zeros = rng.integers(-3, 3, (4, 3), dtype=np.int8)
    weight = ((steps - np.repeat(zeros, 9, axis=1).astype(np.int32)) * np.repeat(scales, 9, axis=1)).reshape(
        4, 3, 3, 3
    )
    constants = {"steps": steps, "scales": scales, "zeros": zeros, "shape": np.array([4, 3, 3, 3]),
                 "flat": np.array([1, -1, 4]), "nobody_reads": np.zeros(3)}  # fmt: skip
    nodes = [
        helper.make_node("DequantizeLinear", ["steps", "scales", "zeros"], ["floats"], axis=1, block_size=9),
        helper.make_node("Reshape", ["floats", "shape"], ["weight"]),
        helper.make_node("Conv", ["data", "weight"], ["seen"], kernel_shape=[3, 3]),
        helper.make_node("Dropout", ["seen"], ["kept"]),
        helper.make_node("Transpose", ["kept"], ["turned"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["turned", "flat"], ["out"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 8, 8]),
         helper.make_tensor_value_info("orphan", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 36, 4])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])
    return model.SerializeToString(), weight.reshape(4, 3, 3, 3).astype(np.float32)


def run(content: bytes, pictures: Float32) -> Float32:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: pictures})[0]


def test_a_weight_is_what_its_blocks_say() -> None:
    content, weight = quantised_network()
    held = {tensor.name: tensor for tensor in onnx.load_from_string(fold(content, "data", [0])).graph.initializer}
    assert np.array_equal(numpy_helper.to_array(held["weight"]), weight)
    assert held.keys() == {"weight", "flat"}


def test_only_the_picture_is_left_as_input() -> None:
    graph = onnx.load_from_string(fold(quantised_network()[0], "data", [0, 2])).graph
    (data,) = graph.input
    lengths = [dim.dim_param or dim.dim_value for dim in data.type.tensor_type.shape.dim]
    assert lengths == ["axis_0", 3, "axis_2", 8]
    assert [node.op_type for node in graph.node] == ["Conv", "Transpose", "Reshape"]


def test_a_batch_gives_what_its_pictures_give_alone() -> None:
    content = fold(quantised_network()[0], "data", [0])
    pictures = np.random.default_rng(1).uniform(0, 255, (8, 3, 8, 8)).astype(np.float32)
    together = run(content, pictures)
    assert together.shape == (8, 36, 4)
    assert np.array_equal(together, np.concatenate([run(content, picture[None]) for picture in pictures]))


def test_folding_twice_gives_the_same_bytes() -> None:
    content = quantised_network()[0]
    assert fold(content, "data", [0]) == fold(content, "data", [0])


@pytest.mark.weights
@pytest.mark.parametrize(("file", "shape"), [("sface-2021dec", (112, 112)), ("yunet-2023mar", (96, 160))])
def test_the_real_networks_take_batches_exactly(models_dir: Path, file: str, shape: tuple[int, int]) -> None:
    content = (models_dir / f"{file}.onnx").read_bytes()
    pictures = np.random.default_rng(1).uniform(0, 255, (3, 3, *shape)).astype(np.float32)
    assert np.array_equal(run(content, pictures), np.concatenate([run(content, one[None]) for one in pictures]))
