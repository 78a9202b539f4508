"""What every chat platform keeps: each case runs on all of them, against servers that answer as the real ones do.

A new platform is a fake in tests/chats/fakes/ with a line in its FAKES, a row in patrol/chats/table.py, and rows in
ADDRESSES below. Nothing else here names a platform; what a platform cannot do is read from its limits.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from patrol.chats import exchange
from patrol.chats.chat import Call, CallAnswer, CallRefused, Chat, Limits, Secrets, SendError, Sent
from patrol.chats.exchange import open_client
from patrol.chats.table import KINDS, LIMITS, PLATFORMS, Chats, check
from patrol.values import Button, Message, PatrolError, Reply
from tests.chats.fakes import FAKES
from tests.chats.fakes.server import SECRET, Answer, Fake
from tests.chats.servers import closed_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 2_000 + b"\xff\xd9"  # half a megabyte, every byte value
BUTTONS = (Button("on_my_way", "On my way"), Button("not_him", "Not him"))
OVER_HTTP = [kind for kind, fake in FAKES.items() if fake.is_http]
CONFUSING = [kind for kind, fake in FAKES.items() if fake.not_understood]
HEARING = [kind for kind in FAKES if LIMITS[kind].has_replies]
WITH_BUTTONS = [kind for kind in FAKES if LIMITS[kind].n_buttons]
CALLED_BACK = [kind for kind in FAKES if LIMITS[kind].hears == "callback"]


class Place:
    """A platform under test: its server, and one chat on it."""

    def __init__(self, kind: str, server: Fake) -> None:
        self.kind = kind
        self.server = server
        self.limits: Limits = LIMITS[kind]
        self.open()

    def open(self, *, silence_s: float = 5.0, secrets: Secrets | None = None, at: datetime = NOW) -> Chat:
        """The chat as another process would open it: with its own connections, the ones before being closed."""
        self.close()
        client = open_client()
        client.timeout = httpx.Timeout(silence_s)
        self.chats = Chats(secrets or self.secret_of, lambda: at, client)
        self.chat = self.chats.open(self.kind, self.server.address, "robot-1")
        return self.chat

    def close(self) -> None:
        if hasattr(self, "chats"):
            self.chats.close()

    def secret_of(self, name: str) -> str:
        assert name == "robot-1"
        return self.server.secret

    def heard(self) -> tuple[Reply, ...]:
        """The answers that came in, by whichever way the platform has."""
        if self.limits.hears == "chat":
            return self.chat.replies(None).items
        if self.limits.hears == "bot":
            return self.chats.bot(self.kind, self.server.address, "robot-1").listen(None).items
        return tuple(reply for call in self.server.calls for reply in self.called(call).replies)

    def called(self, call: Call) -> CallAnswer:
        return self.chats.answer(self.kind, "robot-1", call, self.server.address)

    def hear(self) -> Reply:
        """The one answer that came in, as soon as it has."""
        heard: list[Reply] = []
        eventually(lambda: heard.extend(self.heard()) or heard)
        [reply] = heard
        return reply

    def is_here(self, reply: Reply) -> bool:
        """Whether it was said in this chat, as the chat's own platform tells."""
        is_said_in = PLATFORMS[self.kind].is_said_in
        return reply.chat_address is not None and is_said_in(reply.chat_address, self.server.address)

    def connect(self) -> None:
        """Be there before members speak: a bot hears only what is said while it is connected."""
        if self.limits.hears == "bot":
            self.heard()


@pytest.fixture(params=FAKES)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with FAKES[request.param].running() as server:
        opened = Place(request.param, server)
        yield opened
        opened.close()


def only(kinds: list[str]) -> pytest.MarkDecorator:
    """For the platforms that have what a case is about."""
    return pytest.mark.parametrize("place", kinds, indirect=True)


def text(key: str = "k1", words: str = "Possible match #0012", **more: object) -> Message:
    return replace(Message(key=key, text=words, hit_number=12), **more)  # type: ignore[arg-type]


def messages(limits: Limits) -> list[Message]:
    """A hit as dispatch plans it: one message where the platform has captions, else two."""
    if limits.has_caption:
        return [Message("k1", "Possible match #0012", 12, JPEG)]
    return [text(), Message("k2", "", 12, JPEG)] if limits.picture_bytes else [text()]


def refused_at_sending(chat: Chat, message: Message) -> SendError:
    with pytest.raises(SendError) as refused:
        chat.send(message)
    return refused.value


@pytest.mark.parametrize("kind", KINDS)
def test_limits_are_declared(kind: str) -> None:
    limits = LIMITS[kind]
    assert limits.picture_bytes == 0 or limits.picture_bytes >= 1_000_000
    assert limits.text_bytes >= 1_000
    assert "image/jpeg" in limits.picture_formats


