""" "Sighted here" moves the case: those near the new place are told, those told before hear where."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.dispatch import pauses
from patrol.dispatch.replies import receive_from_page
from patrol.store.tables import Delivery, GroupReply
from tests.dispatch.cascade import FAR, FURTHER, NEAR, Cascade

FOUNTAIN = {"site": "mall", "building": "south", "floor": "1F", "post": "fountain", "words": "1F 喷泉旁"}


@pytest.fixture
def mall(cascade: Cascade) -> Cascade:
    """One group at the camera's floor, one by the fountain; neither covers what the other does."""
    cascade.tell_at_once(1)
    cascade.group("gate", NEAR, covers=({"stream": "gate-b"},))
    cascade.group("fountain", FAR, covers=({"site": "mall", "building": "south"},))
    cascade.told()
    return cascade


def sight_on_page(
    mall: Cascade, place: dict[str, object] | None, text: str = "", said_at: datetime | None = None
) -> GroupReply:
    with mall.scene.database.write() as session:
        chat = mall.chat(session, "gate", "page")
        shown = session.scalars(select(Delivery).where(Delivery.chat_id == chat.id).limit(1)).one()
        received = receive_from_page(
            session,
            mall.scene.blobs,
            "gate",
            shown.id,
            "sighted",
            event_ref="phone-1",
            now=mall.clock(),
            text=text,
            place=place,
            said_at=said_at,
        )
    assert received is not None
    return received


def test_a_place_picked_on_the_page_moves_the_case_there_and_tells_who_is_near(mall: Cascade) -> None:
    assert mall.groups_told() == {"gate"}
    mall.clock.forward(40)
    received = sight_on_page(mall, FOUNTAIN)
    mall.run()
    assert received.place == FOUNTAIN
    episode = mall.episode(mall.scene.deliveries()[0].hit_id)  # type: ignore[arg-type]
    assert (episode.building, episode.floor, episode.post) == ("south", "1F", "fountain")
    assert (episode.place, episode.placed_by, episode.placed_at) == ("1F 喷泉旁", "group:gate", mall.clock())
    assert mall.groups_told() == {"gate", "fountain"}
    assert ("told", "fountain", "gate", "sighted") in mall.steps()
    assert ("moved", None, "gate", "sighted") in mall.steps()


def test_a_position_shared_in_a_chat_moves_the_case(mall: Cascade) -> None:
    mall.say("gate", "sighted", position=FURTHER)
    episode = mall.episode(mall.scene.deliveries()[0].hit_id)  # type: ignore[arg-type]
    assert (episode.latitude, episode.longitude) == FURTHER
    assert (episode.building, episode.stream_id) == (None, None)


def test_the_other_groups_that_were_told_hear_where(mall: Cascade) -> None:
    mall.tell_at_once(2)
    mall.clock.forward(10)
    sight_on_page(mall, FOUNTAIN)
    mall.run()
    mall.clock.forward(60)
    mall.say("fountain", "sighted", text="by the tailor")
    mall.run()
    assert mall.texts("gate")[-1] == (
        "#0001 sighted at 09:31: by the tailor (by Fountain). Possible match, check for yourself."
    )
    assert "sighted at" not in mall.texts("fountain")[-1]


def test_a_sighting_without_a_place_is_where_the_group_stands_and_asks_where(mall: Cascade) -> None:
    mall.say("gate", "sighted")
    mall.run()
    episode = mall.episode(mall.scene.deliveries()[0].hit_id)  # type: ignore[arg-type]
    assert (episode.latitude, episode.longitude, episode.place) == (*NEAR, "Gate")
    assert "Where exactly?" in mall.texts("gate")[-1]


def test_the_words_that_follow_are_the_place(mall: Cascade) -> None:
    mall.say("gate", "sighted")
    mall.clock.forward(30)
    mall.say("gate", "other", text="3F, by the noodle shop")
    mall.run()
    episode = mall.episode(mall.scene.deliveries()[0].hit_id)  # type: ignore[arg-type]
    assert episode.place == "3F, by the noodle shop"
    assert episode.placed_at == mall.clock() - timedelta(seconds=30)  # the words say where that was


def test_an_answer_to_the_question_where_counts_too(mall: Cascade) -> None:
    mall.say("gate", "sighted")
    mall.run()
    with mall.scene.database.read() as session:
        asked = session.scalars(select(Delivery).where(Delivery.part == "sighted_where")).one()
    mall.say("gate", "other", text="by the noodle shop", to=asked.message_ref)
    assert mall.episode(asked.hit_id).place == "by the noodle shop"  # type: ignore[arg-type]


