"""The picture a group gets, by its policy: other faces blurred, the caption burnt in, the group's mark across it.

It is drawn from the hit's frame alone and encoded anew, so that nothing of the camera's file (EXIF) travels.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi

import cv2
import numpy as np
from PIL import Image, ImageDraw

from patrol.dispatch.blurring import Box, blur, grown, pixels
from patrol.dispatch.fonts import font
from patrol.dispatch.lettering import BLACK, EDGE_PX, ORANGE, WHITE, captioned, watermark, wrapped
from patrol.dispatch.wording import Caption
from patrol.values import PatrolError, Uint8

VIEW_WH = (1080, 1080)  # with the caption about 1080 x 1300, longest side within 1280 to 1920
WIDE_WH = (1280, 720)  # a whole frame
FACE_WH = (1080, 1080)
INSET_PX, SMALL_PX = 300, 18
MARGIN_PX = 2 * EDGE_PX

ABOVE, BELOW = 0.9, 2.6  # face heights of the upper body above and below the face's box: hat to belt
LEAST_VIEW_PX = 240  # a smaller cut of the frame is all blur
INSET_MARGIN = 0.4  # of the face's size, on every side
ARROW_PX = 110
ARROWS = {"right": 0.0, "towards": pi / 2, "left": pi, "away": -pi / 2}  # radians, clockwise from the right

QUALITIES = (85, 65, 45)
LEAST_WIDTH_PX = 100
SMALLER = 0.75  # where even the lowest quality is too large


class PictureUnreadable(PatrolError):
    """A hit's frame is not a picture any more."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be seen of a frame."""

    box_xyxy: Box
    other_boxes_xyxy: Sequence[Box]
    heading: str | None = None


def draw(
    frame_jpeg: bytes,
    subject: Subject,
    caption: Caption,
    longest_bytes: int,
    policy: str = "upper_body",
    portrait_jpeg: bytes | None = None,
) -> bytes:
    """Make the picture of a hit: RGB JPEG of at most `longest_bytes`.

    policy: upper_body, full_frame, face, or with_portrait, which sets the enrolled photo beside the face.
    """
    frame_bgr = _decoded(frame_jpeg)
    blur(frame_bgr, subject.other_boxes_xyxy, subject.box_xyxy)
    view = VIEWS.get(policy, _upper_body_view)(frame_bgr, subject)
    watermark(view, caption.watermark)
    insets = _insets(frame_bgr, subject, caption, policy, portrait_jpeg)
    for place, inset in enumerate(insets):
        view.paste(inset, (view.width - inset.width - MARGIN_PX, MARGIN_PX + place * (inset.height + MARGIN_PX)))
    return _encoded(captioned(view, caption), longest_bytes)


def _upper_body_view(frame_bgr: Uint8, subject: Subject) -> Image.Image:
    """Hat to belt with the way the person walked, which is what a guard looks for in a crowd."""
    view = _cut(frame_bgr, _upper_body(subject.box_xyxy, frame_bgr), VIEW_WH)
    if subject.heading in ARROWS:
        _arrow(view, ARROWS[subject.heading])
    return view


