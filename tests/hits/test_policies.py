"""A policy confirms an exercise of its own list while it is in force, and nothing else ever."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.hits import policies
from patrol.hits.policies import LONGEST, ExercisePolicyRefused, WrittenPolicyRefused
from patrol.hits.record import record
from patrol.hits.review import EntryEnded
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Decision, Event, Hit, Person, Policy, Watchlist
from tests.hits.sightings import STREAM, Cast, cast, match, track

MONTH = timedelta(days=30)


@pytest.fixture
def people(any_database: Database, now: datetime) -> Cast:
    with any_database.write() as session:
        return cast(session, now, is_exercise=True)


def write(session: Session, people: Cast, now: datetime, within: timedelta = timedelta(days=9)) -> Policy:
    watchlist = session.get_one(Watchlist, people.watchlist.id)
    return policies.write(session, watchlist, "before each shift", "user:ada", now, now + within)


def hit_of(session: Session, blobs: Blobs, people: Cast, now: datetime, origin: str = "exercise") -> Hit:
    made = record(session, blobs, STREAM, track(now), match(people), now=now, cooldown_s=0, origin=origin)
    assert made is not None
    return made


def test_an_exercise_is_confirmed_by_its_lists_policy(
    any_database: Database, blobs: Blobs, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        policy = write(session, people, now)
        hit = hit_of(session, blobs, people, now)
        policies.confirm_exercise(session, hit, policy, now)
    with any_database.read() as session:
        decision = session.scalars(select(Decision)).one()
        event = session.scalars(select(Event).where(Event.kind == "hit.decided")).one()
        assert session.scalars(select(Hit.verdict)).one() == "confirmed"
    assert (decision.policy_id, decision.user_id, decision.verdict) == (policy.id, None, "confirmed")
    assert event.actor == f"policy:{policy.id}"


def test_a_hit_is_confirmed_once(any_database: Database, blobs: Blobs, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        policy, hit = write(session, people, now), hit_of(session, blobs, people, now)
        policies.confirm_exercise(session, hit, policy, now)
        with pytest.raises(ExercisePolicyRefused, match="decided already"):
            policies.confirm_exercise(session, hit, policy, now)


def test_a_hit_of_a_list_that_is_no_exercise_any_more_is_left_to_a_person(
    any_database: Database, blobs: Blobs, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        policy, hit = write(session, people, now), hit_of(session, blobs, people, now)
        hit.watchlist.is_exercise = False
        with pytest.raises(ExercisePolicyRefused, match="a person decides"):
            policies.confirm_exercise(session, hit, policy, now)


@pytest.mark.parametrize("origin", ["manual", "replay"])
def test_what_is_no_exercise_is_left_to_a_person(
    any_database: Database, blobs: Blobs, people: Cast, now: datetime, origin: str
) -> None:
    with any_database.write() as session:
        policy, hit = write(session, people, now), hit_of(session, blobs, people, now, origin)
        with pytest.raises(ExercisePolicyRefused, match="a person decides"):
            policies.confirm_exercise(session, hit, policy, now)


def test_another_lists_policy_means_nothing(
    any_database: Database, blobs: Blobs, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        other = Watchlist(name="Other", category="exercise", reason="r", owner="o", is_exercise=True)
        other.created_at, other.created_by, other.ends_at = now, "ada", now + MONTH
        session.add(other)
        session.flush()
        policy = policies.write(session, other, "theirs", "user:ada", now, now + MONTH)
        with pytest.raises(ExercisePolicyRefused, match="not about the list"):
            policies.confirm_exercise(session, hit_of(session, blobs, people, now), policy, now)


def test_a_policy_ends(any_database: Database, blobs: Blobs, people: Cast, now: datetime) -> None:
    later = now + timedelta(days=9)
    with any_database.write() as session:
        policy = write(session, people, now)
        assert policies.standing(session, people.watchlist.id, later - timedelta(seconds=1)) is not None
        assert policies.standing(session, people.watchlist.id, later) is None
        with pytest.raises(ExercisePolicyRefused, match="not in force"):
            policies.confirm_exercise(session, hit_of(session, blobs, people, now), policy, later)


def test_the_policy_that_lasts_longest_counts(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        longer, _shorter = write(session, people, now, MONTH), write(session, people, now)
        assert policies.standing(session, people.watchlist.id, now) == longer


def test_an_entry_that_has_ended_is_not_confirmed(
    any_database: Database, blobs: Blobs, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        policy, hit = write(session, people, now), hit_of(session, blobs, people, now)
        session.get_one(Person, people.wanda.id).removed_at = now
        with pytest.raises(EntryEnded):
            policies.confirm_exercise(session, hit, policy, now)


@pytest.mark.parametrize(
    ("text", "within", "code"),
    [
        (" ", MONTH, "no_text"),
        ("x" * 2_001, MONTH, "no_text"),
        ("fine", timedelta(0), "bad_end"),
        ("fine", LONGEST + timedelta(seconds=1), "bad_end"),
    ],
)
def test_a_policy_without_text_or_end_is_refused(
    any_database: Database, people: Cast, now: datetime, text: str, within: timedelta, code: str
) -> None:
    with any_database.write() as session:
        watchlist = session.get_one(Watchlist, people.watchlist.id)
        with pytest.raises(WrittenPolicyRefused) as refused:
            policies.write(session, watchlist, text, "user:ada", now, now + within)
    assert refused.value.code == code
