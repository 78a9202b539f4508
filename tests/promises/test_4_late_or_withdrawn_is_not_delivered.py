"""Promise 4: late is not delivered; withdrawn is withdrawn from everybody who was told, down the tree of groups."""

from datetime import datetime, timedelta

import pytest

from patrol.chats.chat import SendError
from patrol.dispatch import groups
from patrol.dispatch.drafts import ChatDraft, GroupDraft
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import MALL, FakeChats, Scene, scene_in

pytestmark = pytest.mark.slow

TREE = {"station": None, "mall-lead": "station", "mall-1f": "mall-lead", "mall-3f": "mall-lead"}
DOWN = SendError("unreachable", "example.org cannot be reached")


def room(group_id: str) -> ChatDraft:
    return ChatDraft("matrix", f"https://example.org/!{group_id}", "m")


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def chats(clock: Clock) -> FakeChats:
    return FakeChats(clock)


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, now: datetime) -> Scene:
    """A tree of groups, three levels deep, each with a room and a page."""
    scene = scene_in(any_database, blobs, now)
    with scene.database.write() as session:
        for group_id, parent_id in TREE.items():
            draft = GroupDraft(group_id, group_id, *MALL, "mall", parent_id=parent_id, chats=(room(group_id),))
            groups.create(session, draft, "ada", now)
    return scene


@pytest.fixture
def sender(scene: Scene, chats: FakeChats, clock: Clock) -> Sender:
    return Sender(scene.database, scene.blobs, chats, clock)  # type: ignore[arg-type]


@pytest.mark.parametrize("hours_late", [0.17, 2, 48])
def test_a_hit_past_its_deadline_reaches_nobody(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock, hours_late: float
) -> None:
    scene.confirmed_hit()
    clock.forward(hours_late * 3_600)
    run(sender)
    assert {row.state for row in scene.deliveries()} == {"expired"}
    assert chats.opened == {}


def test_a_server_that_comes_back_after_the_deadline_gets_nothing(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.confirmed_hit()
    rooms = [chats.open("matrix", room(group_id).address, "m") for group_id in TREE]
    for chat in rooms:
        chat.script = [DOWN] * 1_000
    while clock() < scene.now + timedelta(seconds=590):
        run(sender)
        clock.forward(59)
    clock.forward(60)
    for chat in rooms:
        chat.script = []
    run(sender)
    assert {row.state for row in scene.deliveries() if row.chat.kind == "matrix"} == {"expired"}
    assert [message for chat in rooms for message in chat.sent] == []


def test_every_group_of_the_tree_that_was_told_is_told_of_the_withdrawal(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    hit_id = scene.confirmed_hit()
    run(sender)
    scene.decide(hit_id, "rejected")
    run(sender)
    for group_id in TREE:
        [message] = chats.opened["matrix", room(group_id).address].sent
        [(sent, notice)] = chats.opened["matrix", room(group_id).address].withdrawn
        assert (sent.key, "WITHDRAWN #0001" in notice.text) == (message.key, True)
    assert {row.state for row in scene.deliveries() if row.kind == "hit"} == {"withdrawn"}
    assert scene.pictures_of_deliveries() == []


def test_a_group_whose_server_is_down_is_told_of_the_withdrawal_when_it_is_back(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    hit_id = scene.confirmed_hit()
    run(sender)
    scene.decide(hit_id, "rejected")
    away = chats.opened["matrix", room("mall-3f").address]
    away.script = [DOWN] * 30
    for _minute in range(45):
        run(sender)
        clock.forward(61)
    assert len(away.withdrawn) == 1


def test_a_group_made_inactive_after_it_was_told_is_told_of_the_withdrawal(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    hit_id = scene.confirmed_hit()
    run(sender)
    with scene.database.write() as session:
        groups.remove(session, "mall-3f", "ada", scene.now)
    scene.decide(hit_id, "unsure")
    run(sender)
    assert len(chats.opened["matrix", room("mall-3f").address].withdrawn) == 1
