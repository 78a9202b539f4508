import cv2
import numpy as np
import pytest

from patrol.faces.align import ARCFACE, CHIPS, Chip, align, fit_similarity
from patrol.values import Float32


def similarity(scale: float, degrees: float, shift_xy: tuple[float, float]) -> Float32:
    angle = np.deg2rad(degrees)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cos, -sin, shift_xy[0]], [sin, cos, shift_xy[1]]], np.float32)


@pytest.mark.parametrize("chip", CHIPS.values(), ids=CHIPS)
@pytest.mark.parametrize(("scale", "degrees"), [(1.0, 0.0), (3.0, 20.0), (0.2, -90.0), (1.0, 180.0)])
def test_the_fit_of_a_moved_face_undoes_the_move(chip: Chip, scale: float, degrees: float) -> None:
    moved = cv2.transform(chip.points_xy[None], similarity(scale, degrees, (300, 200)))[0]
    warp = fit_similarity(moved, chip.points_xy)
    assert np.allclose(cv2.transform(moved[None], warp)[0], chip.points_xy, atol=0.01)


def test_a_mirrored_face_is_not_mirrored_back() -> None:
    warp = fit_similarity(ARCFACE.points_xy * np.array([-1, 1], np.float32), ARCFACE.points_xy)
    assert np.linalg.det(warp[:, :2]) > 0


def test_landmarks_in_one_point_still_give_a_chip() -> None:
    picture = np.zeros((50, 50, 3), np.uint8)
    assert align(picture, np.full((5, 2), 20, np.float32), ARCFACE).shape == (112, 112, 3)


def test_what_lies_outside_the_frame_is_black() -> None:
    picture = np.full((112, 112, 3), 200, np.uint8)
    chip = align(picture, ARCFACE.points_xy - np.array([40, 0], np.float32), ARCFACE)
    assert chip[:, :38].max() == 0
    assert chip[:, 42:].min() == 200


@pytest.mark.parametrize("scale", [2.0, 3.7, 8.0])
def test_a_large_face_is_averaged_not_sampled(scale: float) -> None:
    side = int(112 * scale)
    checks = ((np.indices((side, side)).sum(axis=0) % 2) * 255).astype(np.uint8)
    chip = align(np.repeat(checks[:, :, None], 3, axis=2), ARCFACE.points_xy * np.float32(scale), ARCFACE)
    assert abs(float(chip.mean()) - 127.5) < 3
    assert chip[8:-8, 8:-8].std() < 40


@pytest.mark.parametrize("scale", [2.0, 5.3])
def test_a_large_face_lands_where_a_small_one_does(scale: float) -> None:
    small = np.zeros((112, 112, 3), np.uint8)
    cv2.circle(small, (40, 60), 10, (255, 255, 255), -1)
    large = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    # pixel centres: small (u, v) is large (scale (u + 1/2) - 1/2, ...)
    points = ((ARCFACE.points_xy + 0.5) * scale - 0.5).astype(np.float32)
    here, there = (cv2.moments(cv2.cvtColor(align(*face, ARCFACE), cv2.COLOR_BGR2GRAY))
                   for face in ((small, ARCFACE.points_xy), (large, points)))  # fmt: skip
    assert here["m10"] / here["m00"] == pytest.approx(there["m10"] / there["m00"], abs=0.15)
    assert here["m01"] / here["m00"] == pytest.approx(there["m01"] / there["m00"], abs=0.15)
