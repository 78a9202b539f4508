"""How it stands with hits: clocks and steps of the whole case, and the case a waiting hit would update."""

from datetime import datetime, timedelta

from patrol.hits.courses import courses_of
from patrol.store.tables import Clock, Group, Hit, Step
from tests.hits.sightings import elsewhere, track
from tests.hits.story import Story


def seen(story: Story, now: datetime, stream_id: str, verdict: str | None = None) -> Hit:
    hit = story.see(track(now), stream=elsewhere(stream_id))
    assert hit is not None
    if verdict is not None:
        story.decide(hit, verdict)
    return story.hit(hit.id)


def wound_up(story: Story, hit: Hit, now: datetime) -> None:
    """A clock and a step of group gate at a hit."""
    with story.database.write() as session:
        if session.get(Group, "gate") is None:
            session.add(Group(id="gate", name="Gate", latitude=0, longitude=0, created_at=now))
            session.flush()
        session.add(Clock(hit_id=hit.id, group_id="gate", kind="seen", started_at=now, due_at=now))
        session.add(Step(hit_id=hit.id, at=now, kind="passed_on", group_id="gate", why="cannot_go"))


def test_no_hits_have_no_courses(story: Story) -> None:
    with story.database.read() as session:
        assert courses_of(session, []) == {}


def test_every_hit_of_a_case_shows_the_clocks_and_steps_of_all_in_order(story: Story, now: datetime) -> None:
    first = seen(story, now, "gate-1", "confirmed")
    second = seen(story, now + timedelta(minutes=1), "gate-2", "confirmed")
    alone = seen(story, now, "gate-3", "rejected")
    wound_up(story, second, now + timedelta(minutes=1))
    wound_up(story, first, now)
    wound_up(story, alone, now)
    with story.database.read() as session:
        courses = courses_of(session, [first, second, alone])
    for hit in (first, second):
        assert [clock.hit_id for clock in courses[hit.id].clocks] == [first.id, second.id]
        assert [step.hit_id for step in courses[hit.id].steps] == [first.id, second.id]
    assert [clock.hit_id for clock in courses[alone.id].clocks] == [alone.id]


def test_a_waiting_hit_shows_the_open_case_and_a_rejected_one_none(story: Story, now: datetime) -> None:
    first = seen(story, now, "gate-1", "confirmed")
    waiting = seen(story, now, "gate-2")
    rejected = seen(story, now, "gate-3", "rejected")
    with story.database.read() as session:
        courses = courses_of(session, [first, waiting, rejected])
    assert courses[waiting.id].episode is not None
    assert courses[waiting.id].episode.id == first.episode_id
    assert courses[rejected.id].episode is None
