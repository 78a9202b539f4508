"""The table of runtimes and arithmetics, on networks of a few numbers; and on the real ones, that they agree."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.bench import precision
from patrol.bench.precision import FARS, KINDS, Precisions, Row, TooFewPeople, measure
from patrol.eval.folder import read_folder

MODELS = Path(__file__).parent.parent.parent / "models"


TARS = ("clean", "spoilt", "mixed")


def row(name: str = "onnxruntime f32") -> Row:
    return Row(name, 30.0, 25.5, 12.25, 48.5, 0.99991, 0.9876, 0.1, {key: [1.0, 0.5] for key in TARS})


def test_the_table_says_what_it_was_measured_on_and_one_line_a_runtime() -> None:
    lines = Precisions((row(), row("openvino bf16")), "lfw", 400).lines()
    assert "400 people of lfw" in lines[0]
    assert any(line.startswith("machine:") for line in lines)
    assert lines[-1].startswith("openvino bf16")
    assert "100.0 / 50.0" in lines[-1]


def test_the_figures_hold_every_column() -> None:
    figures = Precisions((row(),), "lfw", 400).figures()
    assert figures["fars"] == list(FARS)
    (told,) = figures["rows"]  # type: ignore[misc]
    assert told.keys() == set(Row.__slots__)


def test_people_are_told_apart_by_the_part_that_strangers_leave() -> None:
    people = np.eye(40, dtype=np.float32)
    assert precision._tar(people, people) == [1.0, 1.0]
    assert precision._tar(people, np.roll(people, 1, axis=0)) == [0.0, 0.0]


@pytest.mark.weights
def test_photos_of_nobody_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for n in range(2):
            cv2.imwrite(str(tmp_path / name / f"{n}.png"), np.full((64, 64, 3), 90, np.uint8))
    with pytest.raises(TooFewPeople, match="of 0 people"):
        measure(MODELS, read_folder(tmp_path), embedder="sface", threads=1, people=2, rounds=1)


@pytest.mark.weights
@pytest.mark.data
@pytest.mark.slow
def test_every_arithmetic_of_this_machine_keeps_templates_near_float32(shared_data: Path) -> None:
    folder = read_folder(shared_data / "faces" / "lfw10")
    done = measure(MODELS, folder, embedder="sface", threads=2, people=6, rounds=1)
    found = {row.name: row for row in done.rows}
    assert set(found) <= {" ".join(kind) for kind in KINDS}
    assert found["onnxruntime f32"].cosine == pytest.approx(1.0, abs=1e-5)
    assert found["onnxruntime int8"].cosine > 0.95
    assert all(row.cosine > 0.999 for name, row in found.items() if not name.endswith("int8"))
    assert all(row.tar["clean"][0] == 1.0 for row in found.values())
