from pathlib import Path

import numpy as np
import pytest

from patrol.faces.inspection import inspect
from patrol.faces.int8 import NotQuantised, drawn_heads, quantised
from patrol.faces.manifest import NetworkInput
from patrol.faces.runtime import Runtime
from tests.faces import tiny


def test_the_int8_copy_says_nearly_what_the_original_says_and_is_made_once(tmp_path: Path) -> None:
    path = tiny.embedder(tmp_path / "arc.onnx", 112, 512)
    takes = inspect(path).input
    copy = quantised(path, takes)
    (head,) = drawn_heads((112, 112), 1, np.random.default_rng(9))
    blob = ((head[None] - 127.5) / 127.5).transpose(0, 3, 1, 2).astype(np.float32)
    plain, rounded = (Runtime("onnxruntime", "f32", 1).open(file).run(blob)[0][0] for file in (path, copy))
    cosine = float(plain @ rounded / np.linalg.norm(plain) / np.linalg.norm(rounded))
    assert 0.98 < cosine < 1.0
    made_at = copy.stat().st_mtime_ns
    assert quantised(path, takes) == copy
    assert copy.stat().st_mtime_ns == made_at
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([path.name, copy.name])


def test_another_file_under_the_same_name_gets_a_copy_of_its_own(tmp_path: Path) -> None:
    path = tiny.embedder(tmp_path / "arc.onnx", 112, 512)
    first = quantised(path, inspect(path).input)
    tiny.embedder(path, 112, 256)
    assert quantised(path, inspect(path).input) != first


def test_a_network_for_any_size_is_refused(tmp_path: Path) -> None:
    takes = NetworkInput(name="picture", colour="bgr", mean=(0.0, 0.0, 0.0), scale=1.0)
    with pytest.raises(NotQuantised, match="any size"):
        quantised(tiny.yunet(tmp_path / "finds.onnx"), takes)


def test_drawn_heads_are_pictures_and_differ() -> None:
    heads = list(drawn_heads((48, 48), 5, np.random.default_rng(0)))
    assert all(head.shape == (48, 48, 3) and 0 <= head.min() < head.max() <= 255 for head in heads)
    assert len({float(head.mean()) for head in heads}) == 5


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    path = tiny.embedder(tmp_path / "arc.onnx", 112, 512)
    monkeypatch.setattr("patrol.faces.int8._make", full)
    with pytest.raises(NotQuantised, match=r"arc-.*int8\.onnx cannot be written: No space left"):
        quantised(path, inspect(path).input)