def _whole_view(frame_bgr: Uint8, subject: Subject) -> Image.Image:
    """The whole frame, the person framed."""
    height, width = frame_bgr.shape[:2]
    x1, y1, x2, y2 = pixels(grown(subject.box_xyxy, INSET_MARGIN), frame_bgr)
    thick = max(2, width // 400)
    marked = cv2.rectangle(frame_bgr.copy(), (x1, y1), (x2, y2), ORANGE[::-1], thick)
    return _cut(np.asarray(marked, np.uint8), (0, 0, width, height), WIDE_WH)


def _face_view(frame_bgr: Uint8, subject: Subject) -> Image.Image:
    return _cut(frame_bgr, _squared(grown(subject.box_xyxy, INSET_MARGIN)), FACE_WH)


VIEWS: dict[str, Callable[[Uint8, Subject], Image.Image]] = {
    "upper_body": _upper_body_view,
    "with_portrait": _upper_body_view,
    "full_frame": _whole_view,
    "face": _face_view,
}


def _insets(
    frame_bgr: Uint8, subject: Subject, caption: Caption, policy: str, portrait_jpeg: bytes | None
) -> list[Image.Image]:
    """The face close up, and below it the enrolled photo where the policy shows it."""
    if policy == "face":
        return []
    face = _cut(frame_bgr, _squared(grown(subject.box_xyxy, INSET_MARGIN)), (INSET_PX, INSET_PX))
    insets = [_framed(face, caption.watermark if policy != "with_portrait" else caption.seen)]
    if policy == "with_portrait" and portrait_jpeg:
        portrait_bgr = _decoded(portrait_jpeg)
        height, width = portrait_bgr.shape[:2]
        insets.append(_framed(_cut(portrait_bgr, (0, 0, width, height), (INSET_PX, INSET_PX)), caption.enrolled))
    return insets


def _framed(face: Image.Image, words: str) -> Image.Image:
    """A close-up with a white edge, its words beside the face and not across it."""
    framed = Image.new("RGB", (face.width + 2 * EDGE_PX, face.height + 2 * EDGE_PX + SMALL_PX * 2), WHITE)
    framed.paste(face, (EDGE_PX, EDGE_PX))
    lines = wrapped(words, SMALL_PX, face.width)
    place = (EDGE_PX, face.height + EDGE_PX + SMALL_PX // 4)
    ImageDraw.Draw(framed).text(place, lines[0] if lines else "", font=font(SMALL_PX), fill=BLACK)
    return framed


def _arrow(view: Image.Image, angle: float) -> None:
    """An arrow in the lower left corner; the colour of warnings, edged so that it stands out on any coat."""
    centre = np.array([MARGIN_PX + ARROW_PX, view.height - MARGIN_PX - ARROW_PX], np.float64)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shape = np.array([[-1, -0.28], [0.15, -0.28], [0.15, -0.7], [1, 0], [0.15, 0.7], [0.15, 0.28], [-1, 0.28]])
    points = [(float(x), float(y)) for x, y in shape * (ARROW_PX * 0.9) @ turn + centre]
    ImageDraw.Draw(view).polygon(points, fill=ORANGE, outline=BLACK, width=4)


def _decoded(jpeg: bytes) -> Uint8:
    """uint8 (H, W, 3), BGR, writable."""
    pixels_bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if pixels_bgr is None:
        raise PictureUnreadable
    return pixels_bgr  # type: ignore[no-any-return]


def _upper_body(box: Box, frame_bgr: Uint8) -> Box:
    """The part of the frame to show: hat to belt, as wide as the view wants, moved to lie within the frame."""
    x1, y1, x2, y2 = box
    face = y2 - y1
    height = max((1 + ABOVE + BELOW) * face, LEAST_VIEW_PX)
    width = height * VIEW_WH[0] / VIEW_WH[1]
    middle = (y1 - ABOVE * face + y2 + BELOW * face) / 2
    frame_height, frame_width = frame_bgr.shape[:2]
    left, right = _within((x1 + x2 - width) / 2, width, frame_width)
    top, bottom = _within(middle - height / 2, height, frame_height)
    return left, top, right, bottom


def _within(start: float, length: float, limit: int) -> tuple[float, float]:
    """Move a stretch into 0..limit; one that is too long becomes all of it."""
    length = min(length, limit)
    start = min(max(0.0, start), limit - length)
    return start, start + length


def _cut(frame_bgr: Uint8, box: Box, fit_wh: tuple[int, int]) -> Image.Image:
    """A part of the frame, as large as fits; a frame smaller than the part leaves a dark edge."""
    x1, y1, x2, y2 = pixels(box, frame_bgr)
    part = frame_bgr[y1:y2, x1:x2]
    scale = min(fit_wh[0] / part.shape[1], fit_wh[1] / part.shape[0])
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    scaled = cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    canvas = Image.new("RGB", fit_wh, BLACK)
    offset = ((fit_wh[0] - size[0]) // 2, (fit_wh[1] - size[1]) // 2)
    canvas.paste(Image.fromarray(cv2.cvtColor(scaled, cv2.COLOR_BGR2RGB)), offset)
    return canvas


def _encoded(picture: Image.Image, longest_bytes: int) -> bytes:
    """JPEG at the best quality that fits; nearly every picture fits at the first."""
    while picture.width >= LEAST_WIDTH_PX:
        for quality in QUALITIES:
            file = io.BytesIO()
            picture.save(file, "JPEG", quality=quality, optimize=True)
            if file.tell() <= longest_bytes:
                return file.getvalue()
        picture = picture.resize((max(1, int(picture.width * SMALLER)), max(1, int(picture.height * SMALLER))))
    raise PictureUnreadable(f"a picture of at most {longest_bytes} bytes would show nothing")


def _squared(box: Box) -> Box:
    x1, y1, x2, y2 = box
    half = max(x2 - x1, y2 - y1) / 2
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    return x - half, y - half, x + half, y + half
