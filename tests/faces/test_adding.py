from pathlib import Path

import pytest

from patrol.faces.adding import NotAdded, Origin, add
from patrol.faces.inspection import inspect
from patrol.faces.manifest import ManifestError, read_manifest
from patrol.faces.weights import require
from tests.faces import tiny

AGREED = Origin('the "Own" licence\nof 2026', False, "中文公司", "")


def test_what_was_added_is_in_the_manifest_as_it_was_understood_and_said(tmp_path: Path) -> None:
    file = tiny.embedder(tmp_path / "arc.onnx", 112, 512)
    understood = inspect(file)
    added = add(tmp_path / "models", file, "own", understood, AGREED)
    weights, path = require(tmp_path / "models", "own")
    assert weights == added
    assert weights.input == understood.input
    assert (weights.licence, weights.rights, weights.allows_commercial_use) == (AGREED.licence, "中文公司", False)
    assert weights.version == f"own-{weights.sha256[:8]}"
    assert path.read_bytes() == file.read_bytes()
    assert weights.calibration == "own.calibration.json"


def test_the_networks_that_ship_stay_beside_it(tmp_path: Path) -> None:
    file = tiny.yunet(tmp_path / "finds.onnx")
    add(tmp_path / "models", file, "own", inspect(file), AGREED)
    assert read_manifest(tmp_path / "models").keys() == {"yunet", "sface", "dlib", "own"}


@pytest.mark.parametrize("name", ["", "../own", "Own", "-own", "manifest", "自己"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    file = tiny.yunet(tmp_path / "finds.onnx")
    with pytest.raises(NotAdded, match="is no name"):
        add(tmp_path / "models", file, name, inspect(file), AGREED)


def test_a_name_that_is_taken_is_refused_and_nothing_is_overwritten(tmp_path: Path) -> None:
    file = tiny.yunet(tmp_path / "finds.onnx")
    with pytest.raises(NotAdded, match="sface is in the manifest already"):
        add(tmp_path / "models", file, "sface", inspect(file), AGREED)
    assert not (tmp_path / "models").exists()


def test_one_name_in_two_files_is_a_mistake_of_the_manifest(tmp_path: Path) -> None:
    file = tiny.yunet(tmp_path / "finds.onnx")
    add(tmp_path, file, "own", inspect(file), AGREED)
    (tmp_path / "twice.toml").write_bytes((tmp_path / "own.toml").read_bytes())
    with pytest.raises(ManifestError, match=r"twice\.toml: own is in another file too"):
        read_manifest(tmp_path)
