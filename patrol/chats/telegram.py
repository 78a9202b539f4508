"""A Telegram group or topic, by a bot (core.telegram.org/bots/api). A hit is one photo with its text and buttons.

The bot's token is part of every address asked, so none is ever shown. What members do is in telegram_updates.py.
"""

import json
import re
from datetime import timedelta
from typing import Any, ClassVar

from patrol.chats.chat import AddressError, Limits, Look, Rate, Replies, SendError, Sent
from patrol.chats.exchange import Access, Answer, is_web_base, require_success, split_address, unseen, without
from patrol.chats.payload import part, text, whole
from patrol.values import Button, Message, Receipt

BASE_URL = "https://api.telegram.org"
CHAT = re.compile(r"(-?\d{1,20})(?::(\d{1,10}))?")
TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
CAPTION_UNITS = 1_024  # UTF-16 units, of a caption
DATA_BYTES = 64  # of what a button gives back
BUTTONS_A_ROW = 2
KICKED = 409  # another program reads this bot's updates, or has set a webhook
BAD_REQUESTS = {
    "chat not found": "not_found",
    "message is too long": "too_large",
    "message caption is too long": "too_large",
    "photo_invalid_dimensions": "too_large",
    "not enough rights": "forbidden",
    "need administrator rights": "forbidden",
}


class Telegram:
    limits: ClassVar[Limits] = Limits(
        picture_bytes=10_000_000,
        text_bytes=1_000,  # a caption has 1,024 letters at most; the rest is for those who are rung
        has_caption=True,
        same_key_for=None,
        withdraw_within=timedelta(hours=48),
        hears="bot",
        rates=(Rate(18, 60.0, "chat"), Rate(1, 1.1, "chat"), Rate(27, 1.0, "bot")),  # of 20/min, 1/s and 30/s
        n_buttons=9,
    )

    def __init__(self, access: Access) -> None:
        self._base_url, self._chat, self._topic = place_of(access.address)
        self._access = access

    def send(self, message: Message) -> Receipt:
        self.limits.require_fits(message)
        words, entities = _with_mentions(message)
        fields = {"chat_id": self._chat, "protect_content": True} | _options(message, self._topic)
        if message.picture_jpeg is None:
            body = fields | {"text": words, "link_preview_options": {"is_disabled": True}}
            return self._post("sendMessage", body | ({"entities": entities} if entities else {}))
        body = fields | {"caption": words} | ({"caption_entities": entities} if entities else {})
        return self._post("sendPhoto", body, message.picture_jpeg)

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        """Delete the message where that is still allowed, then say so; each step can be repeated."""
        if sent.message_ref:
            self._delete(sent.message_ref)
        return self.send(notice)

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)

    def look(self) -> Look:
        chat = ask_quietly(self._access, self._base_url, "getChat", {"chat_id": self._chat})
        n_members = ask_quietly(self._access, self._base_url, "getChatMemberCount", {"chat_id": self._chat})
        return Look(text(part(chat, "result"), "title"), whole(n_members, "result"))

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        return ()

    def _post(self, method: str, body: dict[str, Any], jpeg: bytes | None = None) -> Receipt:
        """Send; a group that has become a supergroup is followed to its new id, for nothing was sent to the old."""
        try:
            content = ask(self._access, self._base_url, method, body, jpeg)
        except Moved as moved:
            content = ask(self._access, self._base_url, method, body | {"chat_id": moved.chat_id}, jpeg)
        message_id = text(part(content, "result"), "message_id")
        if not message_id:
            raise SendError("not_understood", "the answer names no message", is_unknown=True)
        return Receipt(message_id, self._access.clock())

    def _delete(self, message_id: str) -> None:
        """Too late or gone already: then the notice is all there is. Trouble that passes is raised."""
        asked = {"chat_id": self._chat, "message_id": int(message_id)}
        try:
            ask_quietly(self._access, self._base_url, "deleteMessage", asked)
        except SendError as error:
            if not error.is_permanent or error.code in ("unauthorised", "no_secret", "secret_form"):
                raise


class Moved(SendError):
    """The group has become a supergroup, which has another id."""

    def __init__(self, chat_id: str) -> None:
        super().__init__("moved", f"the group is {chat_id} now; change the chat's address", is_permanent=True)
        self.chat_id = chat_id


