"""What members do in a WeCom group or alone with the bot, read."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from patrol.chats.chat import SendError
from patrol.chats.exchange import Access
from patrol.chats.tokens import Tokens
from patrol.chats.wecom_aibot_events import attached, pressed_card, read
from patrol.chats.wecom_card import Card
from patrol.chats.wecom_crypto import encrypt
from patrol.values import Button, Reply

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
KEY = bytes(range(32))
JPEG = b"\xff\xd8\xff\xe0picture"
PICTURES = {"/photo": encrypt(KEY, JPEG), "/page": encrypt(KEY, b"<html>"), "/plain": JPEG}


def fetched(request: httpx.Request) -> httpx.Response:
    body = PICTURES.get(request.url.path)
    return httpx.Response(404 if body is None else 200, content=body or b"")


@pytest.fixture
def access() -> Iterator[Access]:
    with httpx.Client(transport=httpx.MockTransport(fetched)) as client:
        yield Access("wrchat", "w", lambda name: name, client, lambda: NOW, Tokens(lambda: NOW))


def frame(cmd: str = "aibot_msg_callback", **body: Any) -> dict[str, Any]:
    about = {"msgid": "m1", "aibotid": "b", "chatid": "wrchat", "chattype": "group", "from": {"userid": "gus"}}
    return {"cmd": cmd, "headers": {"req_id": "r1"}, "body": about | body}


def words(content: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content}}


def image(path: str, key: bytes = KEY) -> dict[str, Any]:
    url = f"https://wework.qpic.cn{path}"
    return {"msgtype": "image", "image": {"url": url, "aeskey": base64.b64encode(key).decode().rstrip("=")}}


def reading(access: Access, **body: Any) -> Reply:
    reply = read(frame(**body), access, NOW)
    assert reply is not None
    return reply


SPOKEN = [
    ("@patrol HIT-0012 2", "on_my_way", 12, ""),
    ("@巡查 #12 不是他", "not_him", 12, ""),
    ("@patrol 收到", "seen", None, ""),
    ("  @patrol   #0012 他往 B 出口走了", "other", 12, "他往 B 出口走了"),
    ("HIT-0012 3", "sighted", 12, ""),
    ("", "other", None, ""),
]


@pytest.mark.parametrize(("content", "kind", "number", "text"), SPOKEN)
def test_words_are_read_without_the_bots_name(
    access: Access, content: str, kind: str, number: int | None, text: str
) -> None:
    reply = reading(access, **words(content))
    assert (reply.kind, reply.hit_number, reply.text) == (kind, number, text)
    assert (reply.member, reply.event_ref, reply.chat_address) == ("gus", "m1", "wrchat")


def test_a_quote_says_which_hit_is_meant(access: Access) -> None:
    quote = {"msgtype": "text", "text": {"content": "疑似人员 #0012\n3F 扶梯口"}}
    reply = reading(access, **words("@patrol 2"), quote=quote)
    assert (reply.kind, reply.hit_number) == ("on_my_way", 12)


def test_when_it_was_said_is_never_later_than_now(access: Access) -> None:
    assert reading(access, **words("1"), create_time=NOW.timestamp() - 60).said_at == NOW - timedelta(minutes=1)
    assert reading(access, **words("1"), create_time=NOW.timestamp() + 60).said_at == NOW
    assert reading(access, **words("1"), create_time="soon").said_at == NOW


def test_alone_with_the_bot_a_member_is_the_chat(access: Access) -> None:
    reply = reading(access, chattype="single", chatid="gus", **words("#12 1"))
    assert reply.chat_address == "@gus"


def test_a_chat_behind_a_gateway_keeps_its_server(access: Access) -> None:
    at_gateway = Access("wss://gw/x", "w", access.secrets, access.client, access.clock, access.tokens)
    assert reading(at_gateway, **words("1")).chat_address == "wss://gw/wrchat"


def test_a_photo_is_fetched_and_decrypted_when_its_answer_is_kept(access: Access) -> None:
    photo_frame = frame(chattype="single", **image("/photo"))
    reply = read(photo_frame, access, NOW)
    fetch = attached(photo_frame, access)
    assert reply is not None
    assert fetch is not None
    assert (reply.kind, reply.media) == ("sighted", ())  # a photo without a word says that the person is there
    [photo] = fetch()
    assert (photo.kind, photo.content, photo.content_type) == ("photo", JPEG, "image/jpeg")


def test_text_and_photo_come_as_one_answer(access: Access) -> None:
    mixed = frame(msgtype="mixed", mixed={"msg_item": [words("@patrol #12 他在这里"), image("/photo")]})
    reply, fetch = read(mixed, access, NOW), attached(mixed, access)
    assert reply is not None
    assert fetch is not None
    assert (reply.kind, reply.hit_number, reply.text, len(fetch())) == ("other", 12, "他在这里", 1)


def test_words_alone_have_nothing_to_fetch(access: Access) -> None:
    assert attached(frame(**words("1")), access) is None


LOST = {
    "gone": image("/gone"),
    "no picture": image("/page"),
    "not encrypted": image("/plain"),
    "another key": image("/photo", bytes(32)),
    "no key": image("/photo", b""),
    "no address": {"image": {"url": 4}},
    "an address of this machine": {"image": {"url": "file:///etc/passwd"}},
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST.keys())
def test_a_photo_that_cannot_be_had_leaves_the_words(access: Access, lost: dict[str, Any]) -> None:
    mixed = frame(msgtype="mixed", mixed={"msg_item": [words("#12 3"), lost]})
    reply, fetch = read(mixed, access, NOW), attached(mixed, access)
    assert reply is not None
    assert reply.kind == "sighted"
    assert fetch is not None
    with pytest.raises(SendError):
        fetch()


def test_a_voice_note_is_its_transcript(access: Access) -> None:
    reply = reading(access, chattype="single", msgtype="voice", voice={"content": "#12 在路上"})
    assert (reply.kind, reply.hit_number) == ("on_my_way", 12)


def event(**event: Any) -> dict[str, Any]:
    return frame("aibot_event_callback", msgtype="event", event=event)


def press(key: str, task_id: str = "k1") -> dict[str, Any]:
    card = {"card_type": "button_interaction", "event_key": key, "task_id": task_id}
    return event(eventtype="template_card_event", template_card_event=card)


CARD = Card("#0012", "3F", (Button("seen", "Seen"), Button("on_my_way", "On my way")))


def test_a_press_says_what_was_pressed_on_which_message(access: Access) -> None:
    reply = read(press(CARD.key_of(CARD.buttons[1])), access, NOW)
    assert reply is not None
    assert (reply.kind, reply.message_key, reply.member, reply.event_ref) == ("on_my_way", "k1", "gus", "m1")


def test_a_pressed_card_is_drawn_anew_from_its_key() -> None:
    drawn, task_id = pressed_card(press(CARD.key_of(CARD.buttons[0]), "k1-repeat"), is_taken=True) or (CARD, "")
    assert (drawn, task_id) == (CARD.pressed("seen", "gus"), "k1-repeat")


OTHER_FRAMES = [
    event(eventtype="enter_chat"),
    event(eventtype="feedback_event"),
    event(eventtype="template_card_event"),
    press("another card's"),
    {},
    {"cmd": "aibot_event_callback", "body": []},
]


@pytest.mark.parametrize("other", OTHER_FRAMES)
def test_other_events_are_no_answers(access: Access, other: dict[str, Any]) -> None:
    assert read(other, access, NOW) is None
    assert pressed_card(other, is_taken=True) is None


@pytest.mark.parametrize(
    "body", [{}, {"from": "gus"}, {"text": 3}, {"mixed": {"msg_item": "x"}}, {"quote": []}, {"image": {"url": 4}}]
)
def test_a_message_in_an_unknown_form_trips_nothing(access: Access, body: dict[str, Any]) -> None:
    assert reading(access, **body).kind in ("other", "sighted")
