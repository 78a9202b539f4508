"""Every format goes the whole way: file, manifest, pull or add, finder, faces with templates."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from patrol.faces.adding import Origin, add
from patrol.faces.embed import NotAnEmbedder
from patrol.faces.finder import open_finder
from patrol.faces.inspection import inspect
from patrol.faces.manifest import LANDMARKS, Landmark
from patrol.faces.quality import Bar
from patrol.faces.weights import pull, require
from patrol.values import Face
from tests.faces import tiny

OPEN_SOURCE = Origin("CC0-1.0", True, "nobody's", "nothing")
EVERY_FACE = Bar(min_eye_distance_px=0.0, min_sharpness=0.0, max_yaw=1.0, min_inside=0.0)
RIGHT_FIRST: tuple[Landmark, ...] = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")

EMBEDDERS = {
    "arcface": lambda path: tiny.embedder(path, 112, 512),
    "sface": lambda path: tiny.embedder(path, 112, 128, is_normalising=True),
    "dlib": lambda path: tiny.embedder(path, 150, 128),
    "one picture a run": lambda path: tiny.embedder(path, 112, 512, batch=1),
}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def take_in(models: Path, file: Path, name: str, landmarks: tuple[Landmark, ...] = LANDMARKS) -> None:
    add(models, file, name, inspect(file), OPEN_SOURCE, landmarks)


def faces_in(models: Path, detector: str, embedder: str, runtime: str = "onnxruntime") -> list[Face]:
    finder = open_finder(
        models, detector=detector, embedder=embedder, runtime=runtime, threads=1, video_bar=EVERY_FACE
    )
    return finder.examine(tiny.bright_spot())


@pytest.mark.parametrize("runtime", ["onnxruntime", "auto"])
@pytest.mark.parametrize("kind", EMBEDDERS)
def test_an_embedder_of_each_format_makes_templates(models: Path, tmp_path: Path, kind: str, runtime: str) -> None:
    take_in(models, tiny.yunet(tmp_path / "finds.onnx"), "finds")
    take_in(models, EMBEDDERS[kind](tmp_path / "tells.onnx"), "tells")
    faces = faces_in(models, "finds", "tells", runtime)
    assert faces
    weights, _ = require(models, "tells")
    templates = [face.template for face in faces if face.template is not None]
    assert templates
    for template in templates:
        assert template.embedder == weights.version
        assert template.vector.shape == (weights.input.length,)
        assert np.linalg.norm(template.vector) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "order"),
    [("yunet", LANDMARKS), ("scrfd", LANDMARKS), ("scrfd-fixed", LANDMARKS), ("scrfd", RIGHT_FIRST)],
)
def test_a_detector_of_each_format_places_box_and_landmarks(
    models: Path, tmp_path: Path, name: str, order: tuple[Landmark, ...]
) -> None:
    places = [LANDMARKS.index(landmark) for landmark in order]
    path = tmp_path / "finds.onnx"
    made = {
        "yunet": lambda: tiny.yunet(path),
        "scrfd": lambda: tiny.scrfd(path, order=places),
        "scrfd-fixed": lambda: tiny.scrfd(path, wh=(640, 640)),
    }
    take_in(models, made[name](), "finds", order)
    take_in(models, tiny.embedder(tmp_path / "tells.onnx", 112, 512), "tells")
    faces = faces_in(models, "finds", "tells")
    middles = [(face.box_xyxy[:2] + face.box_xyxy[2:]) / 2 for face in faces]
    nearest = int(np.argmin([np.abs(middle - (192, 160)).max() for middle in middles]))
    face = faces[nearest]
    width = float(face.box_xyxy[2] - face.box_xyxy[0])
    assert np.abs(middles[nearest] - (192, 160)).max() < 12
    assert np.allclose((face.landmarks_xy - middles[nearest]) / width, tiny.POINTS, atol=0.05)


def test_pulled_weights_of_ones_own_manifest_work_as_added_ones_do(models: Path, tmp_path: Path) -> None:
    content = tiny.embedder(tmp_path / "tells.onnx", 112, 512).read_bytes()
    take_in(models, tmp_path / "tells.onnx", "tells")
    take_in(models, tiny.yunet(tmp_path / "finds.onnx"), "finds")
    (models / "tells.onnx").unlink()
    pull(models, ["tells"], fetch=lambda source: content)
    assert hashlib.sha256((models / "tells.onnx").read_bytes()).hexdigest() == require(models, "tells")[0].sha256
    assert faces_in(models, "finds", "tells")


def test_an_entry_with_another_length_is_told_when_the_network_runs(models: Path, tmp_path: Path) -> None:
    take_in(models, tiny.yunet(tmp_path / "finds.onnx"), "finds")
    take_in(models, tiny.embedder(tmp_path / "tells.onnx", 112, 512), "tells")
    entry = models / "tells.toml"
    entry.write_text(entry.read_text().replace("length = 512", "length = 256"))
    with pytest.raises(NotAnEmbedder, match="gives 512 numbers a face, the manifest says 256"):
        faces_in(models, "finds", "tells")


def test_detector_and_embedder_are_not_mistaken_for_each_other(models: Path, tmp_path: Path) -> None:
    take_in(models, tiny.yunet(tmp_path / "finds.onnx"), "finds")
    take_in(models, tiny.embedder(tmp_path / "tells.onnx", 112, 512), "tells")
    with pytest.raises(NotAnEmbedder, match="finds-"):
        faces_in(models, "finds", "finds")
