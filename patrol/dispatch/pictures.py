"""The picture guards get: the upper body with the face inset, every other face blurred, the caption burnt in.

It is drawn from the hit's frame alone and encoded anew, so that nothing of the camera's file (EXIF) travels.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw

from patrol.dispatch.fonts import font
from patrol.dispatch.wording import Caption
from patrol.values import PatrolError, Uint8

Box = Sequence[float]  #: x1, y1, x2, y2, pixels of the frame

VIEW_WH = (1080, 1080)  # with the caption about 1080 x 1300, longest side within 1280 to 1920
INSET_PX = 300
EDGE_PX = 6
PADDING_PX = 28
TITLE_PX, LINE_PX, MARK_PX, SMALL_PX = 52, 38, 30, 18
MARK_STRENGTH, MARK_DEGREES = 72, 24  # of 255: to be read when looked for
MOST_LINES = 6  # of the caption, below its title

ABOVE, BELOW = 0.9, 2.6  # face heights of the upper body above and below the face's box: hat to belt
LEAST_VIEW_PX = 240  # a smaller cut of the frame is all blur
INSET_MARGIN = 0.4  # of the face's size, on every side
BLUR_MARGIN = 0.3  # hair, ears and neck are recognised too
CELLS = 6  # what is left of a face across and down: 36 colours, nothing to recognise and nothing to undo

QUALITIES = (85, 65, 45)
LEAST_WIDTH_PX = 100
SMALLER = 0.75  # where even the lowest quality is too large

WHITE, BLACK, ORANGE, RED = (255, 255, 255), (16, 18, 20), (255, 168, 0), (224, 49, 49)


class PictureUnreadable(PatrolError):
    """A hit's frame is not a picture any more."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be seen of a frame."""

    box_xyxy: Box
    other_boxes_xyxy: Sequence[Box]


def draw(frame_jpeg: bytes, subject: Subject, caption: Caption, longest_bytes: int) -> bytes:
    """Make the picture of a hit: RGB JPEG of at most `longest_bytes`."""
    frame_bgr = _decoded(frame_jpeg)
    blur(frame_bgr, subject.other_boxes_xyxy, subject.box_xyxy)
    view = _cut(frame_bgr, _upper_body(subject.box_xyxy, frame_bgr), VIEW_WH)
    _watermark(view, caption.watermark)
    view.paste(*_inset(frame_bgr, subject.box_xyxy, caption.watermark))
    return _encoded(_captioned(view, caption), longest_bytes)


def blur(frame_bgr: Uint8, boxes_xyxy: Iterable[Box], kept_xyxy: Box) -> None:
    """Make faces unrecognisable in place; where one overlaps the face that is kept, that face stays.

    frame_bgr: uint8 (H, W, 3), BGR, writable.
    """
    x1, y1, x2, y2 = _pixels(kept_xyxy, frame_bgr)
    kept = frame_bgr[y1:y2, x1:x2].copy()
    for box in boxes_xyxy:
        left, top, right, bottom = _pixels(_grown(box, BLUR_MARGIN), frame_bgr)
        region = frame_bgr[top:bottom, left:right]
        if region.size:
            region[:] = _unrecognisable(region)
    frame_bgr[y1:y2, x1:x2] = kept


def _unrecognisable(region_bgr: Uint8) -> np.ndarray:
    """A few cells, spread smoothly. region_bgr: uint8 (h, w, 3), BGR; returns the same shape."""
    height, width = region_bgr.shape[:2]
    few = (min(CELLS, width), min(CELLS, height))
    cells = cv2.resize(region_bgr, few, interpolation=cv2.INTER_AREA)
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)  # type: ignore[no-any-return]


