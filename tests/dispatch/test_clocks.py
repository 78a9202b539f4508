"""Three clocks for each group at a hit: what stops them, what happens when they run out, when they end."""

import pytest
from sqlalchemy import func, select

from patrol.dispatch.clocks import DEFAULTS, Times, times_of
from patrol.store.tables import Clock, LevelClock, Person
from patrol.values import ReplyKind
from tests.dispatch.cascade import FURTHER, NEAR, Cascade

RUNNING, RAN_OUT = None, "ran_out"


def state(cascade: Cascade, group_id: str) -> dict[str, str | None]:
    """Why each clock of a group stopped."""
    return {
        kind: RAN_OUT if clock.ran_out_at else clock.stopped_why for kind, clock in cascade.clocks(group_id).items()
    }


def test_the_clocks_of_a_group_start_when_its_message_is_accepted(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    due = {kind: (clock.due_at - cascade.clock()).total_seconds() for kind, clock in cascade.clocks("gate-a").items()}
    assert due == {"seen": 60, "on_my_way": 180, "outcome": 1200}
    assert cascade.clocks("gate-b") == {}


@pytest.mark.parametrize(
    ("kind", "stopped"),
    [
        ("seen", {"seen": "seen", "on_my_way": RUNNING, "outcome": RUNNING}),
        ("other", {"seen": "seen", "on_my_way": RUNNING, "outcome": RUNNING}),
        ("on_my_way", {"seen": "on_my_way", "on_my_way": "on_my_way", "outcome": RUNNING}),
        ("sighted", {"seen": "on_my_way", "on_my_way": "on_my_way", "outcome": RUNNING}),
        ("need_help", {"seen": "on_my_way", "on_my_way": "on_my_way", "outcome": RUNNING}),
        ("stopped", dict.fromkeys(("seen", "on_my_way", "outcome"), "outcome")),
        ("gone", dict.fromkeys(("seen", "on_my_way", "outcome"), "outcome")),
        ("not_him", dict.fromkeys(("seen", "on_my_way", "outcome"), "outcome")),
    ],
)
def test_an_answer_stops_the_clocks_it_settles_and_no_other(
    cascade: Cascade, kind: ReplyKind, stopped: dict[str, str | None]
) -> None:
    cascade.tree()
    cascade.told()
    cascade.say("gate-a", kind, text="by the fountain")
    assert state(cascade, "gate-a") == stopped


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


def test_a_withdrawal_stops_every_clock(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.told()
    cascade.decide(hit_id, "rejected")
    assert set(state(cascade, "gate-a").values()) == {"withdrawn"}
    cascade.wait(2000)
    assert cascade.groups_told() == {"gate-a"}


def test_an_outcome_stops_every_clock_of_the_case(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.told()
    cascade.close("handed_over", hit_id)
    assert set(state(cascade, "gate-a").values()) == {"ended"}
    cascade.wait(2000)
    assert cascade.groups_told() == {"gate-a"}


def test_at_its_deadline_a_case_without_an_outcome_is_not_silently_over(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.told()
    cascade.say("gate-a", "on_my_way")
    cascade.wait(1201)
    cascade.wait(7200)
    assert "episode_overdue" in cascade.alarms()
    assert RUNNING not in state(cascade, "gate-a").values()
    cascade.close("lost", hit_id)
    assert "episode_overdue" not in cascade.alarms()


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


def test_an_update_asks_nothing_anew_of_a_group_that_is_at_it(cascade: Cascade) -> None:
    cascade.tree()
    first = cascade.told()
    cascade.say("gate-a", "on_my_way")
    cascade.clock.forward(30)
    second = cascade.told()
    assert {clock.hit_id for clock in cascade.clocks("gate-a").values()} == {first}
    assert cascade.hit(second).update_number == 1


def test_an_update_asks_anew_of_a_group_that_said_he_was_gone(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    cascade.say("gate-a", "gone")
    cascade.clock.forward(30)
    second = cascade.told()
    with cascade.scene.database.read() as session:
        again = session.scalar(select(func.count()).where(Clock.hit_id == second))
    assert again == 3


def test_an_answer_to_an_update_stops_the_clocks_of_the_first_message(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    cascade.clock.forward(30)
    cascade.told()
    cascade.say("gate-a", "on_my_way")
    assert state(cascade, "gate-a") == {"seen": "on_my_way", "on_my_way": "on_my_way", "outcome": RUNNING}


def test_a_levels_times_are_as_somebody_set_them(cascade: Cascade) -> None:
    with cascade.scene.database.write() as session:
        row = LevelClock(level="guards", seen_s=30, on_my_way_s=None, outcome_s=600, updated_at=cascade.clock())
        row.updated_by = "ada"
        session.add(row)
    with cascade.scene.database.read() as session:
        assert times_of(session, "guards") == Times(30, None, 600)
        assert times_of(session, "managers") == DEFAULTS["managers"]
        assert times_of(session, "patrol dogs") == DEFAULTS["guards"]
    cascade.group("gate-a")
    cascade.told()
    assert set(cascade.clocks("gate-a")) == {"seen", "outcome"}


def test_nobody_is_asked_to_look_for_somebody_who_was_taken_off_the_list(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    with cascade.scene.database.write() as session:
        session.get_one(Person, cascade.scene.person_id).removed_at = cascade.clock()
    cascade.wait(61)
    assert cascade.groups_told() == {"gate-a"}
    assert state(cascade, "gate-a")["seen"] == "ended"
