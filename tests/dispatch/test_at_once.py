"""Reviewers, guards, the desk and two senders act on one case at the same moment: nothing is lost, nobody blocks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from patrol.dispatch.groups import CHAT_BROKEN
from patrol.store import alarms, events
from patrol.store.tables import Clock, Episode, GroupReply, Hit
from tests.dispatch.cascade import Cascade

pytestmark = pytest.mark.slow


def all_at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Run every step in a thread of its own, all from the same moment; raise what any of them raises."""
    start = Barrier(len(steps))

    def run(step: Callable[[], Any]) -> Any:
        start.wait(10)
        return step()

    with ThreadPoolExecutor(len(steps)) as pool:
        return [done.result(30) for done in [pool.submit(run, step) for step in steps]]


def test_hits_of_one_person_confirmed_at_once_are_one_case_with_updates_in_a_row(cascade: Cascade) -> None:
    cascade.group("gate-a")
    hit_ids = [cascade.see() for _ in range(6)]
    all_at_once(*(lambda hit_id=hit_id: cascade.decide(hit_id, "confirmed") for hit_id in hit_ids))  # type: ignore[misc]
    with cascade.scene.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Episode)) == 1
        assert sorted(session.scalars(select(Hit.update_number))) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("outcome", ["handed_over", "not_him"])
def test_answers_clocks_decisions_and_an_end_at_once(cascade: Cascade, outcome: str) -> None:
    cascade.tree()
    cascade.tell_at_once(2)
    first = cascade.told()
    cascade.clock.forward(30)
    second = cascade.told()
    cascade.clock.forward(40)
    all_at_once(
        lambda: cascade.say("gate-a", "on_my_way", number=1),
        lambda: cascade.say("gate-b", "cannot_go", number=2),
        lambda: cascade.say("gate-b", "sighted", number=1, text="by the fountain"),
        lambda: cascade.say("gate-a", "need_help", number=2),
        lambda: cascade.say("gate-a", "stopped", number=1),
        lambda: cascade.say("gate-b", "not_him", number=2),
        cascade.sender.route_once,
        cascade.sender.route_once,
        lambda: cascade.close(outcome, second),
    )
    cascade.run()
    with cascade.scene.database.read() as session:
        assert session.scalar(select(func.count()).select_from(GroupReply)) == 6
        running = select(func.count()).where(Clock.stopped_at.is_(None), Clock.ran_out_at.is_(None))
        assert session.scalar(running) == 0
    assert cascade.episode(first).outcome == outcome
    assert {"gate-a", "gate-b"} <= cascade.statuses("ended")


def test_a_chat_that_mends_with_a_hit_takes_the_events_turn_after_the_hit(cascade: Cascade) -> None:
    """Whoever holds the hit at that moment may write an event, and neither waits for the other for ever."""
    cascade.group("gate-a")
    hit_id = cascade.see()
    cascade.decide(hit_id, "confirmed")
    cascade.sender.route_once()
    with cascade.scene.database.write() as session:
        chat = cascade.chat(session, "gate-a")
        chat.broken_at, chat.broken_reason = cascade.clock(), "unauthorised"
        alarms.sound(session, CHAT_BROKEN, "group:gate-a", cascade.clock())
    deliver = Thread(target=lambda: cascade.sender.send_once(["matrix"]))
    with cascade.scene.database.write() as session:
        session.scalars(select(Hit).where(Hit.id == hit_id).with_for_update(of=Hit)).one()
        deliver.start()
        deliver.join(0.5)  # long enough to take the events' turn, were it taken first
        events.append(session, "hit.seen", actor="test", subject=f"hit:{hit_id}", now=cascade.clock())
    deliver.join(10)
    assert CHAT_BROKEN not in cascade.alarms()
    assert len(cascade.texts("gate-a")) == 1


def test_a_group_is_told_while_its_hit_is_taken_back(cascade: Cascade) -> None:
    """What a chat has taken starts clocks of the very hit that a withdrawal holds: neither waits for the other."""
    cascade.tree()
    cascade.tell_at_once(2)
    for _round in range(5):
        hit_id = cascade.see()
        cascade.decide(hit_id, "confirmed")
        cascade.sender.route_once()
        all_at_once(
            cascade.sender.send_once,
            cascade.sender.send_once,
            lambda hit_id=hit_id: cascade.decide(hit_id, "rejected"),  # type: ignore[misc]
            cascade.sender.route_once,
        )
        cascade.run()
    assert {row.state for row in cascade.scene.deliveries() if row.kind == "hit"} == {"withdrawn"}
