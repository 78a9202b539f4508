"""What WeCom calls us with, and who else might."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from defusedxml.ElementTree import fromstring

from patrol.chats.chat import Call, CallAnswer, CallRefused, SendError
from patrol.chats.table import Chats
from patrol.chats.wecom_card import Card
from patrol.chats.wecom_crypto import is_signed, key_of, open_envelope
from patrol.values import Button, Reply
from tests.chats.fakes.server import CALLED_AT_S
from tests.chats.fakes.wecom_app import AES_KEY, AGENT, CORP, TOKEN, WecomAppFake, envelope
from tests.chats.test_wecom_crypto import CALL, CALL_SIGNED, ECHO, ECHO_SIGNED

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
CARD = Card("疑似人员 #0012", "3F 扶梯口 <B 出口>", (Button("seen", "看到了"), Button("on_my_way", "在路上")))


@pytest.fixture
def server() -> Iterator[WecomAppFake]:
    with WecomAppFake.running() as server:
        yield server


def taken(server: WecomAppFake, call: Call, at: datetime = NOW, secret: str = "") -> CallAnswer:
    chats = Chats(lambda _name: secret or server.secret, lambda: at)
    try:
        return chats.answer("wecom_app", "w", call, server.address)
    finally:
        chats.close()


def heard(server: WecomAppFake, member: str = "gus", **fields: str) -> Reply:
    server.call(member, **fields)
    [reply] = taken(server, server.calls[-1]).replies
    return reply


def query(signed: tuple[str, str, str], **more: str) -> dict[str, str]:
    return dict(zip(("msg_signature", "timestamp", "nonce"), signed, strict=True)) | more


def at(stamp: str) -> datetime:
    return datetime.fromtimestamp(int(stamp), UTC) + timedelta(seconds=2)


def test_wecoms_trial_of_our_address_is_answered_with_what_it_holds(server: WecomAppFake) -> None:
    """The official document's own sample."""
    trial = Call("GET", query(ECHO_SIGNED, echostr=ECHO), {}, b"")
    answer = taken(server, trial, at(ECHO_SIGNED[1]))
    assert (answer.body, answer.replies) == (b"1616140317555161061", ())


def test_the_official_sample_of_a_message_is_heard(server: WecomAppFake) -> None:
    body = f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><Encrypt><![CDATA[{CALL}]]></Encrypt></xml>".encode()
    [reply] = taken(server, Call("POST", query(CALL_SIGNED), {}, body), at(CALL_SIGNED[1])).replies
    assert (reply.kind, reply.text, reply.member) == ("other", "hello", "mycreate")
    assert (reply.event_ref, reply.chat_address) == ("4561255354251345929", "218/mycreate")


WORDS = [("HIT-0012 2", "on_my_way", 12, ""), ("收到", "seen", None, ""), ("#12 往 B 出口", "other", 12, "往 B 出口")]


@pytest.mark.parametrize(("content", "kind", "number", "text"), WORDS)
def test_words_are_read(server: WecomAppFake, content: str, kind: str, number: int | None, text: str) -> None:
    reply = heard(server, MsgType="text", Content=content, MsgId="7")
    assert (reply.kind, reply.hit_number, reply.text, reply.event_ref) == (kind, number, text, "7")
    assert (reply.member, reply.chat_address, reply.said_at) == ("gus", f"{AGENT}/gus", NOW)


def test_a_shared_place_is_turned_from_the_maps_coordinates_into_wgs84(server: WecomAppFake) -> None:
    fields = {"Location_X": "39.91640428150164", "Location_Y": "116.41024449916938", "Label": "东门", "MsgId": "7"}
    reply = heard(server, MsgType="location", **fields)
    assert reply.position == pytest.approx((39.915, 116.404), abs=1e-6)
    assert (reply.kind, reply.text) == ("sighted", "东门")


MEDIA = [("image", b"\xff\xd8\xffphoto", "photo", "image/jpeg"), ("voice", b"#!AMR\nvoice", "voice", "audio/amr")]


@pytest.mark.parametrize(("kind", "content", "media_kind", "content_type"), MEDIA)
def test_photos_and_voice_notes_are_fetched_when_wecom_has_its_answer(
    server: WecomAppFake, kind: str, content: bytes, media_kind: str, content_type: str
) -> None:
    server.media["up-1"] = content
    server.call("gus", MsgType=kind, MediaId="up-1", MsgId="7")
    chats = Chats(lambda _name: server.secret, lambda: NOW)
    answer = chats.answer("wecom_app", "w", server.calls[0], server.address)
    assert server.requests == []
    [media] = answer.media["7"]()
    assert (media.kind, media.content, media.content_type) == (media_kind, content, content_type)
    chats.close()


def test_a_photo_that_wecom_no_longer_has_is_an_error_of_its_own(server: WecomAppFake) -> None:
    server.call("gus", MsgType="image", MediaId="gone", MsgId="7")
    chats = Chats(lambda _name: server.secret, lambda: NOW)
    answer = chats.answer("wecom_app", "w", server.calls[0], server.address)
    with pytest.raises(SendError, match="40007"):
        answer.media["7"]()
    chats.close()


