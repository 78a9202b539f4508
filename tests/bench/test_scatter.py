"""Faces scattered over pictures, and textures with nobody in them."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.bench.scatter import FACES_A_PICTURE, WIDTHS_PX, Plan, scatter, texture
from patrol.eval.boxes import read_boxed
from tests.demo.drawn import drawn_photo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("scattered")
    assert scatter([drawn_photo("Ada"), drawn_photo("Ben", 90)], Plan(n_pictures=2), out) <= 2 * FACES_A_PICTURE
    return out


def test_every_picture_stands_in_the_list_with_its_boxes(folder: Path) -> None:
    boxed = {picture.name: picture for picture in read_boxed(folder)}
    assert sorted(boxed) == ["faces-000.jpg", "faces-001.jpg", "textures-000.jpg", "textures-001.jpg"]
    assert len(boxed["textures-000.jpg"].boxes_xyxy) == 0
    assert len(boxed["faces-000.jpg"].boxes_xyxy) >= FACES_A_PICTURE // 2


def test_faces_are_as_wide_as_planned_and_lie_apart(folder: Path) -> None:
    for picture in read_boxed(folder):
        widths = picture.boxes_xyxy[:, 2] - picture.boxes_xyxy[:, 0]
        assert ((widths > WIDTHS_PX[0] - 1) & (widths < WIDTHS_PX[1] + 1)).all()
        centres = (picture.boxes_xyxy[:, :2] + picture.boxes_xyxy[:, 2:]) / 2
        gaps = np.abs(centres[:, None] - centres[None]).max(axis=2) + 1e9 * np.eye(len(centres))
        assert (gaps.min(axis=1, initial=1e9) > widths).all()


def test_a_face_is_painted_where_its_box_is(folder: Path) -> None:
    with (folder / "boxes.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["picture"] == "faces-000.jpg")
    x0, y0, x1, y1 = (round(float(row[side])) for side in ("x0", "y0", "x1", "y1"))
    pixels = cv2.imread(str(folder / "faces-000.jpg"))
    around = pixels[max(0, y0 - 60) : y1 + 60, max(0, x0 - 60) : x1 + 60].reshape(-1, 3).mean(axis=0)
    assert np.abs(pixels[y0:y1, x0:x1].reshape(-1, 3).mean(axis=0) - around).max() > 5


def test_the_same_seed_makes_the_same_texture_and_another_one_another() -> None:
    one, same, other = (texture(np.random.default_rng(seed), (320, 180)) for seed in (1, 1, 2))
    assert one.shape == (180, 320, 3)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
