"""What runs out, or cannot be done, goes to the next group, then to the parents, then to the duty officer."""

from patrol.store.tables import Person
from tests.dispatch.cascade import FURTHER, NEAR, Cascade

RUNNING, RAN_OUT = None, "ran_out"


def state(cascade: Cascade, group_id: str) -> dict[str, str | None]:
    """Why each clock of a group stopped."""
    return {
        kind: RAN_OUT if clock.ran_out_at else clock.stopped_why for kind, clock in cascade.clocks(group_id).items()
    }


def test_what_runs_out_goes_to_the_next_group_then_to_the_parents_then_to_the_duty_officer(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    assert cascade.groups_told() == {"gate-a"}
    cascade.wait(61)
    assert cascade.steps()[-1] == ("passed_on", "gate-b", "gate-a", "seen_ran_out")
    cascade.wait(61)
    assert cascade.groups_told() == {"gate-a", "gate-b", "lead"}
    cascade.wait(400)
    assert cascade.groups_told() == {"gate-a", "gate-b", "lead", "station"}
    cascade.wait(1200)
    assert ("rang_duty", None, "station", "seen_ran_out") in cascade.steps()
    assert "nobody_answers" in cascade.alarms()


def test_every_step_is_in_the_record(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.told()
    cascade.wait(61)
    [step] = [body for body in cascade.events("hit.step") if body["step"] == "passed_on"]
    assert (step["hit_id"], step["group_id"], step["from_group_id"]) == (str(hit_id), "gate-b", "gate-a")


def test_while_somebody_is_on_the_way_the_silence_of_the_others_asks_nobody_else(cascade: Cascade) -> None:
    cascade.tree()
    cascade.tell_at_once(2)
    cascade.told()
    cascade.say("gate-a", "on_my_way")
    cascade.wait(500)
    assert state(cascade, "gate-b") == {"seen": RAN_OUT, "on_my_way": RAN_OUT, "outcome": RUNNING}
    assert cascade.groups_told() == {"gate-a", "gate-b"}


def test_without_an_outcome_in_time_it_is_passed_on_though_somebody_went(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    cascade.say("gate-a", "on_my_way")
    cascade.wait(1201)
    assert ("passed_on", "gate-b", "gate-a", "outcome_ran_out") in cascade.steps()


def test_who_cannot_go_passes_it_on_at_once(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    cascade.say("gate-a", "cannot_go")
    cascade.wait(0)
    assert cascade.steps() == [("passed_on", "gate-b", "gate-a", "cannot_go")]
    assert state(cascade, "gate-a") == dict.fromkeys(("seen", "on_my_way", "outcome"), "cannot_go")


def test_who_cannot_go_while_a_colleague_does_passes_nothing_on(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    cascade.say("gate-a", "on_my_way", member="@gina:example.org")
    cascade.say("gate-a", "cannot_go")
    cascade.wait(0)
    assert cascade.groups_told() == {"gate-a"}


def test_who_was_on_the_way_and_then_cannot_go_passes_it_on(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    cascade.say("gate-a", "on_my_way")
    cascade.clock.forward(1)
    cascade.say("gate-a", "cannot_go")
    cascade.wait(0)
    assert cascade.groups_told() == {"gate-a", "gate-b"}


def test_a_level_without_clocks_can_still_pass_it_on(cascade: Cascade) -> None:
    cascade.tell_at_once(1, ["residents", "guards"])
    cascade.group("flats", NEAR, level="residents")
    cascade.group("gate-b", FURTHER)
    cascade.told()
    assert cascade.clocks("flats") == {}
    cascade.say("flats", "cannot_go")
    cascade.wait(0)
    assert cascade.groups_told() == {"flats", "gate-b"}


def test_the_duty_officers_alarm_ends_when_somebody_goes(cascade: Cascade) -> None:
    cascade.group("gate-a")
    cascade.told()
    cascade.wait(61)
    assert "nobody_answers" in cascade.alarms()
    cascade.say("gate-a", "on_my_way")
    assert "nobody_answers" not in cascade.alarms()


def test_parents_off_shift_or_of_a_level_the_list_does_not_tell_are_left_out(cascade: Cascade) -> None:
    cascade.tell_at_once(1, ["guards"])
    cascade.group("lead", FURTHER, level="managers", site_id=None)
    cascade.group("gate-a", NEAR, parent_id="lead")
    cascade.told()
    cascade.wait(61)
    assert cascade.groups_told() == {"gate-a"}
    assert cascade.steps() == [("rang_duty", None, "gate-a", "seen_ran_out")]


def test_while_a_guard_says_not_him_nobody_else_is_told_until_a_person_has_looked(cascade: Cascade) -> None:
    cascade.tree()
    cascade.tell_at_once(2)
    hit_id = cascade.told()
    cascade.say("gate-a", "not_him")
    cascade.wait(90)
    assert cascade.groups_told() == {"gate-a", "gate-b"}
    cascade.decide(hit_id, "confirmed")
    cascade.wait(1)
    assert ("asked_parent", "lead", "gate-b", "seen_ran_out") in cascade.steps()


def test_nobody_is_asked_to_look_for_somebody_who_was_taken_off_the_list(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    with cascade.scene.database.write() as session:
        session.get_one(Person, cascade.scene.person_id).removed_at = cascade.clock()
    cascade.wait(61)
    assert cascade.groups_told() == {"gate-a"}
    assert state(cascade, "gate-a")["seen"] == "ended"


def test_the_silence_of_a_group_that_never_went_does_not_ask_more_while_another_is_there(cascade: Cascade) -> None:
    cascade.tree()
    cascade.tell_at_once(2)
    cascade.told()
    cascade.say("gate-a", "on_my_way")
    cascade.clock.forward(1100)
    cascade.say("gate-a", "gone")
    cascade.clock.forward(1)
    cascade.say("gate-a", "on_my_way")
    cascade.wait(101)
    assert state(cascade, "gate-b")["outcome"] == RAN_OUT
    assert cascade.groups_told() == {"gate-a", "gate-b"}
