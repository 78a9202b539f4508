"""What members say to a WeCom AI bot, read: words, pictures and presses (paths 100719 and 101463)."""

import re
from datetime import datetime
from functools import partial
from typing import Any

from patrol.chats.answers import NUMBERED, read_text, with_media
from patrol.chats.chat import Fetch, SendError
from patrol.chats.exchange import Access, require_success
from patrol.chats.payload import items, moment, part, text
from patrol.chats.wecom_card import Card, read_key
from patrol.chats.wecom_crypto import NotDecrypted, decrypt, key_of
from patrol.chats.wecom_socket import Frame
from patrol.values import Media, Reply

SINGLE = "@"  #: begins the address of a member's own chat with the bot
REPEAT = "-repeat"  #: ends the task_id of a card that is sent once more
CALLED = re.compile(r"^\s*@\S+\s+")  # in a group the bot hears only what begins with its own name
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG"


def read(frame: Frame, access: Access, now: datetime) -> Reply | None:
    """A member's answer; None for events that are none."""
    if part(frame, "body", "event").get("eventtype") == "template_card_event":
        return _press(frame, access, now)
    return _words(frame, access, now) if frame.get("cmd") == "aibot_msg_callback" else None


def attached(frame: Frame, access: Access) -> Fetch | None:
    """How to fetch the pictures that came with an answer; None where none did."""
    images = _images(part(frame, "body"))
    return partial(_fetch, images, access) if images else None


def chat_of(body: dict[str, Any]) -> str:
    """The chat's address without its server: the chatid of a group, or @ and the member of a chat with one."""
    is_group = body.get("chattype") == "group" and text(body, "chatid")
    return text(body, "chatid") if is_group else SINGLE + text(part(body, "from"), "userid")


def pressed_card(frame: Frame, *, is_taken: bool) -> tuple[Card, str] | None:
    """The card that was pressed as it should look now, and its task_id; None where its key could not carry it."""
    event = _card_event(frame)
    kind, card = read_key(text(event, "event_key")) or ("", None)
    if card is None:
        return None
    member = text(part(frame, "body", "from"), "userid")
    return card.pressed(kind, member, is_taken=is_taken), text(event, "task_id")


def said(body: dict[str, Any]) -> str:
    """A member's words, without the bot's name in front of them."""
    written = [text(part(it, "text"), "content") for it in (body, *items(part(body, "mixed"), "msg_item"))]
    spoken = text(part(body, "voice"), "content")  # a voice note comes as its transcript
    return CALLED.sub("", "\n".join(filter(None, [*written, spoken])), count=1).strip()


def _press(frame: Frame, access: Access, now: datetime) -> Reply | None:
    event = _card_event(frame)
    pressed = read_key(text(event, "event_key"))
    if pressed is None:
        return None
    return Reply(pressed[0], **_about(frame, access, now), message_key=text(event, "task_id").removesuffix(REPEAT))


def _words(frame: Frame, access: Access, now: datetime) -> Reply:
    body = part(frame, "body")
    answer = with_media(read_text(said(body))) if _images(body) else read_text(said(body))
    number = answer.hit_number if answer.hit_number is not None else _quoted_number(body)
    return Reply(answer.kind, **_about(frame, access, now), text=answer.text, hit_number=number)


def _about(frame: Frame, access: Access, now: datetime) -> dict[str, Any]:
    body = part(frame, "body")
    return {
        "member": text(part(body, "from"), "userid"),
        "event_ref": text(body, "msgid") or text(part(frame, "headers"), "req_id"),
        "said_at": moment(body.get("create_time"), now),
        "chat_address": access.address_of(chat_of(body)),
    }


def _card_event(frame: Frame) -> dict[str, Any]:
    return part(frame, "body", "event", "template_card_event")


def _quoted_number(body: dict[str, Any]) -> int | None:
    """The hit that a quoted message is about: a quote has the message's words, and no id."""
    found = NUMBERED.search(text(part(body, "quote", "text"), "content"))
    return int(found[1]) if found else None


def _images(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the pictures of a message are, and what decrypts them."""
    pieces = (body, *items(part(body, "mixed"), "msg_item"))
    return [image for piece in pieces if (image := part(piece, "image"))]


def _fetch(images: list[dict[str, Any]], access: Access) -> tuple[Media, ...]:
    return tuple(_picture(image, access) for image in images)


def _picture(image: dict[str, Any], access: Access) -> Media:
    """SendError where it is not to be had: after five minutes it is not."""
    url = text(image, "url")
    if not url.startswith(("https://", "http://")):
        raise SendError("not_understood", "a picture without an address")
    answer = access.download(url)
    require_success(answer, now=access.clock())
    try:
        picture = decrypt(key_of(text(image, "aeskey")), answer.body)
    except NotDecrypted as error:
        raise SendError("not_understood", f"a picture from {answer.host}: {error}") from None
    if not picture.startswith((JPEG, PNG)):
        raise SendError("not_understood", f"what came from {answer.host} is no picture")
    return Media("photo", picture, "image/png" if picture.startswith(PNG) else "image/jpeg")
