"""A person sends again what failed: never what is overdue, overruled, paused or there already."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import words
from patrol.chats.chat import SendError
from patrol.dispatch import backlog, claims, pauses, stories, wording
from patrol.dispatch.backlog import DeliveryUnknown, Wanted
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.pauses import Scope
from patrol.dispatch.redriving import redrive
from patrol.dispatch.sender import Sender
from patrol.store.tables import Delivery, Event
from patrol.values import Language
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import FakeChat, FakeChats, Scene

MATRIX = ChatDraft("matrix", "https://example.org/!room", "m")
WEBHOOK = ChatDraft("webhook", "https://example.org/hook", "h")
ROBOT = ChatDraft("wecom_robot", "", "w")
WHY_STOPPED = (claims.OVERRULED, claims.CHAT_REMOVED, claims.ENTRY_ENDED, claims.CASE_ENDED)
REFUSED = SendError("unauthorised", "example.org answered 401", is_permanent=True)
BUSY = SendError("busy", "example.org answered 503")
UNKNOWN = SendError("no_answer", "example.org did not answer", is_unknown=True)


@pytest.fixture
def room(scene: Scene, chats: FakeChats) -> FakeChat:
    scene.group("gate", MATRIX)
    return chats.open("matrix", MATRIX.address, "m")


def by(scene: Scene, kind: str) -> Delivery:
    return next(row for row in scene.deliveries() if row.chat.kind == kind and row.kind == "hit")


def redriven(scene: Scene, clock: Clock, kind: str = "matrix") -> str:
    with scene.database.write() as session:
        return redrive(session, by(scene, kind), "user:rita", clock())


def paused(session: Session, clock: Clock, scope: Scope, ref: str | None, reason: str) -> None:
    ends_at = clock() + timedelta(hours=1)
    pauses.pause(session, scope=scope, ref=ref, reason=reason, ends_at=ends_at, by="rita", now=clock())


def story(scene: Scene, clock: Clock, kind: str = "matrix") -> list[str]:
    with scene.database.read() as session:
        row = backlog.read(session, by(scene, kind).id)
        return [line.code for line in stories.story(session, row, clock())]


def words_of(scene: Scene, clock: Clock, kind: str = "matrix") -> str:
    with scene.database.read() as session:
        row = backlog.read(session, by(scene, kind).id)
        told = stories.story(session, row, clock())
        return "\n".join(line.say(language, "Asia/Shanghai") for line in told for language in ("en", "zh"))


def test_what_failed_is_sent_again(scene: Scene, sender: Sender, room: FakeChat, clock: Clock) -> None:
    scene.confirmed_hit()
    room.script = [REFUSED]
    run(sender)
    clock.forward(30)
    assert redriven(scene, clock) == "again"
    run(sender)
    assert by(scene, "matrix").state == "sent"
    assert len(room.sent) == 1
    with scene.database.read() as session:
        [event] = session.scalars(select(Event).where(Event.kind == "delivery.redriven"))
        assert event.actor == "user:rita"
    assert story(scene, clock) == ["made_metres", "try_refused", "try_accepted", "ended_sent"]


def test_what_waits_for_its_next_try_is_tried_at_once(
    scene: Scene, sender: Sender, room: FakeChat, clock: Clock
) -> None:
    scene.confirmed_hit()
    room.script = [SendError("busy", "example.org answered 503", wait_s=60)]
    run(sender)
    assert story(scene, clock)[-1] == "waits_to_try"
    assert redriven(scene, clock) == "sooner"
    run(sender)
    assert len(room.sent) == 1


def test_what_nobody_knows_of_is_sent_as_a_repeat(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    robot = chats.open("wecom_robot", "", "w")
    robot.script = [UNKNOWN] * 4
    for _try in range(4):
        run(sender)
        clock.forward(61)
    assert story(scene, clock, "wecom_robot")[-1] == "ended_unknown"
    with scene.database.write() as session:
        for row in backlog.find(session, Wanted(state="unknown")):
            assert redrive(session, row, "cli", clock()) == "again"
    run(sender)
    assert [message.is_repeat for message in robot.sent] == [True, True]


def test_nothing_overdue_is_sent_again(scene: Scene, sender: Sender, room: FakeChat, clock: Clock) -> None:
    scene.confirmed_hit()
    room.script = [REFUSED]
    run(sender)
    clock.forward(601)
    assert redriven(scene, clock) == "overdue"
    run(sender)
    assert room.sent == []


def test_nothing_overruled_is_sent_again(scene: Scene, sender: Sender, room: FakeChat, clock: Clock) -> None:
    hit_id = scene.confirmed_hit()
    room.script = [REFUSED]
    run(sender)
    scene.decide(hit_id, "rejected")
    assert redriven(scene, clock) == "overruled"


def test_nothing_paused_is_sent_again(scene: Scene, sender: Sender, room: FakeChat, clock: Clock) -> None:
    scene.confirmed_hit()
    room.script = [REFUSED]
    run(sender)
    with scene.database.write() as session:
        paused(session, clock, "all", None, "wrong list")
    assert redriven(scene, clock) == "paused"


def test_what_arrived_or_is_on_its_way_is_left_alone(
    scene: Scene, sender: Sender, room: FakeChat, clock: Clock
) -> None:
    scene.confirmed_hit()
    sender.route_once()
    assert sender.claim({"matrix": 1})
    assert redriven(scene, clock) == "on_its_way"
    assert story(scene, clock)[-2:] == ["try_going", "on_its_way"]
    clock.forward(61)
    run(sender)
    assert redriven(scene, clock) == "arrived"
    assert story(scene, clock) == ["made_metres", "try_sender_ended", "try_accepted", "ended_sent"]


def test_what_another_chat_of_the_group_carries_is_not_sent_again(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX, WEBHOOK)
    scene.confirmed_hit()
    chats.open("matrix", MATRIX.address, "m").script = [REFUSED]
    run(sender)
    assert by(scene, "webhook").state == "sent"
    assert redriven(scene, clock) == "carried"


def test_a_story_says_why_nothing_leaves(scene: Scene, sender: Sender, chats: FakeChats, clock: Clock) -> None:
    scene.group("gate", ROBOT)
    for _hit in range(10):
        scene.confirmed_hit()
    run(sender)
    with scene.database.read() as session:
        waiting = backlog.find(session, Wanted(state="queued"))
        ends = {stories.waits_for(session, row, clock()).code for row in waiting}
    assert ends == {"waits_for_rate", "waits_for_earlier"}
    with scene.database.write() as session:
        paused(session, clock, "site", "mall", "wrong camera")
    with scene.database.read() as session:
        [line] = {stories.waits_for(session, row, clock()).say("en", "UTC") for row in waiting}
    assert line == "Held back by rita until 02:30:00: wrong camera"


def test_every_story_has_words_in_both_languages_and_no_secret(
    scene: Scene, sender: Sender, room: FakeChat, clock: Clock
) -> None:
    scene.confirmed_hit()
    room.script = [BUSY, SendError("limited", "example.org answered 429", wait_s=5), UNKNOWN, REFUSED]
    for _try in range(6):
        run(sender)
        clock.forward(20)
    told = words_of(scene, clock)
    assert "The chat server is busy" in told
    assert "第 4 次发送" in told
    assert story(scene, clock)[1:] == ["try_later", "try_limited", "try_unknown", "try_refused", "ended_unknown"]


def test_deliveries_are_found_by_state_group_hit_and_the_start_of_their_id(
    scene: Scene, sender: Sender, room: FakeChat, clock: Clock
) -> None:
    hit_id = scene.confirmed_hit()
    room.script = [REFUSED]
    run(sender)
    with scene.database.read() as session:
        [failed] = backlog.find(session, Wanted(state="failed"))
        assert len(backlog.find(session, Wanted(group_id="gate", hit_number=1, hit_id=hit_id))) == 2
        assert backlog.find(session, Wanted(hit_number=2)) == []
        assert backlog.find(session, Wanted(), sites={"elsewhere"}) == []
        assert backlog.read_short(session, str(failed.id)[:13]).id == failed.id
        for wrong in ("abc", "0000000000", "%%%%%%", ""):
            with pytest.raises(DeliveryUnknown):
                backlog.read_short(session, wrong)
        with pytest.raises(DeliveryUnknown):
            backlog.read(session, failed.id, sites={"elsewhere"})


def test_each_chats_backlog_is_known(scene: Scene, sender: Sender, chats: FakeChats, clock: Clock) -> None:
    scene.group("gate", ROBOT)
    for _hit in range(10):
        scene.confirmed_hit()
    began = clock()
    run(sender)
    clock.forward(10)
    with scene.database.read() as session:
        page, robot = sorted(backlog.backlogs(session, clock()), key=lambda it: it.chat.kind)
        assert backlog.backlogs(session, clock(), sites={"elsewhere"}) == []
    assert (page.n_queued, page.left, page.free_at) == (0, None, None)
    assert (robot.n_queued, robot.left, robot.oldest_at) == (3, 0, began)
    assert robot.free_at == began + timedelta(seconds=60)
    assert robot.chat.last_success_at == began


@pytest.mark.parametrize("why", WHY_STOPPED)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_to_send_nothing_has_words(why: str, language: Language) -> None:
    assert words.say(f"deliveries.stopped_{why}", language)
    assert words.say(f"deliveries.done_{why}", language, id="1")
    assert wording.explain(f"{why}: stopped before it left", language)
