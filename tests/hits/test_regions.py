"""Under a mask nobody is matched; at a still face only its own person is not."""

import uuid

import numpy as np
import pytest

from patrol.hits.regions import NOWHERE, Box, Regions, Still, contains, overlap, part_of
from tests.hits.sightings import FRAME_WH, face

WANDA, ELSE = uuid.uuid4(), uuid.uuid4()
POSTER: Box = (0.40, 0.30, 0.44, 0.38)
LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
TRIANGLE = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))


def resting(person: uuid.UUID = WANDA, box: Box = POSTER, *, is_resting: bool = True) -> Regions:
    return Regions(stills=(Still(uuid.uuid4(), person, box, is_resting),))


def test_without_a_mask_faces_are_as_they_were() -> None:
    faces = [face()]
    assert NOWHERE.sort(faces, FRAME_WH) == (faces, [])


def test_a_masked_face_is_set_aside() -> None:
    left, right = face(), face(box_xyxy=(400, 100, 460, 180))
    assert Regions(masks=(LEFT_HALF,)).sort([left, right], FRAME_WH) == ([right], [left])


@pytest.mark.parametrize(
    ("person", "boxes", "is_at_rest"),
    [
        (WANDA, [POSTER, POSTER], True),
        (ELSE, [POSTER], False),  # somebody else before the poster
        (WANDA, [(0.7, 0.3, 0.74, 0.38)], False),  # herself, elsewhere
        (WANDA, [POSTER, (0.7, 0.3, 0.74, 0.38)], False),  # herself, walking past her own poster
    ],
)
def test_only_the_still_faces_own_person_rests_and_only_there(
    person: uuid.UUID, boxes: list[Box], is_at_rest: bool
) -> None:
    assert resting().rests(person, boxes) == is_at_rest


def test_who_was_said_to_be_a_person_is_matched_and_not_asked_about_again() -> None:
    regions = resting(is_resting=False)
    assert not regions.rests(WANDA, [POSTER])
    assert regions.is_known(WANDA, POSTER)
    assert not regions.is_known(ELSE, POSTER)


def test_a_still_face_is_seen_whoever_is_there() -> None:
    regions = resting()
    assert regions.seen([(0.9, 0.9, 0.95, 0.99), POSTER]) == {regions.stills[0].id}
    assert regions.seen([]) == set()


@pytest.mark.parametrize(
    ("other", "iou"), [(POSTER, 1.0), ((0.44, 0.30, 0.48, 0.38), 0.0), ((0.40, 0.34, 0.44, 0.42), 1 / 3)]
)
def test_overlap(other: Box, iou: float) -> None:
    assert overlap(POSTER, other) == pytest.approx(iou)


@pytest.mark.parametrize(("point", "is_inside"), [((0.2, 0.2), True), ((0.5, 0.5), True), ((0.6, 0.6), False)])
def test_a_point_in_a_triangle(point: tuple[float, float], is_inside: bool) -> None:
    assert contains(TRIANGLE, point) == is_inside


def test_a_place_holds_for_every_resolution() -> None:
    small, large = np.array([64, 36, 128, 72], np.float32), np.array([192, 108, 384, 216], np.float32)
    assert part_of(small, (640, 360)) == pytest.approx(part_of(large, (1920, 1080)))
