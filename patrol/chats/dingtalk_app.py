"""A DingTalk group, by the robot of an enterprise's app (企业内部应用机器人): text and picture are two messages.

Buttons are links that make the member's client say the answer to the robot. What members say is in dingtalk_calls.py.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from patrol.chats.answers import BY_NUMBER
from patrol.chats.chat import FOREVER, Limits, Look, Rate, Replies, SendError, Sent
from patrol.chats.exchange import Access, Answer, is_web_base, require_success, unseen, without
from patrol.chats.payload import text, whole
from patrol.chats.tokens import Token
from patrol.values import Button, Message, Receipt

API_URL, UPLOAD_URL = "https://api.dingtalk.com", "https://oapi.dingtalk.com"
SECRET_FORM = "APP_KEY:APP_SECRET[:ROBOT_CODE]"
CONVERSATION = re.compile(r"cid[A-Za-z0-9+/=_-]+")
QPS = ("QpsLimit", "requestTooFast", "tooManyVisitors")
QPS_S = 1.0  # those limits are by the second
STALE_TOKEN, STALE_ON_UPLOAD = "InvalidAuthentication", (40001, 40014, 42001)
CODES = {"IpNotInWhiteList": "forbidden", "AccessTokenPermissionDenied": "forbidden", "ApiCountLimit": "quota"}
READERS_AT_ONCE = 200
MOST_PAGES = 20
SAY = "dtmd://dingtalkclient/sendMessage?content="  # the client says this to the robot, as its user
NUMBERS = {kind: number for number, kind in BY_NUMBER.items()}
READ_AS_MARKUP = re.compile(r"^(?=[#>*+-]|\d+\.)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Credentials:
    app_key: str
    app_secret: str = field(repr=False)
    robot_code: str


class DingtalkApp:
    limits: ClassVar[Limits] = Limits(
        picture_bytes=10_000_000,  # of 20 MB
        text_bytes=5_000,  # a message's parameters have 15,000 bytes in all, and JSON and links add to a text
        has_caption=False,
        same_key_for=None,
        withdraw_within=FOREVER,  # no window is published; where a recall is refused the notice remains
        hears="callback",
        rates=(Rate(18, 1.0, "bot"),),  # of 20 calls a second, the standard edition's
        n_buttons=5,
        has_receipts=True,
    )

    def __init__(self, access: Access) -> None:
        self._api, self._upload_url, self._conversation = place_of(access.address)
        self._access = access

    def send(self, message: Message) -> Receipt:
        self.limits.require_fits(message)
        if message.picture_jpeg is not None:
            return self._post("sampleImageMsg", {"photoURL": self._upload(message.picture_jpeg)})
        if message.buttons:
            return self._post(*_action_card(message))
        return self._post("sampleText", {"content": message.text})

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        """Recall the message where that is still allowed, then say so; each step can be repeated."""
        if sent.refs:
            self._recall(sent.refs)
        return self.send(notice)

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)

    def look(self) -> Look:
        """Only that our key is good: a group tells its name to nobody who has no further scope."""
        self._token(credentials_of(self._access))
        return Look()

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        """Their ids in the enterprise."""
        return tuple(self._readers(sent.message_ref)) if sent.message_ref else ()

    def _readers(self, process_query_key: str) -> Iterator[str]:
        asked: dict[str, Any] = {"processQueryKey": process_query_key, "maxResults": READERS_AT_ONCE}
        for _page in range(MOST_PAGES):
            content = self._ask("query", asked)
            readers = content.get("readUserIds")
            yield from (str(reader) for reader in readers if reader) if isinstance(readers, list) else ()
            if content.get("hasNext") is not True:
                return
            asked["nextToken"] = text(content, "nextToken")

    def _post(self, template: str, fields: dict[str, str]) -> Receipt:
        asked = {"msgKey": template, "msgParam": json.dumps(fields, ensure_ascii=False)}
        ref = text(self._ask("send", asked, is_message=True), "processQueryKey")
        if not ref:
            raise SendError("not_understood", "the answer names no message", is_unknown=True)
        return Receipt(ref, self._access.clock())

    def _recall(self, process_query_keys: Sequence[str]) -> None:
        """Too late or gone already: then the notice is all there is. Trouble that passes is raised."""
        try:
            self._ask("recall", {"processQueryKeys": list(process_query_keys)})
        except SendError as error:
            if not error.is_permanent or error.code in ("unauthorised", "no_secret", "secret_form"):
                raise

    def _upload(self, jpeg: bytes) -> str:
        """Give the picture to the media store of the enterprise; its id stands where an address would."""
        credentials = credentials_of(self._access)
        for _try in range(2):
            token = self._token(credentials)
            asked = {"access_token": token, "type": "image"}
            parts = {"media": ("picture.jpg", jpeg, "image/jpeg")}
            url = f"{self._upload_url}/media/upload"
            with unseen():
                answer = self._access.ask("POST", url, params=asked, files=parts)
            if whole(answer.json(), "errcode") not in STALE_ON_UPLOAD:
                break
            self._access.tokens.drop(_token_key(self._api, credentials), token)
        return self._media_id(answer, [token, credentials.app_secret])

    def _media_id(self, answer: Answer, secrets: list[str]) -> str:
        content = answer.json()
        with unseen():
            require_success(answer, now=self._access.clock())
        media_id = text(content, "media_id")
        if whole(content, "errcode") != 0 or not media_id:
            words = without(text(content, "errmsg"), secrets)
            raise SendError("refused", f"{answer.host} refused the picture, {words}", is_permanent=True)
        return media_id

    def _ask(self, action: str, asked: dict[str, Any], *, is_message: bool = False) -> dict[str, Any]:
        """Ask for something in this group."""
        code = credentials_of(self._access).robot_code
        body = {"robotCode": code, "openConversationId": self._conversation} | asked
        with unseen(not is_message):
            return ask(self._access, self._api, f"/v1.0/robot/groupMessages/{action}", body)

    def _token(self, credentials: Credentials) -> str:
        return token_of(self._access, self._api, credentials)


def place_of(address: str) -> tuple[str, str, str]:
    """The two servers and the conversation of "CID" or "https://SERVER/CID", there with %2F for its slashes."""
    if "://" not in address:
        return API_URL, UPLOAD_URL, address
    base, _, conversation = address.rpartition("/")
    return base, base, unquote(conversation)


def address_of(access: Access, conversation: str) -> str:
    """A conversation as a group has it as its chat's address."""
    return access.address_of(quote(conversation, safe="+=_-") if "://" in access.address else conversation)


