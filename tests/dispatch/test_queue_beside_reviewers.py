"""Reviewers amend while dispatch reads many decisions in one transaction: nobody waits for ever, nobody fails."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest

from patrol.dispatch.desk import Desk
from patrol.dispatch.plan import Plans
from patrol.dispatch.queue import fan_out, has_waiting
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Group, GroupChat, Hit
from tests.hits.sightings import cast, track
from tests.hits.story import Story

N_HITS = 12


@pytest.fixture
def story(any_database: Database, blobs: Blobs, now: datetime) -> Story:
    with any_database.write() as session:
        people = cast(session, now)
        chat = GroupChat(kind="page")
        group = Group(id="gate", name="Gate", site_id="mall", latitude=31.23, longitude=121.47, created_at=now)
        group.chats.append(chat)
        session.add(group)
    return Story(any_database, blobs, people)


def raised_by(jobs: list[Callable[[], None]]) -> list[BaseException]:
    start, failures = Barrier(len(jobs)), []

    def work(job: Callable[[], None]) -> None:
        start.wait(10)
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - what the test is about
            failures.append(error)

    threads = [Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failures


def test_amending_and_reading_decisions_at_once_never_block_each_other(story: Story, now: datetime) -> None:
    seen = [story.see(track(now + timedelta(hours=n))) for n in range(N_HITS)]
    hits: list[Hit] = [hit for hit in seen if hit is not None]
    later, plans = now + timedelta(hours=N_HITS), Plans(Desk())
    for hit in hits:
        story.decide(hit, "confirmed", now=later)

    def read_on() -> int:
        with story.database.write() as session:
            return fan_out(session, story.blobs, plans, later, deadline_s=600)

    def read_on_and_on() -> None:
        for _ in range(6):
            read_on()

    def amend(mine: list[Hit]) -> Callable[[], None]:
        return lambda: [story.amend(hit, "rejected", now=later) for hit in mine] and None

    assert raised_by([read_on_and_on, amend(hits[::2]), amend(hits[1::2][::-1])]) == []
    while read_on():
        pass
    with story.database.read() as session:
        assert not has_waiting(session, later)
    assert {hit.verdict for hit in story.hits()} == {"rejected"}
