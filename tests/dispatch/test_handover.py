"""What a command hands over itself is taken from nobody, tried once, and leaves the rest of the queue alone."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from patrol.chats.chat import SendError
from patrol.dispatch import exercises, leases
from patrol.dispatch.courier import Courier
from patrol.dispatch.desk import Desk
from patrol.dispatch.handover import Handover, take
from patrol.store.tables import Bot, Delivery, Exercise, GroupChat, Try
from tests.dispatch.conftest import Clock
from tests.dispatch.scene import FakeChats, Scene
from tests.dispatch.test_drills import make_group, start

BUSY = SendError("busy", "example.org answered 503")


@pytest.fixture
def drill(scene: Scene, clock: Clock) -> Exercise:
    make_group(scene.database, "east", clock.now, "matrix")
    return start(scene.database, clock.now, "east")


def hand_over(scene: Scene, chats: FakeChats, clock: Clock, drill: Exercise) -> None:
    courier = Courier(scene.database, scene.blobs, chats, clock, Desk(), random.Random(1))  # type: ignore[arg-type]
    with scene.database.read() as session:
        ids = exercises.waiting(session, drill)
    Handover(scene.database, chats, courier, clock, "cli-1").deliver(ids)  # type: ignore[arg-type]


def states(scene: Scene) -> list[tuple[str, str, int]]:
    with scene.database.read() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.kind)).all()
    return [(row.kind, row.state, row.attempts) for row in rows]


def test_only_what_was_asked_for_is_sent(scene: Scene, chats: FakeChats, clock: Clock, drill: Exercise) -> None:
    other = start(scene.database, clock.now, "east")
    hand_over(scene, chats, clock, drill)
    assert len(chats.open("matrix", "east-matrix", None).sent) == 1
    with scene.database.read() as session:
        assert exercises.waiting(session, drill) == []
        assert len(exercises.waiting(session, other)) == 1


def test_each_is_tried_once(scene: Scene, chats: FakeChats, clock: Clock, drill: Exercise) -> None:
    chats.open("matrix", "east-matrix", None).script = [BUSY, BUSY]
    hand_over(scene, chats, clock, drill)
    assert states(scene) == [("drill", "queued", 1)]
    hand_over(scene, chats, clock, drill)
    assert states(scene) == [("drill", "queued", 1)]
    with scene.database.read() as session:
        assert session.scalars(select(Try.sender)).all() == ["cli-1"]


def test_what_a_sender_has_taken_is_left_to_it(scene: Scene, clock: Clock, drill: Exercise) -> None:
    with scene.database.write() as session:
        (id,) = exercises.waiting(session, drill)
        assert take(session, id, "cli-1", clock.now) is not None
    with scene.database.write() as session:
        assert take(session, id, "cli-2", clock.now) is None


def test_a_bot_that_another_speaks_for_is_left_to_it(scene: Scene, clock: Clock) -> None:
    make_group(scene.database, "west", clock.now, "wecom_aibot")
    with scene.database.write() as session:
        chat = session.scalars(select(GroupChat)).one()
        chat.secret = "bot"
        assert leases.hold(session, leases.key_of(chat), "send-1", clock.now)
    drill = start(scene.database, clock.now, "west")
    with scene.database.write() as session:
        ids = exercises.waiting(session, drill)
        assert [take(session, id, "cli-1", clock.now) for id in ids] == [None] * len(ids)
        later = clock.now + leases.LEASE + timedelta(seconds=1)
        assert take(session, ids[0], "cli-1", later) is not None
        assert session.scalars(select(Bot.owner)).one() == "cli-1"
