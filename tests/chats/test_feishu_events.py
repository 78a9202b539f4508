"""What members do in a Feishu group is read as they mean it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from patrol.chats.chat import CallAnswer, CallRefused
from patrol.chats.table import Chats
from patrol.values import Button, Message, Reply
from tests.chats.fakes.feishu import APP_ID, CHAT, VERIFICATION_TOKEN, FeishuFake, signed

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[FeishuFake]:
    with FeishuFake.running() as server:
        yield server


@pytest.fixture
def chats(server: FeishuFake) -> Chats:
    return Chats(lambda _name: server.secret, lambda: NOW)


def called(server: FeishuFake, chats: Chats) -> CallAnswer:
    """What we make of the newest call."""
    return chats.answer("feishu", "f", server.calls[-1], server.address)


def heard(server: FeishuFake, chats: Chats) -> Reply:
    [reply] = called(server, chats).replies
    return reply


def test_a_challenge_is_echoed(server: FeishuFake, chats: Chats) -> None:
    server.calls = [signed({"type": "url_verification", "token": VERIFICATION_TOKEN, "challenge": "ajls384kdj"})]
    answer = called(server, chats)
    assert (json.loads(answer.body), answer.replies) == ({"challenge": "ajls384kdj"}, ())
    assert answer.content_type.startswith("application/json")


def test_an_event_of_another_app_is_refused(server: FeishuFake, chats: Chats) -> None:
    header = {"token": VERIFICATION_TOKEN, "app_id": f"{APP_ID}x", "event_type": "card.action.trigger"}
    server.calls = [signed({"header": header, "event": {}})]
    with pytest.raises(CallRefused, match="another app"):
        called(server, chats)


def test_a_press_says_which_message_which_hit_and_by_whom(server: FeishuFake, chats: Chats) -> None:
    chats.open("feishu", server.address, "f").send(Message("k1", "#0012", 12, buttons=(Button("gone", "Gone"),)))
    server.press("gus", "Gone")
    assert heard(server, chats) == Reply(
        kind="gone",
        member="ou_gus",
        event_ref="event-0",
        said_at=NOW,
        in_reply_to="om_0",
        hit_number=12,
        chat_address=server.address,
        message_key="k1",
    )


def test_who_presses_sees_whether_it_counted(server: FeishuFake, chats: Chats) -> None:
    chats.open("feishu", server.address, "f").send(Message("k1", "#0012", 12, buttons=(Button("gone", "走了"),)))
    server.press("gus", "走了")
    answer = called(server, chats)
    assert json.loads(answer.body) == {"toast": {"type": "success", "content": "走了"}}
    assert json.loads(answer.refusal)["toast"]["type"] == "error"


def test_a_card_that_is_not_ours_says_nothing(server: FeishuFake, chats: Chats) -> None:
    for value in ({}, {"answer": "fire"}, [], "x"):
        server.call("card.action.trigger", {"action": {"value": value}, "context": {"open_chat_id": CHAT}})
        assert called(server, chats).replies == ()


def test_a_reply_is_to_its_message(server: FeishuFake, chats: Chats) -> None:
    server.say("gus", "2", parent_id="om_0", root_id="om_0")
    reply = heard(server, chats)
    assert (reply.kind, reply.in_reply_to, reply.hit_number) == ("on_my_way", "om_0", None)


def test_being_spoken_to_is_taken_out_of_the_words(server: FeishuFake, chats: Chats) -> None:
    server.say("gus", "@_user_1 HIT-0012 4", mentions=[{"key": "@_user_1", "name": "patrol"}])
    assert (heard(server, chats).kind, heard(server, chats).hit_number) == ("not_him", 12)


def test_talk_among_members_is_not_ours(server: FeishuFake, chats: Chats) -> None:
    server.say("gus", "lunch at twelve?")
    assert called(server, chats).replies == ()


def test_what_another_bot_says_is_no_answer(server: FeishuFake, chats: Chats) -> None:
    sender = {"sender_id": {"open_id": "ou_bot"}, "sender_type": "app"}
    message = {"message_id": "om_9", "chat_id": CHAT, "message_type": "text", "content": '{"text": "#12 4"}'}
    server.call("im.message.receive_v1", {"sender": sender, "message": message})
    assert called(server, chats).replies == ()


def test_a_photo_in_reply_is_a_sighting_and_is_fetched_after_the_answer(server: FeishuFake, chats: Chats) -> None:
    server.resources["img_1"] = b"\xff\xd8photo"
    server.tell("gus", "image", {"image_key": "img_1"}, parent_id="om_0")
    n_requests = len(server.requests)
    answer = called(server, chats)
    [reply] = answer.replies
    assert (reply.kind, reply.media, len(server.requests)) == ("sighted", (), n_requests)
    [media] = answer.media[reply.event_ref]()
    assert (media.kind, media.content, media.content_type) == ("photo", b"\xff\xd8photo", "image/jpeg")


def test_voice_comes_as_a_file(server: FeishuFake, chats: Chats) -> None:
    server.resources["file_1"] = b"OggS"
    server.tell("gus", "audio", {"file_key": "file_1", "duration": 2000}, parent_id="om_0")
    answer = called(server, chats)
    [media] = answer.media[answer.replies[0].event_ref]()
    assert (media.kind, media.content) == ("voice", b"OggS")
    assert server.requests[-1].query == {"type": "file"}


def test_words_and_photos_of_a_post_belong_together(server: FeishuFake, chats: Chats) -> None:
    server.resources |= {"img_1": b"one", "img_2": b"two"}
    lines = [[{"tag": "text", "text": "#12 by the north exit"}], [{"tag": "img", "image_key": "img_1"}]]
    server.tell("gus", "post", {"title": "", "content": [*lines, [{"tag": "img", "image_key": "img_2"}], "x", [7]]})
    answer = called(server, chats)
    [reply] = answer.replies
    assert (reply.kind, reply.hit_number, reply.text) == ("other", 12, "by the north exit")
    assert [media.content for media in answer.media[reply.event_ref]()] == [b"one", b"two"]


def test_a_place_in_reply_is_a_sighting_there(server: FeishuFake, chats: Chats) -> None:
    place = {"name": "Gate 5", "longitude": "121.4737", "latitude": "31.2304"}
    server.tell("gus", "location", place, parent_id="om_0")
    reply = heard(server, chats)
    assert (reply.kind, reply.position) == ("sighted", (31.2304, 121.4737))


NONSENSE: list[dict[str, Any]] = [
    {"content": "not JSON"},
    {"content": "[]"},
    {"content": '{"text": {"text": 4}}'},
    {"content": None},
    {"mentions": 7},
    {"create_time": "yesterday"},
]


@pytest.mark.parametrize("fields", NONSENSE, ids=lambda fields: str(fields))
def test_nonsense_in_a_message_trips_nobody(server: FeishuFake, chats: Chats, fields: dict[str, Any]) -> None:
    server.say("gus", "4", parent_id="om_0", **fields)
    assert heard(server, chats).said_at == NOW


def test_other_events_are_taken_and_mean_nothing(server: FeishuFake, chats: Chats) -> None:
    server.call("im.chat.member.bot.added_v1", {"chat_id": CHAT})
    assert called(server, chats).replies == ()
