"""`patrol deliveries`: list, explain, redrive."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from patrol.chats.chat import SendError
from patrol.cli import parts
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.sender import Sender
from tests.cli.terminal import Terminal
from tests.dispatch.scene import FakeChats, Scene, scene_in

MATRIX = ChatDraft("matrix", "https://example.org/!room", "m")
REFUSED = SendError("unauthorised", "example.org answered 401", is_permanent=True)

Send = Callable[[], None]


@pytest.fixture
def scene(terminal: Terminal) -> Scene:
    """The scene of dispatch, in the terminal's own database, now."""
    chosen = parts.settings()
    return scene_in(parts.database(chosen), parts.blobs(chosen), parts.clock() - timedelta(seconds=1))


@pytest.fixture
def send(scene: Scene) -> Send:
    """Let a sender work whose matrix room refuses the first message for good."""
    chats = FakeChats(parts.clock)
    chats.open("matrix", MATRIX.address, "m").script = [REFUSED]
    sender = Sender(scene.database, scene.blobs, chats, parts.clock)  # type: ignore[arg-type]

    def work() -> None:
        while sender.run_once():
            pass

    return work


def test_nothing_is_said_of_no_deliveries(terminal: Terminal) -> None:
    assert "No delivery is like that." in terminal.answer("deliveries", "list")
    assert json.loads(terminal.answer("deliveries", "list", "--json")) == []


def test_deliveries_are_listed_explained_and_sent_again(terminal: Terminal, scene: Scene, send: Send) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    send()
    listed = terminal.answer("deliveries", "list", "--state", "failed", "--group", "gate", "--hit", "#0001")
    [row] = json.loads(terminal.answer("deliveries", "list", "--state", "failed", "--json"))
    assert row["id"][:13] in listed
    assert (row["hit"], row["chat"], row["attempts"]) == (1, "matrix", 1)
    assert "Try 1: refused" in terminal.answer("deliveries", "explain", row["id"][:8])
    codes = [
        line["code"] for line in json.loads(terminal.answer("deliveries", "explain", row["id"], "--json"))["story"]
    ]
    assert codes[1:] == ["try_refused", "ended_failed"]
    assert "queued again" in terminal.answer("deliveries", "redrive", "--state", "failed", "--group", "gate")
    send()
    assert "it has arrived" in terminal.answer("deliveries", "redrive", row["id"][:13])
    assert json.loads(terminal.answer("deliveries", "redrive", row["id"], "--json"))[0]["outcome"] == "arrived"


@pytest.mark.parametrize("hit", ["1", "0001", "#1", "HIT-0001", "hit-1"])
def test_a_hit_is_named_as_people_say_it(terminal: Terminal, scene: Scene, send: Send, hit: str) -> None:
    scene.group("gate")
    id = scene.confirmed_hit()
    send()
    assert len(json.loads(terminal.answer("deliveries", "list", "--hit", hit, "--json"))) == 1
    assert len(json.loads(terminal.answer("deliveries", "list", "--hit", str(id), "--json"))) == 1


def test_what_is_not_there_is_named(terminal: Terminal) -> None:
    assert "'12345678'" in terminal.complaint("deliveries", "explain", "12345678")
    assert "no hit" in terminal.complaint("deliveries", "list", "--hit", "Wanda")
    assert "name a delivery" in terminal.complaint("deliveries", "redrive")
