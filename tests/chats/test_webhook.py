"""What a webhook's receiver can rely on."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from patrol.chats.chat import Chat, Sent
from patrol.chats.table import Chats
from patrol.chats.webhook import sign
from patrol.values import Message
from tests.chats.fakes.server import SECRET, HttpFake
from tests.chats.servers import running

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[HttpFake]:
    with running("webhook") as server:
        yield server


@pytest.fixture
def chat(server: HttpFake) -> Chat:
    return Chats(lambda _name: SECRET, lambda: NOW).open("webhook", server.address, "h")


def test_a_text_is_plain_json_signed_with_its_time(server: HttpFake, chat: Chat) -> None:
    chat.send(Message("k1", "疑似人员 #0012", 12, is_repeat=True))
    [request] = server.requests
    assert request.json() == {
        "type": "message",
        "key": "k1",
        "text": "疑似人员 #0012",
        "hit_number": 12,
        "is_repeat": True,
        "buttons": [],
        "mentions": [],
        "in_reply_to": None,
        "picture_sha256": None,
    }
    at = str(int(NOW.timestamp()))
    assert request.headers["x-signature"] == f"t={at},v1={sign(SECRET, at, request.body)}"
    assert request.headers["idempotency-key"] == "k1"


def test_a_signature_is_of_one_time_one_body_and_one_secret() -> None:
    signatures = {sign(*parts) for parts in (("s", "1", b"x"), ("s", "2", b"x"), ("s", "1", b"y"), ("t", "1", b"x"))}
    assert len(signatures) == 4
    by_openssl = (
        "82e21d3835959d69636bc0eb5dc175351c881f8e1358e14feb992898de41fce6"  # printf 1.x | openssl dgst -hmac s
    )
    assert sign("s", "1", b"x") == by_openssl


def test_a_withdrawal_says_what_it_takes_back(server: HttpFake, chat: Chat) -> None:
    receipt = chat.send(Message("k1", "Possible match #0012", 12))
    chat.withdraw(Sent("k1", receipt.message_ref), Message("k2", "WITHDRAWN #0012", 12))
    content = server.requests[-1].json()
    assert (content["type"], content["cancels"], content["cancels_key"]) == ("withdraw", "m-k1", "k1")
