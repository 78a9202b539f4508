"""What members say to a DingTalk robot is read as they mean it, and only DingTalk can say it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patrol.chats.chat import CallAnswer, CallRefused
from patrol.chats.table import Chats
from patrol.values import Reply
from tests.chats.fakes.dingtalk_app import CONVERSATION, DingtalkAppFake, signed

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[DingtalkAppFake]:
    with DingtalkAppFake.running() as server:
        yield server


def called(server: DingtalkAppFake, now: datetime = NOW) -> CallAnswer:
    """What we make of the newest call."""
    chats = Chats(lambda _name: server.secret, lambda: now)
    return chats.answer("dingtalk_app", "d", server.calls[-1], server.address)


def heard(server: DingtalkAppFake) -> Reply:
    [reply] = called(server).replies
    return reply


def test_what_is_said_names_its_chat_its_member_and_its_hit(server: DingtalkAppFake) -> None:
    server.say("gus", "HIT-0012 5")
    assert heard(server) == Reply("cannot_go", "staff-gus", "msg-0", NOW, hit_number=12, chat_address=server.address)


def test_the_robot_says_nothing_in_return(server: DingtalkAppFake) -> None:
    server.say("gus", "HIT-0012 5")
    assert json.loads(called(server).body) == {"msgtype": "empty"}


def test_on_dingtalks_own_server_a_chat_is_its_conversation(server: DingtalkAppFake) -> None:
    server.say("gus", "HIT-0012 5")
    chats = Chats(lambda _name: server.secret, lambda: NOW)
    [reply] = chats.answer("dingtalk_app", "d", server.calls[-1], CONVERSATION).replies
    assert reply.chat_address == CONVERSATION


def test_who_sets_a_chat_up_is_told_its_address(server: DingtalkAppFake) -> None:
    server.say("rita", "绑定")
    answer = called(server)
    assert json.loads(answer.body)["text"]["content"] == f"address: {server.address}\nmember: staff-rita"
    assert answer.replies == ()


def test_who_is_of_another_enterprise_has_another_id(server: DingtalkAppFake) -> None:
    server.tell("max", {"msgtype": "text", "text": {"content": "#12 1"}, "senderStaffId": None})
    assert heard(server).member == "$:LWCP_v1:$max"


def test_a_photo_is_a_sighting_and_is_fetched_afterwards(server: DingtalkAppFake) -> None:
    server.say("gus", "warm up the token")
    server.files["code-1"] = b"\xff\xd8photo"
    server.tell("gus", {"msgtype": "picture", "content": {"downloadCode": "code-1"}})
    answer = called(server)
    [reply] = answer.replies
    assert (reply.kind, server.requests) == ("sighted", [])
    [media] = answer.media[reply.event_ref]()
    assert (media.kind, media.content, media.content_type) == ("photo", b"\xff\xd8photo", "image/jpeg")


def test_words_and_photos_of_a_rich_text_belong_together(server: DingtalkAppFake) -> None:
    server.files |= {"c1": b"one", "c2": b"two"}
    pieces = [{"text": "#12 by the exit"}, {"type": "picture", "downloadCode": "c1"}, {"downloadCode": "c2"}, 7]
    server.tell("gus", {"msgtype": "richText", "content": {"richText": pieces}})
    answer = called(server)
    [reply] = answer.replies
    assert (reply.kind, reply.hit_number, reply.text) == ("other", 12, "by the exit")
    assert [media.content for media in answer.media[reply.event_ref]()] == [b"one", b"two"]


def test_voice_is_read_as_dingtalk_understood_it(server: DingtalkAppFake) -> None:
    server.tell("gus", {"msgtype": "audio", "content": {"downloadCode": "v1", "recognition": "在路上"}})
    assert heard(server).kind == "on_my_way"


def test_a_message_to_another_robot_is_refused(server: DingtalkAppFake) -> None:
    server.tell("gus", {"msgtype": "text", "text": {"content": "#12 1"}, "robotCode": "dingother"})
    with pytest.raises(CallRefused, match="another robot"):
        called(server)


@pytest.mark.parametrize("minutes", [-61, 61])
def test_a_call_of_another_time_is_refused(server: DingtalkAppFake, minutes: int) -> None:
    server.say("gus", "#12 1")
    with pytest.raises(CallRefused, match="old"):
        called(server, NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"msgId": []}'])
def test_a_signed_call_that_is_no_message_is_refused(server: DingtalkAppFake, body: bytes) -> None:
    server.calls = [signed(body)]
    with pytest.raises(CallRefused):
        called(server)


NONSENSE: list[dict[str, Any]] = [
    {"text": 4},
    {"content": [], "msgtype": []},
    {"content": {"richText": "x"}},
    {"createAt": "yesterday"},
    {"conversationId": None},
]


@pytest.mark.parametrize("fields", NONSENSE, ids=str)
def test_nonsense_in_a_message_trips_nobody(server: DingtalkAppFake, fields: dict[str, Any]) -> None:
    server.tell("gus", {"msgtype": "text"} | fields)
    assert heard(server).said_at == NOW
