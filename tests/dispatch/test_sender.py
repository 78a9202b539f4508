"""The sender under trouble: it tries again, gives up in time, says what it does not know, and overtakes nothing."""

import errno
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Never

import cv2
import pytest
from sqlalchemy import select

from patrol.chats.chat import SendError
from patrol.dispatch import outcomes
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.groups import change, draft_of, find
from patrol.dispatch.page import SHOWN_FOR
from patrol.dispatch.sender import KEEP_ALARMS, Sender
from patrol.store.tables import Alarm, Delivery, Hit
from patrol.values import Receipt
from tests.dispatch.conftest import Clock, run, taken_by
from tests.dispatch.scene import FakeChat, FakeChats, Scene
from tests.waiting import eventually

pytestmark = pytest.mark.slow

MATRIX = ChatDraft("matrix", "https://example.org/!room", "m")
ROBOT = ChatDraft("wecom_robot", "", "w")

BUSY = SendError("busy", "example.org answered 503")
LIMITED = SendError("limited", "errcode 45009", wait_s=60)
DOWN = SendError("unreachable", "example.org cannot be reached")
UNKNOWN = SendError("no_answer", "example.org did not answer", is_unknown=True)
REFUSED = SendError("unauthorised", "example.org answered 401", is_permanent=True)


def chat_of(chats: FakeChats, draft: ChatDraft) -> FakeChat:
    return chats.open(draft.kind, draft.address, draft.secret)


def only(scene: Scene, kind: str) -> Delivery:
    [row] = [row for row in scene.deliveries() if row.chat.kind == kind and row.part != "picture"]
    return row


def states_by_chat(scene: Scene) -> set[tuple[str, str]]:
    return {(row.chat.kind, row.state) for row in scene.deliveries()}


def test_nothing_to_do_is_said(sender: Sender) -> None:
    assert not sender.run_once()


