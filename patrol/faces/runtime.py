"""Runs the networks: OpenVINO where it passes a self-test on this machine, else ONNX Runtime; CUDA where asked."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Literal, Protocol

import cv2
import numpy as np
import onnxruntime
import structlog
from threadpoolctl import threadpool_limits

from patrol.values import Float32, PatrolError

log = structlog.get_logger()

RuntimeName = Literal["openvino", "onnxruntime", "cuda"]
Precision = Literal["f32", "bf16", "int8"]  # int8 is a file of its own, which is run in f32 where it is not int8
#: Cosine of a network's outputs to ONNX Runtime's in float32, below which a runtime is not trusted. OpenVINO 2026.4
#: reaches 0.9998 in bf16 on the drawn head below, with each of the three networks. In bf16 landmarks move by up to a
#: pixel, and people are told apart as well: 28 px wide 96.0 % against 96.1 % in f32, 60 px 99.8 against 99.7 %.
MIN_COSINE = 0.995


class RuntimeUnavailable(PatrolError):
    """The runtime that was asked for does not work on this machine."""


class Network(Protocol):
    """One loaded network, safe to run from many threads."""

    def run(self, blob: Float32) -> list[Float32]:
        """blob: float32 (N, 3, H, W). Returns each output, in the file's order."""
        ...


CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"


class OnnxRuntimeNetwork:
    """A network in ONNX Runtime, float32: on the CPU, or on the GPU with the provider CUDA."""

    def __init__(self, path: Path, threads: int, provider: str = CPU) -> None:
        refuse_absent(provider)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # the decoders need the cores
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=list(dict.fromkeys([provider, CPU]))
        )
        if provider not in self._session.get_providers():  # ONNX Runtime goes on without it, and only logs why
            raise RuntimeUnavailable(f"{provider} did not start: see ONNX Runtime's lines above")
        first = self._session.get_inputs()[0]
        self._is_single = first.shape[0] == 1
        self._input: str = first.name
        height, width = first.shape[2:]
        #: Pixels; 320 x 320 for a network that takes any.
        self.input_wh = (width, height) if isinstance(width, int) else (320, 320)

    def run(self, blob: Float32) -> list[Float32]:
        if self._is_single and len(blob) > 1:
            return _stacked([self.run(picture[None]) for picture in blob])
        return list(self._session.run(None, {self._input: blob}))


def refuse_absent(provider: str) -> None:
    """RuntimeUnavailable where this Python's ONNX Runtime was built without a provider, with what to install."""
    offered = onnxruntime.get_available_providers()
    if provider not in offered:
        raise RuntimeUnavailable(
            f"runtime cuda needs the package onnxruntime-gpu instead of onnxruntime, and an NVIDIA driver with CUDA "
            f"and cuDNN; the ONNX Runtime that is installed offers {', '.join(offered)}"
        )


class OpenVinoNetwork:
    """A network in OpenVINO on the CPU, which runs up to `at_once` inferences at a time on its threads.

    A batch is split over the requests that are free. Threads that share one inference wait for each other: six faces
    in bf16 took 44 ms on one thread and 28 ms, not 22, on two; beside other work (load 9 on 2 cores of an AMD EPYC)
    116 ms on two, and 68 ms as three and three on one thread each.
    """

    def __init__(self, path: Path, threads: int, precision: Precision, at_once: int) -> None:
        kind = "bf16" if precision == "bf16" else "f32"
        hints = {"INFERENCE_PRECISION_HINT": kind, "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": at_once}
        compiled = _openvino_core().compile_model(str(path), "CPU", hints)
        length = compiled.input(0).partial_shape[0]
        self._is_single = bool(length.is_static and length.get_length() == 1)
        self._free: Queue[Any] = Queue()
        for _ in range(at_once):
            self._free.put(compiled.create_infer_request())

    def run(self, blob: Float32) -> list[Float32]:
        if self._is_single and len(blob) > 1:
            return _stacked([self.run(picture[None]) for picture in blob])
        requests = self._take(len(blob))
        try:
            parts = np.array_split(blob, len(requests))
            for request, part in zip(requests, parts, strict=True):
                request.start_async({0: part}, share_inputs=True)
            for request in requests:
                request.wait()
            outputs = [[tensor.data.copy() for tensor in request.output_tensors] for request in requests]
        finally:
            for request in requests:
                self._free.put(request)
        return outputs[0] if len(outputs) == 1 else _stacked(outputs)

    def _take(self, at_most: int) -> list[Any]:
        """Wait for one free request, and take others only where they are free too: nobody waits holding one."""
        requests = [self._free.get()]
        while len(requests) < at_most:
            try:
                requests.append(self._free.get_nowait())
            except Empty:
                break
        return requests


def _stacked(parts: Sequence[Sequence[Float32]]) -> list[Float32]:
    """Each output, put together from the parts of a batch."""
    return [np.concatenate(pieces) for pieces in zip(*parts, strict=True)]


@dataclass(frozen=True, slots=True)
class Runtime:
    """What opens the networks, with which arithmetic, on how many processor threads."""

    name: RuntimeName
    precision: Precision
    threads: int

    def __str__(self) -> str:
        return f"{self.name} {self.precision}, {self.threads} threads"

    def open(self, path: Path, at_once: int = 1) -> Network:
        """Load a network; `at_once` inferences may run at a time, where the runtime lets one choose."""
        if self.name == "openvino":
            return OpenVinoNetwork(path, self.threads, self.precision, at_once)
        return OnnxRuntimeNetwork(path, self.threads, CUDA if self.name == "cuda" else CPU)


