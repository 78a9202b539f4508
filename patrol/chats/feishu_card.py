"""A message as a Feishu card: text, picture and buttons in one (open.feishu.cn, "Card structure"; at most 30 KB)."""

import json
import re
from typing import Any

from patrol.chats.chat import too_large
from patrol.values import Button, Message

CARD_BYTES = 30_000
MEMBER = re.compile(r"[A-Za-z0-9_-]+")  # an open_id; anything else would be read as markup
COLOURS = {"seen": "default", "on_my_way": "primary", "sighted": "primary", "not_him": "danger"}


def card(message: Message, image_key: str | None) -> str:
    """The card as the JSON that a message holds. Its first line is the heading, which is what a phone previews."""
    heading, _, rest = message.text.partition("\n")
    elements: list[dict[str, Any]] = [{"tag": "div", "text": _plain(rest)}] if rest.strip() else []
    elements += _mentions(message.mentions)
    if image_key:
        elements.append({"tag": "img", "img_key": image_key, "alt": _plain(""), "mode": "fit_horizontal"})
    if message.buttons:
        buttons = [_button(button, message) for button in message.buttons]
        elements.append({"tag": "action", "layout": "flow", "actions": buttons})
    header = {"header": {"template": "blue", "title": _plain(heading)}} if heading.strip() else {}
    config = {"wide_screen_mode": True, "enable_forward": False}
    content = {"config": config, **header, "elements": elements}
    return _within(json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def _plain(text: str) -> dict[str, Any]:
    return {"tag": "plain_text", "content": text}


def _mentions(members: tuple[str, ...]) -> list[dict[str, Any]]:
    tags = " ".join(f"<at id={member}></at>" for member in members if MEMBER.fullmatch(member))
    return [{"tag": "div", "text": {"tag": "lark_md", "content": tags}}] if tags else []


def _button(button: Button, message: Message) -> dict[str, Any]:
    """What a press gives back stands in its value, and Feishu signs the press."""
    value = {"answer": button.kind, "label": button.label, "key": message.key, "hit": message.hit_number}
    return {
        "tag": "button",
        "text": _plain(button.label),
        "type": COLOURS.get(button.kind, "default"),
        "value": value,
    }


def _within(content: str) -> str:
    if len(content.encode()) > CARD_BYTES:
        raise too_large(f"the card has {len(content.encode())} bytes, Feishu takes {CARD_BYTES}")
    return content