def test_what_passes_by_itself_is_tried_again_until_it_is_taken(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    chat_of(chats, MATRIX).script = [DOWN, BUSY, BUSY]
    for _try in range(4):
        run(sender)
        clock.forward(61)
    row = only(scene, "matrix")
    assert (row.state, row.attempts, row.error) == ("sent", 4, None)
    assert len(chat_of(chats, MATRIX).sent) == 1


def test_the_waits_grow_and_are_spread(scene: Scene, chats: FakeChats, clock: Clock) -> None:
    sender = Sender(scene.database, scene.blobs, chats, clock, randomness=random.Random(5))  # type: ignore[arg-type]
    waits = [[sender.courier.wait_s(attempts, None) for _ in range(200)] for attempts in (1, 3, 20)]
    assert [max(spread) <= most for spread, most in zip(waits, (2, 8, 60), strict=True)] == [True] * 3
    assert [max(spread) > most / 2 for spread, most in zip(waits, (2, 8, 60), strict=True)] == [True] * 3
    assert all(60 <= sender.courier.wait_s(1, 60) <= 61 for _ in range(50))
    assert sender.courier.wait_s(1, 1e300) < 100_000


def test_a_limit_silences_the_whole_chat_for_as_long_as_asked(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    scene.confirmed_hit()
    chat_of(chats, MATRIX).script = [LIMITED]
    run(sender)
    clock.forward(59)
    run(sender)
    assert chat_of(chats, MATRIX).sent == []
    clock.forward(3)
    run(sender)
    assert len(chat_of(chats, MATRIX).sent) == 2


def test_late_is_not_delivered(scene: Scene, sender: Sender, chats: FakeChats, clock: Clock) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    chat_of(chats, MATRIX).script = [DOWN] * 50
    for _try in range(30):
        run(sender)
        clock.forward(30)
    row = only(scene, "matrix")
    assert row.state == "expired"
    assert "unreachable" in (row.error or "")
    assert chat_of(chats, MATRIX).sent == []
    assert row.chat.broken_reason == row.error


def test_a_hit_that_waited_while_no_sender_ran_is_late_too(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    clock.forward(7_200)
    run(sender)
    [row, page] = scene.deliveries()
    assert row.state == page.state == "expired"
    assert chats.opened == {}
    assert row.chat.broken_at is None  # the chat had no part in it
    with scene.database.read() as session:
        assert [(alarm.code, alarm.subject) for alarm in session.scalars(select(Alarm))] == [
            ("hit_not_delivered", f"hit:{row.hit_id}")
        ]


def test_what_was_not_delivered_is_an_alarm_for_one_shift(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    clock.forward(7_200)
    run(sender)
    assert not sender.tidy_once()
    clock.forward(SHOWN_FOR.total_seconds())
    assert sender.tidy_once()
    with scene.database.read() as session:
        assert [alarm.cleared_at for alarm in session.scalars(select(Alarm))] == [clock()]
    clock.forward(KEEP_ALARMS.total_seconds() + 1)
    assert sender.tidy_once()
    with scene.database.read() as session:
        assert session.scalars(select(Alarm)).all() == []


def test_a_withdrawal_is_tried_long_after_a_hit_would_be_late(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    run(sender)
    scene.decide(hit_id, "rejected")
    chat_of(chats, MATRIX).script = [DOWN] * 40
    for _try in range(60):
        run(sender)
        clock.forward(61)
    assert len(chat_of(chats, MATRIX).withdrawn) == 1


def test_an_unanswered_message_is_tried_again_under_its_key(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    chat_of(chats, MATRIX).script = [UNKNOWN, UNKNOWN]
    run(sender)
    assert only(scene, "matrix").state == "unknown"
    for _try in range(3):
        clock.forward(61)
        run(sender)
    row = only(scene, "matrix")
    assert (row.state, row.is_repeat) == ("sent", False)
    assert [message.key for message in chat_of(chats, MATRIX).sent] == [str(row.id)]


def test_without_a_key_an_unanswered_message_is_sent_once_more_and_says_so(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    chat_of(chats, ROBOT).script = [UNKNOWN]
    run(sender)
    clock.forward(61)
    run(sender)
    texts = [message.text for message in chat_of(chats, ROBOT).sent if message.text]
    assert [text.startswith("(REPEAT)") for text in texts] == [True]
    assert only(scene, "wecom_robot").state == "sent"


def test_without_a_key_a_second_silence_is_left_to_a_person(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    chat_of(chats, ROBOT).script = [UNKNOWN] * 4  # the text twice, then the picture, which waits for it
    for _try in range(5):
        run(sender)
        clock.forward(61)
    row = only(scene, "wecom_robot")
    assert (row.state, row.attempts) == ("unknown", 2)
    assert row.ended_at is not None
    assert row.chat.broken_reason == row.error


def test_a_withdrawal_is_tried_on_after_every_silence(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    hit_id = scene.confirmed_hit()
    run(sender)
    scene.decide(hit_id, "rejected")
    chat_of(chats, ROBOT).script = [UNKNOWN] * 4
    for _try in range(6):
        run(sender)
        clock.forward(61)
    assert len(chat_of(chats, ROBOT).withdrawn) == 1
    assert {row.state for row in scene.deliveries() if row.kind == "hit"} == {"withdrawn"}


def test_a_refusal_for_good_breaks_the_chat_and_sounds_an_alarm_until_it_works_again(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    chat_of(chats, MATRIX).script = [REFUSED]
    run(sender)
    row = only(scene, "matrix")
    assert (row.state, row.attempts, row.chat.broken_reason) == ("failed", 1, str(REFUSED))
    missed = f"hit:{row.hit_id}"
    assert alarms(scene) == [("chat_broken", "group:gate", "unauthorised"), ("hit_not_delivered", missed, "")]
    scene.confirmed_hit()
    run(sender)
    assert alarms(scene) == [("hit_not_delivered", missed, "")]  # the chat is well again, the first hit was missed
    assert len(chat_of(chats, MATRIX).sent) == 1


def test_saving_a_broken_chat_again_mends_it(scene: Scene, sender: Sender, chats: FakeChats) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    chat_of(chats, MATRIX).script = [REFUSED]
    run(sender)
    with scene.database.write() as session:
        change(session, "gate", draft_of(find(session, "gate")), "ada", scene.now)
    assert [code for code, _subject, _error in alarms(scene)] == ["hit_not_delivered"]
    assert only(scene, "matrix").chat.broken_at is None


def alarms(scene: Scene) -> list[tuple[str, str, str]]:
    with scene.database.read() as session:
        rows = session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None)).order_by(Alarm.code)).all()
        return [(row.code, row.subject, row.detail.get("error", "")) for row in rows]


def test_a_withdrawal_overtakes_every_hit(scene: Scene, sender: Sender, chats: FakeChats, clock: Clock) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    run(sender)
    for _hit in range(3):
        scene.confirmed_hit()
    sender.route_once()
    scene.decide(hit_id, "rejected")
    clock.forward(1)
    sender.route_once()
    sender.send_once(("matrix",))
    assert len(chat_of(chats, MATRIX).withdrawn) == 1
    assert len(chat_of(chats, MATRIX).sent) == 1


def test_a_killed_senders_message_goes_to_the_next_after_its_lease(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    sender.route_once()
    assert taken_by(sender, "wecom_robot") is not None  # and then it is killed
    clock.forward(59)
    assert not sender.send_once(("wecom_robot",))
    clock.forward(2)
    run(sender)
    assert [message.text[:8] for message in chat_of(chats, ROBOT).sent] == ["(REPEAT)", ""]
    assert only(scene, "wecom_robot").state == "sent"


def test_a_sender_that_comes_late_overwrites_nothing(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    sender.route_once()
    slow = taken_by(sender, "matrix")
    assert slow is not None
    clock.forward(61)
    run(sender)
    sender.courier.refuse(slow, REFUSED)
    assert only(scene, "matrix").state == "sent"


def test_a_sender_that_comes_late_deletes_no_picture_of_the_next_one(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    chat_of(chats, MATRIX).script = [BUSY]
    run(sender)
    clock.forward(61)
    slow = taken_by(sender, "matrix")
    assert slow is not None
    clock.forward(61)
    run(sender)
    sender.courier.deliver(slow)
    key = only(scene, "matrix").picture_key
    assert key is not None
    assert scene.blobs.get(key) == chat_of(chats, MATRIX).sent[0].picture_jpeg
    assert len(chat_of(chats, MATRIX).sent) == 1


def test_a_rejection_while_the_message_is_on_its_way_is_followed_by_a_withdrawal(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    sender.route_once()
    claimed = taken_by(sender, "matrix")
    assert claimed is not None
    sender.courier.start(claimed, None)
    scene.decide(hit_id, "rejected")
    sender.route_once()
    assert not sender.send_once(("matrix",))  # the withdrawal waits for what it withdraws
    receipt = chat_of(chats, MATRIX)

    with scene.database.write() as session:
        outcomes.accepted(session, scene.blobs, claimed, Receipt("ref-1", scene.now), scene.now)
    run(sender)
    assert [sent.message_ref for sent, _ in receipt.withdrawn] == ["ref-1"]
    assert only_hit(scene, "matrix").state == "withdrawn"


def test_a_message_that_comes_behind_its_own_withdrawal_is_withdrawn_once_more(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    sender.route_once()
    slow = taken_by(sender, "matrix")
    assert slow is not None
    sender.courier.start(slow, None)
    clock.forward(61)
    scene.decide(hit_id, "rejected")
    run(sender)
    with scene.database.write() as session:
        outcomes.accepted(session, scene.blobs, slow, Receipt("late", scene.now), clock())
    run(sender)
    withdrawn = [sent.message_ref for sent, _notice in chat_of(chats, MATRIX).withdrawn]
    assert withdrawn == [None, "late"]
    assert len({notice.key for _sent, notice in chat_of(chats, MATRIX).withdrawn}) == 2


def only_hit(scene: Scene, kind: str) -> Delivery:
    [row] = [row for row in scene.deliveries() if row.chat.kind == kind and row.kind == "hit"]
    return row


def test_a_rejection_just_before_the_message_leaves_stops_it_and_its_withdrawal(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    sender.route_once()
    claimed = taken_by(sender, "matrix")
    assert claimed is not None
    scene.decide(hit_id, "rejected")
    sender.route_once()
    sender.courier.deliver(claimed)
    run(sender)
    assert {row.state for row in scene.deliveries() if row.chat.kind == "matrix"} == {"withdrawn"}
    assert chat_of(chats, MATRIX).sent == chat_of(chats, MATRIX).withdrawn == []
    assert scene.pictures_of_deliveries() == []


def test_a_picture_that_is_not_kept_holds_up_no_text(scene: Scene, sender: Sender, chats: FakeChats) -> None:
    scene.group("gate", MATRIX)
    scene.group("exit", ROBOT)
    hit_id = scene.confirmed_hit()
    with scene.database.write() as session:
        session.get_one(Hit, hit_id).frame_key = None
    run(sender)
    assert [message.picture_jpeg for message in chat_of(chats, MATRIX).sent] == [None]
    assert [message.text != "" for message in chat_of(chats, ROBOT).sent] == [True]
    [picture] = [row for row in scene.deliveries() if row.part == "picture"]
    assert (picture.state, picture.chat.broken_at) == ("failed", None)


def test_a_frame_that_is_no_picture_holds_up_no_text(scene: Scene, sender: Sender, chats: FakeChats) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    with scene.database.write() as session:
        session.get_one(Hit, hit_id).frame_key = scene.blobs.put("frame", b"not a picture", scene.now)
    run(sender)
    assert [message.picture_jpeg for message in chat_of(chats, MATRIX).sent] == [None]


@pytest.mark.parametrize("trouble", [cv2.error("imdecode"), PermissionError("frame"), MemoryError()])
def test_a_picture_that_cannot_be_drawn_holds_up_no_text(
    scene: Scene, sender: Sender, chats: FakeChats, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    monkeypatch.setattr("patrol.dispatch.pictures.draw", raiser(trouble))
    run(sender)
    assert [message.picture_jpeg for message in chat_of(chats, MATRIX).sent] == [None]


def test_a_full_disk_holds_up_no_text(
    scene: Scene, sender: Sender, chats: FakeChats, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    monkeypatch.setattr(scene.blobs, "put", raiser(OSError(errno.ENOSPC, "No space left on device")))
    run(sender)
    assert [message.picture_jpeg for message in chat_of(chats, MATRIX).sent] == [None]
    assert only(scene, "matrix").picture_key is None


def test_an_error_of_our_own_before_the_message_leaves_keeps_its_place_and_is_no_repeat(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    with monkeypatch.context() as patched:
        patched.setattr("patrol.dispatch.outcomes.start", raiser(ZeroDivisionError()))
        run(sender)
    row = only(scene, "wecom_robot")
    assert (row.state, row.may_have_arrived, outcomes.error_code(row)) == ("queued", False, "internal")
    clock.forward(61)
    run(sender)
    row = only(scene, "wecom_robot")
    assert (row.state, row.is_repeat, row.chat.broken_at) == ("sent", False, None)


def raiser(trouble: BaseException) -> Callable[..., Never]:
    def fail(*_: object, **_more: object) -> Never:
        raise trouble

    return fail


def test_the_picture_is_the_same_at_every_try(scene: Scene, sender: Sender, chats: FakeChats, clock: Clock) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    chat_of(chats, MATRIX).script = [BUSY]
    run(sender)
    before = only(scene, "matrix").picture_sha256
    clock.forward(61)
    run(sender)
    after = only(scene, "matrix")
    assert before == after.picture_sha256
    assert after.picture_key is not None
    assert scene.blobs.get(after.picture_key) == chat_of(chats, MATRIX).sent[0].picture_jpeg


def test_old_pictures_are_deleted(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    run(sender)
    assert not sender.tidy_once()
    clock.forward(SHOWN_FOR.total_seconds() + 1)
    assert sender.tidy_once()
    assert scene.pictures_of_deliveries() == []
    assert only(scene, "page").picture_key is None


def test_a_running_sender_delivers_and_stops_when_told(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    stop = threading.Event()
    running = threading.Thread(target=sender.run, args=(stop,))
    running.start()
    try:
        eventually(lambda: scene.states(hit_id) == [("gate", "hit", "sent")])
        scene.decide(hit_id, "rejected")
        eventually(lambda: ("gate", "withdraw", "sent") in scene.states(hit_id))
    finally:
        stop.set()
        running.join(10)
    assert not running.is_alive()


def test_a_slow_platform_holds_up_no_other(scene: Scene, sender: Sender, chats: FakeChats) -> None:
    webhook = ChatDraft("webhook", "https://example.org/hook", "h")
    scene.group("gate", webhook)
    scene.group("exit", MATRIX)
    scene.confirmed_hit()
    release = threading.Event()
    chat_of(chats, webhook)._play = lambda: release.wait(20)  # type: ignore[method-assign]
    stop = threading.Event()
    running = threading.Thread(target=sender.run, args=(stop,))
    running.start()
    try:
        eventually(lambda: states_by_chat(scene) >= {("matrix", "sent"), ("page", "sent")})
        assert only(scene, "webhook").state == "sending"
    finally:
        release.set()
        stop.set()
        running.join(10)


def test_an_error_of_our_own_stops_no_loop(
    scene: Scene, sender: Sender, chats: FakeChats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patrol.dispatch.sender.AFTER_ERROR_S", 0.01)
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    broken = iter([True, True, True])
    route_once = sender.route_once

    def route() -> bool:
        if next(broken, False):
            raise ZeroDivisionError
        return route_once()

    monkeypatch.setattr(sender, "route_once", route)
    stop = threading.Event()
    running = threading.Thread(target=sender.run, args=(stop,))
    running.start()
    try:
        eventually(lambda: scene.states(hit_id) == [("gate", "hit", "sent")])
    finally:
        stop.set()
        running.join(10)


def test_a_duty_that_fails_starves_no_other(
    scene: Scene, sender: Sender, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_asked: object) -> Never:
        raise ZeroDivisionError

    scene.group("gate")
    scene.confirmed_hit()
    sender.route_once()
    clock.forward(601)
    scene.confirmed_hit()
    monkeypatch.setattr(sender, "_fan_out", fail)
    with pytest.raises(ExceptionGroup) as raised:
        sender.route_once()
    assert raised.group_contains(ZeroDivisionError)
    assert {row.state for row in scene.deliveries()} == {"expired"}


def test_a_deadline_is_counted_from_the_release(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    hit_id = scene.hit()
    scene.decide(hit_id, "confirmed", release_at=scene.now + timedelta(seconds=20))
    clock.forward(30)
    run(sender)
    assert only(scene, "page").expires_at == scene.now + timedelta(seconds=620)
