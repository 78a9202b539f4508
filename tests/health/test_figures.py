"""What a scrape reads: of an empty house nothing, and of a busy one counts and ages alone."""

from datetime import datetime, timedelta

from patrol.health.figures import Queue, read_figures
from patrol.store import alarms
from patrol.store.engine import Database
from patrol.store.tables import Hit, StreamDay, StreamState, Worker
from tests.hits.sightings import match, track
from tests.hits.story import Story

IDS = ("gate", "door")


def test_an_empty_house_has_empty_figures(any_database: Database, now: datetime) -> None:
    with any_database.read() as session:
        figures = read_figures(session, IDS, now)
    assert (list(figures.streams), list(figures.workers), figures.sender_beat_at) == ([], [], None)
    assert (figures.hits, figures.deliveries, figures.alarms, figures.passages) == ({}, {}, {}, {})
    assert figures.review == figures.sending == Queue(0, None)


def test_passages_are_of_each_streams_newest_day(any_database: Database, now: datetime) -> None:
    today = now.date()
    with any_database.write() as session:
        for id, days_ago, n in (("gate", 1, 90), ("gate", 0, 4), ("door", 1, 7), ("old", 9, 50)):
            day = today - timedelta(days=days_ago)
            session.add(StreamDay(stream_id=id, site_id="mall", day=day, n_passages=n))
    with any_database.read() as session:
        assert read_figures(session, IDS, now).passages == {"gate": 4, "door": 7}


def test_a_worker_that_has_long_been_silent_is_told_no_more(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        for id, minutes in (("alive", 1), ("gone", 6)):
            beat_at = now - timedelta(minutes=minutes)
            session.add(Worker(id=id, started_at=beat_at, beat_at=beat_at, embedder="sface", runtime="openvino"))
    with any_database.read() as session:
        assert [row.id for row in read_figures(session, IDS, now).workers] == ["alive"]


def test_alarms_that_are_over_do_not_count(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        for stream in ("gate", "door"):
            alarms.sound(session, "stream_dark", f"stream:{stream}", now)
        alarms.sound(session, "disk_quota", "disk:pictures", now)
        alarms.clear(session, "disk_quota", "disk:pictures", now)
    with any_database.read() as session:
        assert read_figures(session, IDS, now).alarms == {"stream_dark": 2}


def test_a_stream_that_is_watched_no_more_is_told_no_more(any_database: Database, now: datetime) -> None:
    with any_database.write() as session:
        for id in ("gate", "taken-away"):
            said = {"worker_id": "w", "state": "live", "since": now, "updated_at": now}
            session.add(StreamState(stream_id=id, site_id="mall", **said))
    with any_database.read() as session:
        assert [row.stream_id for row in read_figures(session, IDS, now).streams] == ["gate"]


def test_a_hit_that_nobody_can_review_any_more_does_not_wait(story: Story, now: datetime) -> None:
    for n in range(3):
        story.see(track(now + timedelta(hours=n)), match(story.people))
    late, waits, alarmed = story.hits()
    with story.database.write() as session:
        for hit in (late, alarmed):
            session.get_one(Hit, hit.id).pictures_shed_at = now
        session.get_one(Hit, alarmed.id).alarm = "not_him"
    with story.database.read() as session:
        figures = read_figures(session, IDS, now)
    assert figures.review == Queue(2, waits.recorded_at)
    assert figures.hits == {("sure", "unreviewed"): 1, ("sure", "waiting"): 2}
