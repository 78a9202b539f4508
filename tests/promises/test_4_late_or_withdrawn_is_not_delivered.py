"""Promise 4: late is not delivered; withdrawn is withdrawn from everybody who was told, down the tree of groups."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.chats.chat import SendError
from patrol.dispatch import groups
from patrol.dispatch.drafts import ChatDraft, GroupDraft
from patrol.dispatch.forwarding import forward
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery, Watchlist
from tests.dispatch.cascade import FAR, NEAR, Cascade
from tests.dispatch.cascade import room as cascade_room
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
        session.get_one(Watchlist, scene.watchlist_id).tell_at_once = len(TREE)
        for group_id, parent_id in TREE.items():
            draft = GroupDraft(group_id, group_id, *MALL, "mall", parent_id=parent_id, chats=(room(group_id),))
            groups.create(session, draft, "ada", now)
    return scene


@pytest.fixture
def sender(scene: Scene, chats: FakeChats, clock: Clock) -> Sender:
    return Sender(scene.database, scene.blobs, chats, clock)  # type: ignore[arg-type]


@pytest.fixture
def cascade(any_database: Database, blobs: Blobs, chats: FakeChats, clock: Clock) -> Cascade:
    """A mall without the tree above, to forward in."""
    scene = scene_in(any_database, blobs, clock())
    return Cascade(scene, Sender(any_database, blobs, chats, clock), chats, clock)  # type: ignore[arg-type]


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


def test_a_withdrawal_reaches_forwards_of_forwards_and_every_update_of_the_case(cascade: Cascade) -> None:
    """Only the station is told; it hands down to the lead, the lead to the gates; then "not him", and Rita agrees."""
    cascade.tell_at_once(1)
    cascade.group("station", NEAR, level="station")
    for group_id, parent_id, level in (
        ("lead", "station", "managers"),
        ("1f", "lead", "guards"),
        ("3f", "lead", "guards"),
    ):
        cascade.group(group_id, FAR, site_id=None, parent_id=parent_id, level=level)
    first = cascade.told()
    hand_down(cascade, "station", "lead")
    hand_down(cascade, "lead", "1f", "3f")
    cascade.clock.forward(30)
    cascade.told()
    cascade.say("3f", "not_him", number=1)
    cascade.decide(first, "rejected")
    cascade.run()
    hits = [row for row in cascade.scene.deliveries() if row.kind == "hit"]
    assert {row.state for row in hits} == {"withdrawn"}
    assert {row.group_id for row in hits} == {"station", "lead", "1f", "3f"}
    for group_id in ("station", "lead", "1f", "3f"):
        chat = cascade.chats.opened["matrix", cascade_room(group_id).address]
        assert len(chat.withdrawn) == len({row.hit_id for row in hits if row.group_id == group_id})
    assert cascade.scene.pictures_of_deliveries() == []


def hand_down(cascade: Cascade, from_group: str, *to: str) -> None:
    with cascade.scene.database.write() as session:
        told = select(Delivery).where(Delivery.group_id == from_group, Delivery.kind == "hit")
        delivery = session.scalars(told.order_by(Delivery.created_at).limit(1)).one()
        assert forward(session, delivery, to, "user:rita", cascade.clock())
    cascade.run()
