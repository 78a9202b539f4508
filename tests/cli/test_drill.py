"""An exercise sent from the terminal: who answered when, who did not, and why a chat did not take it."""

import json
import re
import threading
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select

from patrol.cli import parts
from patrol.store.engine import open_database
from patrol.store.tables import Delivery, GroupReply
from tests.chats.servers import closed_port
from tests.cli.terminal import Terminal
from tests.waiting import eventually

GROUPS = """
groups:
  - {id: east, name: East, latitude: 31.23, longitude: 121.47, chats: [{kind: page}]}
  - {id: west, name: West, latitude: 31.23, longitude: 121.47, chats: [{kind: page}]}
"""


def make_groups(terminal: Terminal, tmp_path: Path, groups: str = GROUPS) -> None:
    (tmp_path / "groups.yaml").write_text(groups, encoding="utf-8")
    terminal.answer("groups", "import", "groups.yaml")


class Answerer(threading.Thread):
    """Members of some groups, who answer as soon as a drill has arrived."""

    def __init__(self, *group_ids: str) -> None:
        super().__init__(daemon=True)
        self.group_ids = group_ids
        self.database = open_database(parts.settings().database)

    def run(self) -> None:
        for group_id in self.group_ids:
            eventually(lambda group_id=group_id: self._answer(group_id))  # type: ignore[misc]

    def _answer(self, group_id: str) -> bool:
        with self.database.write() as session:
            arrived = select(Delivery).where(Delivery.group_id == group_id, Delivery.state == "sent")
            delivery = session.scalars(arrived).first()
            if delivery is None:
                return False
            answer = GroupReply(delivery_id=delivery.id, group_id=group_id, chat_id=delivery.chat_id, kind="seen")
            answer.event_ref, answer.member = str(uuid4()), "Gus"
            answer.said_at = answer.received_at = parts.clock()
            session.add(answer)
        return True


def test_the_first_answer_of_each_group_is_reported(terminal: Terminal, tmp_path: Path) -> None:
    make_groups(terminal, tmp_path)
    members = Answerer("east", "west")
    members.start()
    said = json.loads(terminal.answer("drill", "--minutes", "1", "--json"))
    members.join()
    assert (said["n_groups"], said["n_seen"], said["is_over"]) == (2, 2, True)
    assert {it["group_id"] for it in said["groups"]} == {"east", "west"}
    assert all(0 <= it["seen_after_s"] < 30 and it["answer"] == "seen" for it in said["groups"])


def test_a_group_that_does_not_answer_is_said_so(terminal: Terminal, tmp_path: Path) -> None:
    make_groups(terminal, tmp_path)
    members = Answerer("east")
    members.start()
    done = terminal.run("drill", "--minutes", "0.05")
    members.join()
    assert done.status == 1
    assert "s  east  Seen · Gus" in done.stdout
    assert "west  no answer" in done.stdout


def test_a_chat_that_fails_is_named_with_its_reason(terminal: Terminal, tmp_path: Path) -> None:
    terminal.set("PATROL_SECRET_CHAT_HOOK", "s3cret")
    hook = f"{{kind: webhook, address: 'http://127.0.0.1:{closed_port()}/hook', secret: hook}}"
    make_groups(terminal, tmp_path, GROUPS.replace("{kind: page}", hook, 1))
    done = terminal.run("drill", "east", "--minutes", "0.02")
    assert done.status == 1
    assert re.search(r"the webhook: (still waits|did not take).* The chat server cannot be reached\.", done.stdout)


def test_an_unknown_group_is_named(terminal: Terminal, tmp_path: Path) -> None:
    make_groups(terminal, tmp_path)
    assert "night-watch" in terminal.complaint("drill", "night-watch")


def test_a_drill_without_groups_says_so(terminal: Terminal) -> None:
    assert "no active group" in terminal.complaint("drill")
