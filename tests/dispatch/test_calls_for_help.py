"""A guard who needs help is heard: above, beside, at the same case, at the desk, and never too late."""

from datetime import timedelta

from sqlalchemy import select

from patrol.chats.chat import SendError
from patrol.dispatch import pauses
from patrol.store.tables import Delivery
from tests.dispatch.cascade import FAR, FURTHER, NEAR, Cascade, room

OFF = {"weekly": [{"days": ["sun"], "from": "03:00", "to": "03:30"}]}


def test_need_help_alerts_the_tree_and_the_desk(cascade: Cascade) -> None:
    cascade.tree()
    cascade.group("gate-c", FAR, site_id=None, parent_id="lead")
    cascade.group("gate-off", FAR, site_id=None, parent_id="lead", shifts=OFF, time_zone="UTC")
    cascade.group("elsewhere", FAR, site_id=None)
    cascade.told()
    cascade.say("gate-a", "need_help")
    cascade.run()
    assert cascade.statuses("need_help") == {"lead", "station", "gate-b", "gate-c"}
    assert cascade.texts("gate-c")[-1].startswith("HELP NEEDED: Gate-A asks for support at #0001")
    assert "need_help" in cascade.alarms()
    assert {step[1] for step in cascade.steps() if step[0] == "helped"} == {"lead", "station", "gate-b", "gate-c"}
    assert cascade.groups_told() == {"gate-a"}  # no picture goes to anybody because of it


def test_a_call_for_help_of_a_parent_is_heard_below_it(cascade: Cascade) -> None:
    cascade.tell_at_once(1)
    cascade.group("lead", NEAR, level="managers")
    cascade.group("gate-a", FURTHER, parent_id="lead")
    cascade.group("post-1", FAR, parent_id="gate-a")
    cascade.group("post-off", FAR, parent_id="gate-a", shifts=OFF, time_zone="UTC")
    cascade.told()
    cascade.say("lead", "need_help")
    cascade.run()
    assert cascade.groups_told() == {"lead"}
    assert cascade.statuses("need_help") == {"gate-a", "post-1"}
    assert cascade.texts("post-1")[-1].startswith("HELP NEEDED: Lead asks for support at #0001")


def test_a_call_for_help_leaves_before_the_hits_that_wait(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    cascade.say("gate-a", "need_help")
    with cascade.scene.database.read() as session:
        lanes = set(session.scalars(select(Delivery.lane).where(Delivery.part == "need_help")))
    assert lanes == {1}


def test_a_call_for_help_waits_for_no_update_that_is_held_back(cascade: Cascade) -> None:
    cascade.tell_at_once(2)
    cascade.group("lead", FAR, level="managers", site_id=None)
    cascade.group("gate-a", parent_id="lead")
    cascade.group("gate-b", parent_id="lead")
    first = cascade.told()
    cascade.clock.forward(10)
    with cascade.scene.database.write() as session:
        stop = {"scope": "all", "ref": None, "reason": "a visit", "by": "rita", "now": cascade.clock()}
        pauses.pause(session, ends_at=cascade.clock() + timedelta(hours=1), **stop)
    second = cascade.see()
    cascade.decide(second, "confirmed")
    cascade.run()
    cascade.wait(5)
    cascade.say("gate-b", "need_help", number=1)
    cascade.run()
    assert cascade.statuses("need_help") == {"lead", "gate-a"}
    assert cascade.texts("gate-a")[-1].startswith("HELP NEEDED")
    cascade.close("handed_over", first)
    cascade.run()
    assert "has ended" in cascade.texts("gate-a")[-1]


def test_a_call_for_help_waits_for_no_update_that_is_tried_again(cascade: Cascade) -> None:
    cascade.tell_at_once(2)
    cascade.group("gate-a")
    cascade.group("gate-b")
    cascade.told()
    cascade.clock.forward(10)
    cascade.chats.open("matrix", room("gate-a").address, "m").script = [SendError("busy", "503", wait_s=300)]
    cascade.told()
    cascade.say("gate-b", "need_help", number=1)
    cascade.run()
    assert cascade.texts("gate-a")[-1].startswith("HELP NEEDED")


def test_a_call_for_help_is_never_too_late(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.told()
    cascade.close("lost", hit_id)
    cascade.say("gate-a", "need_help")
    assert "need_help" in cascade.alarms()


def test_a_call_for_help_where_nobody_is_beside_or_above_rings_the_duty_officer(cascade: Cascade) -> None:
    cascade.group("gate-a")
    cascade.told()
    cascade.say("gate-a", "need_help")
    assert ("rang_duty", None, "gate-a", "need_help") in cascade.steps()
