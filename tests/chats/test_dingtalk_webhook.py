"""What DingTalk's custom robot does beyond the contract of every chat."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from patrol.chats.chat import Chat, SendError, Sent
from patrol.chats.dingtalk_webhook import sign
from patrol.chats.table import Chats
from patrol.values import Message
from tests.chats.fakes.dingtalk_webhook import DingtalkWebhookFake, errcode
from tests.chats.fakes.server import SECRET, Answer

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[DingtalkWebhookFake]:
    with DingtalkWebhookFake.running() as server:
        yield server


def chat_with(server: DingtalkWebhookFake, secret: str) -> Chat:
    return Chats(lambda _name: secret, lambda: NOW).open("dingtalk_webhook", server.address, "d")


@pytest.fixture
def chat(server: DingtalkWebhookFake) -> Chat:
    return chat_with(server, server.secret)


def test_a_signature_is_of_the_time_and_the_key() -> None:
    # printf '1\\nk' | openssl dgst -sha256 -hmac k -binary | base64
    by_openssl = "+Y/NysOI70f4DBpAAhJ12F23YD7ant6IfWD1Sviq7UI="
    assert sign("k", "1") == by_openssl


def test_who_is_rung_stands_in_the_text_too(server: DingtalkWebhookFake, chat: Chat) -> None:
    chat.send(Message("k1", "疑似 #0012", mentions=("gus", "rita")))
    [said] = server.said
    assert (said.text, said.mentions) == ("疑似 #0012\n@gus @rita", ("gus", "rita"))


def test_a_robot_without_a_signature_is_not_signed_for(server: DingtalkWebhookFake) -> None:
    with pytest.raises(SendError, match="sign not match") as refused:
        chat_with(server, SECRET).send(Message("k1", "#0012"))
    assert (refused.value.code, refused.value.is_permanent) == ("robot_security", True)
    assert "sign" not in server.requests[0].query


REFUSALS = [
    (errcode(310000, "ip 1.2.3.4 not in whitelist"), "robot_security", True, None),
    (errcode(300001, f"token {SECRET} is not exist"), "unauthorised", True, None),
    (errcode(460101, "message too long"), "too_large", True, None),
    (errcode(40035, "missing parameter"), "refused", True, None),
    (errcode(90018, "qps"), "limited", False, 1.0),
    (Answer(200, {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}), "limited", False, 300.0),
    (errcode(130101, "send too fast"), "limited", False, 600.0),
    (Answer(200, {"errcode": "0"}), "not_understood", False, None),
]


@pytest.mark.parametrize(("answer", "code", "is_permanent", "wait_s"), REFUSALS)
def test_an_errcode_says_what_is_wrong(
    server: DingtalkWebhookFake, chat: Chat, answer: Answer, code: str, is_permanent: bool, wait_s: float | None
) -> None:
    server.script = [answer]
    with pytest.raises(SendError) as refused:
        chat.send(Message("k1", "#0012"))
    error = refused.value
    assert (error.code, error.is_permanent, error.wait_s) == (code, is_permanent, wait_s)
    assert SECRET not in str(error)


def test_it_hears_nothing_and_tells_nothing(chat: Chat) -> None:
    assert chat.replies("c").cursor == "c"
    assert (chat.look().name, chat.read_by(Sent("k1", "k1"))) == ("", ())
