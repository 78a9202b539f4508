"""The one connection of a WeCom AI bot: what ends it, and what that means for who waits."""

import socket
import threading
import time
from collections.abc import Iterator
from queue import Queue

import pytest

from patrol.chats.chat import SendError
from patrol.chats.wecom_socket import Frame, Socket
from tests.chats.fakes.server import SECRET, Answer
from tests.chats.fakes.wecom_aibot import CHAT, WecomAibotFake
from tests.chats.servers import closed_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow

LOGIN = {"bot_id": "bot-7", "secret": SECRET}
TEXT = {"chatid": CHAT, "chat_type": 2, "msgtype": "markdown", "markdown": {"content": "#0012"}}


@pytest.fixture
def server() -> Iterator[WecomAibotFake]:
    with WecomAibotFake.running() as server:
        yield server


@pytest.fixture
def said() -> "Queue[Frame]":
    return Queue()


def opened(server: WecomAibotFake, said: "Queue[Frame]", *, silence_s: float = 5.0, ping_s: float = 30.0) -> Socket:
    return Socket(server.url, LOGIN, said, silence_s=silence_s, ping_s=ping_s)


def test_it_is_subscribed_when_it_exists(server: WecomAibotFake, said: "Queue[Frame]") -> None:
    line = opened(server, said)
    assert server.is_connected
    assert [frame["cmd"] for frame in server.frames] == ["aibot_subscribe"]
    line.close()


def test_answers_find_who_asked_though_many_ask_at_once(server: WecomAibotFake, said: "Queue[Frame]") -> None:
    line = opened(server, said)
    upload_ids: list[str] = []

    def ask() -> None:
        upload_ids.append(line.ask("aibot_upload_media_init", {"type": "image"})["upload_id"])

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(upload_ids) == sorted(f"u{n}" for n in range(20))
    line.close()


def test_a_wrong_secret_leaves_no_connection(server: WecomAibotFake, said: "Queue[Frame]") -> None:
    with pytest.raises(SendError, match="invalid bot_id") as refused:
        Socket(server.url, {"bot_id": "bot-7", "secret": "another"}, said, silence_s=5)
    assert (refused.value.code, refused.value.is_permanent) == ("unauthorised", True)
    assert not server.is_connected


def test_it_is_kept_alive_by_pings(server: WecomAibotFake, said: "Queue[Frame]") -> None:
    line = opened(server, said, ping_s=0.05)
    eventually(lambda: sum(frame["cmd"] == "ping" for frame in server.frames) >= 3)
    assert not line.is_over
    line.close()


def test_a_server_that_answers_no_ping_is_given_up(server: WecomAibotFake, said: "Queue[Frame]") -> None:
    server.is_deaf = True
    line = opened(server, said, ping_s=0.05)
    eventually(lambda: line.is_over)
    with pytest.raises(SendError, match="is gone") as gone:
        line.ask("aibot_send_msg", TEXT, is_message=True)
    assert (gone.value.code, gone.value.is_unknown) == ("unreachable", False)


def test_a_connection_that_breaks_leaves_nobody_waiting(server: WecomAibotFake, said: "Queue[Frame]") -> None:
    line = opened(server, said, silence_s=30)
    server.script = [Answer(stalls=True)]
    breaking = threading.Timer(0.2, server.hang_up)
    breaking.start()
    began = time.monotonic()
    with pytest.raises(SendError) as cut:
        line.ask("aibot_send_msg", TEXT, is_message=True)
    assert (cut.value.code, cut.value.is_unknown) == ("cut_off", True)
    assert time.monotonic() - began < 5
    breaking.join()


def test_what_shows_nobody_anything_is_never_unknown(server: WecomAibotFake, said: "Queue[Frame]") -> None:
    line = opened(server, said, silence_s=30)
    server.script = [Answer(is_dropped=True)]
    with pytest.raises(SendError) as cut:
        line.ask("aibot_send_msg", TEXT)
    assert not cut.value.is_unknown


def test_who_is_kicked_knows_it_and_sends_no_more(server: WecomAibotFake, said: "Queue[Frame]") -> None:
    ours = opened(server, said)
    theirs = opened(server, Queue())
    eventually(lambda: ours.is_over)
    assert ours.is_kicked
    with pytest.raises(SendError) as kicked:
        ours.ask("aibot_send_msg", TEXT, is_message=True)
    assert (kicked.value.code, kicked.value.is_permanent, kicked.value.is_unknown) == ("kicked", False, False)
    theirs.ask("aibot_send_msg", TEXT, is_message=True)
    theirs.close()


def test_what_members_say_is_put_aside_until_somebody_listens(server: WecomAibotFake, said: "Queue[Frame]") -> None:
    line = opened(server, said)
    server.say("gus", "HIT-0012 2")
    line.close()
    assert said.get(timeout=5)["body"]["from"] == {"userid": "gus"}


def test_past_its_deadline_nothing_leaves(server: WecomAibotFake, said: "Queue[Frame]") -> None:
    line = opened(server, said)
    with pytest.raises(SendError, match="too_slow"):
        line.ask("aibot_send_msg", TEXT, is_message=True, deadline=time.monotonic() - 1)
    assert server.said == []
    line.close()


@pytest.mark.parametrize("url", ["ws://127.0.0.1:{port}", "ws://localhost.invalid", "wss://127.0.0.1:{port}"])
def test_a_server_that_is_not_there_got_nothing(url: str, said: "Queue[Frame]") -> None:
    with pytest.raises(SendError) as down:
        Socket(url.format(port=closed_port()), LOGIN, said, silence_s=2)
    assert (down.value.code, down.value.is_unknown) == ("unreachable", False)


def test_a_server_that_is_no_gateway_is_not_reached(said: "Queue[Frame]") -> None:
    """Something takes the connection and says nothing, or speaks another language."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        with pytest.raises(SendError, match="cannot be reached"):
            Socket(f"ws://127.0.0.1:{mute.getsockname()[1]}", LOGIN, said, silence_s=0.3)
        assert time.monotonic() - began < 5
