"""What a webhook's receiver answers is read as it is meant, and only who has the secret can say it."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patrol.chats.chat import CallAnswer, CallRefused
from patrol.chats.table import Chats
from patrol.values import Media, Reply
from tests.chats.fakes.server import CALLED_AT_S, SECRET
from tests.chats.fakes.webhook import WebhookFake

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
ADDRESS = "https://example.org/hook"


@pytest.fixture
def server() -> Iterator[WebhookFake]:
    with WebhookFake.running() as server:
        yield server


def called(server: WebhookFake, now: datetime = NOW) -> CallAnswer:
    return Chats(lambda _name: SECRET, lambda: now).answer("webhook", "h", server.calls[-1], ADDRESS)


def heard(server: WebhookFake, content: Any) -> Reply:
    server.answer_with(content)
    [reply] = called(server).replies
    return reply


def test_an_answer_by_button_names_its_message(server: WebhookFake) -> None:
    said = {"id": "a-1", "member": "gus", "answer": "need_help", "key": "k1", "text": "two of them"}
    assert heard(server, said) == Reply(
        "need_help", "gus", "a-1", NOW, text="two of them", chat_address=ADDRESS, message_key="k1"
    )


def test_an_answer_in_words_is_read_as_in_every_chat(server: WebhookFake) -> None:
    reply = heard(server, {"id": "a-1", "member": "gus", "text": "HIT-0012 2", "in_reply_to": "m-k1"})
    assert (reply.kind, reply.hit_number, reply.in_reply_to) == ("on_my_way", 12, "m-k1")


def test_an_answer_may_name_hit_chat_and_time(server: WebhookFake) -> None:
    said = {
        "id": "a-1",
        "answer": "seen",
        "hit_number": 7,
        "chat": "https://example.org/b",
        "said_at": CALLED_AT_S - 60,
    }
    reply = heard(server, said)
    assert (reply.hit_number, reply.chat_address) == (7, "https://example.org/b")
    assert reply.said_at == NOW - timedelta(minutes=1)


def test_a_photo_and_a_place_say_that_the_person_is_there(server: WebhookFake) -> None:
    photo = {"kind": "photo", "content_type": "image/jpeg", "base64": base64.b64encode(b"jpeg").decode()}
    bad = [{"kind": "photo", "base64": "密"}, {"kind": "film", "base64": "AAAA"}, {"kind": "voice"}, 7]
    place = {"latitude": 31.2304, "longitude": 121.4737}
    reply = heard(server, {"id": "a-1", "member": "gus", "key": "k1", "media": [photo, *bad], "position": place})
    assert (reply.kind, reply.position) == ("sighted", (31.2304, 121.4737))
    assert reply.media == (Media("photo", b"jpeg", "image/jpeg"),)


def test_who_answers_is_told_whether_it_was_taken(server: WebhookFake) -> None:
    server.answer_with({"id": "a-1", "answer": "seen"})
    assert (called(server).body, called(server).refusal) == (b'{"is_taken": true}', b'{"is_taken": false}')


@pytest.mark.parametrize("content", [b"", b"\xff", [], {}, {"answer": "seen"}, {"id": []}], ids=str)
def test_a_signed_call_that_is_no_answer_is_refused(server: WebhookFake, content: Any) -> None:
    server.answer_with(content)
    with pytest.raises(CallRefused):
        called(server)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_call_of_another_time_is_refused(server: WebhookFake, minutes: int) -> None:
    server.answer_with({"id": "a-1", "answer": "seen"})
    with pytest.raises(CallRefused, match="old"):
        called(server, NOW + timedelta(minutes=minutes))
