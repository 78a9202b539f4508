"""When a case is closed everybody who was told is told to stand down, once in every chat."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from patrol.chats.chat import SendError
from patrol.dispatch import outcomes, pauses
from patrol.hits.episodes import Outcome
from patrol.store.tables import Person
from patrol.values import Receipt
from tests.dispatch.cascade import FAR, NEAR, Cascade, room
from tests.dispatch.conftest import taken_by


def paused(cascade: Cascade) -> uuid.UUID:
    """Rita stops all sending for five minutes."""
    ends_at = cascade.clock() + timedelta(minutes=5)
    asked = {"reason": "a visit", "ends_at": ends_at, "by": "rita", "now": cascade.clock()}
    with cascade.scene.database.write() as session:
        return pauses.pause(session, scope="all", ref=None, **asked).id


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("handed_over", "found and handed over"),
        ("lost", "lost from sight"),
        ("called_off", "called off"),
        ("not_him", "not the person"),
    ],
)
def test_every_group_that_was_told_is_told_that_it_has_ended(cascade: Cascade, outcome: Outcome, said: str) -> None:
    cascade.tree()
    hit_id = cascade.told()
    cascade.wait(61)
    cascade.close(outcome, hit_id)
    cascade.run()
    assert cascade.statuses("ended") == {"gate-a", "gate-b"}
    assert f"#0001 has ended: {said}" in cascade.texts("gate-a")[-1]
    assert cascade.texts("lead") == []


def test_it_is_said_once_in_every_chat_however_many_updates_there_were(cascade: Cascade) -> None:
    cascade.tree()
    cascade.told()
    cascade.clock.forward(10)
    hit_id = cascade.told()
    cascade.close("handed_over", hit_id)
    cascade.run()
    cascade.run()
    assert [text for text in cascade.texts("gate-a") if "has ended" in text] == [
        "#0001 has ended: found and handed over. Stand down. Thank you."
    ]
    assert ("ended", None, None, "handed_over") in cascade.steps()


def test_whoever_was_called_to_help_is_told_to_stand_down_too(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.told()
    cascade.say("gate-a", "need_help")
    cascade.run()
    cascade.close("handed_over", hit_id)
    cascade.run()
    assert cascade.statuses("ended") == {"gate-a", *cascade.statuses("need_help")}
    assert cascade.statuses("need_help") == {"gate-b", "lead", "station"}


def test_a_case_that_ended_before_anybody_was_told_is_told_to_nobody(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.see()
    cascade.decide(hit_id, "confirmed")
    cascade.close("called_off", hit_id)
    cascade.run()
    cascade.wait(61)
    cascade.wait(1300)
    assert cascade.scene.deliveries() == []
    assert [told["reason"] for told in cascade.events("hit.not_told")] == ["case_ended"]


def test_what_a_pause_held_back_does_not_leave_after_its_case_has_ended(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.see()
    cascade.decide(hit_id, "confirmed")
    pause_id = paused(cascade)
    cascade.run()
    cascade.close("handed_over", hit_id)
    with cascade.scene.database.write() as session:
        pauses.resume(session, pause_id, "rita", cascade.clock())
    cascade.run()
    cascade.wait(61)
    assert cascade.texts("gate-a") == []
    assert {(row.state, row.error) for row in cascade.scene.deliveries()} == {
        ("withdrawn", "case_ended: stopped before it left")
    }
    assert cascade.groups_told() == {"gate-a"}
    assert cascade.scene.pictures_of_deliveries() == []


def test_a_message_on_its_way_when_its_case_ends_is_followed_by_its_end_and_passed_on_to_nobody(
    cascade: Cascade,
) -> None:
    cascade.tree()
    hit_id = cascade.see()
    cascade.decide(hit_id, "confirmed")
    cascade.sender.route_once()
    claimed = taken_by(cascade.sender, "matrix")
    assert claimed is not None
    message = cascade.sender.courier.start(claimed, None)
    assert message is not None
    cascade.close("handed_over", hit_id)
    cascade.sender.route_once()
    receipt = Receipt("late", cascade.clock())
    with cascade.scene.database.write() as session:
        outcomes.accepted(session, cascade.scene.blobs, claimed, receipt, cascade.clock())
    cascade.run()
    cascade.wait(61)
    cascade.wait(1300)
    assert cascade.clocks("gate-a") == {}
    assert cascade.groups_told() == cascade.statuses("ended") == {"gate-a"}


def test_no_other_chat_carries_a_hit_whose_case_has_ended(cascade: Cascade) -> None:
    cascade.scene.group("gate-a", room("gate-a"), room("spare"), position=NEAR)
    hit_id = cascade.see()
    cascade.decide(hit_id, "confirmed")
    cascade.chats.open("matrix", room("gate-a").address, "m").script = [SendError("busy", "503")] * 9
    cascade.run()
    cascade.close("called_off", hit_id)
    cascade.wait(61)
    assert cascade.texts("spare") == []


def test_not_him_withdraws_every_hit_of_the_case_and_then_says_stand_down(cascade: Cascade) -> None:
    cascade.tree()
    first = cascade.told()
    cascade.clock.forward(10)
    second = cascade.told()
    cascade.close("not_him", second)
    cascade.run()
    assert {cascade.hit(hit_id).verdict for hit_id in (first, second)} == {"rejected"}
    assert {row.state for row in cascade.scene.deliveries() if row.kind == "hit"} == {"withdrawn"}
    assert cascade.statuses("ended") == {"gate-a"}
    assert cascade.scene.pictures_of_deliveries() == []


def test_who_was_told_in_chinese_is_told_so_in_chinese(cascade: Cascade) -> None:
    cascade.group("gate-a", NEAR, language="zh")
    hit_id = cascade.told()
    cascade.close("handed_over", hit_id)
    cascade.run()
    assert cascade.texts("gate-a")[-1] == "#0001 已结束：已找到并移交。请收队，辛苦了。"


def test_after_a_case_has_ended_the_next_hit_opens_a_new_one(cascade: Cascade) -> None:
    cascade.group("gate-a", NEAR)
    first = cascade.told()
    cascade.close("lost", first)
    cascade.clock.forward(60)
    second = cascade.told()
    assert cascade.hit(second).update_number == 0
    assert cascade.episode(second).first_hit_number == 2


def test_groups_told_by_a_sighting_or_a_parent_stand_down_too(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.told()
    cascade.say("gate-a", "sighted", position=FAR)
    cascade.run()
    cascade.close("handed_over", hit_id)
    cascade.run()
    assert cascade.statuses("ended") == {"gate-a", "gate-b"}


END_ENTRY: dict[str, Callable[[Cascade, Person], None]] = {
    "removed": lambda cascade, person: setattr(person, "removed_at", cascade.clock()),
    "suspended": lambda cascade, person: setattr(person, "suspended_at", cascade.clock()),
    "ended": lambda cascade, person: setattr(person, "ends_at", cascade.clock()),
    "list closed": lambda cascade, person: setattr(person.watchlist, "closed_at", cascade.clock()),
}


@pytest.mark.parametrize("how", END_ENTRY)
def test_who_is_not_looked_for_any_more_is_called_off(cascade: Cascade, how: str) -> None:
    cascade.tree()
    hit_id = cascade.told()
    cascade.say("gate-a", "on_my_way")
    with cascade.scene.database.write() as session:
        END_ENTRY[how](cascade, session.get_one(Person, cascade.scene.person_id))
    cascade.run()
    episode = cascade.episode(hit_id)
    assert (episode.outcome, episode.closed_by) == ("called_off", "system")
    assert "#0001 has ended: called off" in cascade.texts("gate-a")[-1]
    cascade.wait(1300)
    assert cascade.groups_told() == {"gate-a"}
