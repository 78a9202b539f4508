"""What a group sees on its page, and what it stops seeing in the moment a reviewer says so."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.page import SHOWN_FOR, PageMessage, messages, picture, place_words
from patrol.dispatch.replies import receive_from_page
from patrol.dispatch.sender import Sender
from patrol.hits import episodes
from patrol.store.blobs import PictureGone
from patrol.store.tables import Delivery, Group, GroupChat, GroupReply, Hit, Person
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import Scene


def page(scene: Scene, clock: Clock, group_id: str = "gate") -> list[PageMessage]:
    with scene.database.read() as session:
        return messages(session, group_id, clock())


def see(scene: Scene, clock: Clock, delivery_id: UUID, group_id: str = "gate") -> bytes:
    with scene.database.read() as session:
        return picture(session, scene.blobs, group_id, delivery_id, clock())


def test_a_new_page_is_empty(scene: Scene, clock: Clock) -> None:
    scene.group("gate")
    assert page(scene, clock) == []


def test_a_message_is_shown_with_its_picture_once_it_was_sent(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    sender.route_once()
    assert page(scene, clock) == []
    run(sender)
    [shown] = page(scene, clock)
    assert (shown.number, shown.has_picture, shown.is_withdrawn) == (1, True, False)
    assert "3F escalator, towards exit B" in shown.text
    assert see(scene, clock, shown.delivery_id).startswith(b"\xff\xd8")


def test_the_newest_comes_first(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    for _hit in range(3):
        scene.confirmed_hit()
        clock.forward(1)
        run(sender)
    assert [shown.number for shown in page(scene, clock)] == [3, 2, 1]


def test_a_rejected_hit_is_gone_before_any_sender_reads_the_rejection(
    scene: Scene, sender: Sender, clock: Clock
) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    run(sender)
    scene.decide(hit_id, "rejected")
    [shown] = page(scene, clock)
    assert (shown.is_withdrawn, shown.has_picture) == (True, False)
    assert "WITHDRAWN #0001" in shown.text
    assert "escalator" not in shown.text
    with pytest.raises(PictureGone):
        see(scene, clock, shown.delivery_id)


def test_a_withdrawn_picture_is_deleted_from_the_disk(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    run(sender)
    assert len(scene.pictures_of_deliveries()) == 1
    scene.decide(hit_id, "rejected")
    sender.route_once()
    assert scene.pictures_of_deliveries() == []
    run(sender)
    [shown] = page(scene, clock)
    assert shown.is_withdrawn


def test_while_a_not_him_waits_for_review_the_message_stands(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    run(sender)
    [shown] = page(scene, clock)
    answer(scene, clock, shown.delivery_id, event_ref="phone-1")
    [shown] = page(scene, clock)
    assert not shown.is_withdrawn
    assert [(reply.kind, reply.member) for reply in shown.replies] == [("not_him", "Gus")]


def answer(scene: Scene, clock: Clock, delivery_id: UUID, *, event_ref: str, group_id: str = "gate") -> None:
    with scene.database.write() as session:
        receive_from_page(
            session, scene.blobs, group_id, delivery_id, "not_him", event_ref=event_ref, now=clock(), member="Gus"
        )


def test_a_message_leaves_the_page_after_the_longest_shift(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    run(sender)
    [shown] = page(scene, clock)
    clock.forward((SHOWN_FOR + timedelta(seconds=1)).total_seconds())
    assert page(scene, clock) == []
    with pytest.raises(PictureGone):
        see(scene, clock, shown.delivery_id)


def test_a_group_looks_back_as_long_as_it_was_said(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    with scene.database.write() as session:
        session.get_one(Group, "gate").keep_h = 0.5
    scene.confirmed_hit()
    run(sender)
    [shown] = page(scene, clock)
    clock.forward(1799)
    assert see(scene, clock, shown.delivery_id)
    clock.forward(2)
    assert page(scene, clock) == []
    with pytest.raises(PictureGone):
        see(scene, clock, shown.delivery_id)


def test_a_case_that_has_ended_says_how_and_shows_nobody_any_more(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    run(sender)
    [shown] = page(scene, clock)
    with scene.database.write() as session:
        episode = episodes.join(session, session.get_one(Hit, hit_id), clock())
        assert [one.may_be_answered for one in messages(session, "gate", clock())] == [True]
        episodes.close(session, episode.id, "handed_over", "", "rita", clock())
    [ended] = page(scene, clock)
    assert (ended.outcome, ended.is_withdrawn, ended.has_picture) == ("handed_over", False, False)
    assert not ended.may_be_answered
    with pytest.raises(PictureGone):
        see(scene, clock, shown.delivery_id)


def test_who_is_not_looked_for_any_more_is_gone_before_any_sender_says_so(
    scene: Scene, sender: Sender, clock: Clock
) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    run(sender)
    with scene.database.write() as session:
        session.get_one(Person, scene.person_id).removed_at = clock()
    [shown] = page(scene, clock)
    assert (shown.outcome, shown.has_picture, shown.may_be_answered) == ("called_off", False, False)
    with pytest.raises(PictureGone):
        see(scene, clock, shown.delivery_id)


def test_notices_drills_and_alarms_stand_on_the_page_and_only_hits_and_drills_are_answered(
    scene: Scene, clock: Clock
) -> None:
    scene.group("gate")
    for kind in ("status", "drill", "alarm", "bulletin", "test", "withdraw"):
        sent(scene, clock, kind)
    shown = {one.kind: one for one in page(scene, clock)}
    assert set(shown) == {"status", "drill", "alarm", "bulletin", "test"}
    assert [kind for kind, one in shown.items() if one.may_be_answered] == ["drill"]
    assert {one.text for one in shown.values()} == {"what was said"}
    assert {one.number for one in shown.values()} == {None}


def sent(scene: Scene, clock: Clock, kind: str, **more: object) -> UUID:
    """A message that is about no hit, on the gate's page."""
    with scene.database.write() as session:
        delivery = Delivery(
            **{"kind": kind, "group_id": "gate", "chat": scene.page_chat(session, "gate"), "lane": 2},
            **{"state": "sent", "next_try_at": clock(), "expires_at": clock(), "sent_at": clock()},
            **{"created_at": clock(), "text": "what was said", **more},
        )
        session.add(delivery)
    return delivery.id