def test_every_platform_that_is_far_away_has_a_fake() -> None:
    assert {*KINDS} - {"page"} == {*FAKES}


def test_the_page_takes_every_message_by_itself() -> None:
    page = Chats(str, lambda: NOW).open("page", "", None)
    assert page.send(text()).message_ref == "k1"
    assert page.withdraw(Sent("k1", "k1"), text("k2")).accepted_at == NOW
    assert page.replies(None).items == ()


# --- sent


def test_a_text_arrives(place: Place) -> None:
    receipt = place.chat.send(text(words="疑似人员 #0012\n三楼扶梯"))
    assert [said.text for said in place.server.said] == ["疑似人员 #0012\n三楼扶梯"]
    assert receipt.message_ref
    assert receipt.accepted_at == NOW


def test_a_picture_arrives_byte_for_byte(place: Place) -> None:
    for message in messages(place.limits):
        place.chat.send(message)
    assert [said.text for said in place.server.said if said.text] == ["Possible match #0012"]
    pictures = [JPEG] if place.limits.picture_bytes else []
    assert [said.picture for said in place.server.said if said.picture] == pictures


@only(WITH_BUTTONS)
def test_buttons_stand_under_the_message(place: Place) -> None:
    place.chat.send(text(words="Possible match #0012\nGate 5, 02:17", buttons=BUTTONS))
    assert place.server.newest_with("Not him").buttons == ("On my way", "Not him")
    assert "Gate 5, 02:17" in "\n".join(said.text for said in place.server.said)


# --- withdrawn


def test_a_withdrawal_is_said_in_the_chat(place: Place) -> None:
    receipt = place.chat.send(text())
    place.chat.withdraw(Sent("k1", receipt.message_ref, NOW), text("k2", "WITHDRAWN #0012"))
    assert place.server.said[-1].text == "WITHDRAWN #0012"
    assert place.server.said[0].is_gone == place.limits.can_withdraw


def test_what_was_never_answered_can_be_withdrawn_too(place: Place) -> None:
    place.server.script = [Answer(is_dropped=True)]
    refused_at_sending(place.chat, text())
    place.chat.withdraw(Sent("k1", None), text("k2", "WITHDRAWN #0012"))
    assert place.server.said[-1].text == "WITHDRAWN #0012"


# --- refused for good


def test_a_refusal_is_permanent(place: Place) -> None:
    place.server.script = [place.server.refused]
    refused = refused_at_sending(place.chat, text())
    assert (refused.is_permanent, refused.is_unknown, place.server.said) == (True, False, [])


@pytest.mark.parametrize("trouble", ["wrong", "malformed", "missing"])
def test_a_secret_that_is_none_is_permanent(place: Place, trouble: str) -> None:
    def secret_of(name: str) -> str:
        if trouble == "missing":
            raise PatrolError(f"secret {name!r} is not set: set PATROL_SECRET_{name.upper()}")
        return place.server.wrong_secret if trouble == "wrong" else "?"

    refused = refused_at_sending(place.open(secrets=secret_of), text())
    assert (refused.is_permanent, refused.is_unknown, place.server.said) == (True, False, [])


@only(OVER_HTTP)
def test_a_chat_that_is_gone_is_permanent(place: Place) -> None:
    place.server.script = [Answer(404)]
    refused = refused_at_sending(place.chat, text())
    assert (refused.is_permanent, refused.is_unknown, place.server.said) == (True, False, [])


@only(OVER_HTTP)
def test_a_redirect_is_not_followed(place: Place) -> None:
    place.server.script = [Answer(302, headers={"Location": "http://127.0.0.1:1/elsewhere"})]
    assert refused_at_sending(place.chat, text()).is_permanent


