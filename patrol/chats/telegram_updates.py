"""What members do in the chats of a Telegram bot: presses, replies, reactions, photos, voice and places.

All chats of a bot share one queue of updates, which one program at a time may read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from typing import Any, Literal

from patrol.chats.answers import (
    Answer,
    address_card,
    asks_for_address,
    read_kind,
    read_reaction,
    read_text,
    with_media,
)
from patrol.chats.chat import Fetch, Replies, SendError
from patrol.chats.exchange import Access, require_success, split_address
from patrol.chats.payload import items, moment, part, position, text, whole
from patrol.chats.telegram import BASE_URL, ask_quietly, token_of
from patrol.values import Media, Reply

WAIT_S = 2  # for something to happen, while the connection is held
AT_ONCE = 100  # updates; the most that Telegram gives
KINDS = ("message", "callback_query", "message_reaction")  # reactions come only where the bot is an administrator


@dataclass
class Heard:
    """What a batch of updates held."""

    replies: list[Reply] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    media: dict[str, Fetch] = field(default_factory=dict)
    shows: dict[str, Callable[[bool], None]] = field(default_factory=dict)
    asked_in: Mapping[str, Any] | None = None  #: the newest message that wants to know its chat's address


class TelegramBot:
    """Reads the bot's updates. They are Telegram's until the next reading begins behind them."""

    def __init__(self, access: Access) -> None:
        self._access = replace(access, deadline=inf)  # a bot outlives any one message
        self._base_url, _chat = split_address(access.address, BASE_URL)

    def listen(self, cursor: str | None) -> Replies:
        asked: dict[str, Any] = {"timeout": WAIT_S, "limit": AT_ONCE, "allowed_updates": KINDS}
        if cursor is not None and cursor.isdigit():
            asked["offset"] = int(cursor)
        updates = items(self._ask("getUpdates", asked), "result")
        heard = Heard()
        for update in updates:
            self._hear(update, heard)
        if heard.asked_in is not None:
            self._tell_address(heard.asked_in)
        newest = max((whole(update, "update_id") or 0 for update in updates), default=None)
        behind = cursor if newest is None else str(newest + 1)
        return Replies(tuple(heard.replies), behind, heard.moved, heard.media, heard.shows)

    def close(self) -> None:
        """Each reading is a request of its own."""

    def _hear(self, update: Mapping[str, Any], heard: Heard) -> None:
        ref = f"update-{text(update, 'update_id')}"
        if press := part(update, "callback_query"):
            heard.replies += filter(None, [self._press(press, ref)])
            heard.shows[ref] = partial(self._show, press)
        elif reaction := part(update, "message_reaction"):
            heard.replies += filter(None, [self._reaction(reaction, ref)])
        elif message := part(update, "message"):
            self._message(message, ref, heard)

    def _press(self, press: Mapping[str, Any], ref: str) -> Reply | None:
        name, _, rest = text(press, "data").partition(":")
        number, _, key = rest.partition(":")
        kind, message = read_kind(name), part(press, "message")
        if kind is None:
            return None
        return Reply(
            kind=kind,
            member=text(part(press, "from"), "id"),
            event_ref=ref,
            said_at=self._access.clock(),  # a press has no time of its own
            in_reply_to=text(message, "message_id") or None,
            hit_number=int(number) if number.isdecimal() else None,
            chat_address=self._address(message),
            message_key=key or None,
        )

    def _reaction(self, reaction: Mapping[str, Any], ref: str) -> Reply | None:
        """A reaction that was added; taking one back says nothing."""
        before = items(reaction, "old_reaction")
        added = [text(one, "emoji") for one in items(reaction, "new_reaction") if one not in before]
        if not added or not part(reaction, "user"):
            return None
        meaning = read_reaction(added[-1])
        return Reply(
            kind=meaning.kind,
            member=text(part(reaction, "user"), "id"),
            event_ref=ref,
            said_at=moment(reaction.get("date"), self._access.clock()),
            text=meaning.text,
            in_reply_to=text(reaction, "message_id") or None,
            chat_address=self._address(reaction),
        )

    def _message(self, message: Mapping[str, Any], ref: str, heard: Heard) -> None:
        """A member's message; talk that answers none of ours and names no hit is nobody's business."""
        if moved := text(message, "migrate_to_chat_id"):
            heard.moved[self._access.address_of(text(part(message, "chat"), "id"))] = self._access.address_of(moved)
            return
        if asks_for_address(text(message, "text")):
            heard.asked_in = message
            return
        answered = part(message, "reply_to_message")
        is_answer = part(answered, "from").get("is_bot") is True
        meaning, file = _meaning(message), _file(message)
        if (not is_answer and meaning.hit_number is None) or part(message, "from").get("is_bot") is True:
            return
        heard.replies.append(
            Reply(
                kind=meaning.kind,
                member=text(part(message, "from"), "id"),
                event_ref=ref,
                said_at=moment(message.get("date"), self._access.clock()),
                text=meaning.text,
                in_reply_to=text(answered, "message_id") or None if is_answer else None,
                hit_number=meaning.hit_number,
                chat_address=self._address(message),
                position=position(part(message, "location")),
            )
        )
        if file is not None:
            heard.media[ref] = partial(self._fetch, *file)

    def _tell_address(self, message: Mapping[str, Any]) -> None:
        """Tell who sets a chat up its address and his own id, once a reading: strangers may ask as well."""
        chat, topic = part(message, "chat"), whole(message, "message_thread_id")
        words = address_card(self._address(message), text(part(message, "from"), "id"))
        asked: dict[str, Any] = {"chat_id": text(chat, "id"), "text": words}
        try:
            self._ask("sendMessage", asked | ({"message_thread_id": topic} if topic is not None else {}))
        except SendError:
            return

    def _address(self, message: Mapping[str, Any]) -> str:
        """Of the chat, or of the topic in it."""
        chat = text(part(message, "chat"), "id")
        topic = text(message, "message_thread_id") if message.get("is_topic_message") is True else ""
        return self._access.address_of(f"{chat}:{topic}" if topic else chat)

    def _show(self, press: Mapping[str, Any], is_taken: bool) -> None:
        """Show who pressed whether it counts, or the button would spin for a minute. It may come too late."""
        label = _label(press) if is_taken else f"✗ {_label(press)}"
        try:
            self._ask("answerCallbackQuery", {"callback_query_id": text(press, "id"), "text": label})
        except SendError:
            return

    def _fetch(self, kind: Literal["photo", "voice"], file_id: str, content_type: str) -> tuple[Media, ...]:
        path = text(part(self._ask("getFile", {"file_id": file_id}), "result"), "file_path")
        url = f"{self._base_url}/file/bot{token_of(self._access)}/{path}"
        answer = self._access.download(url)
        require_success(answer, now=self._access.clock())
        return (Media(kind, answer.body, content_type),)

    def _ask(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        return ask_quietly(self._access, self._base_url, method, body)


def _meaning(message: Mapping[str, Any]) -> Answer:
    """What was said; a photo, a voice note or a place may come without a word."""
    words = text(message, "text") or text(message, "caption")
    meaning = read_text(words)
    return with_media(meaning) if _file(message) or part(message, "location") else meaning


def _file(message: Mapping[str, Any]) -> tuple[Literal["photo", "voice"], str, str] | None:
    """The kind, the id and the content type of what is attached; of a photo the largest size."""
    if photos := items(message, "photo"):
        largest = max(photos, key=lambda size: (whole(size, "width") or 0) * (whole(size, "height") or 0))
        return "photo", text(largest, "file_id"), "image/jpeg"
    document, voice = part(message, "document"), part(message, "voice")
    if text(document, "mime_type").startswith("image/"):
        return "photo", text(document, "file_id"), text(document, "mime_type")
    if voice:
        return "voice", text(voice, "file_id"), text(voice, "mime_type") or "audio/ogg"
    return None


def _label(press: Mapping[str, Any]) -> str:
    """What stands on the button that was pressed."""
    keyboard = part(press, "message", "reply_markup").get("inline_keyboard")
    rows = keyboard if isinstance(keyboard, list) else []
    keys = [key for row in rows for key in items({"row": row}, "row")]
    return next((text(key, "text") for key in keys if key.get("callback_data") == press.get("data")), "")
