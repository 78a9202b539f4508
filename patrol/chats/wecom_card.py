"""WeCom's card with buttons, for the bot and for the app. A button's key carries the card, so that whoever hears the
press can draw the card anew: the process that sent it may be another one, or gone."""

import json
from dataclasses import dataclass, replace
from typing import Any, get_args

from patrol.values import Button, Message, ReplyKind

KEY_BYTES = 1_024  # published, of a button's key
N_PRESSES = 4  # the newest stay on the card
KINDS: dict[str, ReplyKind] = {kind: kind for kind in get_args(ReplyKind)}


@dataclass(frozen=True, slots=True)
class Room:
    """How many letters a card shows in whole, as the platform advises; it says of no more whether they are cut."""

    title: int
    text: int


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a card."""

    title: str
    text: str
    buttons: tuple[Button, ...]
    presses: tuple[str, ...] = ()

    def fits(self, room: Room) -> bool:
        return len(self.title) <= room.title and len(self.text) <= room.text

    def json(self, task_id: str) -> dict[str, Any]:
        content: dict[str, Any] = {
            "card_type": "button_interaction",
            "main_title": {"title": self.title},
            "button_list": [
                {"text": button.label, "style": 1, "key": self.key_of(button)} for button in self.buttons
            ],
            "task_id": task_id,
        }
        return content | ({"sub_title_text": self.lines} if self.lines else {})

    @property
    def lines(self) -> str:
        """The text, with what was pressed under it."""
        return "\n".join(filter(None, (self.text, *self.presses)))

    def key_of(self, button: Button) -> str:
        """The kind of answer and the card; the kind alone where the card is too much for a key."""
        buttons = [[it.kind, it.label] for it in self.buttons]
        whole = [button.kind, self.title, self.text, buttons, list(self.presses)]
        key = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        return key if len(key.encode()) <= KEY_BYTES else button.kind

    def pressed(self, kind: str, member: str = "", *, is_taken: bool = True) -> "Card":
        """The same card, saying so; the newest few presses stay."""
        press = " ".join(filter(None, ["✓" if is_taken else "✗", member, self.label_of(kind)]))
        others = tuple(it for it in self.presses if it != press)
        return replace(self, presses=(*others, press)[-N_PRESSES:])

    def label_of(self, kind: str) -> str:
        return next((button.label for button in self.buttons if button.kind == kind), "")


def card_of(message: Message) -> Card:
    """The first line as its title, the rest as its text."""
    title, _, text = message.text.partition("\n")
    return Card(title, text, message.buttons)


def short_card_of(message: Message, room: Room) -> Card:
    """For under a text that says it all: its first line, as much of it as is shown."""
    title = card_of(message).title
    return Card(title if len(title) <= room.title else title[: room.title - 1] + "…", "", message.buttons)


def read_key(key: str) -> tuple[ReplyKind, Card | None] | None:
    """What was pressed and on which card; None for a key that is not ours."""
    if key in KINDS:
        return KINDS[key], None
    try:
        kind, title, text, buttons, presses = json.loads(key)
        card = Card(title, text, tuple(Button(*button) for button in buttons), tuple(presses))
    except (ValueError, TypeError):
        return None
    return (kind, card) if kind in KINDS else None
