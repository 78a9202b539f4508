"""What WeCom calls an app with (paths 90930, 90240 and 90376): a member's message in the app, or a press on a card.

Calls are XML in an encrypted, signed envelope; what is not answered within 5 s comes again, twice at most.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from secrets import token_bytes, token_hex
from typing import Literal
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from patrol.chats.answers import read_text, with_media
from patrol.chats.chat import Call, CallAnswer, CallRefused, Fetch
from patrol.chats.exchange import Access
from patrol.chats.gcj02 import to_wgs84
from patrol.chats.payload import moment, position
from patrol.chats.wecom_api import BASE_URL, Api, Credentials
from patrol.chats.wecom_card import Card, read_key
from patrol.chats.wecom_crypto import (
    SALT_BYTES,
    NotDecrypted,
    is_signed,
    key_of,
    open_envelope,
    seal_envelope,
    signature,
)
from patrol.values import Media, Reply

OLDEST = timedelta(minutes=5)  # a call is made at once; one played again later is refused
XML = "application/xml; charset=utf-8"
MEDIA: dict[str, Literal["photo", "voice"]] = {"image": "photo", "voice": "voice"}

Fields = Mapping[str, str]


def answer(access: Access, call: Call) -> CallAnswer:
    """Read one call; CallRefused where it is not WeCom's."""
    api = Api(access, _base_url(access.address))
    credentials = _credentials(api)
    key = key_of(credentials.aes_key)
    _require_new(call, access.clock())
    if call.method == "GET":  # WeCom tries the address before it takes it
        return CallAnswer(_opened(call, call.query.get("echostr", ""), key, credentials))
    fields = _fields(_opened(call, _fields(call.body).get("Encrypt", ""), key, credentials))
    if fields.get("MsgType") == "event":
        return _press(fields, access, credentials, key)
    return _message(fields, access, api)


def _credentials(api: Api) -> Credentials:
    credentials = api.credentials()
    if not (credentials.token and credentials.aes_key):
        raise CallRefused("the secret holds no TOKEN and AESKEY, without which no call can be read")
    try:
        key_of(credentials.aes_key)
    except NotDecrypted as error:
        raise CallRefused(str(error)) from None
    return credentials


def _require_new(call: Call, now: datetime) -> None:
    """The time is signed, so an old call cannot be given a new one."""
    stamp = call.query.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise CallRefused("the call has no time")
    if abs(now.timestamp() - int(stamp)) > OLDEST.total_seconds():
        raise CallRefused("the call is too old, or our clock is wrong")


def _opened(call: Call, encrypted: str, key: bytes, credentials: Credentials) -> bytes:
    signed = call.query.get("timestamp", ""), call.query.get("nonce", ""), encrypted
    if not is_signed(call.query.get("msg_signature", ""), credentials.token, *signed):
        raise CallRefused("the signature is not WeCom's")
    try:
        return open_envelope(key, encrypted, credentials.corp_id)
    except NotDecrypted as error:
        raise CallRefused(str(error)) from None


def _fields(xml: bytes) -> Fields:
    """The elements right under the root."""
    try:
        return {child.tag: child.text or "" for child in fromstring(xml)}
    except (ParseError, DefusedXmlException, ValueError):
        raise CallRefused("the call is not XML that can be read") from None


def _press(fields: Fields, access: Access, credentials: Credentials, key: bytes) -> CallAnswer:
    """A button's press; the member's card says so from then on, and can be pressed again."""
    pressed = read_key(fields.get("EventKey", "")) if fields.get("Event") == "template_card_event" else None
    if pressed is None:
        return CallAnswer()
    kind, card = pressed
    task_id = fields.get("TaskId", "")
    member, at = fields.get("FromUserName", ""), fields.get("CreateTime", "")
    reply = Reply(
        kind=kind,
        member=member,
        event_ref=f"{member}-{at}-{task_id}-{kind}",
        said_at=moment(at, access.clock()),
        chat_address=_said_in(fields),
        message_key=task_id or None,
    )
    if card is None:
        return CallAnswer(replies=(reply,))
    taken, refused = (
        _sealed(_update(fields, card.pressed(kind, is_taken=is_taken), task_id), credentials, key, access.clock())
        for is_taken in (True, False)
    )
    return CallAnswer(taken, XML, (reply,), refusal=refused)


