from pathlib import Path

import pytest
from onnx import TensorProto

from patrol.faces.inspection import NotUnderstood, inspect
from tests.faces import tiny


def test_arcface_is_known_by_its_square_and_fed_between_minus_and_plus_one(tmp_path: Path) -> None:
    understood = inspect(tiny.embedder(tmp_path / "arc.onnx", 112, 512))
    assert (understood.format, understood.role, understood.input.chip) == ("arcface", "embedder", "arcface")
    assert (understood.input.length, understood.input.wh, understood.input.colour) == (512, (112, 112), "rgb")
    assert (understood.input.mean, understood.input.scale) == ((127.5,) * 3, 1 / 127.5)


def test_a_network_that_normalises_by_itself_gets_pixels(tmp_path: Path) -> None:
    understood = inspect(tiny.embedder(tmp_path / "own.onnx", 112, 128, is_normalising=True))
    assert understood.is_normalising
    assert (understood.input.mean, understood.input.scale) == ((0.0,) * 3, 1.0)


def test_dlibs_is_known_by_its_larger_square(tmp_path: Path) -> None:
    understood = inspect(tiny.embedder(tmp_path / "dlib.onnx", 150, 128))
    assert (understood.format, understood.input.chip) == ("dlib", "dlib")
    assert understood.input.scale == 1 / 256


@pytest.mark.parametrize("wh", [(0, 0), (640, 640)])
def test_scrfd_is_known_by_its_nine_arrays(tmp_path: Path, wh: tuple[int, int]) -> None:
    understood = inspect(tiny.scrfd(tmp_path / "scrfd.onnx", wh=wh))
    assert (understood.format, understood.role, understood.input.chip) == ("scrfd", "detector", None)
    assert understood.input.wh == (wh if wh[0] else None)
    assert (understood.input.colour, understood.input.mean, understood.input.scale) == ("rgb", (127.5,) * 3, 1 / 128)


def test_yunet_is_known_by_its_twelve(tmp_path: Path) -> None:
    understood = inspect(tiny.yunet(tmp_path / "yunet.onnx"))
    assert (understood.format, understood.input.colour, understood.input.scale) == ("yunet", "bgr", 1.0)


def no_network(path: Path) -> Path:
    path.write_bytes(b"not a network")
    return path


def of_half_numbers(path: Path) -> Path:
    sketch = tiny.Sketch([1, 3, 112, 112], TensorProto.FLOAT16)
    return sketch.save(path, [sketch.add("Identity", "picture")])


def with_channels_last(path: Path) -> Path:
    sketch = tiny.Sketch([1, 112, 112, 3])
    return sketch.save(path, [sketch.add("Identity", "picture")])


def of_unknown_nodes(path: Path) -> Path:
    sketch = tiny.Sketch([1, 3, 112, 112])
    return sketch.save(path, [sketch.add("Teleport", "picture")])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (no_network, "is not an ONNX file"),
        (of_half_numbers, r"takes FLOAT16 \[1, 3, 112, 112\]: patrol gives FLOAT"),
        (with_channels_last, r"takes FLOAT \[1, 112, 112, 3\].*export it so"),
        (of_unknown_nodes, "does not run in ONNX Runtime"),
        (lambda path: tiny.embedder(path, 112, 10), "gives one array of 10 numbers"),
        (lambda path: tiny.embedder(path, 96, 512), "112 x 112"),
        (lambda path: tiny.scrfd(path, has_points=False), "no landmarks"),
        (lambda path: tiny.scrfd(path, wh=(320, 320)), "free height and width"),
    ],
)
def test_what_patrol_cannot_use_is_refused_with_the_reason(tmp_path: Path, make, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotUnderstood, match=said):
        inspect(make(tmp_path / "odd.onnx"))