def leave_cores_to_networks() -> None:
    """Let numpy's linear algebra use one thread in this process.

    Its other threads wait by spinning, on the cores that the networks compute on: of two cores, a look with a match
    against 1,000 people took 81 ms beside them and 43 ms without. A product of 16,384 rows takes 1 ms on one.
    """
    threadpool_limits(limits=1, user_api="blas")


def choose_runtime(
    paths: Sequence[Path], runtime: str = "auto", precision: str = "auto", threads: int = 2
) -> Runtime:
    """Take the fastest allowed runtime that computes every network in `paths` as ONNX Runtime does on the CPU."""
    problems = []
    for candidate in _candidates(runtime, precision, threads):
        problem = _problem(candidate, paths)
        if problem is None:
            return candidate
        log.warning("runtime passed over", runtime=str(candidate), problem=problem)
        problems.append(f"{candidate}: {problem}")
    raise RuntimeUnavailable("; ".join(problems) or f"{runtime} cannot compute in {precision}: choose precision f32")


def _candidates(runtime: str, precision: str, threads: int) -> list[Runtime]:
    """The fastest first. A GPU is taken only where it is asked for by name: others may be using it."""
    plain: Precision = "int8" if precision == "int8" else "f32"
    openvino = [Runtime("openvino", kind, threads) for kind in _precisions(precision)]
    fallback = [Runtime("onnxruntime", plain, threads)] if precision != "bf16" else []
    cuda = [Runtime("cuda", "f32", threads)] if precision in ("auto", "f32") else []
    named = {"openvino": openvino, "onnxruntime": fallback, "cuda": cuda}
    return named.get(runtime, [*openvino, *fallback])


def _precisions(precision: str) -> list[Precision]:
    """The wanted precisions that OpenVINO has on this machine, the fastest first."""
    if precision == "int8":
        return ["int8"]
    bf16: list[Precision] = ["bf16"] if precision != "f32" and has_bf16() else []
    return bf16 if precision == "bf16" else [*bf16, "f32"]


def has_bf16() -> bool:
    """The processor multiplies bfloat16 itself, and OpenVINO knows how to let it."""
    try:
        return "BF16" in _openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except (ImportError, RuntimeError):
        return False


def _openvino_core() -> Any:
    """OpenVINO, without what reports each of its imports to Google Analytics from a forked process.

    Where that package cannot be imported OpenVINO does without. Nothing is to leave this machine unasked, and what
    is forked from a process with threads may never end.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # as the import system says "none"
    import openvino  # here, because it has no packages for some machines that patrol runs on

    return openvino.Core()


def _problem(candidate: Runtime, paths: Sequence[Path]) -> str | None:
    """Run every network once in `candidate` and in ONNX Runtime; what is wrong, or None."""
    if candidate.name == "onnxruntime":
        return None
    try:
        for path in paths:
            cosine = _agreement(candidate, path)
            log.info("runtime tested", runtime=str(candidate), network=path.stem, cosine=round(cosine, 5))
            if not cosine >= MIN_COSINE:
                return f"{path.name} differs from ONNX Runtime: cosine {cosine:.4f}"
    except RuntimeUnavailable as error:
        return str(error)
    except (ImportError, RuntimeError) as error:
        return str(error).strip().splitlines()[0][:200]
    return None


def _agreement(candidate: Runtime, path: Path) -> float:
    reference = OnnxRuntimeNetwork(path, candidate.threads)
    blob = np.repeat(drawn_head(reference.input_wh), 2, axis=0)  # two, so that the batch is tried as well
    wanted, got = (_joined(network.run(blob)) for network in (reference, candidate.open(path)))
    return float(wanted @ got / (np.linalg.norm(wanted) * np.linalg.norm(got)))


def _joined(outputs: Sequence[Float32]) -> Float32:
    return np.concatenate([output.ravel() for output in outputs])


def drawn_head(wh: tuple[int, int]) -> Float32:
    """A drawn head on a gradient, float32 (1, 3, H, W), 0..255: something like a face that is nobody's."""
    width, height = wh
    ramp = np.linspace(40, 160, width, dtype=np.float32)
    picture = np.repeat(np.tile(ramp, (height, 1))[:, :, None], 3, axis=2)
    unit = min(wh) / 112
    for x, y, half_w, half_h, colour in _HEAD:
        centre = (round(width / 2 + (x - 56) * unit), round(height / 2 + (y - 56) * unit))
        axes = (max(1, round(half_w * unit)), max(1, round(half_h * unit)))
        cv2.ellipse(picture, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None])


#: x, y, half width, half height in pixels of a 112 pixel square, and colour: head, eyes, nose, mouth.
_HEAD = (
    (56, 60, 42, 54, (120, 150, 200)),
    (38, 52, 8, 4, (30, 30, 40)),
    (74, 52, 8, 4, (30, 30, 40)),
    (56, 72, 6, 8, (100, 125, 170)),
    (56, 92, 16, 4, (70, 60, 140)),
)
