from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.faces.closeup import FACE_PX, TILE_PX, look_again, worth_a_look
from patrol.faces.detect import Detector
from patrol.faces.detections import Detections
from patrol.faces.runtime import Runtime
from patrol.values import Float32, Uint8

EMPTY = Detections(np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32), np.empty(0, np.float32))


class FlatNetwork:
    """A detector's network that answers with given cells: {(stride, row, column): score}; a box is a stride wide."""

    def __init__(self, cells: dict[tuple[int, int, int], float]) -> None:
        self.cells = cells
        self.shapes: list[tuple[int, ...]] = []

    def run(self, blob: Float32) -> list[Float32]:
        self.shapes.append(blob.shape)
        height, width = blob.shape[2:]
        scores = [self._scores(stride, height // stride, width // stride) for stride in (8, 16, 32)]
        flat = [np.zeros((1, score.size, n), np.float32) for n in (4, 10) for score in scores]
        whole = [np.ones((1, score.size, 1), np.float32) for score in scores]
        return [score.reshape(1, -1, 1) for score in scores] + whole + flat

    def _scores(self, stride: int, rows: int, columns: int) -> Float32:
        score = np.zeros((rows, columns), np.float32)
        for (cell_stride, row, column), value in self.cells.items():
            if cell_stride == stride and row < rows and column < columns:
                score[row, column] = value**2
        return score


def picture(width: int, height: int) -> Uint8:
    return np.zeros((height, width, 3), np.uint8)


def test_an_empty_picture_has_no_faces() -> None:
    found = Detector(FlatNetwork({})).detect(picture(64, 48))
    assert (found.boxes_xyxy.shape, found.landmarks_xy.shape, found.scores.shape) == ((0, 4), (0, 5, 2), (0,))


@pytest.mark.parametrize(
    ("size", "canvas"),
    [((1, 1), (32, 32)), ((640, 360), (640, 384)), ((1920, 1080), (960, 544)), ((1080, 1920), (544, 960)),
     ((9000, 20), (960, 32))],
)  # fmt: skip
def test_pictures_are_reduced_and_padded_to_what_the_network_takes(
    size: tuple[int, int], canvas: tuple[int, int]
) -> None:
    network = FlatNetwork({})
    Detector(network).detect(picture(*size))
    assert network.shapes == [(1, 3, canvas[1], canvas[0])]


def test_boxes_come_back_in_pixels_of_the_picture() -> None:
    cells = {(32, 3, 10): 0.9}
    found = Detector(FlatNetwork(cells)).detect(picture(960, 544))
    assert found.boxes_xyxy.tolist() == [[304.0, 80.0, 336.0, 112.0]]
    twice = Detector(FlatNetwork(cells)).detect(picture(1920, 1088))
    assert twice.boxes_xyxy.tolist() == [[608.0, 160.0, 672.0, 224.0]]
    assert twice.scores == pytest.approx([0.9])


def test_unlikely_cells_and_doubles_are_left_out_and_the_best_comes_first() -> None:
    cells = {(32, 3, 3): 0.8, (32, 9, 9): 0.95, (32, 9, 12): 0.5, (16, 13, 6): 0.76, (32, 10, 9): 0.2}
    found = Detector(FlatNetwork(cells)).detect(picture(960, 544))
    assert found.scores == pytest.approx([0.95, 0.8, 0.76])


def test_no_faces_need_no_second_look() -> None:
    def never(_picture: Uint8) -> Detections:
        raise AssertionError("looked again at nothing")

    assert look_again(picture(64, 64), EMPTY, never) is not None


def test_faces_are_placed_anew_where_the_second_look_saw_them() -> None:
    boxes = np.array([[100, 100, 130, 137.5], [500, 300, 530, 337.5], [600, 300, 900, 675]], np.float32)
    found = Detections(boxes, np.zeros((3, 5, 2), np.float32), np.array([0.4, 0.8, 0.7], np.float32))
    again = look_again(picture(1000, 700), found, _sees_the_first_tile)
    assert np.allclose(again.boxes_xyxy[0], [103, 100, 133, 137.5], atol=0.01)
    assert np.allclose(again.landmarks_xy[0], [118, 118.75], atol=0.01)
    assert np.array_equal(again.boxes_xyxy[1:], boxes[1:])
    assert again.scores == pytest.approx([0.9, 0.8, 0.7])


def _sees_the_first_tile(mosaic_bgr: Uint8) -> Detections:
    """A face a tenth of its width to the right of where it was taken to be; nothing in the second tile."""
    assert mosaic_bgr.shape == (TILE_PX, 2 * TILE_PX, 3)
    centre_xy = np.array([TILE_PX / 2 + FACE_PX / 10, TILE_PX / 2], np.float32)
    half_wh = np.array([FACE_PX / 2, FACE_PX * 0.625], np.float32)
    box = np.concatenate([centre_xy - half_wh, centre_xy + half_wh])[None]
    return Detections(box, np.tile(centre_xy, (1, 5, 1)), np.array([0.9], np.float32))


@pytest.mark.parametrize(
    ("width_px", "score", "is_face"),
    [(30, 0.4, False), (30, 0.7, False), (30, 0.8, True), (90, 0.5, False), (90, 0.7, True)],
)
def test_what_the_second_look_does_not_see_is_a_face_only_if_the_first_was_sure(
    width_px: int, score: float, is_face: bool
) -> None:
    box = np.array([[100, 100, 100 + width_px, 150]], np.float32)
    found = Detections(box, np.zeros((1, 5, 2), np.float32), np.array([score], np.float32))
    assert len(look_again(picture(640, 480), found, lambda _mosaic: EMPTY).scores) == is_face


@pytest.mark.parametrize("n_faces", [1, 4, 5, 9, 10, 23])
def test_any_number_of_small_faces_is_looked_at_again(n_faces: int) -> None:
    boxes = np.array([[20 * n, 50, 20 * n + 16, 70] for n in range(n_faces)], np.float32)
    found = Detections(boxes, np.zeros((n_faces, 5, 2), np.float32), np.ones(n_faces, np.float32))
    looked: list[int] = []

    def look(mosaic_bgr: Uint8) -> Detections:
        looked.append(mosaic_bgr.shape[0] * mosaic_bgr.shape[1] // TILE_PX**2)
        return EMPTY

    look_again(picture(640, 120), found, look)
    assert sum(looked) >= n_faces
    assert max(looked) <= 9


def test_a_faint_face_is_one_if_the_second_look_sees_it() -> None:
    box = np.array([[100, 100, 120, 125]], np.float32)
    found = Detections(box, np.zeros((1, 5, 2), np.float32), np.array([0.12], np.float32))
    assert look_again(picture(640, 480), found, _sees_one).scores == pytest.approx([0.9])


def _sees_one(_mosaic: Uint8) -> Detections:
    middle = TILE_PX / 2
    box = np.array([[middle - 30, middle - 37.5, middle + 30, middle + 37.5]], np.float32)
    return Detections(box, np.full((1, 5, 2), middle, np.float32), np.array([0.9], np.float32))


@pytest.mark.parametrize(
    ("n_likely", "n_faint", "n_tiles"), [(0, 99, 6), (3, 99, 9), (40, 99, 46), (4, 2, 6), (0, 1, 1)]
)
def test_a_texture_full_of_faint_candidates_costs_six_tiles(n_likely: int, n_faint: int, n_tiles: int) -> None:
    scores = np.array([0.15] * n_faint + [0.5] * n_likely, np.float32)
    boxes = np.array([[20 * n, 50, 20 * n + 16, 70] for n in range(len(scores))], np.float32)
    found = Detections(boxes, np.zeros((len(scores), 5, 2), np.float32), scores)
    assert len(worth_a_look(found)) == n_tiles
    assert set(np.flatnonzero(scores == np.float32(0.5))) <= set(worth_a_look(found).tolist())


@pytest.mark.weights
@pytest.mark.data
def test_many_more_faces_are_found_in_the_street_than_hog_finds(models_dir: Path, shared_data: Path) -> None:
    capture = cv2.VideoCapture(str(shared_data / "clips" / "street.mp4"))
    is_read, frame_bgr = capture.read()
    capture.release()
    assert is_read
    found = Detector(Runtime("onnxruntime", "f32", 2).open(models_dir / "yunet-2023mar.onnx")).detect(frame_bgr)
    assert len(found.scores) >= 7  # dlib's HOG with one upsampling finds 3


@pytest.mark.weights
@pytest.mark.data
@pytest.mark.parametrize("width_px", [20, 28, 40, 100, 400])
def test_a_face_is_found_at_every_size(models_dir: Path, shared_data: Path, width_px: int) -> None:
    photo = cv2.imread(str(sorted((shared_data / "faces" / "lfw10").glob("*/*_0001.jpg"))[0]))
    grown = cv2.resize(photo, None, fx=width_px / 93, fy=width_px / 93, interpolation=cv2.INTER_AREA)
    frame = np.full((1080, 1920, 3), 110, np.uint8)
    height, width = min(1080, grown.shape[0]), grown.shape[1]
    frame[:height, 300 : 300 + width] = grown[:height]
    found = Detector(Runtime("onnxruntime", "f32", 2).open(models_dir / "yunet-2023mar.onnx")).detect(frame)
    box_x1, _, box_x2, _ = found.boxes_xyxy[0]
    assert (box_x1 + box_x2) / 2 == pytest.approx(300 + width / 2, abs=0.5 * width_px)
    assert box_x2 - box_x1 == pytest.approx(width_px, rel=0.35)


def test_a_part_of_a_picture_is_searched_at_the_scale_of_the_whole_and_found_where_it_lies() -> None:
    picture = np.zeros((1080, 1920, 3), np.uint8)
    network = FlatNetwork({(32, 1, 2): 0.9})
    whole = Detector(network).detect(picture)
    part = Detector(network).detect(picture, part=(0.5, 0.25, 0.75, 0.5))
    assert network.shapes[0][2:] == (544, 960)
    assert network.shapes[-1][2:] == (160, 256)  # 480 x 270 pixels, halved, in whole strides
    moved = part.boxes_xyxy - whole.boxes_xyxy
    assert moved.tolist() == pytest.approx(np.array([[960, 270, 960, 270]]))


def test_the_smallest_part_is_still_a_picture() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    assert len(Detector(FlatNetwork({})).detect(picture, part=(1.0, 1.0, 1.0, 1.0)).scores) == 0


def test_parts_come_in_few_sizes_so_that_networks_see_few() -> None:
    network, rng = FlatNetwork({}), np.random.default_rng(1)
    picture = np.zeros((1080, 1920, 3), np.uint8)
    for _ in range(100):
        x0, x1 = np.sort(rng.uniform(0, 1, 2))
        y0, y1 = np.sort(rng.uniform(0, 1, 2))
        Detector(network).detect(picture, part=(float(x0), float(y0), float(x1), float(y1)))
    assert len(set(network.shapes)) <= 9
