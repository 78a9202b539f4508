"""Who is chosen to walk, and from which photo they are filmed."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.bench.walks import Plan, film_walks, photographed
from patrol.eval.folder import read_folder
from patrol.eval.refusals import CannotMeasure
from patrol.eval.truth import read_truth
from patrol.values import Face, Uint8
from tests.demo.drawn import drawn_photo
from tests.faces.walkers import face_at


class DrawnFinder:
    """Knows where `drawn_photo` puts the face; finds none in a dark picture."""

    def examine(self, pixels_bgr: Uint8) -> list[Face]:
        if pixels_bgr.mean() < 30:
            return []
        face = face_at((160, 190), width_px=150)
        return [Face(face.box_xyxy, drawn_photo("Ada").landmarks_xy, 0.9, face.quality, None)]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    for name, tones in {"Ada": (90, 150), "Ben": (90, 150), "Cleo": (90,), "Dan": (90, 0), "李安": (120, 60)}.items():
        (tmp_path / "people" / name).mkdir(parents=True)
        for number, tone in enumerate(tones):
            pixels = drawn_photo(name, tone).pixels_bgr if tone else np.zeros((400, 320, 3), np.uint8)
            (tmp_path / "people" / name / f"{number}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    return tmp_path / "people"


def test_everybody_is_filmed_from_the_last_photo(people: Path) -> None:
    (ada,) = photographed(read_folder(people), DrawnFinder(), ["Ada"])
    assert np.array_equal(ada.pixels_bgr, drawn_photo("Ada", 150).pixels_bgr)


def test_who_has_no_face_in_it_is_passed_over(people: Path) -> None:
    names = [photo.person for photo in photographed(read_folder(people), DrawnFinder(), ["Dan", "李安"])]
    assert names == ["李安"]


def test_too_few_with_two_photos_cannot_be_filmed(people: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure, match="too_few_walkers"):
        film_walks(read_folder(people), DrawnFinder(), Plan(2, 2), tmp_path / "out", lambda _n, _of: None)


@pytest.mark.slow
def test_scenes_are_filmed_with_their_truth_once(people: Path, tmp_path: Path) -> None:
    told: list[int] = []

    def film() -> list[Path]:
        plan = Plan(n_scenes=1, n_people=2, seconds=6)
        clips = film_walks(read_folder(people), DrawnFinder(), plan, tmp_path / "out", lambda n, _of: told.append(n))
        return [clip.video for clip in clips]

    (video,) = film()
    made_at = video.stat().st_mtime_ns
    assert film() == [video]
    assert video.stat().st_mtime_ns == made_at
    assert told == [1, 1]
    truth = read_truth(video.with_suffix(".json"))
    assert truth.length_s == 6
    assert {passage.person for passage in truth.passages} <= {"Ada", "Ben", "李安"}
