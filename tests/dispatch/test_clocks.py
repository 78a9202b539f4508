"""Three clocks for each group at a hit: what stops them, what happens when they run out, when they end."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from patrol.dispatch import clocks
from patrol.dispatch.clocks import DEFAULTS, Times, times_of
from patrol.hits import episodes
from patrol.store.tables import Clock, LevelClock
from patrol.values import ReplyKind
from tests.dispatch.cascade import FAR, NEAR, Cascade

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


def test_while_somebody_is_with_the_person_nothing_is_passed_on_until_nobody_is(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.told()
    handle(cascade, hit_id, 15)
    cascade.say("gate-a", "cannot_go")
    for seconds in (61, 300, 500):
        cascade.wait(seconds)
    assert cascade.groups_told() == {"gate-a"}
    assert cascade.alarms() == set()
    handle(cascade, hit_id, 0)
    cascade.run()
    assert cascade.groups_told() == {"gate-a", "gate-b"}


def test_while_somebody_is_with_the_person_nobody_new_is_told_where_they_were_sighted(cascade: Cascade) -> None:
    cascade.tell_at_once(1)
    cascade.group("gate-a", NEAR)
    cascade.group("far", FAR)
    hit_id = cascade.told()
    handle(cascade, hit_id, 15)
    cascade.say("gate-a", "sighted", position=FAR)
    cascade.wait(1)
    assert not has_run_out(cascade)
    assert cascade.groups_told() == {"gate-a"}
    cascade.wait(900)
    assert cascade.groups_told() == {"gate-a", "far"}


def handle(cascade: Cascade, hit_id: UUID, minutes: int) -> None:
    with cascade.scene.database.write() as session:
        episodes.handle(session, cascade.episode(hit_id).id, minutes, "rita", cascade.clock())


def has_run_out(cascade: Cascade) -> bool:
    with cascade.scene.database.read() as session:
        return clocks.has_run_out(session, cascade.clock())
