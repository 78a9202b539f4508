"""The picture shows one face and its caption, fits its platform, and gives nobody else away."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from patrol.dispatch import fonts
from patrol.dispatch.blurring import blur
from patrol.dispatch.lettering import wrapped
from patrol.dispatch.pictures import PictureUnreadable, Subject, draw
from patrol.dispatch.wording import Caption
from patrol.values import Uint8

FACE, NEIGHBOUR = (600.0, 250.0, 700.0, 380.0), (730.0, 240.0, 820.0, 360.0)
CAPTION = Caption(
    "疑似人员 #0012", ("东方商场", "三楼扶梯，往B出口", "2026-03-02 09:30:00（UTC+8）"), "三楼保安群 · #0012", False
)


def frame(width: int = 1280, height: int = 720) -> Uint8:
    """Fine noise everywhere: whatever is blurred loses it."""
    return np.random.default_rng(7).integers(0, 255, (height, width, 3), np.uint8)


def jpeg(pixels_bgr: Uint8) -> bytes:
    return cv2.imencode(".jpg", pixels_bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def drawn(pixels_bgr: Uint8, subject: Subject, longest_bytes: int = 2_000_000) -> Image.Image:
    return Image.open(io.BytesIO(draw(jpeg(pixels_bgr), subject, CAPTION, longest_bytes)))


def detail(pixels_bgr: np.ndarray) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(pixels_bgr, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


def test_it_is_a_plain_rgb_jpeg_without_any_of_the_cameras_data() -> None:
    picture = drawn(frame(), Subject(FACE, []))
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert 1280 <= max(picture.size) <= 1920


def test_every_other_face_is_blurred_and_the_one_looked_for_is_not() -> None:
    pixels = frame()
    blur(pixels, [NEIGHBOUR, FACE], FACE)
    untouched = frame()
    x1, y1, x2, y2 = map(int, FACE)
    assert np.array_equal(pixels[y1:y2, x1:x2], untouched[y1:y2, x1:x2])
    x1, y1, x2, y2 = map(int, NEIGHBOUR)
    assert detail(pixels[y1:y2, x1:x2]) < detail(untouched[y1:y2, x1:x2]) / 1000


def test_hair_and_neck_of_others_are_blurred_too() -> None:
    pixels, untouched = frame(), frame()
    blur(pixels, [NEIGHBOUR], FACE)
    above = slice(int(NEIGHBOUR[1]) - 30, int(NEIGHBOUR[1])), slice(760, 800)
    assert detail(pixels[above]) < detail(untouched[above]) / 100


def test_blurring_cannot_be_undone_by_sharpening() -> None:
    """All that is left of a face are CELLS x CELLS colours."""
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[::2] = 255
    other = pixels.copy()
    other[:, ::2] = 255 - other[:, ::2]
    blur(pixels, [(20, 20, 180, 180)], (0, 0, 1, 1))
    blur(other, [(20, 20, 180, 180)], (0, 0, 1, 1))
    assert np.abs(pixels[30:170, 30:170].astype(int) - other[30:170, 30:170]).max() <= 4  # of 255


BOXES = [
    (FACE, "in the middle"),
    ((0.0, 0.0, 80.0, 100.0), "at a corner"),
    ((1230.0, 660.0, 1290.0, 740.0), "over the edge"),
    ((640.0, 360.0, 652.0, 375.0), "tiny"),
    ((100.0, -20.0, 900.0, 730.0), "larger than the view"),
]


@pytest.mark.parametrize("box", [box for box, _ in BOXES], ids=[name for _, name in BOXES])
def test_a_face_anywhere_makes_a_picture(box: tuple[float, float, float, float]) -> None:
    picture = drawn(frame(), Subject(box, [NEIGHBOUR, (-50.0, -50.0, -10.0, -10.0), (5.0, 5.0, 5.0, 5.0)]))
    assert picture.width == 1080


@pytest.mark.parametrize("wh", [(64, 48), (320, 240), (3840, 2160)])
def test_a_frame_of_any_size_makes_a_picture(wh: tuple[int, int]) -> None:
    box = (wh[0] * 0.4, wh[1] * 0.3, wh[0] * 0.5, wh[1] * 0.5)
    assert drawn(frame(*wh), Subject(box, [])).width == 1080


@pytest.mark.parametrize("longest", [2_000_000, 1_000_000, 200_000, 40_000])
def test_it_fits_what_the_platform_takes(longest: int) -> None:
    assert len(draw(jpeg(frame()), Subject(FACE, []), CAPTION, longest)) <= longest


@pytest.mark.parametrize("frame_jpeg", [b"", b"not a picture", b"\xff\xd8\xff\xe0 cut"])
def test_what_is_no_picture_is_said_to_be_none(frame_jpeg: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        draw(frame_jpeg, Subject(FACE, []), CAPTION, 1_000_000)


def test_the_same_hit_draws_the_same_bytes() -> None:
    first, second = (draw(jpeg(frame()), Subject(FACE, [NEIGHBOUR]), CAPTION, 1_000_000) for _ in range(2))
    assert first == second


def test_the_font_has_chinese_letters() -> None:
    missing = fonts.font(40).getmask("\U0010fffd").getbbox()
    for letter in "疑似人员演练撤回请勿转发":
        mask = fonts.font(40).getmask(letter)
        assert mask.getbbox() not in (None, missing), letter


def test_the_watermark_reaches_every_quarter_of_the_view() -> None:
    plain = np.zeros((720, 1280, 3), np.uint8)
    view = np.asarray(drawn(plain, Subject(FACE, [])).convert("L"))[:1080, :1080]
    for top, left in ((0, 0), (540, 0), (540, 540)):  # the inset is in the fourth
        assert (view[top : top + 540, left : left + 540] > 30).mean() > 0.005


LINES = [
    ("", []),
    ("short", ["short"]),
    ("3F escalator, towards exit B, by the fountain", 2),
    ("三楼自动扶梯往B出口方向靠近电梯厅之间的走廊尽头", 2),
    ("x" * 200, 6),
]


@pytest.mark.parametrize(("text", "lines"), LINES)
def test_long_lines_are_broken(text: str, lines: list[str] | int) -> None:
    broken = wrapped(text, 40, 600)
    assert broken == lines if isinstance(lines, list) else len(broken) >= lines
    assert all(fonts.font(40).getlength(line) <= 600 for line in broken)
    assert "".join(broken).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("policy", ["upper_body", "with_portrait", "full_frame", "face"])
def test_every_policy_shows_its_view_and_blurs_the_others(policy: str) -> None:
    picture = drawn_by(policy)
    assert picture.width == (1280 if policy == "full_frame" else 1080)
    assert max(picture.size) <= 1920
    alone = drawn_by(policy, others=())
    if policy != "face":  # the neighbour stands outside the face's own square
        assert detail(pixels_of(picture)) < detail(pixels_of(alone))


def test_the_enrolled_photo_stands_beside_the_face_only_by_policy() -> None:
    red = np.full((200, 200, 3), (0, 0, 255), np.uint8)
    for policy, is_shown in (("with_portrait", True), ("upper_body", False)):
        beside = pixels_of(drawn_by(policy, portrait=jpeg(red)))[360:760, 700:1080]
        assert (np.abs(beside.astype(int) - (0, 0, 255)).max(axis=2) < 30).mean() > 0.4 if is_shown else True
        assert is_shown or (np.abs(beside.astype(int) - (0, 0, 255)).max(axis=2) < 30).mean() < 0.05


@pytest.mark.parametrize("heading", ["left", "right", "towards", "away"])
def test_an_arrow_shows_which_way_the_person_walked(heading: str) -> None:
    still, walking = pixels_of(drawn_by("upper_body")), pixels_of(drawn_by("upper_body", heading=heading))
    changed = np.argwhere(np.abs(still.astype(int) - walking.astype(int)).max(axis=2) > 60)
    assert changed[:, 0].min() > 800, "the arrow is in the lower left corner"
    assert changed[:, 1].max() < 300
    spread = changed.max(axis=0) - changed.min(axis=0)
    assert (spread[1] > spread[0]) == (heading in ("left", "right"))


def drawn_by(
    policy: str,
    heading: str | None = None,
    portrait: bytes | None = None,
    others: tuple[tuple[float, ...], ...] = (NEIGHBOUR,),
) -> Image.Image:
    subject = Subject(FACE, others, heading)
    return Image.open(io.BytesIO(draw(jpeg(frame()), subject, CAPTION, 2_000_000, policy, portrait)))


def pixels_of(picture: Image.Image) -> Uint8:
    return cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2BGR)  # type: ignore[no-any-return]
