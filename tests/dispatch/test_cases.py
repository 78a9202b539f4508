"""A group's messages as cases: first message first, updates behind, the newest case on top, answers once."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from patrol.dispatch.cases import cases_of
from patrol.dispatch.page import PageMessage, PageReply

HERS, HIS = uuid.UUID(int=1), uuid.UUID(int=2)


def message(case_id: uuid.UUID, at: datetime, **more: object) -> PageMessage:
    plain = PageMessage(
        delivery_id=uuid.uuid4(),
        kind="hit",
        case_id=case_id,
        number=7,
        update_number=0,
        site_id="mall",
        text="Possible match #0007",
        sent_at=at,
        is_withdrawn=False,
        calls_for_help=False,
        outcome=None,
        is_repeat=False,
        has_picture=True,
        replies=(),
        forwarded_to=(),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def reply(at: datetime) -> PageReply:
    return PageReply(uuid.uuid4(), "seen", "", "Gus", at, "", None, (), False)


def test_nothing_is_no_case() -> None:
    assert cases_of([]) == []


def test_updates_stand_behind_the_first_message_whatever_order_they_come_in(now: datetime) -> None:
    first, second = message(HERS, now), message(HERS, now + timedelta(minutes=1), update_number=1)
    for order in ([first, second], [second, first]):
        [case] = cases_of(order)
        assert case.messages == (first, second)
        assert case.first == first


def test_the_case_with_the_newest_message_is_on_top(now: datetime) -> None:
    old, newer = message(HERS, now), message(HIS, now + timedelta(minutes=1))
    update = message(HERS, now + timedelta(minutes=2))
    assert [case.first for case in cases_of([old, newer])] == [newer, old]
    assert [case.first for case in cases_of([old, newer, update])] == [old, newer]


def test_an_answer_goes_to_the_newest_message_that_stands(now: datetime) -> None:
    first, second = message(HERS, now), message(HERS, now + timedelta(minutes=1))
    notice = message(HERS, now + timedelta(minutes=2), kind="status")
    assert cases_of([first, second, notice])[0].answerable == second.delivery_id
    withdrawn = replace(second, is_withdrawn=True)
    assert cases_of([first, withdrawn, notice])[0].answerable == first.delivery_id
    assert cases_of([replace(first, is_withdrawn=True), withdrawn, notice])[0].answerable is None
    assert cases_of([notice])[0].answerable is None


def test_who_was_only_called_for_help_answers_that_call(now: datetime) -> None:
    call = message(HERS, now + timedelta(minutes=1), kind="status", calls_for_help=True)
    assert cases_of([call])[0].answerable == call.delivery_id
    told = message(HERS, now)
    assert cases_of([told, call])[0].answerable == told.delivery_id
    assert cases_of([replace(call, outcome="lost")])[0].answerable is None


def test_a_case_is_withdrawn_when_no_hit_of_it_stands(now: datetime) -> None:
    gone, stands = message(HERS, now, is_withdrawn=True), message(HERS, now + timedelta(minutes=1))
    notice = message(HERS, now + timedelta(minutes=2), kind="status")
    assert not cases_of([gone, stands])[0].is_withdrawn
    assert cases_of([gone, notice])[0].is_withdrawn
    assert not cases_of([notice])[0].is_withdrawn


def test_a_case_that_has_ended_takes_no_answer_and_says_how(now: datetime) -> None:
    [case] = cases_of([message(HERS, now, outcome="lost")])
    assert (case.outcome, case.answerable) == ("lost", None)


@pytest.mark.parametrize("kind", ["drill", "exercise"])
def test_an_exercise_is_answered_as_the_real_thing(now: datetime, kind: str) -> None:
    drill = message(HERS, now, kind=kind, number=None)
    assert cases_of([drill])[0].answerable == drill.delivery_id


def test_each_answer_and_each_forward_is_said_once_in_order(now: datetime) -> None:
    early, late = reply(now), reply(now + timedelta(minutes=5))
    first = message(HERS, now, replies=(late, early), forwarded_to=("Shops", "Gate"))
    second = message(HERS, now, replies=(early,), forwarded_to=("Gate", "Hall"))
    [case] = cases_of([first, second])
    assert case.replies == (early, late)
    assert sorted(case.forwarded_to) == ["Gate", "Hall", "Shops"]
