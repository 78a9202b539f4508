"""A Feishu or Lark group, by an app's bot (open.feishu.cn, im/v1). One message is one card: text, picture, buttons.

Whatever the HTTP status, `code` in the body says how it went. What members answer is in feishu_events.py.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from patrol.chats.chat import Limits, Look, Rate, Replies, SendError, Sent
from patrol.chats.exchange import (
    Access,
    Answer,
    is_web_base,
    require_success,
    retry_after_s,
    split_address,
    unseen,
    without,
)
from patrol.chats.feishu_card import card
from patrol.chats.payload import items, part, text, whole
from patrol.chats.tokens import Token
from patrol.values import Message, Receipt

BASE_URL = "https://open.feishu.cn"
SECRET_FORM = "APP_ID:APP_SECRET[:ENCRYPT_KEY[:VERIFICATION_TOKEN]]"
CHAT = re.compile(r"oc_[A-Za-z0-9_-]+")
UUID_LETTERS = 50  # of `uuid`, which is what makes a message happen once
LIMITED = (99991400, 230020)  # of the API (header says how long), of one group
STALE_TOKEN = (99991661, 99991663, 99991664, 99991668, 99991671, 99991677)
MISSING_SCOPE = 99991672
GONE = (230011, 230019, 230110)  # what was to be answered or taken back is recalled or deleted
CODES = {
    **dict.fromkeys((10003, 10014, 10015, 99991543), "unauthorised"),  # no such app, wrong app secret
    **dict.fromkeys((230002, 230006, 230013, 230018, 230027, 230035, MISSING_SCOPE), "forbidden"),
    **dict.fromkeys((230025, 234006), "too_large"),
    **dict.fromkeys((232006, 232009, 230010), "not_found"),  # no such chat, or dissolved
    **dict.fromkeys((1500, 2200, 230049, 99991401), "busy"),
}
LIMITED_S = 1.0  # where the header does not say: both limits are by the second
READERS_AT_ONCE = 100  # read_users gives a page of at most this many
MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Credentials:
    app_id: str
    app_secret: str = field(repr=False)
    encrypt_key: str = field(repr=False)
    verification_token: str = field(repr=False)


class Feishu:
    limits: ClassVar[Limits] = Limits(
        picture_bytes=10_000_000,
        text_bytes=10_000,  # a card has 30 KB in all, and JSON may double a text
        has_caption=True,
        same_key_for=timedelta(hours=1),  # the same uuid makes one message within an hour
        withdraw_within=timedelta(hours=24),  # unless the tenant's admin has set another time
        hears="callback",
        rates=(Rate(4, 1.0, "chat"), Rate(45, 1.0, "bot"), Rate(900, 60.0, "bot")),  # of 5/s; 50/s and 1000/min
        n_buttons=9,
        has_receipts=True,
    )

    def __init__(self, access: Access) -> None:
        self._base_url, self._chat = split_address(access.address, BASE_URL)
        self._access = access

    def send(self, message: Message) -> Receipt:
        self.limits.require_fits(message)
        image_key = self._upload(message.picture_jpeg) if message.picture_jpeg is not None else None
        content = {"msg_type": "interactive", "content": card(message, image_key), "uuid": _uuid(message.key)}
        data = self._reply(message.in_reply_to, content) if message.in_reply_to else None
        return self._receipt(data if data is not None else self._create(content))

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        """Recall the message where that is still allowed, then say so; each step can be repeated."""
        if sent.message_ref:
            self._recall(sent.message_ref)
        return self.send(notice)

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)

    def look(self) -> Look:
        """The group's name, where the app has the scope to read it; without that it may still write."""
        answer = self._ask("GET", f"/im/v1/chats/{quote(self._chat)}", accept=(MISSING_SCOPE,))
        n_members = text(answer, "user_count")
        return Look(text(answer, "name"), int(n_members) if n_members.isdigit() else None)

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        """Their open_ids; Feishu tells of our own messages, for 7 days."""
        return tuple(self._readers(sent.message_ref)) if sent.message_ref else ()

    def _readers(self, message_id: str) -> Iterator[str]:
        asked = {"user_id_type": "open_id", "page_size": str(READERS_AT_ONCE)}
        for _page in range(MOST_PAGES):
            data = self._ask("GET", f"/im/v1/messages/{quote(message_id)}/read_users", params=asked)
            yield from filter(None, (text(item, "user_id") for item in items(data, "items")))
            if not data.get("has_more"):
                return
            asked["page_token"] = text(data, "page_token")

    def _upload(self, jpeg: bytes) -> str:
        parts = {"image": ("picture.jpg", jpeg, "image/jpeg")}
        data = self._ask("POST", "/im/v1/images", data={"image_type": "message"}, files=parts)
        image_key = data.get("image_key")
        if not isinstance(image_key, str):
            raise SendError("not_understood", "the answer to the upload names no picture")
        return image_key

    def _create(self, content: dict[str, Any]) -> dict[str, Any]:
        body = content | {"receive_id": self._chat}
        path, params = "/im/v1/messages", {"receive_id_type": "chat_id"}
        return self._ask("POST", path, is_message=True, params=params, json=body)

    def _reply(self, message_id: str, content: dict[str, Any]) -> dict[str, Any] | None:
        """Answer an earlier message of ours; None where that one is gone."""
        path = f"/im/v1/messages/{quote(message_id)}/reply"
        data = self._ask("POST", path, is_message=True, accept=GONE, json=content)
        return data or None

    def _receipt(self, data: dict[str, Any]) -> Receipt:
        message_id = data.get("message_id")
        if not isinstance(message_id, str):
            raise SendError("not_understood", "the answer names no message", is_unknown=True)
        return Receipt(message_id, self._access.clock())

    def _recall(self, message_id: str) -> None:
        """Too late, gone already or not allowed: then the notice is all there is. Trouble that passes is raised."""
        try:
            self._ask("DELETE", f"/im/v1/messages/{quote(message_id)}")
        except SendError as error:
            if not error.is_permanent or error.code in ("unauthorised", "no_secret", "secret_form"):
                raise

    def _ask(
        self, method: str, path: str, *, is_message: bool = False, accept: tuple[int, ...] = (), **request: Any
    ) -> dict[str, Any]:
        """Ask as the app; `accept` lists the refusals that are no error here, and give nothing."""
        with unseen(not is_message):
            return ask(self._access, self._base_url, method, path, accept, **request)