def _decoded(jpeg: bytes) -> Uint8:
    """uint8 (H, W, 3), BGR, writable."""
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if pixels is None:
        raise PictureUnreadable
    return pixels  # type: ignore[no-any-return]


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
    x1, y1, x2, y2 = _pixels(box, frame_bgr)
    part = frame_bgr[y1:y2, x1:x2]
    scale = min(fit_wh[0] / part.shape[1], fit_wh[1] / part.shape[0])
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    scaled = cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    canvas = Image.new("RGB", fit_wh, BLACK)
    offset = ((fit_wh[0] - size[0]) // 2, (fit_wh[1] - size[1]) // 2)
    canvas.paste(Image.fromarray(cv2.cvtColor(scaled, cv2.COLOR_BGR2RGB)), offset)
    return canvas


def _inset(frame_bgr: Uint8, box: Box, watermark: str) -> tuple[Image.Image, tuple[int, int]]:
    """The face close up with a white edge, its mark beside the face and not across it, and the corner it goes to."""
    face = _cut(frame_bgr, _squared(_grown(box, INSET_MARGIN)), (INSET_PX, INSET_PX))
    framed = Image.new("RGB", (INSET_PX + 2 * EDGE_PX, INSET_PX + 2 * EDGE_PX + SMALL_PX * 2), WHITE)
    framed.paste(face, (EDGE_PX, EDGE_PX))
    line = wrapped(watermark, SMALL_PX, INSET_PX)[0]
    ImageDraw.Draw(framed).text((EDGE_PX, INSET_PX + EDGE_PX + SMALL_PX // 4), line, font=font(SMALL_PX), fill=BLACK)
    return framed, (VIEW_WH[0] - framed.width - EDGE_PX * 2, EDGE_PX * 2)


def _watermark(view: Image.Image, text: str) -> None:
    """Say all over the picture whose copy this is, so that a leak can be traced."""
    letters = font(MARK_PX)
    mark = Image.new("L", (int(letters.getlength(text)) + 1, round(MARK_PX * 1.5)), 0)
    ImageDraw.Draw(mark).text((0, 0), text, font=letters, fill=MARK_STRENGTH)
    mark = mark.rotate(MARK_DEGREES, resample=Image.Resampling.BILINEAR, expand=True)
    across, down = mark.width + MARK_PX * 2, mark.height + MARK_PX * 2
    for row, top in enumerate(range(-down // 2, view.height, down)):
        for left in range(-across // (1 + row % 2), view.width, across):
            view.paste(WHITE, (left, top), mark)


def _captioned(view: Image.Image, caption: Caption) -> Image.Image:
    """The view with the caption under it."""
    width = view.width - 2 * PADDING_PX
    titles = wrapped(caption.title, TITLE_PX, width)
    lines = [line for text in caption.lines for line in wrapped(text, LINE_PX, width)][:MOST_LINES]
    title_height, line_height = round(TITLE_PX * 1.3), round(LINE_PX * 1.4)
    height = 2 * PADDING_PX + title_height * len(titles) + line_height * len(lines)
    whole = Image.new("RGB", (view.width, view.height + height), BLACK)
    whole.paste(view, (0, 0))
    pen = ImageDraw.Draw(whole)
    pen.rectangle((0, view.height, view.width, view.height + EDGE_PX), fill=ORANGE if caption.is_exercise else RED)
    top = view.height + PADDING_PX
    for line in titles:
        pen.text((PADDING_PX, top), line, font=font(TITLE_PX), fill=ORANGE if caption.is_exercise else WHITE)
        top += title_height
    for line in lines:
        pen.text((PADDING_PX, top), line, font=font(LINE_PX), fill=WHITE)
        top += line_height
    return whole


def wrapped(text: str, size_px: int, width_px: int) -> list[str]:
    """Break into lines that fit: at spaces where there are any, else between letters, as Chinese is."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and font(size_px).getlength((line + piece).rstrip()) > width_px:
            lines.append(line.rstrip())
            line = ""
        line = line + piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> Iterable[str]:
    """Words with the space behind them; a letter of Chinese, or of an endless word, is a piece by itself."""
    for word in " ".join(text.split()).split(" "):
        if word.isascii() and len(word) <= 24:
            yield word
        else:
            yield from word
        yield " "


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


def _grown(box: Box, margin: float) -> Box:
    x1, y1, x2, y2 = box
    wide, high = (x2 - x1) * margin, (y2 - y1) * margin
    return x1 - wide, y1 - high, x2 + wide, y2 + high


def _squared(box: Box) -> Box:
    x1, y1, x2, y2 = box
    half = max(x2 - x1, y2 - y1) / 2
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    return x - half, y - half, x + half, y + half


def _pixels(box: Box, frame_bgr: Uint8) -> tuple[int, int, int, int]:
    """Whole pixels of a box, within the frame."""
    height, width = frame_bgr.shape[:2]
    x1, y1, x2, y2 = box
    left, right = int(np.clip(x1, 0, width)), int(np.clip(np.ceil(x2), 0, width))
    top, bottom = int(np.clip(y1, 0, height)), int(np.clip(np.ceil(y2), 0, height))
    return left, top, max(left, right), max(top, bottom)
