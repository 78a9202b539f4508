"""How many messages a platform may get in its own window, whoever sends them, and what is kept for whom."""

from datetime import datetime, timedelta

import pytest

from patrol.chats.chat import Rate, SendError
from patrol.dispatch import rates
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery, GroupChat
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import FakeChats, Scene, scene_in

ROBOT = ChatDraft("wecom_robot", "", "w")
MINUTE = Rate(18, 60.0, "bot")
WITHDRAW, HIT, STATUS, BULLETIN = rates.LANES


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, clock: Clock) -> Scene:
    return scene_in(any_database, blobs, clock.now)


def bulletins(scene: Scene, kind: str, n: int, now: datetime, lane: int = BULLETIN) -> None:
    """Messages of no hit, for the chat of this kind."""
    with scene.database.write() as session:
        chat = session.query(GroupChat).filter_by(kind=kind).one()
        for number in range(n):
            session.add(
                Delivery(
                    kind="bulletin",
                    group_id=chat.group_id,
                    chat_id=chat.id,
                    part=f"bulletin-{number}",
                    lane=lane,
                    next_try_at=now,
                    expires_at=now + timedelta(hours=2),
                    created_at=now,
                    text=f"Bulletin {number}",
                )
            )


def left(scene: Scene, kind: str, now: datetime) -> int | None:
    with scene.database.read() as session:
        return rates.left(session, session.query(GroupChat).filter_by(kind=kind).one(), now)


@pytest.mark.parametrize(
    ("rate", "by_lane"),
    [
        (MINUTE, [18, 17, 13, 9]),
        (Rate(900, 3600.0, "chat"), [900, 855, 675, 450]),
        (Rate(1, 60.0, "chat"), [1, 1, 1, 1]),
        (Rate(4, 1.0, "chat"), [4, 4, 4, 4]),
    ],
)
def test_each_lane_leaves_room_for_those_before_it(rate: Rate, by_lane: list[int]) -> None:
    assert [rates.most(rate, lane) for lane in rates.LANES] == by_lane


def test_a_chat_whose_platform_says_itself_when_to_wait_has_no_number(scene: Scene) -> None:
    scene.group("gate")
    assert left(scene, "page", scene.now) is None


def test_no_more_hits_a_minute_than_the_platform_takes(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    sent = chats.open("wecom_robot", "", "w").sent
    assert left(scene, "wecom_robot", clock()) == 17
    for _hit in range(10):
        scene.confirmed_hit()
    run(sender)
    assert len(sent) == 17
    assert left(scene, "wecom_robot", clock()) == 0
    clock.forward(59)
    run(sender)
    assert len(sent) == 17
    clock.forward(2)
    run(sender)
    assert len(sent) == 20


def test_the_last_slot_of_a_minute_is_a_withdrawals(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    first = scene.confirmed_hit()
    run(sender)  # of hits that are told in one moment nobody knows which is the first
    for _hit in range(9):
        scene.confirmed_hit()
    run(sender)
    scene.decide(first, "rejected")
    run(sender)
    assert len(chats.open("wecom_robot", "", "w").withdrawn) == 1


def test_bulletins_take_half_of_a_minute_and_a_hit_leaves_between_them(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    bulletins(scene, "wecom_robot", 40, clock())
    run(sender)
    robot = chats.open("wecom_robot", "", "w")
    assert len(robot.sent) == 9
    scene.confirmed_hit()
    run(sender)
    assert [message.hit_number for message in robot.sent[9:]] == [1, 1]


def test_every_try_counts_and_not_only_the_last_of_a_message(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    robot = chats.open("wecom_robot", "", "w")
    robot.script = [SendError("busy", "errcode -1")] * 3
    for _try in range(5):
        run(sender)
        clock.forward(5)
    assert left(scene, "wecom_robot", clock()) == 17 - 3 - 2


def test_what_did_not_leave_weighs_nothing(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate", ROBOT)
    hit_id = scene.confirmed_hit()
    sender.route_once()
    [claimed] = sender.claim({"wecom_robot": 1})
    assert left(scene, "wecom_robot", clock()) == 16
    scene.decide(hit_id, "rejected")
    sender.courier.deliver(claimed)
    assert left(scene, "wecom_robot", clock()) == 17


def test_what_a_killed_sender_took_weighs_until_it_cannot_be_on_its_way(
    scene: Scene, sender: Sender, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    sender.route_once()
    assert sender.claim({"wecom_robot": 1})
    clock.forward(61)
    assert left(scene, "wecom_robot", clock()) == 16
    clock.forward(60)
    assert left(scene, "wecom_robot", clock()) == 17


def test_a_window_counts_from_the_end_of_a_slow_message(scene: Scene, sender: Sender, clock: Clock) -> None:
    """The platform counts when a message arrives, which may be long after it was taken up."""
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    sender.route_once()
    [slow] = sender.claim({"wecom_robot": 1})
    clock.forward(30)
    sender.courier.deliver(slow)
    clock.forward(59)
    assert left(scene, "wecom_robot", clock()) == 16
    clock.forward(2)
    assert left(scene, "wecom_robot", clock()) == 17


def test_two_senders_share_one_limit(scene: Scene, sender: Sender, chats: FakeChats, clock: Clock) -> None:
    other = Sender(scene.database, scene.blobs, chats, clock, owner="other")  # type: ignore[arg-type]
    scene.group("gate", ROBOT)
    for _hit in range(12):
        scene.confirmed_hit()
    while sender.run_once() | other.run_once():
        pass
    assert len(chats.open("wecom_robot", "", "w").sent) == 17


def test_silence_that_was_asked_for_holds_for_what_is_queued_later_too(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    first = scene.confirmed_hit()
    robot = chats.open("wecom_robot", "", "w")
    robot.script = [SendError("limited", "errcode 45009", wait_s=40)]
    run(sender)
    scene.confirmed_hit()
    scene.decide(first, "rejected")
    clock.forward(39)
    run(sender)
    assert (robot.sent, robot.withdrawn) == ([], [])
    clock.forward(3)
    run(sender)
    assert len(robot.sent) == 2


def test_the_moment_a_full_chat_is_free_again_is_known(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    for _hit in range(10):
        scene.confirmed_hit()
    begun = clock()
    sender.route_once()
    while sender.send_once():
        clock.forward(1)
    with scene.database.read() as session:
        chat = session.query(GroupChat).filter_by(kind="wecom_robot").one()
        free_at = rates.free_at(session, chat, HIT, clock())
        assert rates.free_at(session, chat, WITHDRAW, clock()) is None
    assert free_at is not None
    assert begun + timedelta(seconds=60) <= free_at <= begun + timedelta(seconds=70)


def test_chats_of_one_bot_are_those_of_one_server_and_one_secret(scene: Scene) -> None:
    scene.group("gate", ChatDraft("feishu", "oc_gate", "one"))
    scene.group("exit", ChatDraft("feishu", "oc_exit", "one"))
    scene.group("other", ChatDraft("feishu", "oc_other", "two"))
    scene.group("lark", ChatDraft("feishu", "https://open.larksuite.com/oc_lark", "one"))
    with scene.database.read() as session:
        names = {chat.id: chat.group_id for chat in session.query(GroupChat)}
        bots = rates.chats_of_bots(session, {"feishu"})
    assert {frozenset(names[id] for id in chats) for chats in bots.values()} == {
        frozenset({"gate", "exit"}),
        frozenset({"other"}),
        frozenset({"lark"}),
    }
