"""What leaves before what: the parts of a hit in order, withdrawals past everything, one message at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from patrol.chats.chat import Limits, SendError
from patrol.chats.table import LIMITS
from patrol.dispatch import claims, leases, pauses
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.sender import FOR_URGENT, IN_ALL, OF_A_KIND, Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery, GroupChat, Hit, Try
from tests.dispatch.conftest import Clock, run, taken_by
from tests.dispatch.scene import FakeChat, FakeChats, Scene, scene_in
from tests.dispatch.test_rates import bulletins

MATRIX = ChatDraft("matrix", "https://example.org/!room", "m")
WEBHOOK = ChatDraft("webhook", "https://example.org/hook", "h")
ROBOT = ChatDraft("wecom_robot", "", "w")
AIBOT = ChatDraft("wecom_aibot", "wrkSFfCgAAxxxxxx", "b")
BUSY = SendError("busy", "errcode -1", wait_s=30)
REFUSED = SendError("unauthorised", "example.org answered 401", is_permanent=True)


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, clock: Clock) -> Scene:
    return scene_in(any_database, blobs, clock.now)


def robot_of(chats: FakeChats) -> FakeChat:
    return chats.open("wecom_robot", "", "w")


def test_a_picture_waits_for_its_text(scene: Scene, sender: Sender, chats: FakeChats, clock: Clock) -> None:
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    robot_of(chats).script = [BUSY]
    run(sender)
    assert robot_of(chats).sent == []
    clock.forward(32)
    run(sender)
    assert [bool(message.text) for message in robot_of(chats).sent] == [True, False]


def test_a_picture_goes_without_a_text_that_was_refused_for_good(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    robot_of(chats).script = [SendError("refused", "errcode 93000", is_permanent=True)]
    run(sender)
    assert [bool(message.text) for message in robot_of(chats).sent] == [False]


def test_a_later_hit_does_not_wait_for_one_that_is_tried_again(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    first = scene.confirmed_hit()
    robot_of(chats).script = [BUSY]
    run(sender)
    with scene.database.write() as session:
        session.get_one(Hit, first).episode_id = None  # no case of the same person
    clock.forward(1)
    scene.confirmed_hit()
    run(sender)
    assert {message.hit_number for message in robot_of(chats).sent} == {2}


def test_a_withdrawal_overtakes_what_waits_for_its_next_try(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", ROBOT)
    first = scene.confirmed_hit()
    run(sender)
    scene.confirmed_hit()
    robot_of(chats).script = [BUSY]
    run(sender)
    scene.decide(first, "rejected")
    run(sender)
    assert len(robot_of(chats).withdrawn) == 1


def test_an_urgent_message_does_not_wait_for_a_bulletin_on_its_way(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    bulletins(scene, "matrix", 2, clock())
    assert taken_by(sender, "matrix") is not None
    assert taken_by(sender, "matrix") is None  # one bulletin at a time
    hit_id = scene.confirmed_hit()
    sender.route_once()
    assert getattr(taken_by(sender, "matrix"), "hit_id", None) == hit_id


def test_a_withdrawal_waits_for_the_very_message_it_withdraws(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    sender.route_once()
    assert taken_by(sender, "matrix") is not None
    scene.decide(hit_id, "rejected")
    sender.route_once()
    assert taken_by(sender, "matrix") is None


def test_some_threads_are_kept_for_what_is_urgent(scene: Scene, sender: Sender, clock: Clock) -> None:
    for n in range(OF_A_KIND):
        scene.group(f"gate-{n}", ChatDraft("webhook", f"https://example.org/{n}", "h"))
    with scene.database.write() as session:
        for chat in session.scalars(select(GroupChat).where(GroupChat.kind == "webhook")):
            session.add(_bulletin(chat, clock))
    taken = sender.claim(sender._room(), at_most=IN_ALL, for_urgent=FOR_URGENT)
    assert len(taken) == OF_A_KIND - FOR_URGENT
    for delivery in taken:
        sender._count(delivery, 1)
    scene.confirmed_hit()
    sender.route_once()
    urgent = sender.claim(sender._room(), for_urgent=FOR_URGENT)
    assert sum(delivery.chat.kind == "webhook" for delivery in urgent) == FOR_URGENT


def _bulletin(chat: GroupChat, clock: Clock) -> Delivery:
    later = clock() + timedelta(hours=1)
    return Delivery(
        kind="bulletin",
        group_id=chat.group_id,
        chat_id=chat.id,
        part="bulletin",
        lane=3,
        next_try_at=clock(),
        expires_at=later,
        created_at=clock(),
        text="Bulletin",
    )


def test_only_the_sender_that_holds_a_bot_sends_by_it(scene: Scene, chats: FakeChats, clock: Clock) -> None:
    assert LIMITS["wecom_aibot"].has_one_connection
    ours, other = (
        Sender(scene.database, scene.blobs, chats, clock, owner=owner)  # type: ignore[arg-type]
        for owner in ("ours", "other")
    )
    scene.group("gate", AIBOT)
    scene.confirmed_hit()
    ours.route_once()
    assert taken_by(ours, "wecom_aibot") is None
    with scene.database.write() as session:
        chat = session.scalars(select(GroupChat).where(GroupChat.kind == "wecom_aibot")).one()
        assert leases.hold(session, leases.key_of(chat), "ours", clock())
    assert taken_by(other, "wecom_aibot") is None
    clock.forward(leases.LEASE.total_seconds() + 1)
    assert taken_by(ours, "wecom_aibot") is None  # its lease is over
    with scene.database.write() as session:
        assert leases.hold(session, leases.key_of(chat), "ours", clock())
    assert taken_by(ours, "wecom_aibot") is not None


def test_a_pause_between_the_claim_and_the_sending_puts_the_message_back(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    sender.route_once()
    claimed = taken_by(sender, "matrix")
    assert claimed is not None
    ends_at = clock() + timedelta(minutes=5)
    with scene.database.write() as session:
        pauses.pause(session, scope="all", ref=None, reason="wrong list", ends_at=ends_at, by="ada", now=clock())
    sender.courier.deliver(claimed)
    run(sender)
    [row] = [row for row in scene.deliveries() if row.chat.kind == "matrix"]
    assert (row.state, chats.opened) == ("queued", {})
    clock.forward(301)
    run(sender)
    assert len(chats.open("matrix", MATRIX.address, "m").sent) == 1


def test_where_the_first_chat_fails_the_next_one_carries_the_hit_and_no_alarm_says_it_was_missed(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    scene.group("gate", MATRIX, WEBHOOK)
    scene.confirmed_hit()
    chats.open("matrix", MATRIX.address, "m").script = [REFUSED]
    run(sender)
    states = {row.chat.kind: row.state for row in scene.deliveries()}
    assert states == {"page": "sent", "matrix": "failed", "webhook": "sent"}
    assert len(chats.open("webhook", WEBHOOK.address, "h").sent) == 1


def test_a_first_chat_that_stays_away_too_long_leaves_the_hit_to_the_next(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX, WEBHOOK)
    scene.confirmed_hit()
    chats.open("matrix", MATRIX.address, "m").script = [SendError("unreachable", "example.org")] * 99
    for _second in range(90):
        run(sender)
        clock.forward(1)
    assert len(chats.open("webhook", WEBHOOK.address, "h").sent) == 1


def test_a_chats_health_is_kept(scene: Scene, sender: Sender, chats: FakeChats, clock: Clock) -> None:
    scene.group("gate", ROBOT)
    scene.confirmed_hit()
    robot_of(chats).script = [BUSY]
    run(sender)
    failed_at = clock()
    clock.forward(32)
    run(sender)
    with scene.database.read() as session:
        chat = session.scalars(select(GroupChat).where(GroupChat.kind == "wecom_robot")).one()
    assert (chat.last_error, chat.last_error_at, chat.last_success_at) == (str(BUSY), failed_at, clock())


def test_every_try_is_noted_with_who_made_it(scene: Scene, chats: FakeChats, clock: Clock) -> None:
    sender = Sender(scene.database, scene.blobs, chats, clock, owner="box-1")  # type: ignore[arg-type]
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    chats.open("matrix", MATRIX.address, "m").script = [BUSY]
    run(sender)
    clock.forward(40)
    run(sender)
    with scene.database.read() as session:
        tries = session.scalars(select(Try).where(Try.kind == "matrix").order_by(Try.number)).all()
        assert [(it.number, it.outcome, it.sender) for it in tries] == [
            (1, "later", "box-1"),
            (2, "accepted", "box-1"),
        ]
        assert tries[0].next_try_at is not None


def test_a_key_is_trusted_only_as_long_as_its_platform_remembers_it(scene: Scene, clock: Clock) -> None:
    kind = next(kind for kind, limits in LIMITS.items() if _forgets_within_a_day(limits))
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    row = Delivery(created_at=clock(), chat=GroupChat(kind=kind))
    remembered = LIMITS[kind].same_key_for
    assert remembered is not None
    assert claims.knows_key(row, clock() + remembered)
    assert not claims.knows_key(row, clock() + remembered + timedelta(seconds=1))


def _forgets_within_a_day(limits: Limits) -> bool:
    return limits.same_key_for is not None and limits.same_key_for < timedelta(days=1)


def test_a_claim_reads_no_more_than_it_takes(scene: Scene, sender: Sender, clock: Clock) -> None:
    """The index holds thousands in the order in which they leave, and the first that may is the one.

    Reading all of 5,000 took a second a claim.
    """
    if scene.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by the statistics of its tables, which a test has none of")
    with scene.database.read() as session:
        asked = {"now": clock(), "kinds": ["matrix"], "calm": ["matrix"], **{f"closed_{n}": [] for n in range(4)}}
        compiled = claims.NEXT.params(**asked).compile(
            session.connection(), compile_kwargs={"literal_binds": True, "render_postcompile": True}
        )
        steps = [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
    assert steps[0] == "SCAN delivery USING INDEX ix_delivery_open"
    assert not [step for step in steps if "ORDER BY" in step]
    assert not [step for step in steps if step.startswith("SCAN delivery_")]  # what is in its way is looked up
