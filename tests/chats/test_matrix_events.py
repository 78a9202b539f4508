"""What a homeserver may say, and what is made of it: without a server, for no honest one says such things."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from patrol.chats.chat import Chat, SendError
from patrol.chats.table import Chats
from patrol.values import Reply

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
ROOM = "!room:example.org"
SAID = {
    "type": "m.room.message",
    "sender": "@gus:example.org",
    "event_id": "$e1",
    "origin_server_ts": 1_772_415_000_000,  # 2026-03-02 01:30 UTC
    "content": {"body": "#12 4"},
}


def chat_saying(*events: dict[str, Any], token: str = "token") -> Chat:
    sync = {"next_batch": "s1", "rooms": {"join": {ROOM: {"timeline": {"events": events}}}}}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=sync if request.url.path.endswith("/sync") else {"user_id": "@patrol:x"})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return Chats(lambda _name: token, lambda: NOW, client).open("matrix", f"https://example.org/{ROOM}", "m")


def test_without_events_there_are_no_answers() -> None:
    assert chat_saying().replies(None).items == ()


def test_an_answer_is_read() -> None:
    assert chat_saying(SAID).replies(None).items == (Reply("not_him", "@gus:example.org", "$e1", NOW, hit_number=12),)


@pytest.mark.parametrize("stamp", [10**18, -(10**18), float("1e300"), "yesterday", None, [], 1_900_000_000_000])
def test_a_time_that_cannot_be_is_now(stamp: object) -> None:
    [reply] = chat_saying({**SAID, "origin_server_ts": stamp}).replies(None).items
    assert reply.said_at == NOW


@pytest.mark.parametrize("left_out", ["event_id", "type", "content"])
def test_an_event_that_lacks_what_an_answer_needs_is_none(left_out: str) -> None:
    broken = {name: value for name, value in SAID.items() if name != left_out}
    replies = chat_saying(broken, SAID).replies(None).items
    assert [reply.kind for reply in replies] == ["not_him"]


@pytest.mark.parametrize("token", ["密钥", "to\nken", "\ud800"])
def test_a_token_no_header_takes_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(SendError, match="bad_secret") as refused:
        chat_saying(SAID, token=token).replies(None)
    assert refused.value.is_permanent
    assert token not in str(refused.value)
