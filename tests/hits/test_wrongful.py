"""A stop for a hit that was none suspends the entry; an exercise or a rightful stop suspends nobody."""

from datetime import datetime

import pytest
from sqlalchemy import select

from patrol.store.tables import Alarm, Group, GroupChat, GroupReply, Hit, Person
from tests.hits.sightings import elsewhere, track
from tests.hits.story import Story


def confirmed(story: Story, now: datetime, stream_id: str = "gate-b", origin: str = "match") -> Hit:
    hit = story.see(track(now), stream=elsewhere(stream_id), origin=origin)
    assert hit is not None
    story.decide(hit, "confirmed")
    return story.hit(hit.id)


def stopped(story: Story, hit: Hit, now: datetime) -> None:
    """A guard's "stopped him" about a hit."""
    with story.database.write() as session:
        group = session.get(Group, "gate") or Group(id="gate", name="Gate", latitude=0, longitude=0, created_at=now)
        group.chats = group.chats or [GroupChat(kind="page")]
        session.add(group)
        session.flush()
        said = GroupReply(hit_id=hit.id, group_id="gate", chat_id=group.chats[0].id, event_ref=str(hit.id))
        said.kind, said.said_at, said.received_at = "stopped", now, now
        session.add(said)


def suspended_why(story: Story) -> str | None:
    with story.database.read() as session:
        return session.get_one(Person, story.people.wanda.id).suspended_why


def test_a_no_after_a_stop_suspends_the_entry_and_sounds_an_alarm(story: Story, now: datetime) -> None:
    hit = confirmed(story, now)
    stopped(story, hit, now)
    story.amend(hit, "rejected")
    assert suspended_why(story) == "wrongful_stop"
    with story.database.read() as session:
        [alarm] = session.scalars(select(Alarm)).all()
        assert (alarm.code, alarm.subject) == ("wrongful_stop", f"person:{hit.person_id}")
        assert alarm.detail == {"number": hit.number, "site_id": "mall"}


def test_a_stop_for_another_hit_of_the_same_case_counts(story: Story, now: datetime) -> None:
    first, second = confirmed(story, now), confirmed(story, now, "gate-5")
    stopped(story, first, now)
    story.amend(second, "rejected")
    assert suspended_why(story) == "wrongful_stop"


@pytest.mark.parametrize("verdict", ["unsure", "rejected"])
def test_without_a_stop_or_without_a_no_nobody_is_suspended(story: Story, now: datetime, verdict: str) -> None:
    hit = confirmed(story, now)
    if verdict == "unsure":
        stopped(story, hit, now)
    story.amend(hit, verdict)
    assert suspended_why(story) is None


def test_an_exercise_wrongs_nobody(story: Story, now: datetime) -> None:
    hit = confirmed(story, now, origin="exercise")
    stopped(story, hit, now)
    story.amend(hit, "rejected")
    assert suspended_why(story) is None
