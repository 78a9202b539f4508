"""A WeCom app (企业微信自建应用): messages to members, parties or tags of a company, each in their own chat with it.

What members answer is in wecom_app_calls.py. Paths 90236 (send), 94867 (recall), 90253 (upload).
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from patrol.chats.chat import AddressError, Limits, Look, Rate, Replies, SendError, Sent
from patrol.chats.exchange import Access, is_web_base
from patrol.chats.payload import text
from patrol.chats.wecom_api import BASE_URL, NOT_TO_BE_PASSED_OVER, Api
from patrol.chats.wecom_card import Room, card_of, short_card_of
from patrol.values import Message, Receipt

ADDRESS = re.compile(r"(?:(https?://.+)/)?(\d{1,10})/(?:(party|tag):)?([A-Za-z0-9_.@|-]+)")
MOST = {"user": 1_000, "party": 100, "tag": 100}  # published, of one message
CARD = Room(title=36, text=160)  # advised
SAME_CONTENT_S = 4 * 3_600  # the longest there is
REF_SEPARATOR = ","


@dataclass(frozen=True, slots=True)
class Address:
    """AGENTID/USERID|USERID, AGENTID/party:ID|ID or AGENTID/tag:ID, behind a server where it is not WeCom's own."""

    base_url: str
    agent_id: str
    kind: str  #: user, party or tag
    ids: tuple[str, ...]


class WecomApp:
    limits: ClassVar[Limits] = Limits(
        picture_bytes=10_000_000,  # 10 MB published
        text_bytes=2_048,  # published; more is cut without an error
        has_caption=False,
        # WeCom drops a text or a card that it had before, but a picture sent again is another one to it, and how it
        # compares texts is not published: so none of it counts as a key, and a second try says that it is one
        same_key_for=None,
        withdraw_within=timedelta(hours=24),
        hears="callback",
        # 30 a minute and 1,000 an hour for each member, the rest dropped in silence; a text with buttons may take two
        # messages, and a member may be in two groups
        rates=(Rate(13, 60.0, "chat"), Rate(450, 3_600.0, "chat")),
        n_buttons=6,
    )

    def __init__(self, access: Access) -> None:
        self._address = read_address(access.address)
        self._access = access
        self._api = Api(access, self._address.base_url)

    def send(self, message: Message) -> Receipt:
        """A picture, a text, or a text on a card with buttons."""
        self.limits.require_fits(message)
        if message.picture_jpeg is not None:
            return self._receipt(self._post("image", {"media_id": self._upload(message.picture_jpeg)}, safe=1))
        if message.buttons:
            return self._receipt(*self._send_with_buttons(message))
        return self._receipt(self._post("text", {"content": message.text}, safe=1))

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        """Recall each part where that is still allowed, then say so; each step can be repeated."""
        for message_id in REF_SEPARATOR.join(sent.refs).split(REF_SEPARATOR):
            self._recall(message_id)
        return self.send(notice)

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)

    def look(self) -> Look:
        """The app's name, where it is not switched off."""
        app = self._api.ask("GET", "/cgi-bin/agent/get", params={"agentid": self._address.agent_id})
        if app.get("close") == 1:
            raise SendError("forbidden", f"the app {self._address.agent_id} is switched off", is_permanent=True)
        return Look(text(app, "name"))

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        return ()

    def _send_with_buttons(self, message: Message) -> list[dict[str, Any]]:
        """One card where it shows all the text; else the text, and a card with its first line under it.

        A card that fails under its text fails nothing: the text says how to answer without buttons.
        """
        card = card_of(message)
        if card.fits(CARD):
            return [self._post("template_card", card.json(message.key))]
        answers = [self._post("text", {"content": message.text}, safe=1)]
        try:
            return [*answers, self._post("template_card", short_card_of(message, CARD).json(message.key))]
        except SendError:
            return answers

    def _post(self, kind: str, content: dict[str, Any], **more: int) -> dict[str, Any]:
        once = {"enable_duplicate_check": 1, "duplicate_check_interval": SAME_CONTENT_S}
        to = {f"to{self._address.kind}": "|".join(self._address.ids), "agentid": int(self._address.agent_id)}
        body = {"msgtype": kind, kind: content} | to | once | more
        return self._api.ask("POST", "/cgi-bin/message/send", is_message=True, json=body)

    def _receipt(self, *answers: dict[str, Any]) -> Receipt:
        refs = REF_SEPARATOR.join(text(answer, "msgid") for answer in answers)
        missed = {member: None for answer in answers for member in _missed(answer)}
        return Receipt(refs, self._access.clock(), tuple(missed))

    def _upload(self, jpeg: bytes) -> str:
        files = {"media": ("picture.jpg", jpeg, "image/jpeg")}
        answer = self._api.ask("POST", "/cgi-bin/media/upload", params={"type": "image"}, files=files)
        if not text(answer, "media_id"):
            raise SendError("not_understood", "the answer to the upload names no picture")
        return text(answer, "media_id")

    def _recall(self, message_id: str) -> None:
        """Too late or gone already: then the notice is all there is. Trouble that passes is raised."""
        if not message_id:
            return
        try:
            self._api.ask("POST", "/cgi-bin/message/recall", json={"msgid": message_id})
        except SendError as error:
            if not error.is_permanent or error.code in NOT_TO_BE_PASSED_OVER:
                raise


def read_address(address: str) -> Address:
    """AddressError where it is none."""
    found = ADDRESS.fullmatch(address)
    if found is None or not is_web_base(found[1] or BASE_URL):
        raise AddressError(
            f"{address!r} is no WeCom app's; write AGENTID/USERID|USERID, AGENTID/party:ID or AGENTID/tag:ID"
        )
    kind, ids = found[3] or "user", tuple(found[4].split("|"))
    if "@all" in ids or not all(ids) or len(ids) > MOST[kind]:  # @all is the company, which is no group of guards
        raise AddressError(f"{address!r}: name 1 to {MOST[kind]} of the app's members, parties or tags")
    return Address(found[1] or BASE_URL, found[2], kind, ids)


def is_address(address: str) -> bool:
    try:
        read_address(address)
    except AddressError:
        return False
    return True


def is_said_in(said_in: str, address: str) -> bool:
    """Whether what a member told the app may be an answer in this chat: he is one of those it goes to.

    Who is in a party or a tag WeCom does not tell us; whoever answers for such a chat must be on the group's roster.
    """
    try:
        member, chat = read_address(said_in), read_address(address)
    except AddressError:
        return False
    is_to_him = chat.kind != "user" or member.ids[0].casefold() in map(str.casefold, chat.ids)
    return member.agent_id == chat.agent_id and is_to_him


def _missed(answer: dict[str, Any]) -> list[str]:
    """Whom WeCom did not reach although it took the message: not in the app's sight, gone, or without a licence."""
    users = f"{text(answer, 'invaliduser')}|{text(answer, 'unlicenseduser')}".split("|")
    groups = [f"{kind}:{it}" for kind in ("party", "tag") for it in text(answer, f"invalid{kind}").split("|") if it]
    return [*filter(None, users), *groups]
