import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from patrol.faces.manifest import read_manifest
from patrol.faces.runtime import CUDA, Runtime, RuntimeUnavailable, choose_runtime, drawn_head, has_bf16
from tests.faces.tiny import embedder

HAS_OPENVINO = find_spec("openvino") is not None


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A convolution over a 32 x 32 picture, in a batch of any size, with two outputs."""
    weight = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["data", "weight"], ["seen"], kernel_shape=[3, 3]),
            helper.make_node("GlobalAveragePool", ["seen"], ["mean"]),
        ],
        "small",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, ["n", 3, 32, 32])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4) for name in ("seen", "mean")],
        [numpy_helper.from_array(weight, "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "small.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_the_chosen_runtime_is_openvino_where_it_is_installed(network: Path) -> None:
    pytest.importorskip("openvino")
    chosen = choose_runtime([network], threads=1)
    assert (chosen.name, chosen.precision) == ("openvino", "bf16" if has_bf16() else "f32")


def test_openvino_reports_to_nobody() -> None:
    """Its package for that sends an event to Google Analytics at each import, from a process that it forks."""
    pytest.importorskip("openvino")
    asked = "import sys; from patrol.faces.runtime import has_bf16; has_bf16(); print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(said.stdout.split())
    assert {"openvino", "openvino.tools.ovc.telemetry_stub"} <= loaded
    assert not {name for name in loaded if name.startswith("openvino_telemetry.")}


def test_without_openvino_the_networks_run_in_onnx_runtime(network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)  # as where it has no package
    assert not has_bf16()
    assert str(choose_runtime([network], threads=1)) == "onnxruntime f32, 1 threads"


def test_what_no_runtime_offers_is_refused_in_words(network: Path) -> None:
    with pytest.raises(RuntimeUnavailable, match="onnxruntime cannot compute in bf16: choose precision f32"):
        choose_runtime([network], "onnxruntime", "bf16", 1)


def test_a_runtime_that_was_asked_for_and_is_not_there_is_told(
    network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(RuntimeUnavailable, match="openvino f32"):
        choose_runtime([network], "openvino", "f32", 1)


@pytest.mark.parametrize(
    "runtime",
    [Runtime("openvino", "f32", 1), Runtime("openvino", "f32", 2), Runtime("onnxruntime", "f32", 1)],
    ids=str,
)
def test_outputs_come_in_the_files_order_for_any_batch(network: Path, runtime: Runtime) -> None:
    if runtime.name == "openvino":
        pytest.importorskip("openvino")
    opened = runtime.open(network)
    for n in (1, 3, 2):
        seen, mean = opened.run(np.repeat(drawn_head((32, 32)), n, axis=0))
        assert (seen.shape, mean.shape) == ((n, 4, 30, 30), (n, 4, 1, 1))
        assert np.allclose(seen.mean(axis=(2, 3)), mean[:, :, 0, 0], rtol=1e-3, atol=1e-2)


def test_what_one_run_gave_is_not_overwritten_by_the_next(network: Path) -> None:
    pytest.importorskip("openvino")
    opened = Runtime("openvino", "f32", 1).open(network)
    first = opened.run(drawn_head((32, 32)))[0]
    before = first.copy()
    opened.run(np.zeros((1, 3, 32, 32), np.float32))
    assert np.array_equal(first, before)


def test_many_threads_share_a_network_without_mixing_answers(network: Path) -> None:
    pytest.importorskip("openvino")
    opened = Runtime("openvino", "f32", 2).open(network, at_once=2)
    blobs = [np.full((1 + n % 3, 3, 32, 32), n, np.float32) for n in range(12)]
    alone = [opened.run(blob)[1] for blob in blobs]
    with ThreadPoolExecutor(max_workers=6) as pool:
        together = list(pool.map(lambda blob: opened.run(blob)[1], blobs * 5))
    assert all(np.allclose(got, alone[n % 12], rtol=1e-4, atol=1e-3) for n, got in enumerate(together))


def test_the_drawn_head_has_the_size_asked_for() -> None:
    assert drawn_head((48, 32)).shape == (1, 3, 32, 48)
    assert 0 <= drawn_head((112, 112)).min() < drawn_head((112, 112)).max() <= 255


@pytest.mark.weights
@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_openvino_computes_every_network_as_onnx_runtime_does(models_dir: Path, precision: str) -> None:
    pytest.importorskip("openvino")
    if precision == "bf16" and not has_bf16():
        pytest.skip("this processor has no bfloat16")
    paths = [models_dir / weights.file for weights in read_manifest(models_dir).values()]
    assert choose_runtime(paths, "openvino", precision, 2).precision == precision


def test_a_network_for_one_picture_a_run_takes_any_number(tmp_path: Path) -> None:
    path = embedder(tmp_path / "one.onnx", 112, 64, batch=1)
    pictures = np.concatenate([drawn_head((112, 112)), drawn_head((112, 112)) / 2, drawn_head((112, 112)) / 3])
    for runtime in (Runtime("onnxruntime", "f32", 1), *([Runtime("openvino", "f32", 1)] if HAS_OPENVINO else [])):
        opened = runtime.open(path)
        together = opened.run(pictures)[0]
        alone = [opened.run(picture[None])[0][0] for picture in pictures]
        assert np.allclose(together, alone, rtol=1e-4)


def test_cuda_without_its_package_says_what_to_install(network: Path) -> None:
    if CUDA in onnxruntime.get_available_providers():
        pytest.skip("this machine has onnxruntime-gpu")
    with pytest.raises(RuntimeUnavailable, match=r"onnxruntime-gpu.*installed offers.*CPUExecutionProvider"):
        choose_runtime([network], "cuda", "auto", 1)


def test_a_gpu_is_not_taken_unless_it_is_asked_for(network: Path) -> None:
    assert choose_runtime([network], "auto", "f32", 1).name != "cuda"


def test_cuda_computes_in_f32_alone(network: Path) -> None:
    with pytest.raises(RuntimeUnavailable, match="cuda cannot compute in int8"):
        choose_runtime([network], "cuda", "int8", 1)