@pytest.mark.parametrize(("after_s", "member"), [(301, "@gus:example.org"), (30, "@gina:example.org")])
def test_words_of_somebody_else_or_much_later_are_no_place(mall: Cascade, after_s: float, member: str) -> None:
    mall.say("gate", "sighted")
    mall.clock.forward(after_s)
    mall.say("gate", "other", text="what about lunch", member=member)
    episode = mall.episode(mall.scene.deliveries()[0].hit_id)  # type: ignore[arg-type]
    assert episode.place == "Gate"


def test_a_sighting_keeps_the_case_open(mall: Cascade) -> None:
    episode = mall.episode(mall.scene.deliveries()[0].hit_id)  # type: ignore[arg-type]
    mall.clock.forward(3600)
    mall.say("gate", "sighted", text="again here")
    moved = mall.episode(mall.scene.deliveries()[0].hit_id)  # type: ignore[arg-type]
    assert (moved.deadline_at - episode.deadline_at).total_seconds() == 3600


def test_a_sighting_that_waited_for_a_network_is_as_old_as_it_is(mall: Cascade) -> None:
    mall.clock.forward(600)
    said_at = mall.clock() - timedelta(seconds=300)
    sight_on_page(mall, FOUNTAIN, said_at=said_at)
    mall.run()
    episode = mall.episode(mall.scene.deliveries()[0].hit_id)  # type: ignore[arg-type]
    assert (episode.place, episode.placed_at) == ("1F 喷泉旁", said_at)
    assert mall.groups_told() == {"gate", "fountain"}


def test_a_sighting_older_than_what_is_known_moves_nothing(mall: Cascade) -> None:
    mall.clock.forward(1800)
    hit_id = mall.told()
    before = mall.episode(hit_id)
    mall.clock.forward(100)
    received = sight_on_page(mall, FOUNTAIN, said_at=mall.clock() - timedelta(seconds=1700))
    mall.run()
    after = mall.episode(hit_id)
    assert received.place == FOUNTAIN
    assert (after.place, after.placed_by, after.deadline_at) == (before.place, "hit:2", before.deadline_at)
    assert mall.groups_told() == {"gate"}
    assert "moved" not in {step[0] for step in mall.steps()}


def test_a_sighting_of_a_clock_ahead_of_ours_is_of_now(mall: Cascade) -> None:
    mall.clock.forward(60)
    sight_on_page(mall, FOUNTAIN, said_at=mall.clock() + timedelta(hours=1))
    assert mall.episode(mall.scene.deliveries()[0].hit_id).placed_at == mall.clock()  # type: ignore[arg-type]


def test_while_a_person_has_to_look_nobody_new_is_told_where(mall: Cascade) -> None:
    mall.say("gate", "not_him", member="@gina:example.org")
    mall.clock.forward(10)
    sight_on_page(mall, FOUNTAIN)
    mall.run()
    assert mall.groups_told() == {"gate"}


def test_where_he_was_sighted_is_held_back_by_a_pause(cascade: Cascade) -> None:
    cascade.tell_at_once(2)
    cascade.group("gate-a", NEAR)
    cascade.group("gate-b", FURTHER)
    cascade.told()
    with cascade.scene.database.write() as session:
        stop = {"scope": "all", "ref": None, "reason": "a visit", "by": "rita", "now": cascade.clock()}
        pause_id = pauses.pause(session, ends_at=cascade.clock() + timedelta(hours=1), **stop).id
    cascade.say("gate-a", "sighted", text="Exit Z")
    cascade.run()
    assert len(cascade.texts("gate-b")) == 1
    with cascade.scene.database.write() as session:
        pauses.resume(session, pause_id, "rita", cascade.clock())
    cascade.run()
    assert "Exit Z" in cascade.texts("gate-b")[-1]


@pytest.mark.parametrize("ending", ["rejected", "closed"])
def test_where_he_was_sighted_is_not_said_after_the_hit_is_over(cascade: Cascade, ending: str) -> None:
    cascade.tell_at_once(2)
    cascade.group("gate-a", NEAR)
    cascade.group("gate-b", FURTHER)
    hit_id = cascade.told()
    cascade.say("gate-a", "sighted", text="Exit Z")
    if ending == "rejected":
        cascade.decide(hit_id, "rejected")
    else:
        cascade.close("handed_over", hit_id)
    cascade.run()
    assert not any("Exit Z" in text for text in cascade.texts("gate-b"))
    assert {row.state for row in cascade.scene.deliveries() if row.part == "sighted"} == {"withdrawn"}
