"""What DingTalk calls us with: what members said to the robot (open.dingtalk.com, "Receive messages").

A call is signed by its time alone: who has seen one can say anything for an hour. So beside the signature the robot
must be ours, and who answers is checked against the group's roster.
"""

import hmac
import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from patrol.chats.answers import Answer, address_card, asks_for_address, read_text, with_media
from patrol.chats.chat import Call, CallAnswer, CallRefused
from patrol.chats.dingtalk_app import Credentials, address_of, ask, credentials_of, place_of
from patrol.chats.dingtalk_webhook import sign
from patrol.chats.exchange import Access, require_success, unseen
from patrol.chats.payload import items, moment, part, text
from patrol.values import Media, Reply

NOT_OLDER = timedelta(hours=1)  # published
EMPTY = b'{"msgtype": "empty"}'  # the robot says nothing in return
FILES: dict[str, Literal["photo", "voice"]] = {"picture": "photo", "audio": "voice"}


def answer(access: Access, call: Call) -> CallAnswer:
    """Read one call."""
    credentials = credentials_of(access)
    _require_signature(call, credentials, access.clock())
    message = _message(call.body)
    if text(message, "robotCode") not in ("", credentials.robot_code):
        raise CallRefused("the message is to another robot")
    if asks_for_address(text(part(message, "text"), "content")):
        return _say(address_card(address_of(access, text(message, "conversationId")), _member(message)))
    files, meaning = _files(message), _meaning(message)
    reply = Reply(
        kind=meaning.kind,
        member=_member(message),
        event_ref=text(message, "msgId"),
        said_at=moment(message.get("createAt"), access.clock(), per_s=1000),
        text=meaning.text,
        hit_number=meaning.hit_number,
        chat_address=address_of(access, text(message, "conversationId")),
    )
    media = {reply.event_ref: partial(_fetch, access, files)} if files else {}
    return CallAnswer(EMPTY, "application/json; charset=utf-8", (reply,), media=media)


def _say(words: str) -> CallAnswer:
    """Let the robot say something in the chat that the call came from."""
    body = json.dumps({"msgtype": "text", "text": {"content": words}}).encode()
    return CallAnswer(body, "application/json; charset=utf-8")


def _require_signature(call: Call, credentials: Credentials, now: datetime) -> None:
    at, given = call.headers.get("timestamp", ""), call.headers.get("sign", "")
    if not at.isdecimal() or not hmac.compare_digest(sign(credentials.app_secret, at).encode(), given.encode()):
        raise CallRefused("the signature is wrong")
    if abs(now.timestamp() - int(at) / 1000) > NOT_OLDER.total_seconds():
        raise CallRefused("the call is old, or of another time")


def _message(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError:
        raise CallRefused("the call is not JSON") from None
    if not isinstance(message, dict) or not text(message, "msgId"):
        raise CallRefused("the call is no message")
    return message


def _member(message: dict[str, Any]) -> str:
    """Their id in the enterprise; who is of another one has none there."""
    return text(message, "senderStaffId") or text(message, "senderId")


def _meaning(message: dict[str, Any]) -> Answer:
    """The words of a text, of a rich text's pieces, or what DingTalk understood of a voice note."""
    content = part(message, "content")
    pieces = "".join(text(piece, "text") for piece in items(content, "richText"))
    meaning = read_text(text(part(message, "text"), "content") or pieces or text(content, "recognition"))
    return with_media(meaning) if _files(message) else meaning


def _files(message: dict[str, Any]) -> list[tuple[Literal["photo", "voice"], str]]:
    """The kinds and codes of what is attached."""
    content = part(message, "content")
    kind = FILES.get(text(message, "msgtype"))
    if kind is not None:
        return [(kind, text(content, "downloadCode"))]
    codes = (text(piece, "downloadCode") for piece in items(content, "richText"))
    return [("photo", code) for code in codes if code]


def _fetch(access: Access, files: list[tuple[Literal["photo", "voice"], str]]) -> tuple[Media, ...]:
    """A code is exchanged for an address, which is good for some hours and needs no token."""
    api, _upload_url, _conversation = place_of(access.address)
    code = credentials_of(access).robot_code
    media = []
    with unseen():
        for kind, download_code in files:
            asked = {"downloadCode": download_code, "robotCode": code}
            url = text(ask(access, api, "/v1.0/robot/messageFiles/download", asked), "downloadUrl")
            answer = access.download(url)
            require_success(answer, now=access.clock())
            media.append(Media(kind, answer.body, answer.headers.get("content-type", "")))
    return tuple(media)
