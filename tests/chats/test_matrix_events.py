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
    said = Reply("not_him", "@gus:example.org", "$e1", NOW, hit_number=12, chat_address=f"https://example.org/{ROOM}")
    assert chat_saying(SAID).replies(None).items == (said,)


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


def sent(**content: object) -> dict[str, Any]:
    return {**SAID, "content": {"m.relates_to": {"m.in_reply_to": {"event_id": "$hit"}}, **content}}


PHOTO = {"msgtype": "m.image", "url": "mxc://example.org/p1"}


def test_a_photo_in_reply_is_a_sighting_and_its_name_is_no_word() -> None:
    [reply] = chat_saying(sent(**PHOTO, body="IMG_0012.jpg")).replies(None).items
    assert (reply.kind, reply.text, reply.in_reply_to) == ("sighted", "", "$hit")


def test_a_photos_caption_is_what_its_sender_says() -> None:
    photo = sent(**PHOTO, body="not him", filename="IMG_0012.jpg")
    assert [reply.kind for reply in chat_saying(photo).replies(None).items] == ["not_him"]


def test_a_photo_is_fetched_when_it_is_wanted() -> None:
    replies = chat_saying(sent(**PHOTO, body="IMG_0012.jpg")).replies(None)
    [media] = replies.media["$e1"]()
    assert (media.kind, media.content_type) == ("photo", "application/json")


def test_what_is_encrypted_or_elsewhere_is_not_fetched() -> None:
    for url in ({"file": {"url": "mxc://example.org/p1"}}, {"url": "http://127.0.0.1/secret"}, {"url": 4}):
        replies = chat_saying(sent(msgtype="m.image", body="x.jpg", **url)).replies(None)
        assert (len(replies.items), replies.media) == (1, {})


def test_a_place_in_reply_is_a_sighting_there() -> None:
    place = sent(msgtype="m.location", body="Gate 5", geo_uri="geo:31.2304,121.4737;u=35")
    [reply] = chat_saying(place).replies(None).items
    assert (reply.kind, reply.position) == ("sighted", (31.2304, 121.4737))


@pytest.mark.parametrize("uri", ["geo:91,0", "geo:..,..", "x", 4, None])
def test_a_place_that_is_none_is_left_out(uri: object) -> None:
    [reply] = chat_saying(sent(msgtype="m.location", body="Gate 5", geo_uri=uri)).replies(None).items
    assert reply.position is None
