"""When a case is closed everybody who was told is told to stand down, once in every chat."""

import pytest

from patrol.hits.episodes import Outcome
from tests.dispatch.cascade import FAR, NEAR, Cascade


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


def test_a_group_whose_message_never_left_is_told_nothing(cascade: Cascade) -> None:
    cascade.tree()
    hit_id = cascade.see()
    cascade.decide(hit_id, "confirmed")
    cascade.close("called_off", hit_id)
    cascade.run()
    assert cascade.statuses("ended") == set()


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
