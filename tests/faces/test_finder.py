import threading
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.faces.embed import Embedder, NotAnEmbedder
from patrol.faces.finder import Finder, open_finder
from patrol.faces.manifest import read_manifest
from patrol.faces.weights import WeightsMissing, WeightsUnknown
from patrol.values import BgrPicture, Face, Frame, Uint8

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def frame_of(pixels_bgr: Uint8) -> Frame:
    return Frame("hall", 0, NOW, BgrPicture(pixels_bgr))


def photo_of(shared_data: Path, person: str, number: int = 1) -> Uint8:
    pixels = cv2.imread(str(shared_data / "faces" / "lfw10" / person / f"{person}_{number:04d}.jpg"))
    return np.asarray(pixels, np.uint8)


def middle_face(finder: Finder, pixels_bgr: Uint8) -> Face:
    """The face of whom the photo is; others may stand beside."""
    height, width = pixels_bgr.shape[:2]
    middle_xy = np.array([width / 2, height / 2])
    faces = finder.examine(pixels_bgr)
    return min(faces, key=lambda face: float(np.abs(face.box_xyxy.reshape(2, 2).mean(axis=0) - middle_xy).sum()))


def likeness(one: Face, other: Face) -> float:
    assert one.template is not None
    assert other.template is not None
    return float(one.template.vector @ other.template.vector)


def test_weights_that_are_not_there_are_named_with_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"yunet-2023mar\.onnx is not there: run `patrol weights pull yunet`"):
        open_finder(tmp_path)


def test_a_detector_makes_no_templates(tmp_path: Path) -> None:
    with pytest.raises(NotAnEmbedder, match="yunet"):
        Embedder(None, read_manifest(tmp_path)["yunet"])  # type: ignore[arg-type]


@pytest.mark.weights
class TestWithWeights:
    def test_an_embedder_nobody_knows_is_refused(self, models_dir: Path) -> None:
        with pytest.raises(WeightsUnknown, match="'arcface'"):
            open_finder(models_dir, embedder="arcface")

    def test_no_frames_have_no_faces(self, finder: Finder) -> None:
        assert finder.find([]) == []

    @pytest.mark.parametrize("size", [(1, 1), (7, 300), (480, 640)])
    def test_a_picture_of_nothing_has_no_faces(self, finder: Finder, size: tuple[int, int]) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
        assert finder.find([frame_of(noise), frame_of(np.zeros((*size, 3), np.uint8))]) == [[], []]
        assert finder.examine(noise) == []

    def test_it_says_what_it_runs(self, finder: Finder) -> None:
        assert finder.embedder == "sface-2021dec"
        assert finder.runtime.split()[0] in ("openvino", "onnxruntime")
        assert 0 < finder.thresholds.uncertain < finder.thresholds.sure < 1


@pytest.mark.weights
@pytest.mark.data
class TestWithFaces:
    def test_two_photos_of_one_person_are_alike_and_of_two_are_not(self, finder: Finder, shared_data: Path) -> None:
        blair, again, chirac = (
            middle_face(finder, photo_of(shared_data, name, number))
            for name, number in (("Tony_Blair", 1), ("Tony_Blair", 3), ("Jacques_Chirac", 1))
        )
        assert likeness(blair, again) >= finder.thresholds.sure
        assert likeness(blair, chirac) < finder.thresholds.uncertain

    def test_a_batch_gives_what_its_frames_give_alone(self, finder: Finder, shared_data: Path) -> None:
        photos = [photo_of(shared_data, name) for name in ("Tony_Blair", "Jacques_Chirac")]
        nothing = np.zeros((250, 250, 3), np.uint8)
        frames = [frame_of(pixels) for pixels in (photos[0], nothing, photos[1])]
        together = finder.find(frames)
        alone = [finder.find([frame])[0] for frame in frames]
        assert [len(faces) for faces in together] == [len(faces) for faces in alone]
        assert together[1] == []
        for one, other in zip(together[0] + together[2], alone[0] + alone[2], strict=True):
            assert np.array_equal(one.box_xyxy, other.box_xyxy)
            assert (one.template is None) == (other.template is None)
            assert one.template is None or likeness(one, other) > 0.999

    def test_a_refused_face_has_reasons_and_no_template(self, finder: Finder, shared_data: Path) -> None:
        smeared = cv2.GaussianBlur(photo_of(shared_data, "Tony_Blair"), (0, 0), 9)
        for face in finder.examine(np.asarray(smeared, np.uint8)):
            assert "blurred" in face.quality.refusals
            assert face.template is None

    def test_a_still_is_held_to_a_stricter_bar_than_video(self, finder: Finder, shared_data: Path) -> None:
        small = cv2.resize(
            photo_of(shared_data, "Colin_Powell", 2), None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA
        )
        pixels = np.asarray(small, np.uint8)
        assert finder.find([frame_of(pixels)])[0][0].template is not None
        (held,) = finder.examine(pixels)
        assert held.quality.refusals == ("too_small",)
        assert held.template is not None  # it may be let in as weak

    def test_a_large_photo_gives_the_template_of_a_small_one(self, finder: Finder, shared_data: Path) -> None:
        photo = photo_of(shared_data, "Colin_Powell", 2)
        large = cv2.resize(photo, None, fx=10, fy=10, interpolation=cv2.INTER_CUBIC)
        assert likeness(middle_face(finder, photo), middle_face(finder, np.asarray(large, np.uint8))) > 0.9

    def test_a_face_that_fills_the_photo_is_found(self, finder: Finder, shared_data: Path) -> None:
        photo = photo_of(shared_data, "Colin_Powell", 2)
        x1, y1, x2, y2 = middle_face(finder, photo).box_xyxy.astype(int)
        filled = cv2.resize(photo[y1:y2, x1:x2], None, fx=20, fy=20, interpolation=cv2.INTER_CUBIC)
        (face,) = finder.examine(np.asarray(filled, np.uint8))
        assert face.box_xyxy[2] - face.box_xyxy[0] > 0.7 * filled.shape[1]

    def test_many_threads_get_what_one_gets(self, finder: Finder, shared_data: Path) -> None:
        names = ("Tony_Blair", "Jacques_Chirac", "Colin_Powell", "Ariel_Sharon")
        photos = [photo_of(shared_data, name) for name in names]
        alone = [middle_face(finder, photo) for photo in photos]
        got: dict[int, Face] = {}

        def look(n: int) -> None:
            for _ in range(3):
                got[n] = middle_face(finder, photos[n])

        threads = [threading.Thread(target=look, args=(n,)) for n in range(len(photos))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(likeness(got[n], alone[n]) > 0.9999 for n in range(len(photos)))

    def test_the_dlib_embedder_tells_people_apart_by_its_own_thresholds(
        self, models_dir: Path, shared_data: Path
    ) -> None:
        finder = open_finder(models_dir, embedder="dlib")
        assert finder.embedder == "dlib-resnet29-v1"
        blair, again, chirac = (
            middle_face(finder, photo_of(shared_data, name, number))
            for name, number in (("Tony_Blair", 1), ("Tony_Blair", 3), ("Jacques_Chirac", 1))
        )
        assert likeness(blair, again) >= finder.thresholds.uncertain > likeness(blair, chirac)
