"""Every chat is tried by a test message, and what is wrong with one is said in words."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from patrol.cli import parts
from patrol.store.beats import beat_sender
from patrol.store.tables import Delivery, Exercise, GroupChat
from tests.chats.fakes.server import SECRET, Answer, HttpFake
from tests.chats.servers import closed_port, running
from tests.cli.terminal import Terminal

GROUPS = """
groups:
  - id: gate-guards
    name: Gate guards
    latitude: 31.23
    longitude: 121.47
    chats: [{{kind: page}}, {{kind: webhook, address: "{address}", secret: hook}}]
"""


@pytest.fixture
def server() -> Iterator[HttpFake]:
    with running("webhook") as server:
        yield server


def make_groups(terminal: Terminal, tmp_path: Path, address: str) -> None:
    terminal.set("PATROL_SECRET_CHAT_HOOK", SECRET)
    (tmp_path / "groups.yaml").write_text(GROUPS.format(address=address), encoding="utf-8")
    terminal.answer("groups", "import", "groups.yaml")


def test_a_test_message_goes_to_every_chat(terminal: Terminal, tmp_path: Path, server: HttpFake) -> None:
    make_groups(terminal, tmp_path, server.address)
    said = json.loads(terminal.answer("chats", "check", "--json"))["chats"]
    assert [(it["group_id"], it["kind"], it["state"], it["is_well"]) for it in said] == [
        ("gate-guards", "page", "accepted", True),
        ("gate-guards", "webhook", "accepted", True),
    ]
    assert all(it["took_s"] >= 0 and it["explanation"] == "" for it in said)
    assert len(server.said) == 1


def test_what_is_wrong_is_said_in_words_and_by_the_exit_status(
    terminal: Terminal, tmp_path: Path, server: HttpFake
) -> None:
    make_groups(terminal, tmp_path, server.address)
    server.script = [Answer(status=401)]
    done = terminal.run("chats", "check")
    assert done.status == 1
    assert "✓ gate-guards  patrol's own page" in done.stdout
    assert "✗ gate-guards  the webhook" in done.stdout
    assert "does not accept our key" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_a_server_that_is_not_there_is_named(terminal: Terminal, tmp_path: Path) -> None:
    make_groups(terminal, tmp_path, f"http://127.0.0.1:{closed_port()}/hook")
    done = terminal.run("chats", "check", "gate-guards", "--json")
    assert done.status == 1
    hook = json.loads(done.stdout)["chats"][1]
    assert (hook["state"], hook["is_well"]) == ("queued", False)
    assert "cannot be reached" in hook["explanation"]
    with parts.database(parts.settings()).read() as session:
        assert session.scalars(select(GroupChat.last_error).where(GroupChat.kind == "webhook")).one()


def test_reading_alone_sends_nothing(terminal: Terminal, tmp_path: Path, server: HttpFake) -> None:
    make_groups(terminal, tmp_path, server.address)
    said = json.loads(terminal.answer("chats", "check", "--no-send", "--json"))["chats"]
    assert [it["state"] for it in said] == ["not_sent", "not_sent"]
    with parts.database(parts.settings()).read() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_an_unknown_group_is_named(terminal: Terminal) -> None:
    assert "night-watch" in terminal.complaint("chats", "check", "night-watch")


def test_no_group_is_no_failure(terminal: Terminal) -> None:
    assert "nothing to try" in terminal.answer("chats", "check")


def test_a_running_sender_is_left_to_send(
    terminal: Terminal, tmp_path: Path, server: HttpFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_groups(terminal, tmp_path, server.address)
    monkeypatch.setattr("patrol.dispatch.chat_checks.WITHIN", parts.clock() - parts.clock())
    with parts.database(parts.settings()).write() as session:
        beat_sender(session, "send-1", parts.clock(), parts.clock())
    done = terminal.run("chats", "check", "--json")
    assert done.status == 1
    assert [it["state"] for it in json.loads(done.stdout)["chats"]] == ["queued", "queued"]
    assert server.said == []


def test_what_was_checked_is_kept(terminal: Terminal, tmp_path: Path, server: HttpFake) -> None:
    make_groups(terminal, tmp_path, server.address)
    terminal.answer("chats", "check")
    with parts.database(parts.settings()).read() as session:
        exercise = session.scalars(select(Exercise)).one()
        sent = session.scalars(select(Delivery)).all()
    assert (exercise.kind, exercise.group_ids) == ("check", ["gate-guards"])
    assert {(it.kind, it.state, it.exercise_id) for it in sent} == {("test", "sent", exercise.id)}
    assert all(it.text.startswith("TEST · ") for it in sent)
