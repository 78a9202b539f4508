"""Who has read a message is asked where the platform tells: often while it is new, never for long, few at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from patrol.chats.chat import SendError, Sent
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.receipts import ASKED_FOR, AT_ONCE, REST, Receipts
from patrol.dispatch.sender import Sender
from patrol.store.tables import Delivery, Event
from patrol.values import Message, Receipt
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import FakeChat, FakeChats, Scene

FEISHU = ChatDraft("feishu", "oc_gate", "f")


class Platform(FakeChat):
    """A chat that tells who has read what, and whom it did not reach."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.readers: tuple[str, ...] = ()
        self.asked: list[str] = []
        self.trouble: SendError | None = None

    def send(self, message: Message) -> Receipt:
        return Receipt(super().send(message).message_ref, self.clock(), missed=("ou_gus",))

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        self.asked.append(sent.key)
        if self.trouble is not None:
            raise self.trouble
        return self.readers


@pytest.fixture
def platform(scene: Scene, chats: FakeChats, clock: Clock) -> Platform:
    scene.group("gate", FEISHU)
    made = Platform(clock)
    chats.opened["feishu", FEISHU.address] = made
    return made


@pytest.fixture
def receipts(scene: Scene, chats: FakeChats, clock: Clock) -> Receipts:
    return Receipts(scene.database, chats, clock)  # type: ignore[arg-type]


def row_of(scene: Scene) -> Delivery:
    return next(row for row in scene.deliveries() if row.chat.kind == "feishu")


def test_nobody_is_asked_while_there_is_nothing_to_ask_about(receipts: Receipts) -> None:
    assert not receipts.read_once()


def test_the_first_reader_is_written_down_once(
    scene: Scene, sender: Sender, platform: Platform, receipts: Receipts, clock: Clock
) -> None:
    scene.confirmed_hit()
    run(sender)
    assert not receipts.read_once()
    clock.forward(6)
    platform.readers = ("ou_gus",)
    assert receipts.read_once()
    assert row_of(scene).read_at == clock()
    clock.forward(60)
    assert not receipts.read_once()
    with scene.database.read() as session:
        assert len(session.scalars(select(Event).where(Event.kind == "delivery.read")).all()) == 1


def test_members_that_were_not_reached_are_kept_and_recorded_by_number(
    scene: Scene, sender: Sender, platform: Platform
) -> None:
    scene.confirmed_hit()
    run(sender)
    assert row_of(scene).missed == ["ou_gus"]
    with scene.database.read() as session:
        [event] = session.scalars(select(Event).where(Event.kind == "delivery.missed"))
    assert event.body["n_missed"] == 1
    assert "ou_gus" not in str(event.body)


def test_new_messages_are_asked_about_often_old_ones_seldom_and_then_no_more(
    scene: Scene, sender: Sender, platform: Platform, receipts: Receipts, clock: Clock
) -> None:
    scene.confirmed_hit()
    run(sender)
    asked_after: list[float] = []
    for second in range(int(ASKED_FOR.total_seconds()) + 60):
        n_before = len(platform.asked)
        receipts.read_once()
        asked_after += [second] * (len(platform.asked) - n_before)
        clock.forward(1)
    new = [second for second in asked_after if second < 120]
    assert len(new) == 24
    assert len(asked_after) - len(new) <= 14
    assert max(asked_after) < ASKED_FOR.total_seconds()


def test_only_a_few_are_asked_about_at_a_time(
    scene: Scene, sender: Sender, platform: Platform, receipts: Receipts
) -> None:
    for _hit in range(AT_ONCE + 3):
        scene.confirmed_hit()
    sender.route_once()
    with scene.database.write() as session:
        for row in session.scalars(select(Delivery)):
            row.state, row.ended_at, row.sent_at = "sent", scene.now, scene.now
    receipts.read_once()
    assert len(platform.asked) == AT_ONCE
    receipts.read_once()
    assert len(set(platform.asked)) == AT_ONCE + 3


def test_a_platform_that_cannot_be_asked_is_left_alone_for_a_while(
    scene: Scene, sender: Sender, platform: Platform, receipts: Receipts, clock: Clock
) -> None:
    scene.confirmed_hit()
    run(sender)
    platform.trouble = SendError("limited", "example.org answered 429")
    assert not receipts.read_once()
    clock.now += REST - timedelta(seconds=1)
    receipts.read_once()
    assert len(platform.asked) == 1
    clock.forward(2)
    receipts.read_once()
    assert len(platform.asked) == 2
