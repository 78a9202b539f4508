"""Answers count once, land at their hit, and move nothing for strangers."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from patrol.dispatch import outcomes
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.replies import ReplyRefused, receive, receive_from_page
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery, Event, GroupReply, Hit
from patrol.values import Receipt, Reply, ReplyKind
from tests.dispatch.cascade import Cascade
from tests.dispatch.conftest import Clock, run, taken_by
from tests.dispatch.scene import OTHER_SIDE_OF_TOWN, FakeChats, Scene, scene_in

MATRIX = ChatDraft("matrix", "https://example.org/!room", "m")


@pytest.fixture
def told(scene: Scene, sender: Sender) -> Delivery:
    """A hit that stands in the Matrix room of group gate."""
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    run(sender)
    return next(row for row in scene.deliveries() if row.chat.kind == "matrix")


def say(
    scene: Scene,
    chat_id: UUID,
    kind: ReplyKind = "seen",
    *,
    ref: str | None = None,
    to: str | None = None,
    number: int | None = None,
    text: str = "",
) -> GroupReply | None:
    reply = Reply(kind, "@gus:example.org", ref or uuid4().hex, scene.now, text, in_reply_to=to, hit_number=number)
    with scene.database.write() as session:
        return receive(session, scene.blobs, chat_id, reply, scene.now)


def hit_of(scene: Scene, told: Delivery) -> Hit:
    with scene.database.read() as session:
        return session.get_one(Hit, told.hit_id)


@pytest.mark.parametrize("kind", ["seen", "on_my_way", "sighted", "not_him", "other"])
def test_an_answer_to_a_message_lands_at_its_hit(scene: Scene, told: Delivery, kind: ReplyKind) -> None:
    received = say(scene, told.chat_id, kind, to=told.message_ref, text="by the fountain")
    assert received is not None
    assert (received.hit_id, received.delivery_id, received.group_id) == (told.hit_id, told.id, "gate")
    assert (received.kind, received.text, received.member) == (kind, "by the fountain", "@gus:example.org")


def test_what_no_database_stores_is_taken_out_of_an_answer(
    any_database: Database, blobs: Blobs, chats: FakeChats, clock: Clock
) -> None:
    scene = scene_in(any_database, blobs, clock())
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    run(Sender(scene.database, scene.blobs, chats, clock))  # type: ignore[arg-type]
    told = next(row for row in scene.deliveries() if row.chat.kind == "matrix")
    received = say(
        scene, told.chat_id, "other", to=f"{told.message_ref}\0", ref="$e\0", text="by\0 the\ud800\nfountain"
    )
    assert received is not None
    assert (received.text, received.event_ref) == ("by the\nfountain", "$e")


def test_an_answer_that_names_the_hit_lands_there_too(scene: Scene, told: Delivery) -> None:
    received = say(scene, told.chat_id, number=1)
    assert received is not None
    assert received.hit_id == told.hit_id


def test_the_same_answer_counts_once(scene: Scene, told: Delivery) -> None:
    assert say(scene, told.chat_id, "not_him", ref="$e1", to=told.message_ref) is not None
    assert say(scene, told.chat_id, "not_him", ref="$e1", to=told.message_ref) is None
    assert hit_of(scene, told).round == 2


def test_not_him_puts_the_hit_back_on_top_of_the_queue(scene: Scene, told: Delivery) -> None:
    say(scene, told.chat_id, "not_him", to=told.message_ref)
    hit = hit_of(scene, told)
    assert (hit.round, hit.verdict, hit.alarm) == (2, None, "not_him")
    assert events(scene) == ["reply.received", "hit.reopened"]


def test_a_second_not_him_is_written_down_and_opens_nothing_new(scene: Scene, told: Delivery) -> None:
    for _member in range(2):
        say(scene, told.chat_id, "not_him", to=told.message_ref)
    assert hit_of(scene, told).round == 2
    assert events(scene) == ["reply.received", "hit.reopened", "reply.received"]


def test_not_him_after_the_withdrawal_opens_nothing(scene: Scene, sender: Sender, told: Delivery) -> None:
    assert told.hit_id is not None
    scene.decide(told.hit_id, "rejected")
    run(sender)
    assert say(scene, told.chat_id, "not_him", to=told.message_ref) is not None
    assert (hit_of(scene, told).round, hit_of(scene, told).verdict) == (2, "rejected")


def test_when_the_reviewer_agrees_every_group_that_was_told_is_told_again(
    scene: Scene, sender: Sender, told: Delivery
) -> None:
    assert told.hit_id is not None
    say(scene, told.chat_id, "not_him", to=told.message_ref)
    scene.decide(told.hit_id, "rejected")
    run(sender)
    assert scene.states(told.hit_id) == [("gate", "hit", "withdrawn")] * 2 + [("gate", "withdraw", "sent")] * 2


def events(scene: Scene) -> list[str]:
    with scene.database.read() as session:
        kinds = session.scalars(select(Event.kind).order_by(Event.seq)).all()
        return [kind for kind in kinds if kind in ("reply.received", "hit.reopened")]


def test_events_of_answers_name_nobody(scene: Scene, told: Delivery) -> None:
    say(scene, told.chat_id, "not_him", to=told.message_ref, text="that is my cousin Wanda")
    with scene.database.read() as session:
        bodies = str([event.body for event in session.scalars(select(Event))])
    assert "Wanda" not in bodies
    assert "gus" not in bodies


def test_a_strangers_answer_is_refused(scene: Scene, told: Delivery) -> None:
    scene.group(
        "airport", ChatDraft("matrix", "https://example.org/!other", "m"), position=OTHER_SIDE_OF_TOWN, site_id="x"
    )
    with scene.database.read() as session:
        airport = scene.page_chat(session, "airport").id
    for chat_id, to, number in (
        (told.chat_id, "$unknown", None),
        (told.chat_id, None, None),
        (told.chat_id, None, 99),
        (airport, told.message_ref, None),
        (airport, None, 1),
        (uuid4(), told.message_ref, 1),
    ):
        with pytest.raises(ReplyRefused):
            say(scene, chat_id, "not_him", to=to, number=number)
    assert hit_of(scene, told).verdict == "confirmed"
    with scene.database.read() as session:
        assert session.scalars(select(GroupReply)).all() == []


def test_an_answer_on_the_page_is_only_for_that_pages_messages(scene: Scene, told: Delivery) -> None:
    scene.group("airport", position=OTHER_SIDE_OF_TOWN, site_id="airport")
    shown = next(row for row in scene.deliveries() if row.chat.kind == "page")
    for group_id, delivery_id in (("airport", shown.id), ("gate", told.id), ("gate", uuid4())):
        with scene.database.write() as session, pytest.raises(ReplyRefused):
            receive_from_page(
                session, scene.blobs, group_id, delivery_id, "not_him", event_ref="phone-1", now=scene.now
            )
    with scene.database.write() as session:
        assert (
            receive_from_page(session, scene.blobs, "gate", shown.id, "sighted", event_ref="phone-1", now=scene.now)
            is not None
        )


def test_an_answer_to_a_message_that_never_left_is_refused(scene: Scene, sender: Sender) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    sender.route_once()
    [queued] = scene.deliveries()
    with scene.database.write() as session, pytest.raises(ReplyRefused):
        receive_from_page(session, scene.blobs, "gate", queued.id, "not_him", event_ref="phone-1", now=scene.now)


def test_long_words_are_cut(scene: Scene, told: Delivery) -> None:
    received = say(scene, told.chat_id, "other", to=told.message_ref, text="x" * 100_000)
    assert received is not None
    assert len(received.text) == 1_000


@pytest.mark.parametrize(
    ("kind", "left"), [("seen", {"on_my_way", "outcome"}), ("on_my_way", set()), ("gone", set())]
)
def test_who_answers_before_the_platform_has_said_that_it_took_the_message_is_heard(
    cascade: Cascade, kind: ReplyKind, left: set[str]
) -> None:
    cascade.group("gate-a")
    hit_id = cascade.see()
    cascade.decide(hit_id, "confirmed")
    cascade.sender.route_once()
    claimed = taken_by(cascade.sender, "matrix")
    assert claimed is not None
    assert cascade.sender.courier.start(claimed, None) is not None
    received = cascade.say("gate-a", kind, number=1)
    assert received is not None
    assert received.hit_id == hit_id
    with cascade.scene.database.write() as session:
        receipt = Receipt("ref", cascade.clock())
        outcomes.accepted(session, cascade.scene.blobs, claimed, receipt, cascade.clock())
    assert {name for name, clock in cascade.clocks("gate-a").items() if clock.stopped_at is None} == left
