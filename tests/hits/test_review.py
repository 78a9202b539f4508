"""A person decides once a round; whoever comes second is told who was first."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest

from patrol import words
from patrol.hits import review
from patrol.hits.reasons import AMENDMENTS, REASONS
from patrol.hits.review import (
    AlreadyDecided,
    EntryEnded,
    EvidenceGone,
    HitUnknown,
    MayNotDecide,
    NotDecided,
    ReasonUnknown,
    RoundUnknown,
    SameVerdict,
)
from patrol.store import events
from patrol.store.tables import Hit, Person, User, Watchlist
from tests.hits.sightings import account, elsewhere, track
from tests.hits.story import Story


@pytest.fixture
def hit(story: Story, now: datetime) -> Hit:
    recorded = story.see(track(now))
    assert recorded is not None
    return recorded


@pytest.fixture
def ravi(story: Story, now: datetime) -> User:
    with story.database.write() as session:
        session.add(second := account("ravi", "admin", now))
    return second


@pytest.mark.parametrize("verdict", ["confirmed", "rejected", "unsure"])
def test_a_decision_says_who_when_and_what(story: Story, hit: Hit, now: datetime, verdict: str) -> None:
    later = now + timedelta(seconds=7)
    decision = story.decide(hit, verdict, "other", now=later, note=" scar on the left ")
    assert (decision.round, decision.seat, decision.verdict, decision.reason) == (1, 1, verdict, "other")
    assert (decision.user_name, decision.decided_at, decision.note) == ("rita", later, "scar on the left")
    assert story.hit(hit.id).verdict == verdict


def test_deciding_is_recorded_with_the_decision(story: Story, hit: Hit) -> None:
    decision = story.decide(hit, "confirmed")
    with story.database.read() as session:
        event = events.about(session, f"hit:{hit.id}")[-1]
    assert (event.kind, event.actor, event.site_id) == ("hit.decided", "user:rita", "mall")
    assert event.body["decision_id"] == str(decision.id)
    assert (event.body["verdict"], event.body["round"], event.body["number"]) == ("confirmed", 1, 1)


@pytest.mark.parametrize(("verdict", "held_s"), [("confirmed", 20), ("rejected", 0), ("unsure", 0)])
def test_only_a_confirmation_is_held_back_for_undoing(
    story: Story, hit: Hit, now: datetime, verdict: str, held_s: int
) -> None:
    decision = story.decide(hit, verdict, undo_s=20.0)
    assert decision.release_at == now + timedelta(seconds=held_s)


def test_the_second_is_told_who_was_first_when_and_what(story: Story, hit: Hit, ravi: User, now: datetime) -> None:
    story.decide(hit, "rejected", now=now)
    with pytest.raises(AlreadyDecided) as refused:
        story.decide(hit, "confirmed", user=ravi)
    assert (refused.value.by, refused.value.at, refused.value.verdict) == ("rita", now, "rejected")
    assert "rita" in str(refused.value)
    assert story.hit(hit.id).verdict == "rejected"


def decide_at_once(story: Story, choices: list[Callable[[], object]]) -> list[BaseException | None]:
    """Start all choices together; return what each raised."""
    outcomes: list[BaseException | None] = [None] * len(choices)
    ready = Barrier(len(choices))

    def choose(index: int) -> None:
        ready.wait(10)
        try:
            choices[index]()
        except AlreadyDecided as error:
            outcomes[index] = error

    threads = [Thread(target=choose, args=(index,)) for index in range(len(choices))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_of_many_who_decide_at_once_exactly_one_wins(story: Story, hit: Hit, ravi: User) -> None:
    verdicts = ["confirmed", "rejected", "unsure", "confirmed"]
    users = [story.people.rita, ravi, story.people.rita, ravi]
    outcomes = decide_at_once(
        story,
        [lambda v=v, u=u: story.decide(hit, v, user=u) for v, u in zip(verdicts, users, strict=True)],  # type: ignore[misc]
    )
    assert outcomes.count(None) == 1
    assert story.event_kinds().count("hit.decided") == 1
    winner = outcomes.index(None)
    told = {error.verdict for error in outcomes if isinstance(error, AlreadyDecided)}
    assert told == {verdicts[winner]} == {story.hit(hit.id).verdict}


def test_of_two_who_amend_at_once_exactly_one_wins(story: Story, hit: Hit, ravi: User) -> None:
    story.decide(hit, "unsure")
    outcomes = decide_at_once(
        story,
        [lambda: story.amend(hit, "confirmed"), lambda: story.amend(hit, "rejected", user=ravi)],
    )
    assert outcomes.count(None) == 1
    assert story.hit(hit.id).round == 2


def test_amending_opens_the_next_round_and_keeps_the_history(story: Story, hit: Hit, now: datetime) -> None:
    story.decide(hit, "confirmed")
    later = now + timedelta(minutes=4)
    decision = story.amend(hit, "rejected", "guard_says_not_him", note="Gus asked him", now=later)
    assert (decision.round, decision.verdict, decision.reason) == (2, "rejected", "guard_says_not_him")
    with story.database.read() as session:
        kept = session.get_one(Hit, hit.id)
        assert [(one.round, one.verdict) for one in kept.decisions] == [(1, "confirmed"), (2, "rejected")]
        assert (kept.round, kept.verdict) == (2, "rejected")


def test_amending_and_deciding_hold_to_the_round_the_reader_saw(story: Story, hit: Hit, ravi: User) -> None:
    story.decide(hit, "confirmed")
    story.amend(hit, "rejected", user=ravi)
    for again in (story.amend, story.decide):
        with pytest.raises(AlreadyDecided) as refused:
            again(hit, "unsure", "other", note="late")
        assert (refused.value.by, refused.value.verdict) == ("ravi", "rejected")
    with pytest.raises(RoundUnknown, match="round 2, not 7"):
        story.decide(hit, "confirmed", round=7)


def test_a_hit_nobody_has_decided_cannot_be_amended(story: Story, hit: Hit) -> None:
    with pytest.raises(NotDecided, match="#0001"):
        story.amend(hit, "confirmed")


def test_amending_to_the_same_verdict_is_refused(story: Story, hit: Hit) -> None:
    story.decide(hit, "confirmed")
    with pytest.raises(SameVerdict):
        story.amend(hit, "confirmed")


@pytest.mark.parametrize("reason", [None, "", "whim", "different_person"])
def test_amending_needs_a_reason(story: Story, hit: Hit, reason: str | None) -> None:
    story.decide(hit, "confirmed")
    with pytest.raises(ReasonUnknown):
        story.amend(hit, "rejected", reason)


@pytest.mark.parametrize(
    ("verdict", "reason"), [("rejected", "same_person"), ("confirmed", "whim"), ("gone", "other")]
)
def test_a_reason_belongs_to_its_verdict(story: Story, hit: Hit, verdict: str, reason: str) -> None:
    with pytest.raises(ReasonUnknown):
        story.decide(hit, verdict, reason, note="so")


def test_another_reason_needs_a_note(story: Story, hit: Hit) -> None:
    with pytest.raises(ReasonUnknown, match="note"):
        story.decide(hit, "rejected", "other", note="  ")


def test_who_only_looks_or_is_shut_out_decides_nothing(story: Story, hit: Hit) -> None:
    for user in (story.people.vera, story.people.max):
        with pytest.raises(MayNotDecide, match=user.name):
            story.decide(hit, "confirmed", user=user)
    assert story.hit(hit.id).verdict is None


@pytest.mark.parametrize(
    ("sites", "is_theirs"), [(None, True), ({"mall"}, True), ({"station"}, False), (set(), False)]
)
def test_another_sites_hit_is_as_unknown_as_none(
    story: Story, hit: Hit, sites: set[str] | None, is_theirs: bool
) -> None:
    if is_theirs:
        assert story.decide(hit, "confirmed", sites=sites).verdict == "confirmed"
        return
    with pytest.raises(HitUnknown):
        story.decide(hit, "confirmed", sites=sites)


def test_a_hit_that_is_not_there_is_unknown(story: Story, hit: Hit) -> None:
    hit.id = uuid.uuid4()
    with pytest.raises(HitUnknown, match=str(hit.id)):
        story.decide(hit, "confirmed")


def test_deciding_a_reopened_hit_ends_its_alarm(story: Story, hit: Hit) -> None:
    story.decide(hit, "confirmed")
    with story.database.write() as session:  # as dispatch does on a guard's "not him"
        reopened = session.get_one(Hit, hit.id)
        reopened.round, reopened.verdict, reopened.alarm = 2, None, "not_him"
    story.decide(story.hit(hit.id), "rejected", "different_person")
    ended = story.hit(hit.id)
    assert (ended.round, ended.verdict, ended.alarm) == (2, "rejected", None)


def test_nobody_confirms_what_cannot_be_seen_any_more(story: Story, hit: Hit, now: datetime) -> None:
    story.hold_quota(1, now)
    with pytest.raises(EvidenceGone):
        story.decide(hit, "confirmed")
    assert story.decide(hit, "rejected", "poor_picture").verdict == "rejected"


ENDINGS: list[tuple[type[Person | Watchlist], str]] = [
    *((Person, column) for column in ("removed_at", "suspended_at", "ends_at")),
    *((Watchlist, column) for column in ("closed_at", "ends_at")),
]


@pytest.mark.parametrize(("table", "column"), ENDINGS)
def test_nobody_confirms_who_is_not_looked_for_any_more(
    story: Story, hit: Hit, now: datetime, table: type[Person | Watchlist], column: str
) -> None:
    ended = story.people.wanda if table is Person else story.people.watchlist
    with story.database.write() as session:
        setattr(session.get_one(table, ended.id), column, now)
    with pytest.raises(EntryEnded, match="#0001"):
        story.decide(hit, "confirmed")
    story.decide(hit, "unsure")
    with pytest.raises(EntryEnded):
        story.amend(hit, "confirmed")
    assert story.hit(hit.id).verdict == "unsure"


def test_every_reason_has_words_in_both_languages() -> None:
    for code in {*AMENDMENTS, *(code for codes in REASONS.values() for code in codes), *REASONS}:
        assert words.say(f"review.{code}", "en")
        assert words.say(f"review.{code}", "zh")


def test_two_noes_to_one_case_at_once_take_turns(
    story: Story, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = [story.see(track(now), stream=elsewhere(place)) for place in ("gate-b", "gate-5")]
    for hit in hits:
        story.decide(hit, "confirmed")  # type: ignore[arg-type]
    both, asked, failed = Barrier(2), review.confirmed_hits, list[Exception]()

    def when_both_hold_theirs(*case: Any) -> Any:
        with suppress(BrokenBarrierError):
            both.wait(0.5)
        return asked(*case)

    def say_no(hit: Hit) -> None:
        try:
            story.amend(story.hit(hit.id), "rejected", "guard_says_not_him")
        except Exception as error:  # noqa: BLE001 - the test says which
            failed.append(error)

    monkeypatch.setattr(review, "confirmed_hits", when_both_hold_theirs)
    threads = [Thread(target=say_no, args=(hit,)) for hit in hits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in failed] in ([], [AlreadyDecided], [SameVerdict])
    assert [hit.verdict for hit in story.hits()] == ["rejected", "rejected"]