def pressed(server: WecomAppFake, key: str, **more: str) -> CallAnswer:
    fields = {"EventKey": key, "TaskId": "k1", "CardType": "button_interaction"} | more
    server.call("gus", MsgType="event", Event="template_card_event", **fields)
    return taken(server, server.calls[-1])


def test_a_press_says_what_was_pressed_on_which_message(server: WecomAppFake) -> None:
    [reply] = pressed(server, CARD.key_of(CARD.buttons[1])).replies
    assert (reply.kind, reply.message_key, reply.member) == ("on_my_way", "k1", "gus")


def test_two_presses_in_one_second_are_two_and_one_told_twice_is_one(server: WecomAppFake) -> None:
    [seen] = pressed(server, CARD.key_of(CARD.buttons[0])).replies
    [going] = pressed(server, CARD.key_of(CARD.buttons[1])).replies
    [again] = taken(server, server.calls[-1]).replies
    assert seen.event_ref != going.event_ref
    assert going.event_ref == again.event_ref


def opened(body: bytes) -> str:
    """The card in our encrypted, signed answer, as text."""
    fields = {child.tag: child.text or "" for child in fromstring(body)}
    assert is_signed(fields["MsgSignature"], TOKEN, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
    return open_envelope(key_of(AES_KEY), fields["Encrypt"], CORP).decode()


def test_the_card_of_who_pressed_is_drawn_anew_and_keeps_its_buttons(server: WecomAppFake) -> None:
    answer = pressed(server, CARD.key_of(CARD.buttons[1]))
    card = fromstring(opened(answer.body)).find("TemplateCard")
    assert card.findtext("MainTitle/Title") == "疑似人员 #0012"
    assert card.findtext("SubTitleText") == "3F 扶梯口 <B 出口>\n✓ 在路上"
    assert [button.findtext("Text") for button in card.iter("ButtonList")] == ["看到了", "在路上"]
    assert "✗ 在路上" in opened(answer.refusal)


def test_a_press_whose_key_holds_no_card_counts_all_the_same(server: WecomAppFake) -> None:
    answer = pressed(server, "seen")
    assert (answer.body, answer.replies[0].kind) == (b"", "seen")


OTHERS = [
    {"MsgType": "event", "Event": "enter_agent"},
    {"MsgType": "event", "Event": "template_card_event", "EventKey": "another app's"},
    {"MsgType": "event"},
    {"MsgType": "video", "MediaId": "v", "MsgId": "7"},
    {},
]


@pytest.mark.parametrize("fields", OTHERS)
def test_what_is_no_answer_is_acknowledged(server: WecomAppFake, fields: dict[str, str]) -> None:
    server.call("gus", **fields)
    assert taken(server, server.calls[0]) == CallAnswer()


def called(**fields: str) -> Call:
    message = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return envelope(f"<xml>{message}</xml>".encode())


GOOD = called(MsgType="text", FromUserName="gus", Content="1", MsgId="7")
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'
FORGED = {
    "no signature": replace(GOOD, query={**GOOD.query, "msg_signature": ""}),
    "another time": replace(GOOD, query={**GOOD.query, "timestamp": str(CALLED_AT_S + 1)}),
    "another nonce": replace(GOOD, query={**GOOD.query, "nonce": "1"}),
    "no time": replace(GOOD, query={**GOOD.query, "timestamp": "now"}),
    "a time beyond all": replace(GOOD, query={**GOOD.query, "timestamp": "9" * 40}),
    "nothing at all": Call("POST", {}, {}, b""),
    "another body": replace(GOOD, body=called(MsgType="text", Content="4", MsgId="8").body),
    "another company": envelope(b"<xml/>", corp="wx0000000000000000"),
    "no XML": replace(GOOD, body=b"{}"),
    "a bomb": replace(GOOD, body=BOMB),
    "a trial without anything": Call("GET", {"timestamp": str(CALLED_AT_S)}, {}, b""),
    "no XML in the envelope": envelope(b"MsgType=text"),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_a_call_that_is_not_wecoms_is_refused(server: WecomAppFake, forged: Call) -> None:
    assert taken(server, GOOD).replies
    with pytest.raises(CallRefused):
        taken(server, forged)


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
def test_a_call_played_again_later_is_refused(server: WecomAppFake, minutes: int) -> None:
    with pytest.raises(CallRefused, match="too old"):
        taken(server, GOOD, NOW + timedelta(minutes=minutes))
    assert taken(server, GOOD, NOW + timedelta(minutes=4)).replies


@pytest.mark.parametrize("secret", [f"{CORP}:s", f"{CORP}:s:{TOKEN}", f"{CORP}:s:{TOKEN}:short"])
def test_without_a_key_no_call_is_believed(server: WecomAppFake, secret: str) -> None:
    with pytest.raises(CallRefused):
        taken(server, GOOD, secret=secret)
