"""What a WeCom group robot is told, beyond what every chat is."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from patrol.chats.chat import Chat
from patrol.chats.table import Chats
from patrol.values import Message
from tests.chats.fakes.server import SECRET
from tests.chats.fakes.wecom_robot import WecomRobotFake

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[WecomRobotFake]:
    with WecomRobotFake.running() as server:
        yield server


@pytest.fixture
def chat(server: WecomRobotFake) -> Chat:
    return Chats(lambda _name: SECRET, lambda: NOW).open("wecom_robot", server.address, "w")


def test_those_on_shift_are_rung_by_the_text(server: WecomRobotFake, chat: Chat) -> None:
    chat.send(Message("k1", "疑似人员 #0012", 12, mentions=("gus", "rita")))
    assert server.said[0].mentions == ("gus", "rita")


def test_a_text_that_rings_nobody_names_nobody(server: WecomRobotFake, chat: Chat) -> None:
    chat.send(Message("k1", "疑似人员 #0012", 12))
    assert server.requests[0].json()["text"] == {"content": "疑似人员 #0012"}
