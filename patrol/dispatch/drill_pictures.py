"""The picture of a drill: a card without any face, so that a group sees its picture arrive as a hit's would."""

import io

from PIL import Image, ImageDraw

from patrol import words
from patrol.dispatch import wording
from patrol.dispatch.fonts import font
from patrol.dispatch.lettering import BLACK, ORANGE, captioned, watermark
from patrol.store.tables import Group

CARD_WH = (1080, 720)
STRIPE_PX, LETTERS_PX = 90, 150
QUALITY = 85  # some 90 kB; every platform that takes pictures takes ten times that


def draw(group: Group) -> bytes:
    """JPEG, in the group's language under a headline in both."""
    language = wording.language_of(group)
    card = _striped()
    _headline(card)
    watermark(card, words.say("health.drill_picture_mark", language, group=group.name))
    lines = (words.say("health.drill_picture_line", language),)
    title = words.say("health.drill_picture_title", language)
    caption = wording.Caption(title=title, lines=lines, watermark="", is_exercise=True)
    file = io.BytesIO()
    captioned(card, caption).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _striped() -> Image.Image:
    card = Image.new("RGB", CARD_WH, BLACK)
    pen = ImageDraw.Draw(card)
    width, height = CARD_WH
    for left in range(-height, width, 2 * STRIPE_PX):
        corners = [(left, height), (left + STRIPE_PX, height), (left + STRIPE_PX + height, 0), (left + height, 0)]
        pen.polygon(corners, fill=ORANGE)
    return card


def _headline(card: Image.Image) -> None:
    """EXERCISE 演练, on a plain field, so that nobody takes the card for an alarm."""
    text, letters = "EXERCISE 演练", font(LETTERS_PX)
    pen = ImageDraw.Draw(card)
    left, top, right, bottom = pen.textbbox((0, 0), text, font=letters)
    x, y = (card.width - (right - left)) // 2 - left, (card.height - (bottom - top)) // 2 - top
    pen.rectangle((x + left - 40, y + top - 40, x + right + 40, y + bottom + 40), fill=BLACK)
    pen.text((x, y), text, font=letters, fill=ORANGE)