def test_an_answer_given_in_another_chat_of_the_group_stands_on_its_page_too(
    scene: Scene, sender: Sender, clock: Clock
) -> None:
    scene.group("gate", ChatDraft("matrix", "https://matrix.example/!room:example", "bot"))
    hit_id = scene.confirmed_hit()
    run(sender)
    with scene.database.write() as session:
        said = {"group_id": "gate", "hit_id": hit_id, "said_at": clock(), "received_at": clock()}
        (other,) = session.scalars(select(GroupChat).where(GroupChat.kind == "matrix"))
        place = {"words": "gate 5", "latitude": 31.2, "longitude": 121.4}
        media = [{"kind": "photo", "key": "reply/x", "content_type": "image/jpeg"}]
        about = {"kind": "sighted", "place": place, "media": media, "is_late": True}
        session.add(GroupReply(chat_id=other.id, event_ref="$1", member="@gus", **about, **said))
    [shown] = page(scene, clock)
    [reply] = shown.replies
    assert (reply.kind, reply.member, reply.place, reply.position) == ("sighted", "@gus", "gate 5", (31.2, 121.4))
    assert (reply.media, reply.is_late) == (("photo",), True)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({}, ""),
        ({"words": "by the fountain", "building": "north"}, "by the fountain"),
        ({"building": "north", "floor": "3F", "post": None}, "north 3F"),
        ({"latitude": 31.2, "longitude": 121.4}, ""),
    ],
)
def test_a_place_is_said_in_words_where_there_are_any(place: dict[str, object], words: str) -> None:
    assert place_words(place) == words


def test_another_group_sees_neither_message_nor_picture(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    run(sender)
    scene.group("airport", position=(31.1443, 121.8083), site_id="airport")
    [shown] = page(scene, clock)
    assert page(scene, clock, "airport") == []
    with pytest.raises(PictureGone):
        see(scene, clock, shown.delivery_id, "airport")


def test_a_picture_nobody_sent_is_gone(scene: Scene, clock: Clock) -> None:
    scene.group("gate")
    with pytest.raises(PictureGone):
        see(scene, clock, uuid4())


def test_a_hit_stopped_before_it_left_never_shows(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    sender.route_once()
    scene.decide(hit_id, "unsure")
    run(sender)
    assert page(scene, clock) == []


def test_the_page_speaks_the_groups_language(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate", language="zh")
    scene.confirmed_hit()
    run(sender)
    [shown] = page(scene, clock)
    assert "疑似人员 #0001" in shown.text
