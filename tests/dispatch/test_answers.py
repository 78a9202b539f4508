"""What an answer does: late ones, calls for help, "not him", "stopped", strangers, and what members are told back."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from patrol.chats.chat import SendError
from patrol.dispatch import groups, stories
from patrol.dispatch.answers import record_refusal
from patrol.dispatch.arrivals import Arrivals
from patrol.dispatch.drafts import MemberDraft
from patrol.dispatch.replies import ReplyRefused, receive
from patrol.store.tables import Delivery, Exercise, GroupReply
from patrol.values import Reply, ReplyKind
from tests.dispatch.cascade import FAR, GUS, Cascade, room

ON_ROSTER = (MemberDraft("Gus", identities={"matrix": GUS}), MemberDraft("Gina", identities={"wecom_app": "gina"}))


def refused(cascade: Cascade, *said: Any, **more: Any) -> ReplyRefused:
    """Answer, be refused, and have that written down as whoever reads answers does."""
    with pytest.raises(ReplyRefused) as error:
        cascade.say(*said, **more)
    with cascade.scene.database.write() as session:
        record_refusal(session, error.value, cascade.clock())
    cascade.run()
    return error.value


def test_who_is_on_the_roster_is_known_by_name(cascade: Cascade) -> None:
    cascade.group("gate-a", members=ON_ROSTER)
    cascade.told()
    received = cascade.say("gate-a", "seen")
    assert received is not None
    assert received.member == "Gus"
    assert received.member_id is not None


def test_where_there_is_a_roster_a_strangers_press_is_refused_recorded_and_he_is_told(cascade: Cascade) -> None:
    cascade.group("gate-a", members=ON_ROSTER)
    hit_id = cascade.told()
    assert refused(cascade, "gate-a", "not_him", member="@max:example.org").why == "not_on_roster"
    assert cascade.hit(hit_id).verdict == "confirmed"
    [event] = cascade.events("reply.refused")
    assert (event["group_id"], event["reply_kind"], event["why"]) == ("gate-a", "not_him", "not_on_roster")
    assert "max" not in str(event)
    assert "does not count" in cascade.texts("gate-a")[-1]


def test_a_chat_full_of_strangers_is_told_once(cascade: Cascade) -> None:
    cascade.group("gate-a", members=ON_ROSTER)
    cascade.told()
    for _press in range(5):
        refused(cascade, "gate-a", "seen", member="@max:example.org")
    assert len([text for text in cascade.texts("gate-a") if "does not count" in text]) == 1
    assert len(cascade.events("reply.refused")) == 5


def test_who_floods_us_fills_no_table(cascade: Cascade) -> None:
    cascade.group("gate-a", members=ON_ROSTER)
    cascade.told()
    for _press in range(25):
        refused(cascade, "gate-a", "seen", member="@max:example.org")
    assert len(cascade.events("reply.refused")) == 20
    cascade.clock.forward(61)
    refused(cascade, "gate-a", "seen", member="@max:example.org")
    assert len(cascade.events("reply.refused")) == 21


def test_whoever_reads_the_chats_records_what_was_refused(cascade: Cascade) -> None:
    cascade.group("gate-a", members=ON_ROSTER)
    cascade.told()
    arrivals = Arrivals(cascade.scene.database, cascade.scene.blobs, cascade.clock)
    with cascade.scene.database.read() as session:
        chat_id = cascade.chat(session, "gate-a").id
    assert arrivals.keep(chat_id, Reply("not_him", "@max:example.org", "$e", cascade.clock(), hit_number=1)) is None
    assert [event["why"] for event in cascade.events("reply.refused")] == ["not_on_roster"]


def test_a_roster_without_anybody_in_that_kind_of_chat_takes_no_answer_from_there(cascade: Cascade) -> None:
    cascade.group("gate-a", members=(MemberDraft("Gina", identities={"wecom_app": "gina"}),))
    hit_id = cascade.told()
    assert refused(cascade, "gate-a", "not_him", member="@max:example.org").why == "not_on_roster"
    assert cascade.hit(hit_id).alarm is None


def test_an_emptied_roster_does_not_fall_open(cascade: Cascade) -> None:
    cascade.group("gate-a", members=ON_ROSTER)
    cascade.told()
    with cascade.scene.database.write() as session:
        draft = groups.draft_of(groups.find(session, "gate-a"))
        groups.change(session, "gate-a", replace(draft, members=()), "ada", cascade.clock())
    for member in (GUS, "@max:example.org"):
        assert refused(cascade, "gate-a", "not_him", member=member).why == "not_on_roster"


def test_who_left_the_roster_is_refused(cascade: Cascade) -> None:
    cascade.group("gate-a", members=ON_ROSTER)
    cascade.told()
    with cascade.scene.database.write() as session:
        gus = next(it for it in cascade.chat(session, "gate-a").group.members if it.name == "Gus")
        gus.removed_at = cascade.clock()
        session.add(
            type(gus)(group_id="gate-a", name="Gil", identities={"matrix": "@gil"}, created_at=cascade.clock())
        )
    assert refused(cascade, "gate-a", "seen").why == "not_on_roster"


def test_an_answer_to_another_sites_hit_is_refused_and_recorded(cascade: Cascade) -> None:
    cascade.group("gate-a")
    cascade.told()
    cascade.group("airport", FAR, site_id="airport")
    assert refused(cascade, "airport", "not_him", number=1).why == "no_such_message"
    assert [event["group_id"] for event in cascade.events("reply.refused")] == ["airport"]


def test_an_answer_of_a_chat_that_is_none_of_ours_is_recorded_without_a_group(cascade: Cascade) -> None:
    reply = Reply("seen", GUS, "$e", cascade.clock(), hit_number=1)
    with cascade.scene.database.write() as session, pytest.raises(ReplyRefused) as error:
        receive(session, cascade.scene.blobs, uuid4(), reply, cascade.clock())
    with cascade.scene.database.write() as session:
        record_refusal(session, error.value, cascade.clock())
    assert [event["why"] for event in cascade.events("reply.refused")] == ["no_such_chat"]


def test_an_answer_is_found_by_the_messages_key_where_the_platform_gives_that_back(cascade: Cascade) -> None:
    cascade.group("gate-a")
    cascade.told()
    told = next(row for row in cascade.scene.deliveries() if row.chat.kind == "matrix")
    with cascade.scene.database.write() as session:
        reply = Reply("seen", GUS, "$e", cascade.clock(), message_key=str(told.id))
        received = receive(session, cascade.scene.blobs, told.chat_id, reply, cascade.clock())
        assert received is not None
        assert received.delivery_id == told.id
        stranger = Reply("seen", GUS, "$e2", cascade.clock(), message_key=str(uuid4()))
        with pytest.raises(ReplyRefused):
            receive(session, cascade.scene.blobs, told.chat_id, stranger, cascade.clock())


def test_the_first_answer_says_that_the_message_was_read(cascade: Cascade) -> None:
    cascade.group("gate-a")
    cascade.told()
    cascade.clock.forward(20)
    cascade.say("gate-a", "seen")
    row = next(row for row in cascade.scene.deliveries() if row.chat.kind == "matrix")
    assert row.read_at == cascade.clock()


@pytest.mark.parametrize(
    ("over", "told"),
    [("withdrawn", "it was withdrawn"), ("closed", "it has ended"), ("past its time", "its time has passed")],
)
def test_an_answer_that_comes_too_late_is_written_down_and_its_member_told(
    cascade: Cascade, over: str, told: str
) -> None:
    cascade.group("gate-a")
    hit_id = cascade.told()
    if over == "withdrawn":
        cascade.decide(hit_id, "rejected")
    elif over == "closed":
        cascade.close("lost", hit_id)
    else:
        cascade.clock.forward(7300)
    cascade.run()
    received = cascade.say("gate-a", "on_my_way")
    cascade.run()
    assert received is not None
    assert received.is_late
    assert told in cascade.texts("gate-a")[-1]
    assert cascade.events("reply.received")[-1]["is_late"]


def test_when_a_person_agrees_with_not_him_the_whole_case_is_withdrawn(cascade: Cascade) -> None:
    cascade.tree()
    cascade.tell_at_once(2)
    first = cascade.told()
    cascade.clock.forward(20)
    second = cascade.told()
    cascade.say("gate-a", "not_him", number=1)
    assert (cascade.hit(first).verdict, cascade.hit(first).alarm) == (None, "not_him")
    assert cascade.hit(second).verdict == "confirmed"
    cascade.decide(first, "rejected")
    cascade.run()
    assert {cascade.hit(hit_id).verdict for hit_id in (first, second)} == {"rejected"}
    assert {row.state for row in cascade.scene.deliveries() if row.kind == "hit"} == {"withdrawn"}
    assert cascade.episode(second).outcome == "not_him"


def test_not_him_in_doubt_then_confirmed_again_leaves_everything_standing(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.told()
    cascade.say("gate-a", "not_him")
    cascade.decide(hit_id, "confirmed")
    cascade.run()
    assert {row.state for row in cascade.scene.deliveries() if row.kind == "hit"} == {"sent"}
    assert cascade.episode(hit_id).closed_at is None


def test_not_him_of_somebody_handed_over_still_comes_before_a_person(cascade: Cascade) -> None:
    cascade.group("gate-a")
    hit_id = cascade.told()
    cascade.close("handed_over", hit_id)
    cascade.say("gate-a", "not_him")
    assert (cascade.hit(hit_id).verdict, cascade.hit(hit_id).alarm) == (None, "not_him")


@pytest.mark.parametrize("order", ["stopped first", "rejected first", "closed as not him"])
def test_a_wrongful_stop_suspends_the_entry_until_its_owner_has_looked(cascade: Cascade, order: str) -> None:
    cascade.group("gate-a")
    hit_id = cascade.told()
    if order != "rejected first":
        cascade.say("gate-a", "stopped")
    if order == "closed as not him":
        cascade.close("not_him", hit_id)
    else:
        cascade.decide(hit_id, "rejected")
    if order == "rejected first":
        cascade.run()
        cascade.say("gate-a", "stopped")
    person = cascade.person()
    assert (person.suspended_at, person.suspended_why) == (cascade.clock(), "wrongful_stop")
    assert "wrongful_stop" in cascade.alarms()
    assert cascade.events("gallery.changed")[-1]["operation"] == "suspended"


def test_a_rightful_stop_suspends_nobody(cascade: Cascade) -> None:
    cascade.group("gate-a")
    hit_id = cascade.told()
    cascade.say("gate-a", "stopped")
    cascade.close("handed_over", hit_id)
    assert cascade.person().suspended_at is None


def test_a_drill_is_answered_like_anything_else(cascade: Cascade) -> None:
    cascade.group("gate-a")
    with cascade.scene.database.write() as session:
        now, chat = cascade.clock(), cascade.chat(session, "gate-a")
        drill = Exercise(kind="drill", started_at=now, started_by="ada", ends_at=now)
        session.add(drill)
        session.flush()
        sent = Delivery(kind="drill", group=chat.group, chat=chat, exercise_id=drill.id, lane=1, state="sent")
        sent.next_try_at = sent.expires_at = sent.created_at = sent.sent_at = now
        sent.message_ref = "$drill"
        session.add(sent)
    received = cascade.say("gate-a", "seen", to="$drill")
    assert received is not None
    assert (received.hit_id, received.is_late) == (None, False)
    with cascade.scene.database.read() as session:
        assert session.scalars(select(GroupReply.delivery_id)).all() == [received.delivery_id]


@pytest.mark.parametrize(
    "kind", ["seen", "on_my_way", "sighted", "stopped", "gone", "cannot_go", "need_help", "other"]
)
def test_the_same_event_twice_has_its_effect_once(cascade: Cascade, kind: ReplyKind) -> None:
    cascade.tree()
    cascade.told()
    assert cascade.say("gate-a", kind, ref="$e") is not None
    cascade.run()
    before = (cascade.steps(), cascade.groups_told())
    assert cascade.say("gate-a", kind, ref="$e") is None
    cascade.run()
    assert (cascade.steps(), cascade.groups_told()) == before


def test_after_a_guards_not_him_nobody_else_is_told_until_a_person_has_looked(cascade: Cascade) -> None:
    cascade.tell_at_once(2)
    cascade.group("gate-a")
    cascade.group("gate-b")
    cascade.chats.open("matrix", room("gate-b").address, "m").script = [SendError("busy", "503")]
    hit_id = cascade.told()
    cascade.say("gate-a", "not_him", number=1)
    cascade.wait(61)
    assert cascade.texts("gate-b") == []
    [waiting] = [row for row in cascade.scene.deliveries() if row.state == "queued"]
    with cascade.scene.database.read() as session:
        assert stories.waits_for(session, session.get_one(Delivery, waiting.id), cascade.clock()).code == (
            "waits_for_review"
        )
    cascade.decide(hit_id, "confirmed")
    cascade.run()
    assert len(cascade.texts("gate-b")) == 1


def test_a_message_about_to_leave_when_a_guard_says_not_him_is_put_back(cascade: Cascade) -> None:
    cascade.group("gate-a")
    cascade.group("gate-b")
    cascade.tell_at_once(2)
    hit_id = cascade.see()
    cascade.decide(hit_id, "confirmed")
    cascade.sender.route_once()
    first, second = cascade.sender.claim({"matrix": 2})
    cascade.sender.courier.deliver(first)
    cascade.say(first.group_id, "not_him", number=1)
    cascade.sender.courier.deliver(second)
    cascade.run()
    assert cascade.texts(second.group_id) == []
    cascade.decide(hit_id, "rejected")
    cascade.run()
    assert {row.state for row in cascade.scene.deliveries(hit_id) if row.kind == "hit"} == {"withdrawn"}
    assert cascade.texts(second.group_id) == []