def test_a_text_that_is_too_long_is_refused_and_never_cut(place: Place) -> None:
    refused = refused_at_sending(place.chat, text(words="字" * (place.limits.text_bytes // 3 + 1)))
    assert (refused.code, refused.is_permanent, place.server.said) == ("too_large", True, [])


def test_a_picture_that_is_too_big_is_refused(place: Place) -> None:
    refused = refused_at_sending(place.chat, text(picture_jpeg=bytes(place.limits.picture_bytes + 1)))
    assert (refused.code, refused.is_permanent, place.server.said) == ("too_large", True, [])


# --- refused for now


def test_what_passes_by_itself_is_worth_another_try(place: Place) -> None:
    place.server.script = [place.server.busy, None]
    busy = refused_at_sending(place.chat, text())
    assert (busy.is_permanent, busy.is_unknown) == (False, False)
    place.chat.send(text())
    assert len(place.server.said) == 1


def test_a_limit_says_how_long_to_wait(place: Place) -> None:
    place.server.script = [place.server.limited]
    limited = refused_at_sending(place.chat, text())
    assert (limited.code, limited.wait_s) == ("limited", place.server.limited_wait_s)
    assert not limited.is_permanent


# --- timed out before it left, and after


def test_a_server_that_is_down_got_nothing(place: Place) -> None:
    scheme = place.server.url.partition("://")[0]
    address = place.server.address_at(f"{scheme}://127.0.0.1:{closed_port()}")
    down = refused_at_sending(place.chats.open(place.kind, address, "robot-1"), text())
    assert (down.code, down.is_unknown, down.is_permanent) == ("unreachable", False, False)


@pytest.mark.parametrize("answer", [Answer(is_dropped=True), Answer(stalls=True)], ids=["dropped", "slow"])
def test_an_answer_that_does_not_come_leaves_the_message_unknown(place: Place, answer: Answer) -> None:
    chat = place.open(silence_s=0.3)
    place.server.script = [answer]
    assert refused_at_sending(chat, text()).is_unknown
    chat.send(text())
    assert len(place.server.said) in ([1] if place.limits.is_idempotent else [1, 2])


@only(OVER_HTTP)
@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_that_lost_its_server_leaves_the_message_unknown(place: Place, status: int) -> None:
    place.server.script = [Answer(status, b"<html>gateway</html>")]
    assert refused_at_sending(place.chat, text()).is_unknown


@only(CONFUSING)
def test_an_answer_nobody_understands_leaves_the_message_unknown(place: Place) -> None:
    place.server.script = [place.server.not_understood]
    refused = refused_at_sending(place.chat, text())
    assert (refused.code, refused.is_unknown) == ("not_understood", True)


@only(OVER_HTTP)
def test_an_answer_that_trickles_is_broken_off(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "WHOLE_S", 0.2)
    place.server.script = [Answer(200, b" ", {"Content-Length": "100000"}, trickles=True)]
    assert "in time" in str(refused_at_sending(place.chat, text()))


# --- answered


@only(HEARING)
def test_a_members_words_are_heard(place: Place) -> None:
    place.connect()
    place.server.say("gus", "HIT-0012 2")
    reply = place.hear()
    assert (reply.kind, reply.hit_number) == ("on_my_way", 12)
    assert place.server.id_of("gus") in reply.member
    assert reply.event_ref
    assert reply.said_at <= NOW
    if place.limits.hears != "chat":
        assert place.chats.open(place.kind, reply.chat_address or "", "robot-1")
        assert place.is_here(reply)


@only(WITH_BUTTONS)
def test_a_pressed_button_is_heard(place: Place) -> None:
    place.connect()
    receipt = place.chat.send(text(buttons=BUTTONS))
    place.server.press("gus", "Not him")
    reply = place.hear()
    assert reply.kind == "not_him"
    assert place.is_here(reply)
    assert place.server.id_of("gus") in reply.member
    assert reply.message_key == "k1" or reply.in_reply_to == receipt.message_ref or reply.hit_number == 12


@only(CALLED_BACK)
def test_a_call_that_comes_twice_is_the_same_event(place: Place) -> None:
    place.server.say("gus", "HIT-0012 2")
    place.server.calls *= 2
    assert len({reply.event_ref for reply in place.heard()}) == 1


@only(CALLED_BACK)
def test_a_forged_call_is_refused(place: Place) -> None:
    place.server.say("gus", "HIT-0012 2")
    [call] = place.server.calls
    for forged in (place.server.forged(call), replace(call, headers={}, query={}), replace(call, body=b"{")):
        with pytest.raises(CallRefused):
            place.called(forged)


@only(CALLED_BACK)
def test_an_old_call_is_refused(place: Place) -> None:
    place.server.say("gus", "HIT-0012 2")
    place.open(at=NOW + timedelta(hours=2))
    with pytest.raises(CallRefused):
        place.heard()


# --- secret


def test_no_secret_leaks_into_errors_or_logs(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    place.chat.send(text())
    answers = [place.server.refused, place.server.limited, Answer(is_dropped=True)]
    for answer in (*answers, *([Answer(500, SECRET.encode())] if place.server.is_http else [])):
        place.server.script = [answer]
        failed = refused_at_sending(place.chat, text())
        assert SECRET not in f"{failed} {failed!r} {failed.__cause__!r}"
    assert SECRET not in caplog.text
    assert "key=" not in caplog.text


# --- set up


ADDRESSES: list[tuple[str, str, str | None, str | None]] = [
    ("page", "", None, None),
    ("page", "https://example.org", None, "address"),
    ("fax", "", None, "kind"),
    ("matrix", "https://matrix.example.org/!abc:example.org", "m", None),
    ("matrix", "https://matrix.example.org/!UDJw4hI", "m", None),  # room version 12 has no server part
    ("matrix", "https://example.org/base/path/!abc:example.org", "m", None),
    ("matrix", "", "m", "address"),
    ("matrix", "!abc:example.org", "m", "address"),
    ("matrix", "https://gus:pw@example.org/!abc:example.org", "m", "address"),
    ("matrix", "https://example.org/#alias:example.org", "m", "address"),
    ("matrix", "https://matrix.example.org/!abc:example.org", None, "secret"),
    ("wecom_robot", "", "w", None),
    ("wecom_robot", "", None, "secret"),
    ("wecom_robot", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1234", "w", "address"),
    ("feishu", "oc_a0553eda9014c201e6969b478895c230", "f", None),
    ("feishu", "https://open.larksuite.com/oc_a0553eda9014c201e6969b478895c230", "f", None),
    ("feishu", "", "f", "address"),
    ("feishu", "ou_a0553eda9014c201e6969b478895c230", "f", "address"),
    ("feishu", "https://gus:pw@example.org/oc_a0553e", "f", "address"),
    ("feishu", "oc_a0553eda9014c201e6969b478895c230", None, "secret"),
    ("wecom_aibot", "wrkSFfCgAAhTnJ2-Ysg0fJ9u", "w", None),
    ("wecom_aibot", "@gus", "w", None),
    ("wecom_aibot", "wss://gateway.example.org/wrkSFfCgAAhTnJ2", "w", None),
    ("wecom_aibot", "https://gateway.example.org/wrkSFfCgAAhTnJ2", "w", "address"),
    ("wecom_aibot", "wss://gus:pw@example.org/wrkSFfCgAAhTnJ2", "w", "address"),
    ("wecom_aibot", "三楼保安群", "w", "address"),
    ("wecom_aibot", "", "w", "address"),
    ("wecom_aibot", "wrkSFfCgAAhTnJ2", None, "secret"),
    ("wecom_app", "1000002/gus|rita", "w", None),
    ("wecom_app", "1000002/party:2|3", "w", None),
    ("wecom_app", "1000002/tag:7", "w", None),
    ("wecom_app", "https://gateway.example.org/wecom/1000002/gus", "w", None),
    ("wecom_app", "1000002", "w", "address"),
    ("wecom_app", "1000002/", "w", "address"),
    ("wecom_app", "1000002/@all", "w", "address"),
    ("wecom_app", "1000002/gus||rita", "w", "address"),
    ("wecom_app", "1000002/" + "|".join(["gus"] * 1_001), "w", "address"),
    ("wecom_app", "guards/gus", "w", "address"),
    ("wecom_app", "https://gus:pw@example.org/1000002/gus", "w", "address"),
    ("wecom_app", "1000002/gus", None, "secret"),
    ("dingtalk_app", "cid6KeBBLoveMJ/GXo+YKF5x7EeiodoA==", "d", None),
    ("dingtalk_app", "https://ding.example.org/cid6KeBBLoveMJ%2FGXo+YKF5x7EeiodoA==", "d", None),
    ("dingtalk_app", "", "d", "address"),
    ("dingtalk_app", "chat12345", "d", "address"),
    ("dingtalk_app", "cid6KeBB==", None, "secret"),
    ("dingtalk_webhook", "", "d", None),
    ("dingtalk_webhook", "https://ding.example.org", "d", None),
    ("dingtalk_webhook", "https://oapi.dingtalk.com/robot/send?access_token=1234", "d", "address"),
    ("dingtalk_webhook", "", None, "secret"),
    ("telegram", "-1001234567890", "t", None),
    ("telegram", "-1001234567890:42", "t", None),
    ("telegram", "https://bots.example.org/-1001234567890:42", "t", None),
    ("telegram", "@guards", "t", "address"),
    ("telegram", "", "t", "address"),
    ("telegram", "https://api.telegram.org/bot123:abc/-1001", "t", "address"),  # the token is a secret
    ("telegram", "-1001234567890", None, "secret"),
    ("webhook", "https://example.org/hook?room=3", "h", None),
    ("webhook", "ftp://example.org/hook", "h", "address"),
    ("webhook", "https://gus:pw@example.org/hook", "h", "address"),
    ("webhook", "https://example.org:99999/hook", "h", "address"),
    ("webhook", "https://example.org/hook", "", "secret"),
]


@pytest.mark.parametrize(("kind", "address", "secret", "wrong"), ADDRESSES)
def test_a_chat_is_checked_before_it_is_used(kind: str, address: str, secret: str | None, wrong: str | None) -> None:
    assert check(kind, address, secret) == wrong


def test_a_bad_address_is_an_error_of_its_own() -> None:
    with pytest.raises(SendError) as refused:
        Chats(str, lambda: NOW).open("matrix", "nowhere", "robot-1")
    assert (refused.value.code, refused.value.is_permanent) == ("bad_address", True)