def ask(
    access: Access, base_url: str, method: str, body: dict[str, Any], jpeg: bytes | None = None
) -> dict[str, Any]:
    """Call a method of the bot; SendError where the answer is not ok."""
    token = token_of(access)
    request: dict[str, Any] = {"json": body}
    if jpeg is not None:
        fields = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
        request = {"data": fields, "files": {"photo": ("picture.jpg", jpeg, "image/jpeg")}}
    answer = access.ask("POST", f"{base_url}/bot{token}/{method}", **request)
    content = answer.json()
    if answer.status == 200 and content.get("ok") is True:
        return content
    raise _refusal(answer, content, token, access)


def ask_quietly(access: Access, base_url: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """The same for what members do not see: where the answer was lost, no message is in doubt."""
    with unseen():
        return ask(access, base_url, method, body)


def token_of(access: Access) -> str:
    token = access.secret()
    if not TOKEN.fullmatch(token):
        detail = f"secret {access.secret_name!r} is no bot token, which is NUMBER:LETTERS"
        raise SendError("secret_form", detail, is_permanent=True)
    return token


def place_of(address: str) -> tuple[str, str, str | None]:
    """The server, the chat and the topic in it, of "CHAT_ID" or "CHAT_ID:TOPIC"."""
    base_url, chat = split_address(address, BASE_URL)
    found = CHAT.fullmatch(chat)
    if not found:
        raise AddressError(
            f"{chat!r} is not the id of a Telegram chat; write -1001234567890, or with a topic -100...:7"
        )
    return base_url, found[1], found[2]


def _refusal(answer: Answer, content: dict[str, Any], token: str, access: Access) -> SendError:
    words = without(text(content, "description"), [token, token.partition(":")[2]])
    detail = f"{answer.host} answered {answer.status}, {words}"
    moved = text(part(content, "parameters"), "migrate_to_chat_id")
    if moved:
        return Moved(moved)
    if answer.status == 429:
        return SendError("limited", detail, wait_s=float(whole(part(content, "parameters"), "retry_after") or 1))
    if answer.status == KICKED:
        return SendError("kicked", detail, is_permanent=True)
    if answer.status == 400:
        known = (code for said, code in BAD_REQUESTS.items() if said in words.lower())
        return SendError(next(known, "refused"), detail, is_permanent=True)
    try:
        require_success(answer, now=access.clock(), words=words)
    except SendError as error:
        return error
    return SendError("not_understood", f"{answer.host} answered neither yes nor no", is_unknown=True)


def _options(message: Message, topic: str | None) -> dict[str, Any]:
    """Where it stands and what stands under it."""
    options: dict[str, Any] = {}
    if topic is not None:
        options["message_thread_id"] = int(topic)
    if message.in_reply_to is not None and message.in_reply_to.isdigit():
        options["reply_parameters"] = {
            "message_id": int(message.in_reply_to),
            "allow_sending_without_reply": True,
        }
    if message.buttons:
        keys = [{"text": button.label, "callback_data": _data(button, message)} for button in message.buttons]
        rows = [keys[at : at + BUTTONS_A_ROW] for at in range(0, len(keys), BUTTONS_A_ROW)]
        options["reply_markup"] = {"inline_keyboard": rows}
    return options


def _data(button: Button, message: Message) -> str:
    """What a press gives back: the answer, the hit's number, and the message's key where there is room."""
    short = f"{button.kind}:{message.hit_number or ''}"
    whole_data = f"{short}:{message.key}"
    return whole_data if len(whole_data.encode()) <= DATA_BYTES else short


def _with_mentions(message: Message) -> tuple[str, list[dict[str, Any]]]:
    """The text with a line that rings members, as many as a caption has room for.

    An @name rings by itself; somebody without one is rung by an entity, whose place counts in UTF-16.
    """
    words, entities, separator = message.text, list[dict[str, Any]](), "\n"
    for member in message.mentions:
        sign = member if member.startswith("@") else "👤"
        if not (member.startswith("@") or member.isdigit()) or _units(words + separator + sign) > CAPTION_UNITS:
            continue
        if member.isdigit():
            place = {"offset": _units(words + separator), "length": _units(sign)}
            entities.append({"type": "text_mention", **place, "user": {"id": int(member)}})
        words, separator = words + separator + sign, " "
    return words, entities


def _units(words: str) -> int:
    return len(words.encode("utf-16-le")) // 2


def is_address(address: str) -> bool:
    """A chat's id, with or without a topic, or that behind the address of a Bot API server of one's own, no token."""
    base_url, chat = split_address(address, BASE_URL)
    return is_web_base(base_url) and not re.search(r"/bot\d", base_url) and CHAT.fullmatch(chat) is not None
