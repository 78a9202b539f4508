"""Words in pictures: the caption under one, the mark across it, lines broken as each script breaks them."""

from collections.abc import Iterable

from PIL import Image, ImageDraw

from patrol.dispatch.fonts import font
from patrol.dispatch.wording import Caption

EDGE_PX = 6
PADDING_PX = 28
TITLE_PX, LINE_PX, MARK_PX = 52, 38, 30
MARK_STRENGTH, MARK_DEGREES = 72, 24  # of 255: to be read when looked for
MOST_LINES = 7  # of the caption, below its title

WHITE, BLACK, ORANGE, RED = (255, 255, 255), (16, 18, 20), (255, 168, 0), (224, 49, 49)


def watermark(view: Image.Image, text: str) -> None:
    """Say all over the picture whose copy this is, so that a leak can be traced."""
    letters = font(MARK_PX)
    mark = Image.new("L", (int(letters.getlength(text)) + 1, round(MARK_PX * 1.5)), 0)
    ImageDraw.Draw(mark).text((0, 0), text, font=letters, fill=MARK_STRENGTH)
    mark = mark.rotate(MARK_DEGREES, resample=Image.Resampling.BILINEAR, expand=True)
    across, down = mark.width + MARK_PX * 2, mark.height + MARK_PX * 2
    for row, top in enumerate(range(-down // 2, view.height, down)):
        for left in range(-across // (1 + row % 2), view.width, across):
            view.paste(WHITE, (left, top), mark)


def captioned(view: Image.Image, caption: Caption) -> Image.Image:
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