def _message(fields: Fields, access: Access, api: Api) -> CallAnswer:
    """Words, a photo, a voice note or a place. All of it is said to us: the member is alone with the app."""
    kind = fields.get("MsgType", "")
    if kind not in ("text", "location", *MEDIA):
        return CallAnswer()
    meaning = read_text(fields.get("Content") or fields.get("Recognition") or "")
    meaning = meaning if kind == "text" else with_media(meaning)
    member, at = fields.get("FromUserName", ""), fields.get("CreateTime", "")
    reply = Reply(
        kind=meaning.kind,
        member=member,
        event_ref=fields.get("MsgId") or f"{member}-{at}",
        said_at=moment(at, access.clock()),
        text=meaning.text or fields.get("Label", ""),
        hit_number=meaning.hit_number,
        chat_address=_said_in(fields),
        position=_position(fields),
    )
    return CallAnswer(replies=(reply,), media=_media(reply, kind, fields, api))


def _media(reply: Reply, kind: str, fields: Fields, api: Api) -> Mapping[str, Fetch]:
    if kind not in MEDIA:
        return {}
    return {reply.event_ref: partial(_fetch, api, MEDIA[kind], fields.get("MediaId", ""))}


def _fetch(api: Api, kind: Literal["photo", "voice"], media_id: str) -> tuple[Media, ...]:
    """A photo as JPEG or PNG, a voice note as AMR; WeCom keeps them for three days."""
    got = api.download("/cgi-bin/media/get", media_id=media_id)
    return (Media(kind, got.body, got.headers.get("content-type", "").partition(";")[0]),)


def _said_in(fields: Fields) -> str:
    """The app and the member, in the form of an address; which group he answers for is_said_in tells."""
    return f"{fields.get('AgentID', '')}/{fields.get('FromUserName', '')}"


def _position(fields: Fields) -> tuple[float, float] | None:
    shared = position({"latitude": fields.get("Location_X"), "longitude": fields.get("Location_Y")})
    return to_wgs84(*shared) if shared else None


def _update(fields: Fields, card: Card, task_id: str) -> Element:
    """The whole card anew, for the member who pressed (path 90241)."""
    content = card.json(task_id)
    reply = Element("xml")
    _add(reply, "ToUserName", fields.get("FromUserName", ""))
    _add(reply, "FromUserName", fields.get("ToUserName", ""))
    _add(reply, "CreateTime", fields.get("CreateTime", ""))
    _add(reply, "MsgType", "update_template_card")
    drawn = SubElement(reply, "TemplateCard")
    _add(drawn, "CardType", content["card_type"])
    _add(SubElement(drawn, "MainTitle"), "Title", card.title)
    _add(drawn, "SubTitleText", card.lines)
    for button in content["button_list"]:
        element = SubElement(drawn, "ButtonList")
        for name in ("text", "style", "key"):
            _add(element, name.capitalize(), str(button[name]))
    return reply


def _sealed(message: Element, credentials: Credentials, key: bytes, now: datetime) -> bytes:
    encrypted = seal_envelope(key, tostring(message, "utf-8"), credentials.corp_id, token_bytes(SALT_BYTES))
    stamp, nonce = str(int(now.timestamp())), token_hex(8)
    envelope = Element("xml")
    _add(envelope, "Encrypt", encrypted)
    _add(envelope, "MsgSignature", signature(credentials.token, stamp, nonce, encrypted))
    _add(envelope, "TimeStamp", stamp)
    _add(envelope, "Nonce", nonce)
    return bytes(tostring(envelope, "utf-8"))


def _add(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _base_url(address: str) -> str:
    """The server that the chats of this app are on."""
    return address.rpartition("/")[0].rpartition("/")[0] if "://" in address else BASE_URL