def credentials_of(access: Access) -> Credentials:
    return Credentials(*access.secret_parts(SECRET_FORM))


def ask(
    access: Access, base_url: str, method: str, path: str, accept: tuple[int, ...] = (), **request: Any
) -> dict[str, Any]:
    """Ask the open API; a token that has ended is fetched anew, once. What Feishu refused it did not do."""
    credentials = credentials_of(access)
    answer = _ask_once(access, base_url, credentials, method, path, **request)
    if answer.json().get("code") in STALE_TOKEN:
        answer = _ask_once(access, base_url, credentials, method, path, **request)
    return _data(answer, credentials, access, accept)


def download(access: Access, base_url: str, path: str) -> tuple[bytes, str]:
    """What a member attached, and its content type."""
    credentials = credentials_of(access)
    headers = {"authorization": f"Bearer {_token(access, base_url, credentials)}"}
    answer = access.download(f"{base_url}/open-apis{path}", headers=headers)
    if answer.status != 200:
        _data(answer, credentials, access, ())
    return answer.body, answer.headers.get("content-type", "")


def _ask_once(
    access: Access, base_url: str, credentials: Credentials, method: str, path: str, **request: Any
) -> Answer:
    token = _token(access, base_url, credentials)
    headers = {"authorization": f"Bearer {token}"}
    answer = access.ask(method, f"{base_url}/open-apis{path}", headers=headers, **request)
    if answer.json().get("code") in STALE_TOKEN:
        access.tokens.drop(_token_key(base_url, credentials), token)
    return answer


def _token(access: Access, base_url: str, credentials: Credentials) -> str:
    """The app's token for its tenant: good for two hours, shared by all chats of the app."""

    def fetch() -> Token:
        asked = {"app_id": credentials.app_id, "app_secret": credentials.app_secret}
        with unseen():
            answer = access.ask("POST", f"{base_url}/open-apis/auth/v3/tenant_access_token/internal", json=asked)
            _data(answer, credentials, access, ())
        content = answer.json()
        ends_at = access.clock() + timedelta(seconds=whole(content, "expire") or 0)
        return Token(text(content, "tenant_access_token"), ends_at)

    return access.tokens.get(_token_key(base_url, credentials), fetch)


def _token_key(base_url: str, credentials: Credentials) -> str:
    return f"feishu {base_url} {credentials.app_id} {credentials.app_secret}"


def _data(answer: Answer, credentials: Credentials, access: Access, accept: tuple[int, ...]) -> dict[str, Any]:
    """The data of an answer; SendError where its code is not 0."""
    content = answer.json()
    code = whole(content, "code")
    if code == 0:
        return part(content, "data")
    if code is None:
        require_success(answer, now=access.clock())
        raise SendError("not_understood", f"{answer.host} answered without a code", is_unknown=True)
    if code in accept:
        return {}
    said = without(text(content, "msg"), [credentials.app_secret, credentials.encrypt_key])
    raise _refusal(answer, code, f"{answer.host} answered code {code}, {said}", access)


def _refusal(answer: Answer, code: int, detail: str, access: Access) -> SendError:
    if code in LIMITED or answer.status == 429:
        reset = answer.headers.get("x-ogw-ratelimit-reset", "").strip()
        wait_s = float(reset) if reset.isdigit() else retry_after_s(answer.headers, access.clock())
        return SendError("limited", detail, wait_s=LIMITED_S if wait_s is None else wait_s)
    if code in STALE_TOKEN:
        return SendError("unauthorised", detail, is_permanent=True)
    name = CODES.get(code, "busy" if answer.status >= 500 else "refused")
    return SendError(name, detail, is_permanent=name != "busy")


def _uuid(key: str) -> str:
    return key if len(key) <= UUID_LETTERS else hashlib.sha256(key.encode()).hexdigest()[:UUID_LETTERS]


def is_address(address: str) -> bool:
    """A chat's id (oc_...), or that behind another server's address: Lark's, or a gateway's."""
    base, chat = split_address(address, BASE_URL)
    return is_web_base(base) and CHAT.fullmatch(chat) is not None
