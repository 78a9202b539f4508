import numpy as np

from patrol.eval.looking import PORTRAIT, Variant, faces_of, middle_face, probe_variants, spoiled
from patrol.values import Face, Quality
from tests.eval.drawn import DrawnEyes, empty_photo, photo

PICTURE = "0f" * 32


def face_at(x: float, y: float, width: float = 20) -> Face:
    box = np.array([x - width / 2, y - width / 2, x + width / 2, y + width / 2], np.float32)
    return Face(box, np.zeros((5, 2), np.float32), 0.9, Quality(1.0, 20.0, 9.0, 0.0), None)


def test_a_photo_of_several_is_of_the_one_in_the_middle() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    middle = face_at(105, 48)
    assert middle_face([face_at(20, 50, 60), middle, face_at(190, 50)], pixels) is middle
    assert middle_face([], pixels) is None


def test_a_photo_as_it_is_needs_one_look_and_a_spoilt_one_as_many_as_asked() -> None:
    assert probe_variants(0, 5, 0) == (Variant("still"),)
    assert probe_variants(40, 1, 7) == (Variant("still", 40, 0, 7),)
    assert probe_variants(40, 3, 7) == tuple(Variant("probe", 40, look, 7) for look in range(3))


def test_a_portrait_and_its_looks_are_seen_in_one_go() -> None:
    variants = [PORTRAIT, *probe_variants(12, 3, 0)]
    faces = faces_of(DrawnEyes(), photo(1, 1), variants, {}, PICTURE)
    assert list(faces) == variants
    widths = [float(face.box_xyxy[2]) for face in faces.values() if face is not None]
    assert widths[0] == 48
    assert all(12 * 3 * 0.85 < width < 12 * 3 * 1.2 for width in widths[1:])
    assert len(set(widths[1:])) > 1


def test_looks_added_later_are_spoilt_by_the_portrait_that_is_known() -> None:
    pixels, (first, second) = photo(1, 1), probe_variants(12, 2, 0)
    at_once = faces_of(DrawnEyes(), pixels, [PORTRAIT, first, second], {}, PICTURE)
    known = faces_of(DrawnEyes(), pixels, [PORTRAIT, first], {}, PICTURE)
    later = faces_of(DrawnEyes(), pixels, [second], known, PICTURE)[second]
    wanted = at_once[second]
    assert later is not None
    assert wanted is not None
    assert later.template is not None
    assert wanted.template is not None
    assert np.array_equal(later.template.vector, wanted.template.vector)


def test_where_no_face_is_there_is_none_in_any_look() -> None:
    variants = [PORTRAIT, *probe_variants(12, 2, 0)]
    assert set(faces_of(DrawnEyes(), empty_photo(), variants, {}, PICTURE).values()) == {None}


def test_each_photo_look_and_seed_is_spoilt_in_its_own_way() -> None:
    pixels = photo(1, 1)
    face = DrawnEyes().examine(pixels)[0]
    spoils = [
        spoiled(pixels, face, variant, picture).tobytes()
        for picture in (PICTURE, "1e" * 32)
        for variant in (Variant("probe", 20, 0, 0), Variant("probe", 20, 1, 0), Variant("probe", 20, 0, 1))
    ]
    assert len(set(spoils)) == 6
    assert spoils[0] == spoiled(pixels, face, Variant("probe", 20, 0, 0), PICTURE).tobytes()
