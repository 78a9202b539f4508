"""Filming: the frames, and a truth that agrees with the pixels."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from patrol.demo.clip import Clip
from patrol.demo.film import FaceUnknown, film, truth_of
from patrol.demo.loop import iou
from patrol.demo.scene import Scene, Walk, read_truth
from patrol.demo.site import CAMERAS, film_camera
from patrol.demo.view import HALLS
from patrol.faces.finder import open_finder
from patrol.values import BgrPicture, Frame, Uint8
from tests.demo.drawn import SMALL, drawn_photo, small_scene

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent


def test_a_scene_without_people_shows_the_hall_and_its_grain() -> None:
    shots = list(film(Scene((), 0.4, seed=1, fps=5, view=SMALL), []))
    first, second = (shot.pixels_bgr.astype(int) for shot in shots)
    assert first.shape == (360, 640, 3)
    assert 0.5 < np.abs(first - second).mean() < 5
    assert all(shot.faces == () for shot in shots)


@pytest.mark.parametrize("hall", HALLS)
def test_every_hall_can_be_filmed(hall: str) -> None:
    (shot,) = film(Scene((), 0.2, seed=1, hall=hall, fps=5, view=SMALL), [])
    assert shot.pixels_bgr.std() > 20


def test_a_person_without_a_photo_is_named() -> None:
    with pytest.raises(FaceUnknown, match="Ada"):
        next(film(small_scene("Ada"), [drawn_photo("Ben")]))


def test_the_same_seed_films_the_same_pixels() -> None:
    scene, photos = small_scene("Ada", "Ben"), [drawn_photo("Ada"), drawn_photo("Ben", 120)]
    once, again = list(film(scene, photos)), list(film(scene, photos))
    assert [shot.faces for shot in once] == [shot.faces for shot in again]
    assert all(np.array_equal(one.pixels_bgr, other.pixels_bgr) for one, other in zip(once, again, strict=True))


def test_the_pixels_change_where_the_truth_says_somebody_is() -> None:
    scene = small_scene("Ada")
    empty = next(film(Scene((), 0.2, scene.seed, fps=5, view=SMALL), [])).pixels_bgr.astype(int)
    for shot in film(scene, [drawn_photo("Ada")]):
        for _, sighting in shot.faces:
            x0, y0, x1, y1 = (round(value) for value in sighting.box_xyxy)
            assert np.abs(shot.pixels_bgr[y0:y1, x0:x1].astype(int) - empty[y0:y1, x0:x1]).mean() > 15


def test_somebody_nearer_covers_the_face_behind() -> None:
    behind = Walk("Ada", 0, (0.0, 8.0), (0.0, 7.0), speed_m_s=1.0, stature_m=1.7)
    before = Walk("Ben", 0, (0.0, 5.0), (0.0, 4.0), speed_m_s=1.0, stature_m=1.86)
    scene = Scene((behind, before), 1.0, seed=1, fps=5, view=SMALL)
    truth = truth_of(scene, [shot.faces for shot in film(scene, [drawn_photo("Ada"), drawn_photo("Ben")])])
    covered = {passage.person: [each.covered for each in passage.sightings] for passage in truth.passages}
    assert max(covered["Ben"]) == 0
    assert min(covered["Ada"]) > 0.3


def test_a_face_cut_off_by_the_edge_is_no_sighting() -> None:
    outside = Walk("Ada", 0, (-9.0, 6.0), (-2.5, 6.0), speed_m_s=6.5)
    shots = film(Scene((outside,), 1.0, seed=1, fps=5, view=SMALL), [drawn_photo("Ada")])
    assert [shot.faces for shot in shots] == [()] * 5


@pytest.mark.weights
def test_the_detector_finds_every_clear_face_in_the_box_of_the_truth() -> None:
    clip = film_camera(CAMERAS[0], ROOT / "data" / "demo")
    truth = read_truth(clip.truth_file)
    finder = open_finder(ROOT / "models", embedder="sface", runtime="auto", precision="auto", threads=2)
    overlaps = []
    for number, pixels in key_frames(clip):
        frame = Frame("demo", number, datetime.now(UTC), BgrPicture(pixels))
        boxes = [tuple(face.box_xyxy.tolist()) for face in finder.find([frame])[0]]
        clear = [sighting.box_xyxy for _, sighting in truth.faces_at(number) if sighting.covered < 0.2]
        overlaps += [max((iou(box, found) for found in boxes), default=0.0) for box in clear]
    assert len(overlaps) >= 15
    assert min(overlaps) > 0.4
    assert np.mean(overlaps) > 0.7


def key_frames(clip: Clip) -> Iterator[tuple[int, Uint8]]:
    """Every key frame with its number: uint8 (H, W, 3), BGR."""
    with av.open(str(clip.video)) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        for frame in container.decode(stream):
            yield round(frame.time * 25), frame.to_ndarray(format="bgr24")
