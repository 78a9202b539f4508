import numpy as np
import pytest

from patrol.faces import scrfd
from patrol.faces.scrfd import NotScrfd
from patrol.values import Float32

WH = (64, 32)


def maps(is_batched: bool = False) -> list[Float32]:
    """Outputs for a picture of 64 x 32, score, distance and landmarks for each stride in turn; nothing is a face."""
    counts = [2 * (WH[0] // stride) * (WH[1] // stride) for stride in scrfd.STRIDES]
    shapes = [(count, length) for count in counts for length in scrfd.ROW_LENGTHS]
    return [np.zeros((1, *shape) if is_batched else shape, np.float32) for shape in shapes]


def test_nothing_scored_high_enough_is_no_face() -> None:
    found = scrfd.read(maps(), WH, 0.5)
    assert (found.boxes_xyxy.shape, found.landmarks_xy.shape, found.scores.shape) == ((0, 4), (0, 5, 2), (0,))


@pytest.mark.parametrize("is_batched", [False, True])
@pytest.mark.parametrize("turned", [0, 4])
def test_an_anchor_reaches_from_its_cells_corner_in_steps_of_the_stride(is_batched: bool, turned: int) -> None:
    outputs = maps(is_batched)
    scores, distances, points = (output.reshape(-1, output.shape[-1]) for output in outputs[:3])
    second_of_cell = 2 * (1 * 8 + 3) + 1  # row 1, column 3 at stride 8
    scores[second_of_cell] = 0.9
    distances[second_of_cell] = [1, 0.5, 2, 3]
    points[second_of_cell] = np.arange(10) / 4
    found = scrfd.read(outputs[turned:] + outputs[:turned], WH, 0.5)
    assert found.boxes_xyxy.tolist() == [[24 - 8, 8 - 4, 24 + 16, 8 + 24]]
    assert found.landmarks_xy[0, 0].tolist() == [24, 8 + 2]
    assert found.landmarks_xy[0, 4].tolist() == [24 + 16, 8 + 18]
    assert found.scores == pytest.approx([0.9])


def test_one_without_landmarks_is_refused_in_words() -> None:
    with pytest.raises(NotScrfd, match=r"no landmarks.*take one with kps"):
        scrfd.read([output for output in maps() if output.shape[-1] != 10], WH, 0.5)


def test_another_networks_outputs_are_refused_with_what_they_are() -> None:
    with pytest.raises(NotScrfd, match=r"rows of \[1, 4\]"):
        scrfd.read(maps()[:2], WH, 0.5)


def test_outputs_of_another_picture_size_are_refused() -> None:
    with pytest.raises(NotScrfd, match="64 anchors at stride 8: SCRFD has 2 in each of 16 x 8"):
        scrfd.read(maps(), (128, 64), 0.5)