def credentials_of(access: Access) -> Credentials:
    """The robot's code is the app's key unless the app was given another."""
    app_key, app_secret, robot_code = access.secret_parts(SECRET_FORM)
    return Credentials(app_key, app_secret, robot_code or app_key)


def ask(access: Access, api: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask the open API; a token that has ended is fetched anew, once. What DingTalk refused it did not do."""
    credentials = credentials_of(access)
    for _try in range(2):
        token = token_of(access, api, credentials)
        headers = {"x-acs-dingtalk-access-token": token}
        answer = access.ask("POST", f"{api}{path}", json=body, headers=headers)
        if text(answer.json(), "code") != STALE_TOKEN:
            break
        access.tokens.drop(_token_key(api, credentials), token)
    return _content(answer, access, [token, credentials.app_secret])


def token_of(access: Access, api: str, credentials: Credentials) -> str:
    """The app's token: good for two hours, shared by all chats of the app."""

    def fetch() -> Token:
        asked = {"appKey": credentials.app_key, "appSecret": credentials.app_secret}
        with unseen():
            answer = access.ask("POST", f"{api}/v1.0/oauth2/accessToken", json=asked)
            content = _content(answer, access, [credentials.app_secret])
        ends_at = access.clock() + timedelta(seconds=whole(content, "expireIn") or 0)
        return Token(text(content, "accessToken"), ends_at)

    return access.tokens.get(_token_key(api, credentials), fetch)


def _token_key(api: str, credentials: Credentials) -> str:
    return f"dingtalk {api} {credentials.app_key} {credentials.app_secret}"


def _content(answer: Answer, access: Access, secrets: list[str]) -> dict[str, Any]:
    """What an answer holds; SendError where it is a refusal, which has a code in words."""
    content = answer.json()
    code = text(content, "code")
    words = without(f"{code} {text(content, 'message')}", secrets)
    if any(sign in code for sign in QPS):
        raise SendError("limited", f"{answer.host} answered {answer.status}, {words}", wait_s=QPS_S)
    if code == STALE_TOKEN or code.startswith("invalidClientId"):
        raise SendError("unauthorised", f"{answer.host} answered {answer.status}, {words}", is_permanent=True)
    known = next((name for sign, name in CODES.items() if sign in code), None)
    if known is not None:
        raise SendError(known, f"{answer.host} answered {answer.status}, {words}", is_permanent=True)
    require_success(answer, now=access.clock(), words=words)
    if not content:
        raise SendError("not_understood", f"{answer.host} gave an answer that is no JSON", is_unknown=True)
    return content


def _action_card(message: Message) -> tuple[str, dict[str, str]]:
    """The template and the fields of a card with buttons; its first line is what a phone previews."""
    fields = {"title": message.text.partition("\n")[0], "text": _as_plain_markdown(message.text)}
    links = [(button.label, SAY + quote(_words(button, message))) for button in message.buttons]
    if len(links) == 1:
        return "sampleActionCard", fields | {"singleTitle": links[0][0], "singleURL": links[0][1]}
    for number, (label, link) in enumerate(links, start=1):
        fields |= {f"actionTitle{number}": label, f"actionURL{number}": link}
    return f"sampleActionCard{len(links)}", fields


def _words(button: Button, message: Message) -> str:
    """What a press says: the hit's number and the answer's digit, as a member would write it."""
    number = f"HIT-{message.hit_number:04d} " if message.hit_number is not None else ""
    return number + NUMBERS.get(button.kind, button.label)


def _as_plain_markdown(words: str) -> str:
    """A text that reads the same as Markdown: its lines stay lines, and no sign in it makes a heading or a link."""
    return READ_AS_MARKUP.sub("\u200b", words).replace("](", "]\u200b(").replace("\n", "  \n")


def is_address(address: str) -> bool:
    """A group's openConversationId (cid...), or that behind another server's address."""
    base, _upload_url, conversation = place_of(address)
    return is_web_base(base) and CONVERSATION.fullmatch(conversation) is not None
