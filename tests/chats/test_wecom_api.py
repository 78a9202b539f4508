"""The token of a WeCom app: fetched once, shared, fetched anew once when it ends."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from patrol.chats.chat import Chat, SendError
from patrol.chats.table import Chats
from patrol.values import Message
from tests.chats.fakes.server import SECRET, Answer
from tests.chats.fakes.wecom_app import WecomAppFake

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def server() -> Iterator[WecomAppFake]:
    with WecomAppFake.running() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chat(server: WecomAppFake, clock: Clock) -> Iterator[Chat]:
    chats = Chats(lambda _name: server.secret, clock)
    yield chats.open("wecom_app", server.address, "w")
    chats.close()


def text(n: int = 1) -> Message:
    return Message(f"k{n}", f"疑似人员 #{n:04d}", n)


def n_tokens(server: WecomAppFake) -> int:
    return sum(request.path == "/cgi-bin/gettoken" for request in server.requests)


def test_one_token_serves_many_messages(server: WecomAppFake, chat: Chat) -> None:
    threads = [threading.Thread(target=chat.send, args=(text(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(server.said), n_tokens(server)) == (8, 1)


def test_a_token_is_fetched_anew_before_it_ends(server: WecomAppFake, chat: Chat, clock: Clock) -> None:
    chat.send(text(1))
    clock.now += timedelta(hours=2)
    chat.send(text(2))
    assert n_tokens(server) == 2


def test_a_token_that_ended_early_is_replaced_and_the_message_goes(server: WecomAppFake, chat: Chat) -> None:
    chat.send(text(1))
    server.tokens.clear()
    chat.send(text(2))
    assert (len(server.said), n_tokens(server)) == (2, 2)


def test_a_token_that_is_never_good_is_not_asked_for_again_and_again(server: WecomAppFake, chat: Chat) -> None:
    server.script = [Answer(body={"errcode": 42001, "errmsg": "access_token expired"})] * 5
    with pytest.raises(SendError) as refused:
        chat.send(text())
    assert (refused.value.code, refused.value.is_permanent, n_tokens(server)) == ("unauthorised", True, 2)


@pytest.mark.parametrize("path", ["/cgi-bin/gettoken", "/cgi-bin/media/upload"])
def test_what_no_member_sees_is_never_unknown(server: WecomAppFake, chat: Chat, path: str) -> None:
    server.is_message = lambda request: request.path == path  # type: ignore[method-assign]
    server.script = [Answer(is_dropped=True)]
    with pytest.raises(SendError) as cut:
        chat.send(Message("k1", "", 1, b"\xff\xd8jpeg"))
    assert (cut.value.code, cut.value.is_unknown, cut.value.is_permanent) == ("cut_off", False, False)
    assert str(cut.value).count("cut_off") == 1


def test_neither_the_secret_nor_a_token_is_shown(server: WecomAppFake, chat: Chat) -> None:
    chat.send(text())
    said = f"invalid access_token {server.tokens[-1]} of {SECRET}"
    server.script = [Answer(body={"errcode": 48002, "errmsg": said})]
    with pytest.raises(SendError) as refused:
        chat.send(text(2))
    assert refused.value.code == "forbidden"
    assert "invalid access_token *** of ***" in str(refused.value)
